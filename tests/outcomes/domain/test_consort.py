from __future__ import annotations

import pytest

from outcomes.domain.consort import BrokenSum, Person, flow, pooled, unsound


def person(trial_id: str, outcome: str = "eligible", **more: object) -> Person:
    return {
        "trial_id": trial_id,
        "site": "A",
        "screening_outcome": outcome,
        "exclusion_category": "",
        "arm": "",
        "randomised_at": None,
        **more,
    }  # type: ignore[dict-item]


def randomised(trial_id: str, arm: str, **more: object) -> Person:
    return person(trial_id, arm=arm, randomised_at="2026-03-02T10:00:00Z", randomised_on="2026-03-02", **more)


PEOPLE = [
    person("P-01", "excluded", exclusion_category="not_meeting_criteria", exclusion_reason="age"),
    person("P-02", "excluded", exclusion_category="not_meeting_criteria", exclusion_reason="age"),
    person("P-03", "excluded", exclusion_category="declined", exclusion_reason=""),
    person("P-04", "excluded", exclusion_category="other", exclusion_reason="moved"),
    person("P-05", "pending"),
    person("P-06"),
    randomised("P-07", "RET", attended_one=True, met_dose=True, received_allocated=True, analysed_primary=True, discontinued=True, intervention_stopped_reason="injury"),
    randomised("P-08", "RET", attended_one=False, met_dose=False, received_allocated="no", not_received_reason="time", analysed_primary="no", not_analysed_reason="time",
    lost=True, lost_for="time", site="B"),
    randomised("P-09", "RET", attended_one=True, met_dose=False, received_allocated=None, analysed_primary=None),
    randomised("P-10", "WL", received_allocated="yes", analysed_primary="yes"),
    randomised("P-11", "WL", received_allocated="yes", analysed_primary=False, not_analysed_reason="", lost=True, lost_for="lost"),
]  # fmt: skip


def test_everybody_is_counted_once_and_every_sum_closes() -> None:
    found = flow(PEOPLE, arms=["RET", "WL"], providers={"RET": {"T02": 1, "T01": 2}}, plans={"RET"})
    assert found == {
        "assessed": 11,
        "pending": 2,
        "excluded": {"total": 4, "not_meeting_criteria": 2, "declined": 1, "other": 1, "reasons": {"age": 2, "declined": 1, "moved": 1}},
        "randomised": 5,
        "first_randomised_on": "2026-03-02",
        "last_randomised_on": "2026-03-02",
        "arms": {
            "RET": {
                "allocated": 3, "received": 1, "received_unknown": 1, "not_received": {"total": 1, "reasons": {"time": 1}},
                "lost": {"total": 1, "reasons": {"time": 1}}, "discontinued": {"total": 1, "reasons": {"injury": 1}},
                "attended_one": 2, "met_dose": 1,
                "analysed": 1, "analysis_pending": 1, "not_analysed": {"total": 1, "reasons": {"time": 1}},
                "sites": 2, "providers": 2, "participants_per_site": [2, 1], "participants_per_provider": [2, 1],
            },
            "WL": {
                "allocated": 2, "received": 2, "received_unknown": 0, "not_received": {"total": 0, "reasons": {}},
                "lost": {"total": 1, "reasons": {"lost": 1}}, "discontinued": {"total": 0, "reasons": {}},
                "attended_one": None, "met_dose": None,
                "analysed": 1, "analysis_pending": 0, "not_analysed": {"total": 1, "reasons": {"unrecorded": 1}},
                "sites": 1, "providers": 0, "participants_per_site": [2], "participants_per_provider": [],
            },
        },
    }  # fmt: skip
    assert unsound(found) == []


def test_what_stands_beside_is_in_no_sum_and_in_no_pooled_flow() -> None:
    """P-08 attended nothing and P-09's receipt is unknown: the counts beside move, the sums do not."""
    told = {"attended_one": True, "met_dose": True}
    moved = [p | told if p.get("attended_one") is not None else p for p in PEOPLE]  # type: ignore[operator]
    one, other = (flow(people, arms=["RET", "WL"], plans={"RET"}) for people in (PEOPLE, moved))
    assert [found["arms"]["RET"]["met_dose"] for found in (one, other)] == [1, 3]
    assert unsound(other) == []
    assert pooled(one) == pooled(other)
    bare = [randomised("P-01", "RET")]
    assert flow(bare, arms=["RET"])["arms"]["RET"]["met_dose"] is None
    assert flow(bare, arms=["RET"], plans={"RET"})["arms"]["RET"]["met_dose"] == 0
    assert flow([randomised("P-01", "RET", **told)], arms=["RET"])["arms"]["RET"]["met_dose"] == 1, "sessions that no plan names"


def test_the_pooled_flow_has_one_column_and_no_arm() -> None:
    found = pooled(flow(PEOPLE, arms=["RET", "WL"]))
    assert "arms" not in found
    assert found["all"] == {
        "randomised": 5, "lost": {"total": 2, "reasons": {"lost": 1, "time": 1}}, "analysed": 2, "analysis_pending": 1,
        "not_analysed": {"total": 2, "reasons": {"time": 1, "unrecorded": 1}},
    }  # fmt: skip
    assert unsound(found) == []


def test_an_empty_trial_has_an_empty_flow() -> None:
    found = flow([], arms=["RET"])
    assert (found["assessed"], found["first_randomised_on"], found["arms"]["RET"]["allocated"]) == (0, None, 0)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (person("P-66", "perhaps"), "screening outcome is 'perhaps'"),
        (person("P-66", "excluded"), "has one of the categories"),
        (person("P-66", exclusion_category="declined"), "has one of the categories"),
        (person("P-66", arm="RET"), "belong together"),
        (randomised("P-66", ""), "belong together"),
        (randomised("P-66", "RET") | {"screening_outcome": "pending"}, "nobody is counted twice"),  # type: ignore[operator]
        (randomised("P-66", "HIIT"), "HIIT is not in the protocol"),
        (randomised("P-66", "RET", received_allocated="maybe"), "received_allocated is 'maybe'"),
    ],
)
def test_whoever_breaks_a_sum_is_named(broken: Person, words: str) -> None:
    with pytest.raises(BrokenSum, match=words) as refused:
        flow([*PEOPLE, broken], arms=["RET", "WL"])
    assert str(refused.value).startswith("P-66: ")


def test_a_flow_that_does_not_add_up_is_told_as_equations() -> None:
    found = flow(PEOPLE, arms=["RET", "WL"])
    found["pending"] = 3
    assert unsound(found) == ["assessed: 11 is not 12"]
