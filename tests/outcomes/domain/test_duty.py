from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outcomes.domain.duty import first_gap

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("turns", "gap"),
    [
        ([], 0),
        ([(-2, 30)], None),
        ([(0, 24)], 24),
        ([(1, 30)], 0),
        ([(-2, 10), (10, 30)], None),
        ([(10, 30), (-2, 10)], None),
        ([(-2, 10), (11, 30)], 10),
        ([(-2, 20), (-1, 5), (20, 25)], None),
        ([(-5, -1)], 0),
    ],
    ids=["empty", "throughout", "ends at the last instant", "later", "two in turn", "any order", "a hole", "one within another", "over"],
)
def test_the_first_instant_with_nobody_on_duty(turns: list[tuple[float, float]], gap: float | None) -> None:
    found = first_gap([(at(a), at(b)) for a, b in turns], NOW, at(24))
    assert found == (None if gap is None else at(gap))
