"""The ledger of contamination and who delivered the training, as whole values by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from outcomes.domain.case import Case
from outcomes.domain.contamination import Contaminated, Exposure, by_arm, exposures
from outcomes.domain.facts import Person
from outcomes.domain.providers import Delivered, delivered
from outcomes.domain.records import SessionRecord
from tests.outcomes import world
from tests.outcomes.world import DAY0, START, randomised, sessions

PROTOCOL = world.protocol()
WAITS = next(arm.code for arm in PROTOCOL.arms if PROTOCOL.plan_of(arm.code) is None)
NEXT, BEFORE = START + timedelta(days=1), START - timedelta(days=1)


def case(person: Person) -> Case:
    return Case(person, PROTOCOL, world.AS_OF)


def care(number: int = 1, **facts: object) -> dict[str, object]:
    return {"con_no": number, "kind": "exercise", "started_on": None, "stopped_on": None, **facts}


def told(entry: Exposure) -> tuple[object, ...]:
    return entry.kind, entry.since, entry.until, entry.minutes_per_week, entry.new, entry.source


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (care(started_on=NEXT.isoformat()), [("outside_training", NEXT.isoformat(), "", None, True, "concomitant/1")]),
        (care(started_on="2019"), [("outside_training", "2019", "", None, False, "concomitant/1")]),
        (care(started_on=str(START.year)), [("outside_training", str(START.year), "", None, None, "concomitant/1")]),
        (care(started_on=START.isoformat()), [("outside_training", START.isoformat(), "", None, False, "concomitant/1")]),
        (care(), [("outside_training", "", "", None, None, "concomitant/1")]),
        (care(started_on="2019", stopped_on=BEFORE.isoformat()), []),
        (care(started_on="2019", stopped_on=START.isoformat()),
         [("outside_training", "2019", START.isoformat(), None, False, "concomitant/1")]),
        (care(sessions_per_week=Decimal("2.5"), minutes_per_session=40),
         [("outside_training", "", "", Decimal("100.0"), None, "concomitant/1")]),
        (care(kind="psychotherapy", started_on=NEXT.isoformat()), []),
    ],
    ids=["new", "of old", "a year that cannot say", "on the day itself", "no date", "over before", "over on the day", "minutes", "no exercise"],
)  # fmt: skip
def test_outside_training_counts_unless_it_was_over_before_randomisation(one, expected) -> None:
    person = randomised("P-1", "RET", START, concomitants=(one,))
    assert [told(entry) for entry in exposures(case(person))] == expected


def test_typed_events_are_entries_of_their_kind_and_other_deviations_are_none() -> None:
    facts = {"kind": "deviation", "given_arm": "", "occurred_on": NEXT}
    deviations = tuple(facts | {"dev_no": n, "category": c} for n, c in enumerate(("procedure", "wrong_arm", "outside_ret"), start=1))
    person = randomised("P-1", "RET", START, deviations=deviations)
    on = NEXT.isoformat()
    assert [told(entry) for entry in exposures(case(person))] == [
        ("other_arm", on, "", None, True, "deviation/2"), ("outside_training", on, "", None, True, "deviation/3"),
    ]  # fmt: skip


def test_a_session_held_counts_in_an_arm_without_a_plan_and_deferred_training_never() -> None:
    held = sessions("P-1", DAY0, {1: "AS"})
    later = tuple(_with(s, phase="deferred") for s in sessions("P-1", DAY0, {9: "AA"}))
    waits = exposures(case(randomised("P-1", WAITS, START, sessions=(*held, *later))))
    assert [(e.kind, e.source, e.since == e.until == held[0].on.isoformat()) for e in waits] == [("other_arm", "session/1", True)]
    assert exposures(case(randomised("P-1", "RET", START, sessions=held))) == ()


def test_nobody_who_is_not_randomised_stands_in_the_ledger() -> None:
    person = Person(trial_id="P-9", site="LIM", screened_on=START, screening_outcome="pending", concomitants=(care(),))
    assert exposures(case(person)) == ()


def test_the_arms_count_entries_and_people_also_where_nobody_was_exposed() -> None:
    twice = exposures(case(randomised("P-1", "RET", START, concomitants=(care(1), care(2)))))
    assert by_arm(twice, ["RET", "RET", "RET", "RET", "WL"]) == (
        Contaminated(arm="RET", kind="outside_training", entries=2, people=1, of=4, share=Decimal("0.25")),
        Contaminated(arm="RET", kind="other_arm", entries=0, people=0, of=4, share=Decimal(0)),
        Contaminated(arm="WL", kind="outside_training", entries=0, people=0, of=1, share=Decimal(0)),
        Contaminated(arm="WL", kind="other_arm", entries=0, people=0, of=1, share=Decimal(0)),
    )


def test_trainers_stand_by_arm_with_swaps_and_sessions_before_their_own_training() -> None:
    day = date(2026, 3, 2)
    known = [{"trainer": "T1", "profession": "physiotherapist", "qualification": "MSc", "trained_on": day + timedelta(days=1)}]
    course = [
        ("RET", _session("P-1", 1, day, trainer="T1", trainer_planned="T1")),
        ("RET", _session("P-1", 2, day + timedelta(days=1), trainer="T1", trainer_planned="T2")),
        ("RET", _session("P-2", 1, day + timedelta(days=2), trainer="T1")),
        ("RET", _session("P-2", 2, day, status="missed", trainer="T1")),
        ("WL", _session("P-3", 1, day + timedelta(days=3), trainer="T1")),
        ("RET", _session("P-1", 3, day)),
    ]
    one = {"profession": "physiotherapist", "qualification": "MSc", "trained_on": day + timedelta(days=1), "arms": 2}
    nobody = {"profession": "", "qualification": "", "trained_on": None, "arms": 1}
    assert delivered(course, known) == (
        Delivered(arm="RET", trainer="", people=1, sessions=1, swapped=0, before_trained=1, **nobody),
        Delivered(arm="RET", trainer="T1", people=2, sessions=3, swapped=1, before_trained=1, **one),
        Delivered(arm="WL", trainer="T1", people=1, sessions=1, swapped=0, before_trained=0, **one),
    )


def _session(trial_id: str, number: int, on: date, status: str = "attended", **more: str) -> SessionRecord:
    return SessionRecord(
        trial_id=trial_id, session_no=number, planned_on=on, planned_at=None, planned_minutes=60, planned_volume_kg=None, status=status,
        held_on=on, **more,
    )  # type: ignore[arg-type]  # fmt: skip


def _with(session: SessionRecord, **facts: object) -> SessionRecord:
    return SessionRecord(**{**vars(session), **facts})  # type: ignore[arg-type]
