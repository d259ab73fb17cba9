"""One session's sums over its working sets: the only thing that SQL or Python adds up before `dose` looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from outcomes.domain.records import SessionRecord, SetRecord

ZERO = Decimal(0)


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
        return self.load_ratio_sum / self.load_sets if self.load_sets else None

    @property
    def reps_ratio(self) -> Decimal | None:
        return Decimal(self.reps_done) / self.reps_planned if self.reps_planned else None

    @property
    def type_ratio(self) -> Decimal | None:
        planned = len(self.exercises_planned)
        return Decimal(len(self.exercises_planned & self.exercises_done)) / planned if planned else None


def sums_of(sets: Iterable[SetRecord]) -> dict[tuple[str, int], SessionSums]:
    """Sums by (trial id, session number); warm-up sets count nowhere."""
    found: dict[tuple[str, int], SessionSums] = {}
    for one in sets:
        sums = found.setdefault((one.trial_id, one.session_no), SessionSums())
        if one.working:
            _add(sums, one)
    return found


def sums_for(session: SessionRecord, sums: Mapping[tuple[str, int], SessionSums]) -> SessionSums:
    """The sums of its sets; only where it has none, those that the session states itself."""
    found = sums.get((session.trial_id, session.session_no))
    return sums_stated(session) if found is None else found


def sums_stated(session: SessionRecord) -> SessionSums:
    """The sums that a session states itself, for sessions without set rows."""
    stated = SessionSums(
        planned_volume_kg=session.planned_volume_kg,
        done_volume_kg=session.done_volume_kg,
        sets_planned=session.sets_planned or 0,
        sets_done=session.sets_done or 0,
        reps_planned=session.reps_planned or 0,
        reps_done=session.reps_done or 0,
    )
    stated.reduced = (
        (session.planned_volume_kg is not None and (session.done_volume_kg or ZERO) < session.planned_volume_kg)
        or stated.sets_done < stated.sets_planned
        or stated.reps_done < stated.reps_planned
    )
    return stated


def _add(sums: SessionSums, one: SetRecord) -> None:
    sums.done_volume_kg = _plus(sums.done_volume_kg, one.done_volume)
    sums.reps_loaded += 0 if one.done_load is None else (one.done_reps or 0) * one.sides
    if one.performed and one.load_model == "external" and one.e1rm_kg and one.done_load is not None:
        sums.intensity_weighted += (one.done_reps or 0) * one.done_load / one.e1rm_kg
        sums.intensity_reps += one.done_reps or 0
        sums.intensity_sets += 1
    if not one.planned:
        return
    sums.planned_volume_kg = _plus(sums.planned_volume_kg, one.planned_volume)
    sums.sets_planned += 1
    sums.sets_done += one.performed
    sums.reps_planned += one.planned_reps or 0
    sums.reps_done += one.done_reps or 0
    sums.reduced = sums.reduced or (one.done_reps or 0) < (one.planned_reps or 0)
    sums.exercises_planned.add(one.planned_exercise)
    if one.performed and not one.substitute_for:
        sums.exercises_done.add(one.planned_exercise)
        _add_load(sums, one)


def _add_load(sums: SessionSums, one: SetRecord) -> None:
    planned, done = one.planned_load, one.done_load
    if planned is None or done is None or planned <= 0:
        return
    sums.load_planned_kg += planned
    sums.load_done_kg += done
    sums.load_ratio_sum += done / planned
    sums.load_sets += 1
    sums.reduced = sums.reduced or done < planned


def _plus(total: Decimal | None, more: Decimal | None) -> Decimal | None:
    return total if more is None else (total or ZERO) + more
