"""Eight exercises, two sets, eight to twelve repetitions, two days apart, and progress: week by week."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from participants.domain.guideline import Conformity, TrainedSet, done_weeks, planned_weeks
from trials.domain.protocol import load
from trials.domain.protocol.shape import Exercise, Progression, SessionPlan, WeekDose

MONDAY = date(2026, 5, 4)
PROTOCOLS = Path(__file__).resolve().parents[3] / "trials/protocols"


def trained(week: int, *days: int, kg: str = "50", reps: int = 10, exercises: int = 8, sets: int = 2) -> dict[date, list[TrainedSet]]:
    one_day = [TrainedSet(exercise=f"e{n}", reps=reps, load_kg=Decimal(kg)) for n in range(exercises) for _ in range(sets)]
    return {MONDAY + timedelta(days=7 * (week - 1) + day): one_day for day in days}


def test_a_week_as_the_guideline_asks_conforms_and_the_first_has_nothing_to_progress_from() -> None:
    first, second = done_weeks({1: trained(1, 0, 3), 2: trained(2, 0, 3, kg="52.5")})
    assert first == Conformity(week=1, exercises=8, sets=2, reps_in_range=Decimal(1), days=2, progressed=None)
    assert second == Conformity(week=2, exercises=8, sets=2, reps_in_range=Decimal(1), days=2, progressed=True)
    assert (first.conforms, second.conforms) == (True, True)


@pytest.mark.parametrize(
    ("week", "lacks"),
    [
        (trained(2, 0, 3, kg="55", exercises=7), ("exercises",)),
        (trained(2, 0, 3, kg="55", sets=1), ("sets",)),
        (trained(2, 0, 3, kg="55", reps=7), ("reps",)),
        (trained(2, 0, 3, kg="55", reps=13), ("reps",)),
        (trained(2, 0, 1, kg="55"), ("days",)),
        (trained(2, 0, kg="55"), ("days",)),
        (trained(2, 0, 3), ("progression",)),
        (trained(2, 0, 3, kg="45", reps=12), ("progression",)),
        (trained(2, 0, 3, reps=11), ()),
        (trained(2, 0, 1, 2, kg="55"), ()),
        (trained(2), ("exercises", "sets", "reps", "days", "progression")),
        (trained(2, 0, 3, reps=0), ("exercises", "sets", "reps", "days", "progression")),
    ],
    ids=["seven exercises", "one set", "seven repetitions", "thirteen", "days in a row", "one day", "as before", "lighter", "more repetitions",
         "three in a row are two apart", "no training", "nothing done"],
)  # fmt: skip
def test_what_a_week_lacks_is_named(week: dict[date, list[TrainedSet]], lacks: tuple[str, ...]) -> None:
    assert done_weeks({1: trained(1, 0, 3), 2: week})[1].lacks == lacks


def test_progress_is_measured_against_the_best_of_every_week_before() -> None:
    weeks = {
        1: trained(1, 0, 3, kg="60"),
        2: trained(2, 0, 3, kg="50"),
        3: trained(3, 0, 3, kg="55"),
        4: trained(4, 0, 3, kg="60", reps=11),
    }
    assert [w.progressed for w in done_weeks(weeks)] == [None, False, False, True]


def test_without_loads_more_repetitions_are_progress_and_another_exercise_is_not() -> None:
    def week(n: int, exercise: str, reps: int) -> dict[date, list[TrainedSet]]:
        return {MONDAY + timedelta(days=7 * n): [TrainedSet(exercise=exercise, reps=reps)]}

    found = done_weeks({1: week(1, "crunch", 8), 2: week(2, "plank", 9), 3: week(3, "crunch", 9)})
    assert [w.progressed for w in found] == [None, False, True]


def test_the_share_of_sets_in_range_is_told() -> None:
    day = [TrainedSet(exercise="e1", reps=reps) for reps in (8, 12, 13, 7)]
    (found,) = done_weeks({1: {MONDAY: day}})
    assert (found.reps_in_range, found.sets) == (Decimal("0.5"), 4)


def exercises(n: int) -> tuple[Exercise, ...]:
    return tuple(Exercise(code=f"e{i}", label=f"E{i}", load_model="external") for i in range(n))


PLAN = SessionPlan(
    code="ret", label="RET", weeks=2, per_week=2, exercises=exercises(8), doses=(WeekDose(from_week=1, to_week=2, sets=2, reps_min=8, reps_max=12),)
)  # fmt: skip
RAMP = tuple(WeekDose(from_week=w, to_week=w, sets=2, reps_min=8, reps_max=12, pct_1rm=Decimal(p)) for w, p in ((1, "0.5"), (2, "0.55")))


@pytest.mark.parametrize(
    ("plan", "lacks"),
    [
        (PLAN, ((), ())),
        (replace(PLAN, exercises=exercises(7)), (("exercises",), ("exercises",))),
        (replace(PLAN, per_week=1), (("days",), ("days",))),
        (replace(PLAN, rest_days=0), (("days",), ("days",))),
        (replace(PLAN, rest_days=0, per_week=3), ((), ())),
        (replace(PLAN, progression=Progression(rule="hold")), ((), ("progression",))),
        (replace(PLAN, progression=Progression(rule="percent_ramp"), doses=RAMP), ((), ())),
        (replace(PLAN, progression=Progression(rule="percent_ramp"), doses=(replace(RAMP[0], to_week=2),)), ((), ("progression",))),
        (replace(PLAN, doses=(replace(PLAN.doses[0], sets=1, reps_min=6),)), (("sets", "reps"), ("sets", "reps"))),
        (replace(PLAN, doses=(replace(PLAN.doses[0], reps_max=15, from_week=2),)), (("reps",),)),
    ],
    ids=["as asked", "seven exercises", "once a week", "no rest day", "three without rest", "held", "ramp", "flat ramp", "one set of six",
         "a week without a dose"],
)  # fmt: skip
def test_a_plan_is_measured_week_by_week(plan: SessionPlan, lacks: tuple[tuple[str, ...], ...]) -> None:
    assert tuple(week.lacks for week in planned_weeks(plan)) == lacks


def test_the_shipped_design_follows_the_guideline_in_every_week() -> None:
    found = planned_weeks(load(PROTOCOLS / "limerick.toml").plans["ret"])
    assert [w.week for w in found] == list(range(-2, 9))
    assert all(w.conforms for w in found)
