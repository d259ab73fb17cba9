"""What the committee is told of each arm: people and events are two counts, and deferred training stands apart."""

from __future__ import annotations

from typing import Any

from outcomes.domain.closed_report import Course, Harms, counts, course, harms
from outcomes.domain.results import compared, tables
from outcomes.domain.written.facts import Group, Seen
from outcomes.exports import closed_figures
from tests.outcomes import world
from tests.outcomes.domain.test_results import PLAN, form, trial
from tests.outcomes.domain.test_results import person as by_site


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


def test_each_effect_and_risk_has_the_people_that_it_stands_on() -> None:
    """Eight with a score at the end; of P8, who has none at the start, it is no complete case."""
    persons, told, forms = trial()
    forms += [form(8, "end", "5", response=True)]
    persons += [by_site(8, "A")]
    found = {key: people for *key, people in map(list, counts(compared(PLAN, persons, forms))) for key in [tuple(key)]}
    place = ("A", "end", "phq9")
    assert found["effect", *place, "hedges_g"] == (5, 4)
    assert found["effect_complete", *place, "hedges_g"] == (4, 4)
    assert found["risk", *place, "response"] == ("5 of 5 (100 %)", "1 of 4 (25 %)")
    assert found["risk_complete", *place, "response"] == ("4 of 4 (100 %)", "1 of 4 (25 %)")
    lines = [
        [line.table, line.arm, line.visit, line.instrument, line.variable, line.figure, line.value]
        for line in tables(PLAN, persons, told, forms)
    ]
    body = {"arms": {"A": "Training", "B": "Waiting"}, "lines": lines, "counts": [[*key, list(people)] for key, people in found.items()],
            "course": [], "completeness": [], "harms": []}  # fmt: skip
    figures = {figure.name: figure for figure in closed_figures.figures(body, world.protocol(), "As of now.")}
    assert [row[:5] for row in figures["effect-sizes"].rows] == [("Training", "end, PHQ-9", "hedges g", 5, 4)]
    for name in ("response-and-remission", "ratios-and-number-needed-to-treat"):
        assert figures[name].rows[0][3:5] == ("5 of 5 (100 %)", "1 of 4 (25 %)")
    assert max(len(figure.head) for figure in figures.values()) <= 14, "a page has no room for more columns"
    assert figures["primary-outcome-adjusted-difference"].rule.endswith("n = 8. As of now.")
    assert figures["primary-outcome-unadjusted"].rule.endswith("n = 9. As of now.")
    before = closed_figures.figures({**body, "counts": []}, world.protocol(), "As of now.")  # as kept by an earlier version
    assert next(figure for figure in before if figure.name == "effect-sizes").rows[0][3:5] == (None, None)
