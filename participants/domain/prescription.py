"""What a session prescribes, set by set, and what a strength test says about a load.

No load is prescribed for an exercise without a starting load or a strength test. Loads are kilograms of external mass moved a repetition
(bar included, both dumbbells added); repetitions are a side; an exercise done with the body also has its share of the body mass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from participants.domain.progression import in_kg, plain, reserve_of, round_down
from trials.domain.protocol.shape import Exercise, SessionPlan, WeekDose

WORKING, WARMUP = "working", "warmup"
EXTERNAL, BODYWEIGHT, REPS_ONLY = "external", "bodyweight_fraction", "reps_only"
MOST_REPS_FOR_A_TEST = 10
RM_TESTS = {"1rm": 1, "5rm": 5, "10rm": 10}
UNLIKELY_LOAD_KG = Decimal(400)
ABOVE_LAST, ABOVE_ALL = "{load}? Last time it was {last}.", "{load}? That is more than {most}."  # questions about a load
UNLIKELY_RISE = Decimal("1.5")


@dataclass(frozen=True, kw_only=True)
class StrengthTest:
    """Repetitions lifted at a load; `rir` = repetitions left in reserve, None when the test went to failure."""

    load_kg: Decimal
    reps: int
    rir: int | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where an exercise stands before a session: the load to prescribe, if progression or a starting load gave one, and the estimated 1RM.

    `reps_max` replaces the week's upper repetition where progression added repetitions.
    """

    load_kg: Decimal | None = None
    reps_max: int | None = None
    e1rm_kg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PrescribedSet:
    """One planned working set; `bodyweight_kg` = fraction x body mass, None where none counts or none is known."""

    exercise_no: int
    exercise: str
    set_no: int
    set_kind: str
    planned_reps: int
    planned_reps_max: int
    planned_load_kg: Decimal | None
    planned_pct_1rm: Decimal | None
    sides: int
    load_model: str
    bodyweight_kg: Decimal | None
    planned_rpe: Decimal | None = None  # the week's target on the RIR-based scale of exertion, 7-10
    planned_rir: Decimal | None = None  # the week's target of repetitions left in reserve


def prescribe(
    plan: SessionPlan, *, plan_week: int, targets: Mapping[str, Target] | None = None, body_mass_kg: Decimal | None = None
) -> tuple[PrescribedSet, ...]:
    """The planned sets of one session: every exercise of the plan in its order, at the dose of that week of the plan.

    `plan_week` is <= 0 in familiarisation; `targets` by exercise code. A week without a dose has no sets.
    """
    dose = dose_of(plan, plan_week)
    if dose is None:
        return ()
    known = targets or {}
    return tuple(
        _one_set(exercise, number, set_no, dose, known.get(exercise.code, Target()), body_mass_kg)
        for number, exercise in enumerate(plan.exercises, start=1)
        for set_no in range(1, dose.sets + 1)
    )


def dose_of(plan: SessionPlan, plan_week: int) -> WeekDose | None:
    """Sets, repetitions and intensity of a week of the plan; None where the plan says nothing of it."""
    return next((d for d in plan.doses if d.from_week <= plan_week <= d.to_week), None)


def target_reserve(dose: WeekDose) -> Decimal | None:
    """Repetitions in reserve that a week asks for, said as such or as a rating on the RIR-based scale; None where it asks for neither."""
    return dose.rir if dose.rir is not None else reserve_of(dose.rpe)


def dose_in_words(dose: WeekDose) -> str:
    """A week's prescription as a trainer says it: 2 x 8 to 12 at 60 % of 1RM, 2 in reserve."""
    reps = str(dose.reps_min) if dose.reps_min == dose.reps_max else f"{dose.reps_min} to {dose.reps_max}"
    share = "" if dose.pct_1rm is None else f" at {plain(dose.pct_1rm * 100)} % of 1RM"
    return f"{dose.sets} x {reps}{share}{effort_in_words(dose.rpe, dose.rir)}"


def effort_in_words(rpe: Decimal | None, rir: Decimal | None) -> str:
    """The effort asked for, as it ends a prescription: ", RPE 8" or ", 2 in reserve"; empty where none is."""
    return f", RPE {plain(rpe)}" if rpe is not None else "" if rir is None else f", {plain(rir)} in reserve"


def both_estimates(test: StrengthTest) -> tuple[Decimal | None, Decimal | None]:
    """1RM in kg after Epley and after Brzycki; None outside 1 to 10 repetitions, those left in reserve included."""
    return estimated_1rm(test, "epley"), estimated_1rm(test, "brzycki")


def reduced_before(proposed: Sequence[PrescribedSet], frozen: Sequence[PrescribedSet]) -> bool:
    """Whether the sets a session began with are less than, or in another order than, what the rules proposed for it.

    That is the pre-session modification of exercise oncology (Nilsen 2018): a set fewer, fewer repetitions, less load, or a change of
    order. More than proposed is no reduction.
    """
    place = {(s.exercise, s.set_no): s for s in frozen}
    for one in proposed:
        now = place.get((one.exercise, one.set_no))
        if now is None or now.planned_reps < one.planned_reps or (now.planned_load_kg or Decimal(0)) < (one.planned_load_kg or Decimal(0)):
            return True
    kept = {s.exercise for s in proposed}
    return list(dict.fromkeys(s.exercise for s in proposed)) != [e for e in dict.fromkeys(s.exercise for s in frozen) if e in kept]


def _one_set(exercise: Exercise, number: int, set_no: int, dose: WeekDose, target: Target, body_mass_kg: Decimal | None) -> PrescribedSet:
    return PrescribedSet(
        exercise_no=number,
        exercise=exercise.code,
        set_no=set_no,
        set_kind=WORKING,
        planned_reps=dose.reps_min,
        planned_reps_max=max(dose.reps_max, target.reps_max or 0),
        planned_load_kg=planned_load(exercise, dose, target),
        planned_pct_1rm=dose.pct_1rm,
        sides=exercise.sides,
        load_model=exercise.load_model,
        bodyweight_kg=bodyweight_load(exercise, body_mass_kg),
        planned_rpe=dose.rpe,
        planned_rir=dose.rir,
    )


def planned_load(exercise: Exercise, dose: WeekDose, target: Target) -> Decimal | None:
    """The load progression or the starting load gives; else the week's share of the tested 1RM, rounded down; else none.

    An exercise done with the body starts at 0 kg added; one that counts repetitions only never has a load.
    """
    if exercise.load_model == REPS_ONLY:
        return None
    if target.load_kg is not None:
        return target.load_kg
    if dose.pct_1rm is not None and target.e1rm_kg is not None:
        return round_down(dose.pct_1rm * target.e1rm_kg, exercise.increment_kg)
    return Decimal(0) if exercise.load_model == BODYWEIGHT else None


def bodyweight_load(exercise: Exercise, body_mass_kg: Decimal | None) -> Decimal | None:
    """The share of the body mass that an exercise moves, in kg to two places; None where it moves none or the mass is unknown."""
    if exercise.load_model != BODYWEIGHT or exercise.bodyweight_fraction is None or body_mass_kg is None:
        return None
    return two_places(exercise.bodyweight_fraction * body_mass_kg)


class Planned(Protocol):
    """A planned set, as prescribed or as kept."""

    @property
    def exercise(self) -> str: ...

    @property
    def load_model(self) -> str: ...

    @property
    def planned_load_kg(self) -> Decimal | None: ...


def without_load(sets: Iterable[Planned]) -> tuple[str, ...]:
    """The exercises that still need a starting load or a strength test, in order."""
    return tuple(dict.fromkeys(s.exercise for s in sets if s.load_model == EXTERNAL and s.planned_load_kg is None))


def rm_test(kind: str, load_kg: Decimal) -> StrengthTest:
    """A 1RM, 5RM or 10RM test: the most kilograms that could be lifted so often. KeyError for another kind."""
    return StrengthTest(load_kg=load_kg, reps=RM_TESTS[kind])


def epley(load_kg: Decimal, reps: int) -> Decimal | None:
    """Estimated 1RM in kg, unrounded: load x (1 + reps / 30), the load itself at 1 repetition, none above 10 or below 1 (Epley 1985)."""
    if not 1 <= reps <= MOST_REPS_FOR_A_TEST:
        return None
    return load_kg if reps == 1 else load_kg * (30 + reps) / 30


def brzycki(load_kg: Decimal, reps: int) -> Decimal | None:
    """Estimated 1RM in kg, unrounded: load x 36 / (37 - reps), none above 10 repetitions or below 1 (Brzycki 1993)."""
    return load_kg * 36 / (37 - reps) if 1 <= reps <= MOST_REPS_FOR_A_TEST else None


FORMULAS = {"epley": epley, "brzycki": brzycki}


def estimated_1rm(test: StrengthTest, formula: str = "epley") -> Decimal | None:
    """1RM by the named formula over repetitions lifted and left in reserve; None outside its range. KeyError for another formula."""
    return FORMULAS[formula](test.load_kg, test.reps + (test.rir or 0))


def unlikely_above(last_kg: Decimal | None) -> Decimal:
    """The load in kg above which `question_about_load` asks: 1.5 times the last one, 400 kg at most."""
    return UNLIKELY_LOAD_KG if last_kg is None or last_kg <= 0 else min(UNLIKELY_LOAD_KG, last_kg * UNLIKELY_RISE)


def question_about_load(load_kg: Decimal, last_kg: Decimal | None) -> str | None:
    """A question for a load above 400 kg or above 1.5 times the last one; None where there is nothing to ask."""
    if last_kg is not None and last_kg > 0 and load_kg > last_kg * UNLIKELY_RISE:
        return ABOVE_LAST.format(load=in_kg(load_kg), last=in_kg(last_kg))
    return ABOVE_ALL.format(load=in_kg(load_kg), most=in_kg(UNLIKELY_LOAD_KG)) if load_kg > UNLIKELY_LOAD_KG else None


def two_places(value: Decimal) -> Decimal:
    """Half up to two places."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
