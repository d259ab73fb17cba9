"""What became of each planned session at the cut, and the dose planned for those that were not held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from outcomes.domain.case import Case
from outcomes.domain.facts import Person
from outcomes.domain.records import SetRecord
from outcomes.domain.tables import person_tables
from outcomes.domain.training import Kept, sessions_of, sets_of, suffices
from outcomes.instruments import instruments
from participants.domain.sums import prescribed_in, sums_of
from tests.outcomes import world
from tests.outcomes.world import DAY0, START, day, randomised, sessions
from trials.domain.protocol import Protocol
from trials.domain.protocol.shape import Exercise, WeekDose

PROTOCOL = world.protocol()
SQUAT = Exercise(code="squat", label="Squat", load_model="external")
PUSH_UP = Exercise(code="push_up", label="Push-up", load_model="bodyweight_fraction", bodyweight_fraction=Decimal("0.64"))


def protocol(*doses: WeekDose, exercises: tuple[Exercise, ...] = (SQUAT,)) -> Protocol:
    plan = replace(PROTOCOL.plans["ret"], exercises=exercises, doses=doses, familiarisation_weeks=0)
    return replace(PROTOCOL, plans=PROTOCOL.plans | {"ret": plan})


TWO_SETS = WeekDose(from_week=1, to_week=1, sets=2, reps_min=8, reps_max=12)
THREE_SETS = WeekDose(from_week=2, to_week=8, sets=3, reps_min=6, reps_max=8)


def squat(session_no: int, set_no: int, kg: str | None, **more: Any) -> SetRecord:
    facts: dict[str, Any] = dict(
        trial_id="P-1", session_no=session_no, exercise_no=1, exercise="squat", set_no=set_no, planned_reps=8, planned_reps_max=12,
        planned_load_kg=None if kg is None else Decimal(kg), planned_pct_1rm=None, done_reps=8, done_load_kg=kg and Decimal(kg),
    )  # fmt: skip
    return SetRecord(**facts | more)


def planned(person: Person, under: Protocol) -> list[tuple[int, str, int, int | None, Decimal | None, Decimal | None]]:
    """Number, exercise, set, repetitions, load and share of body mass of the sets of sessions not held."""
    case = Case(person, under, world.AS_OF)
    known = sessions_of(case)
    held = {s.session_no for s in known if s.held}
    return [
        (s.session_no, s.exercise, s.set_no, s.planned_reps, s.planned_load_kg, s.bodyweight_kg)
        for s in sets_of(case, known)
        if s.session_no not in held
    ]


def test_a_session_not_held_has_its_weeks_sets_at_the_last_prescribed_load() -> None:
    trained = sessions("P-1", DAY0, {1: "AM", 2: "M"})
    lifted = (squat(1, 1, "20", set_kind="warmup", planned_reps=10), squat(1, 2, "50"), squat(1, 3, "30", set_kind="warmup"))
    person = randomised("P-1", "RET", START, sessions=trained, sets=lifted)
    assert planned(person, protocol(TWO_SETS, THREE_SETS)) == [
        (2, "squat", 1, 8, 50, None), (2, "squat", 2, 8, 50, None),
        (3, "squat", 1, 6, 50, None), (3, "squat", 2, 6, 50, None), (3, "squat", 3, 6, 50, None),
    ]  # fmt: skip


def test_before_any_prescription_the_starting_load_stands_and_without_one_no_load() -> None:
    trained = sessions("P-1", DAY0, {1: "M"})
    start = {"exercise": "squat", "tested_on": START, "reps": 8, "load_kg": Decimal(40), "e1rm_kg": None, "purpose": "starting_load"}
    with_start = randomised("P-1", "RET", START, sessions=trained, strength_tests=(start,))
    assert [row[4] for row in planned(with_start, protocol(TWO_SETS, THREE_SETS))] == [40, 40]
    assert [row[4] for row in planned(replace(with_start, strength_tests=()), protocol(TWO_SETS, THREE_SETS))] == [None, None]


def test_a_frozen_prescription_that_was_not_done_keeps_its_sets_and_takes_the_last_load_where_it_has_none() -> None:
    trained = sessions("P-1", DAY0, {1: "AM"})
    person = randomised("P-1", "RET", START, sessions=trained, sets=(squat(1, 1, "50"), squat(2, 1, None, planned_reps=5)))
    assert planned(person, protocol(TWO_SETS, THREE_SETS)) == [(2, "squat", 1, 5, 50, None)]


@pytest.mark.parametrize(
    ("baseline", "bodyweight"),
    [
        ((("mass_kg", "80", START),), Decimal("51.20")),
        ((("mass_kg", "80", START), ("mass_kg", "90", START.replace(day=9))), Decimal("57.60")),
        ((("mass_kg", "80", START), ("mass_kg", "90", day(30))), Decimal("51.20")),
        ((("mass_kg", "heavy", START),), None),
        ((("mass_kg", "", START),), None),
        ((("mass_kg", "80", None),), None),
        ((("height_cm", "180", START),), None),
    ],
    ids=["baseline", "the last", "not after the day", "no number", "empty", "no day", "not measured"],
)
def test_a_bodyweight_exercise_that_was_never_done_still_plans_its_share_of_the_last_body_mass(
    baseline: tuple[tuple[str, str, date | None], ...], bodyweight: Decimal | None
) -> None:
    rows = tuple({"variable": name, "value": value, "unit": "", "measured_on": on} for name, value, on in baseline)
    person = randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, {1: "M"}), baseline=rows)
    found = planned(person, protocol(replace(TWO_SETS, sets=1), THREE_SETS, exercises=(PUSH_UP,)))
    assert found == [(1, "push_up", 1, 8, 0, bodyweight)]


def test_without_a_measured_body_mass_the_share_used_before_stands() -> None:
    trained = sessions("P-1", DAY0, {1: "AM"})
    done = squat(1, 1, None, exercise="push_up", load_model="bodyweight_fraction", bodyweight_kg=Decimal(48))
    person = randomised("P-1", "RET", START, sessions=trained, sets=(done,), baseline=())
    assert planned(person, protocol(replace(TWO_SETS, sets=1), THREE_SETS, exercises=(PUSH_UP,))) == [(2, "push_up", 1, 8, 0, 48)]


def test_the_reason_of_an_early_end_has_the_protocols_class() -> None:
    trained = sessions("P-1", DAY0, {1: "AAA"})
    reasons = zip(trained, ("pain", "vacation", "aliens"), strict=True)
    told = tuple(replace(s, ended_early=True, ended_early_reason=reason) for s, reason in reasons)
    found = sessions_of(Case(randomised("P-1", "RET", START, sessions=told), PROTOCOL, world.AS_OF))
    assert [s.ended_early_reason_class for s in found] == ["health", "non_health", ""]


def kept_of(person: Person) -> dict[int, Kept]:
    """What would be kept with each session of the person's that has sets."""
    case = Case(replace(person, stated={}), PROTOCOL, world.AS_OF)
    sets = sets_of(case, sessions_of(case))
    kept = {}
    for number in {one.session_no for one in person.sets}:
        own = prescribed_in([one for one in person.sets if one.session_no == number])
        (sums,) = sums_of(one for one in sets if one.session_no == number).values()
        kept[number] = Kept(sums, own.complete, lambda own=own: own)
    return kept


@pytest.mark.parametrize("person", world.everybody(), ids=lambda person: person.trial_id)
def test_kept_sums_lead_to_the_rows_that_the_sets_lead_to(person: Person) -> None:
    recorded = {one.session_no for one in person.sets}
    from_sets = person_tables(Case(person, PROTOCOL, world.AS_OF), instruments)
    without = Case(replace(person, sets=()), PROTOCOL, world.AS_OF)
    from_sums = person_tables(without, instruments, kept_of(person))
    carried = [row for row in from_sets.get("exercise_set", ()) if row["session_no"] not in recorded]
    assert from_sums.get("exercise_set", []) == carried
    assert from_sums | {"exercise_set": []} == from_sets | {"exercise_set": []}


def test_kept_sums_suffice_unless_figures_were_stated_or_a_load_is_borrowed() -> None:
    held, missed = sessions("P-1", DAY0, {1: "AM"})
    lacking = (squat(1, 1, None), squat(1, 2, "50"))
    person = randomised("P-1", "RET", START, sessions=(held, missed), sets=lacking)
    assert suffices(person, kept_of(person))
    assert not suffices(replace(person, stated={"session/1": {"minutes": 50}}), kept_of(person))
    begun = replace(person, sets=(*lacking, squat(2, 1, None, done_reps=None)))
    assert not suffices(begun, kept_of(begun))
    whole = replace(person, sets=(*lacking, squat(2, 1, "40", done_reps=None)))
    assert suffices(whole, kept_of(whole))
