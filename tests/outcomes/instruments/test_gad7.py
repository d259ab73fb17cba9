from __future__ import annotations

from decimal import Decimal

import pytest

from outcomes.domain.change import Total, compare
from outcomes.instruments import instruments

GAD7 = instruments["gad7"]


def answers(*values: int | None) -> dict[str, int | None]:
    return {str(n): value for n, value in enumerate(values, start=1)}


def test_published_totals_and_their_changes_from_the_first() -> None:
    scores = [GAD7.score(answers(*row)) for row in ([2, 2, 2, 2, 3, 3, 1], [2, 2, 2, 2, 1, 3, 2], [2, 2, 2, 2, 1, 3, 1], [1] * 7)]
    assert [s.total for s in scores] == [15, 14, 13, 7]
    totals = [Total(rounded=s.total, unrounded=s.total_unrounded) for s in scores if s.total is not None and s.total_unrounded is not None]
    assert [compare(now, totals[0], GAD7.cuts).change for now in totals[1:]] == [Decimal(-1), Decimal(-2), Decimal(-8)]


@pytest.mark.parametrize(
    ("total", "severity"),
    [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate"), (15, "severe"), (21, "severe")],
)
def test_bands_at_each_border(total: int, severity: str) -> None:
    assert GAD7.score(answers(*[min(3, max(0, total - 3 * n)) for n in range(7)])).severity == severity


@pytest.mark.parametrize(
    ("row", "rule", "unrounded", "total"),
    [
        ([1] * 6, None, None, None),
        ([1] * 6, "none", None, None),
        ([1, 1, 1, 1, 1, 2], "prorate_max_2", "8.1667", 8),
        ([1, 1, 1, 1, 1], "prorate_max_2", "7", 7),
        ([2, 2, 1, 1, 1], "prorate_max_2", "9.8", 10),
        ([1, 1, 1, 1], "prorate_max_2", None, None),
    ],
)
def test_missing_answers_follow_the_rule(row: list[int], rule: str | None, unrounded: str | None, total: int | None) -> None:
    score = GAD7.score(answers(*row), rule)
    assert (score.total_unrounded, score.total) == (None if unrounded is None else Decimal(unrounded), total)
    assert (score.alerts, score.rule) == ((), rule or "none")


def test_suffix_08_is_difficulty_in_version_1_and_total_in_version_2() -> None:
    difficulty = GAD7.item("8")
    assert difficulty.cdisc_earlier is not None
    assert difficulty.cdisc_earlier.testcd == "GAD0108"
    assert difficulty.cdisc is not None
    assert difficulty.cdisc.testcd == "PHQ0110"
    assert GAD7.cdisc_total is not None
    assert GAD7.cdisc_total.testcd == "GAD0208"
