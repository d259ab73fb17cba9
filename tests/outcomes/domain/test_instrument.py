from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.domain.instrument import Alert, half_up
from outcomes.instruments import instruments
from trials.domain.protocol.shape import AlertRule

PHQ9 = instruments["phq9"]
quick = settings(derandomize=True, max_examples=80, database=None)
some_answers = st.dictionaries(st.sampled_from([str(n) for n in range(1, 11)]), st.one_of(st.none(), st.integers(0, 3)))


@pytest.mark.parametrize(("value", "rounded"), [("1/2", 1), ("3/2", 2), ("5/2", 3), ("9/4", 2), ("11/4", 3), ("0", 0)])
def test_a_half_goes_up(value: str, rounded: int) -> None:
    assert half_up(Fraction(value)) == rounded


@pytest.mark.parametrize(
    ("rules", "value", "raised"),
    [
        ([], 1, [Alert(item="9", value=1, at_least=1, urgent=False, contact_hours=24)]),
        ([AlertRule(instrument="phq9", item="9", at_least=2)], 1, []),
        ([AlertRule(instrument="phq9", item="9", at_least=2)], 2, [Alert(item="9", value=2, at_least=2, urgent=False, contact_hours=24)]),
        (
            [AlertRule(instrument="phq9", item="9", at_least=1, urgent_at_least=3, contact_hours=12, urgent_contact_hours=2)],
            3,
            [Alert(item="9", value=3, at_least=3, urgent=True, contact_hours=2)],
        ),
        ([AlertRule(instrument="gad7", item="7", at_least=3)], 1, [Alert(item="9", value=1, at_least=1, urgent=False, contact_hours=24)]),
        (
            [AlertRule(instrument="phq9", item="6", at_least=3)],
            1,
            [Alert(item="9", value=1, at_least=1, urgent=False, contact_hours=24)],
        ),
    ],
    ids=[
        "silent protocol",
        "higher threshold, below",
        "higher threshold, met",
        "urgent",
        "another instrument's rule",
        "another item's rule",
    ],
)
def test_the_protocol_sets_the_threshold_and_the_file_fills_its_silence(rules: list[AlertRule], value: int, raised: list[Alert]) -> None:
    assert list(PHQ9.alerts_for({"9": value}, rules)) == raised


def test_an_alerting_item_without_an_answer_needs_a_check() -> None:
    assert PHQ9.unchecked_items({"9": None}) == ("9",)
    assert PHQ9.unchecked_items({"9": 0}) == ()
    assert PHQ9.unchecked_items({}, [AlertRule(instrument="phq9", item="6"), AlertRule(instrument="phq9", item="9")]) == ("6", "9")


def test_the_protocols_cuts_replace_the_files() -> None:
    assert PHQ9.cuts.replaced(caseness=12) == replace(PHQ9.cuts, caseness=12)
    assert PHQ9.cuts.replaced(recovery=8) == replace(PHQ9.cuts, recovery=8)


def test_missing_names_the_scored_items_alone() -> None:
    assert PHQ9.missing({"1": 0, "2": None, "10": 1}) == ("2", "3", "4", "5", "6", "7", "8", "9")


@quick
@given(some_answers, st.sampled_from(["cms_0300", "prorate_max_2", "none"]))
def test_a_total_stays_on_the_scale_and_an_alert_never_waits_for_it(answers: dict[str, int | None], rule: str) -> None:
    score = PHQ9.score(answers, rule)
    assert score.n_answered == sum(answers.get(str(n)) is not None for n in range(1, 10))
    assert score.total is None or 0 <= score.total <= 27
    assert (score.total is None) == (score.severity is None)
    assert bool(score.alerts) == ((answers.get("9") or 0) >= 1)
    assert ("item9_missing" in score.flags) == (answers.get("9") is None)


@quick
@given(some_answers)
def test_absent_and_none_are_the_same(answers: dict[str, int | None]) -> None:
    assert PHQ9.score(answers) == PHQ9.score({k: v for k, v in answers.items() if v is not None})


@quick
@given(some_answers, st.sampled_from([str(n) for n in range(1, 10)]))
def test_a_higher_answer_never_lowers_the_total(answers: dict[str, int | None], number: str) -> None:
    low, high = PHQ9.score({**answers, number: 1}).total, PHQ9.score({**answers, number: 2}).total
    assert (low is None) == (high is None)
    assert low is None or high is None or low <= high
