"""Training as done against the guideline, by week of a person and of an arm, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from outcomes.domain.guided import GuidedWeek, by_week, weeks_of
from outcomes.domain.records import SessionRecord, SetRecord
from tests.outcomes.domain.test_course_and_arms import one, session

MONDAY = date(2026, 3, 2)


def course() -> list[SessionRecord]:
    """Two sessions a week for three weeks, Mondays and Thursdays, all held but one of week 2; week 3 isn't over."""
    found = []
    for number in range(6):
        week = number // 2
        on = MONDAY + timedelta(days=7 * week + 3 * (number % 2))
        closes = MONDAY + timedelta(days=7 * week + 6)
        status = "missed" if number == 3 else "attended"
        held = on if status == "attended" else None
        found.append(replace(session(number + 1, status), planned_on=on, held_on=held, closes_on=closes, week=week + 1))
    return found


def sets(number: int, load: int, *, exercises: int = 8, reps: int = 10) -> list[SetRecord]:
    return [
        replace(one(number, set_no), exercise_no=no, exercise=f"e{no}", done_reps=reps, done_load_kg=D(load))
        for no in range(1, exercises + 1)
        for set_no in (1, 2)
    ]


AS_OF = MONDAY + timedelta(days=14)


def test_a_week_as_the_guideline_asks_and_one_with_a_missed_session() -> None:
    done = [*sets(1, 40), *sets(2, 40), *sets(3, 42), replace(one(3, 9), set_kind="warmup", exercise="bike"), one(4), one(5)]
    found = weeks_of(course(), done, as_of=AS_OF)
    assert [(w.week, w.exercises, w.sets, w.reps_in_range, w.days, w.progressed, w.lacks) for w in found] == [
        (1, 8, 2, D(1), 2, None, ()), (2, 8, 2, D(1), 1, True, ("days",)),
    ]  # fmt: skip


def test_a_set_not_done_and_a_week_without_a_number_count_for_nothing() -> None:
    quiet = [replace(session(9, "missed"), week=None), *course()[:2]]
    (week,) = weeks_of(quiet, [replace(one(1), done_reps=None), one(9)], as_of=AS_OF)
    assert (week.week, week.exercises, week.days, week.lacks) == (1, 0, 0, ("exercises", "sets", "reps", "days"))


def test_an_arm_counts_everybody_with_a_due_week_and_who_did_nothing_met_nothing() -> None:
    whole = weeks_of(course(), [*sets(1, 40), *sets(2, 40), *sets(3, 42)], as_of=AS_OF)
    nothing = weeks_of([replace(s, status="missed", held_on=None) for s in course()], [], as_of=AS_OF)
    few = weeks_of(course()[:2], [*sets(1, 40, exercises=3, reps=20), *sets(2, 40, exercises=3)], as_of=AS_OF)
    assert by_week("RET", [whole, nothing, few]) == [
        GuidedWeek(arm="RET", week=1, people=3, exercises=1, sets=2, reps=1, days=2, progression=2, conforming=1, share=D(1) / 3),
        GuidedWeek(arm="RET", week=2, people=2, exercises=1, sets=1, reps=1, days=0, progression=1, conforming=0, share=D(0)),
    ]
    assert by_week("RET", []) == []
