"""One session's sums over its working sets: the only thing that is added up before a dose is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

from participants.domain.sets import SetRecord

ZERO = Decimal(0)
ONE = Decimal(1)
SHARE_PLACES = 20  # sums of so many places are exact below 10^8: whoever adds them up, and in whatever order
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_KEPT = Decimal(1).scaleb(-SHARE_PLACES)


@dataclass(kw_only=True)
class SessionSums:
    """Sums over working sets; volumes and loads in kg. Extra sets add to the done volume only."""

    planned_volume_kg: Decimal | None = None
    done_volume_kg: Decimal | None = None
    sets_planned: int = 0
    sets_done: int = 0
    reps_planned: int = 0
    reps_done: int = 0
    load_planned_kg: Decimal = ZERO  # over performed, unsubstituted, loaded sets
    load_done_kg: Decimal = ZERO
    load_ratio_sum: Decimal = ZERO
    load_sets: int = 0
    reps_loaded: int = 0  # repetitions x sides of the sets in the done volume
    intensity_weighted: Decimal = ZERO  # repetitions x load / e1RM
    intensity_reps: int = 0
    intensity_sets: int = 0
    reduced: bool = False  # fewer sets or repetitions, or less load, than planned
    exercises_planned: set[str] = field(default_factory=set)
    exercises_done: set[str] = field(default_factory=set)

    @property
    def load_ratio(self) -> Decimal | None:
        """Mean of load done / load planned, at most 1."""
        return _capped(self.load_ratio_sum, self.load_sets)

    @property
    def reps_ratio(self) -> Decimal | None:
        """Repetitions done / planned, at most 1."""
        return _capped(self.reps_done, self.reps_planned)

    @property
    def type_ratio(self) -> Decimal | None:
        """Planned exercises done / planned."""
        planned = self.exercises_planned
        return _capped(len(planned & self.exercises_done), len(planned))


def _capped(part: Decimal | int, whole: int) -> Decimal | None:
    """A share of at most 1; None of nothing."""
    if not whole:
        return None
    return ONE if part >= whole else Decimal(part) / whole


def sums_from(facts: Iterable[tuple[str, object]], **more: object) -> SessionSums:
    """Sums of these names and values, all of them told: the same record as by its name, in less than half the time."""
    made = object.__new__(SessionSums)
    made.__dict__.update(facts, **more)
    return made


def sums_of(sets: Iterable[SetRecord]) -> dict[tuple[str, int], SessionSums]:
    """Sums by (trial id, session number); warm-up sets count nowhere."""
    found: dict[tuple[str, int], SessionSums] = {}
    for one in sets:
        key = (one.trial_id, one.session_no)
        sums = found.get(key)
        if sums is None:
            sums = found[key] = SessionSums()
        if one.working:
            _add(sums, one)
    return found


@dataclass(frozen=True, kw_only=True)
class Prescribed:
    """What the sets of one session prescribe onwards: by exercise the last load in kg and the share of the body mass moved, in kg.

    `complete`: no planned working set lacks the load that an earlier session might lend it.
    """

    loads: Mapping[str, Decimal]
    body_mass_shares: Mapping[str, Decimal]
    complete: bool


def prescribed_in(sets: Iterable[SetRecord]) -> Prescribed:
    """The loads that a session's sets leave to the sessions after it, in the order of its sets; warm-up sets prescribe nothing."""
    loads: dict[str, Decimal] = {}
    shares: dict[str, Decimal] = {}
    complete = True
    for one in sets:
        if one.planned and one.planned_load_kg is None and one.load_model != "reps_only":
            complete = False
        if one.working and one.planned and one.planned_load_kg is not None:
            loads[one.planned_exercise] = one.planned_load_kg
        if one.bodyweight_kg is not None:
            shares[one.exercise] = one.bodyweight_kg
    return Prescribed(loads=loads, body_mass_shares=shares, complete=complete)


def _add(sums: SessionSums, one: SetRecord) -> None:
    done_load, done_reps = one.done_load, one.done_reps or 0
    if done_load is not None:
        sums.done_volume_kg = _plus(sums.done_volume_kg, one.done_volume)
        sums.reps_loaded += done_reps * one.sides
        if one.load_model == "external" and one.e1rm_kg:
            sums.intensity_weighted += share_of(done_reps * done_load, one.e1rm_kg)
            sums.intensity_reps += done_reps
            sums.intensity_sets += 1
    if one.planned_reps is None:
        return
    exercise, performed = one.planned_exercise, one.performed
    sums.planned_volume_kg = _plus(sums.planned_volume_kg, one.planned_volume)
    sums.sets_planned += 1
    sums.reps_planned += one.planned_reps
    sums.sets_done += performed
    sums.reps_done += done_reps
    sums.reduced = sums.reduced or done_reps < one.planned_reps
    sums.exercises_planned.add(exercise)
    if performed and not one.substitute_for:
        sums.exercises_done.add(exercise)
        if done_load is not None:
            _add_load(sums, one.planned_load, done_load)


def _add_load(sums: SessionSums, planned: Decimal | None, done: Decimal) -> None:
    if planned is None or planned <= 0:
        return
    sums.load_planned_kg += planned
    sums.load_done_kg += done
    sums.load_ratio_sum += share_of(done, planned)
    sums.load_sets += 1
    sums.reduced = sums.reduced or done < planned


def share_of(part: Decimal, whole: Decimal) -> Decimal:
    """A set's part of a sum of shares, rounded half up to `SHARE_PLACES` decimals: the database divides to the same digit."""
    return _WIDE.divide(part, whole).quantize(_KEPT, context=_WIDE)


def _plus(total: Decimal | None, more: Decimal | None) -> Decimal | None:
    return total if more is None else (total or ZERO) + more
