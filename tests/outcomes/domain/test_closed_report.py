"""What the committee is told of each arm: people and events are two counts, and deferred training stands apart."""

from __future__ import annotations

from typing import Any

from outcomes.domain.closed_report import Course, Harms, course, harms
from outcomes.domain.written.facts import Group, Seen
from tests.outcomes import world


def person(arm: str, **more: Any) -> dict[str, Any]:
    facts = dict.fromkeys(("withdrawn_on", "lost_on", "died_on", "intervention_stopped_on", "received_allocated"))
    return {"arm": arm, "randomised_on": world.START} | facts | more


def seen(*events: dict[str, Any], deferred: tuple[int, ...] = ()) -> Seen:
    return Seen(
        arm="A", age=30, sex="F", values={}, events=events, deferred=frozenset(deferred), psychotropic=False, care=frozenset(), modes={}
    )


def test_the_course_of_each_arm() -> None:
    rows = [
        person("A", received_allocated="yes", withdrawn_on=world.START, intervention_stopped_on=world.START), person("A", received_allocated="no"),
        person("A", lost_on=world.START, died_on=world.START), person("B", received_allocated=True), person("B", received_allocated=False),
        person("B", randomised_on=None),
    ]  # fmt: skip
    assert course(("A", "B", "C"), rows) == [
        Course(arm="A", randomised=3, received=1, not_received=1, withdrawn=1, lost=1, died=1, stopped=1),
        Course(arm="B", randomised=2, received=1, not_received=1, withdrawn=0, lost=0, died=0, stopped=0),
        Course(arm="C", randomised=0, received=0, not_received=0, withdrawn=0, lost=0, died=0, stopped=0),
    ]


def test_people_and_events_are_counted_apart_and_deferred_training_is_in_no_other_count() -> None:
    mild = {"serious": False, "ctcae_grade": 1, "related": "possible", "session_no": 4}
    grave = {"serious": True, "ctcae_grade": 3, "related": "unrelated", "session_no": None}
    ungraded = {"serious": False, "ctcae_grade": None, "related": "", "session_no": None}
    groups = [
        Group(name="Training", people=(seen(mild, mild, grave), seen(ungraded), seen(), seen(mild | {"session_no": 9}, deferred=(9,)))),
        Group(name="Waiting", people=()),
    ]
    assert harms(groups, {"Training": 2}) == [
        Harms(arm="Training", of=4, events=4, people=2, serious=1, people_serious=1, grave=1, people_grave=1, related=2, people_alerted=2, at_deferred=1),
        Harms(arm="Waiting", of=0, events=0, people=0, serious=0, people_serious=0, grave=0, people_grave=0, related=0, people_alerted=0, at_deferred=0),
    ]  # fmt: skip
