from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from outcomes.instruments import instruments
from outcomes.instruments.phq9 import algorithm

PHQ9 = instruments["phq9"]


def answers(*values: int | None) -> dict[str, int | None]:
    return {str(n): value for n, value in enumerate(values, start=1)}


def spread(total: int, n_items: int) -> list[int]:
    """Answers of `n_items` items that sum to `total`."""
    return [min(3, max(0, total - 3 * n)) for n in range(n_items)]


@pytest.mark.parametrize(
    ("summed", "answered", "unrounded", "total"),
    [
        (10, 8, "11.25", 11),
        (12, 8, "13.5", 14),
        (4, 8, "4.5", 5),
        (20, 8, "22.5", 23),
        (24, 8, "27", 27),
        (9, 7, "11.5714", 12),
        (14, 7, "18", 18),
        (21, 7, "27", 27),
    ],
)
def test_cms_prorating_gives_the_published_totals(summed: int, answered: int, unrounded: str, total: int) -> None:
    score = PHQ9.score(answers(*spread(summed, answered)))
    assert (score.total, score.total_unrounded, score.n_answered, score.rule) == (total, Decimal(unrounded), answered, "cms_0300")


@pytest.mark.parametrize("answered", range(7))
def test_six_or_fewer_answers_cannot_be_scored(answered: int) -> None:
    score = PHQ9.score(answers(*[1] * answered))
    assert (score.total, score.total_unrounded, score.severity, score.n_answered) == (None, None, None, answered)


@pytest.mark.parametrize(
    ("total", "severity"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately_severe"),
        (19, "moderately_severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_bands_at_each_border(total: int, severity: str) -> None:
    assert PHQ9.score(answers(*spread(total, 9))).severity == severity


@pytest.mark.parametrize("others", list(product((None, 0, 3), repeat=2)))
@pytest.mark.parametrize("item9", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("rule", ["cms_0300", "prorate_max_2", "none"])
def test_item_9_alerts_whatever_else_was_answered(item9: int | None, others: tuple[int | None, int | None], rule: str) -> None:
    score = PHQ9.score(answers(others[0], *[others[1]] * 7, item9), rule)
    assert [(a.item, a.value, a.urgent, a.contact_hours) for a in score.alerts] == {
        None: [],
        0: [],
        1: [("9", 1, False, 24)],
        2: [("9", 2, True, 4)],
        3: [("9", 3, True, 4)],
    }[item9]
    assert ("item9_missing" in score.flags) == (item9 is None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"11": 1}, "PHQ-9 has no item '11'"),
        ({9: 1}, "PHQ-9 has no item 9"),
        ({"09": 1}, "PHQ-9 has no item '09'"),
        ({"9": True}, "PHQ-9 item 9: True is not a whole number"),
        ({"9": "1"}, "PHQ-9 item 9: '1' is not a whole number"),
        ({"9": 1.0}, "PHQ-9 item 9: 1.0 is not a whole number"),
        ({"9": 4}, "PHQ-9 item 9: 4 is not one of 0, 1, 2, 3"),
        ({"1": -1}, "PHQ-9 item 1: -1 is not one of 0, 1, 2, 3"),
        ({"10": 7}, "PHQ-9 item 10: 7 is not one of 0, 1, 2, 3"),
    ],
)
def test_a_wrong_answer_is_refused_by_name(given: dict[str, int | None], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        PHQ9.score(given)
    assert str(refusal.value) == sentence


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="PHQ-9 has no missing rule 'mean'"):
        PHQ9.score({}, rule="mean")


def test_difficulty_is_asked_only_after_some_problem_and_never_counted() -> None:
    assert [item.number for item in PHQ9.asked(answers(*[0] * 9))] == list("123456789")
    assert [item.number for item in PHQ9.asked(answers(0, 1))] == [*"123456789", "10"]
    assert PHQ9.score(answers(*[1] * 9, 3)) == PHQ9.score(answers(*[1] * 9))


def test_answer_codes_of_the_difficulty_item_are_not_in_numeric_order() -> None:
    assert [(o.label, o.loinc) for o in PHQ9.item("10").options] == [
        ("Not difficult at all", "LA6572-7"),
        ("Somewhat difficult", "LA6573-5"),
        ("Very difficult", "LA6575-0"),
        ("Extremely difficult", "LA6574-3"),
    ]
    assert PHQ9.item("10").label_of(3) == "Extremely difficult"
    with pytest.raises(ValueError, match="Item 10: no option has the value 4"):
        PHQ9.item("10").label_of(4)


@pytest.mark.parametrize(
    ("given", "syndrome"),
    [
        (answers(2, 2, 2, 2, 2, 0, 0, 0, 0), "major"),
        (answers(2, 0, 2, 2, 2, 0, 0, 0, 1), "major"),
        (answers(2, 0, 2, 2, 1, 1, 1, 1, 0), "other"),
        (answers(0, 2, 0, 0, 0, 0, 0, 0, 1), "other"),
        (answers(2, 0, 0, 0, 0, 0, 0, 0, 0), "neither"),
        (answers(1, 1, 3, 3, 3, 3, 3, 3, 3), "neither"),
        (answers(0, 0, None, None, None, None, None, None, None), "neither"),
        (answers(2, 2, 2, 2, 2, None, None, None, None), "major"),
        (answers(2, 2, 2, 2, None, 0, 0, 0, 0), "undetermined"),
        ({}, "undetermined"),
    ],
)
def test_the_screening_algorithm_counts_item_9_from_one(given: dict[str, int | None], syndrome: str) -> None:
    assert algorithm(given) == syndrome
