from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outcomes.domain.escalation import due_at, whom

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("level", "minutes"), [(1, 0), (2, 15), (3, 30), (4, 45)])
def test_each_level_is_due_so_many_minutes_after_the_one_before(level: int, minutes: int) -> None:
    assert due_at(NOW, level, minutes=15) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("roster", "investigators", "told", "next_ones"),
    [
        ("ab", "i", "a", "b"),
        ("ab", "i", "ab", "i"),
        ("ab", "ij", "ab", "ij"),
        ("ab", "bi", "ab", "i"),
        ("a", "", "a", ""),
        ("", "i", "i", ""),
        ("c", "i", "ai", "c"),
    ],
    ids=["stand-in", "investigator", "two", "told as stand-in", "nobody else", "everybody told", "a new turn began"],
)
def test_the_next_on_the_roster_is_told_and_then_the_investigators(roster: str, investigators: str, told: str, next_ones: str) -> None:
    assert "".join(whom(roster, investigators, told)) == next_ones
