from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from outcomes.domain.digest import Due, Waiting, due, key_of, lines

DUBLIN, AUCKLAND = ZoneInfo("Europe/Dublin"), ZoneInfo("Pacific/Auckland")


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "found"),
    [
        (DUBLIN, utc(2, 6, 59), None),
        (DUBLIN, utc(2, 7), Due(date(2026, 3, 2), utc(2, 7), utc(2, 12))),
        (DUBLIN, utc(2, 11, 59), Due(date(2026, 3, 2), utc(2, 7), utc(2, 12))),
        (DUBLIN, utc(2, 12), None),
        (DUBLIN, utc(29, 6), Due(date(2026, 3, 29), utc(29, 6), utc(29, 11))),  # the day the clock goes forward
        (AUCKLAND, utc(1, 18), Due(date(2026, 3, 2), utc(1, 18), utc(1, 23))),
    ],
)
def test_a_mail_is_due_in_the_morning_of_the_site(zone, at, found) -> None:
    assert due(zone, at) == found


def test_a_day_has_one_mail() -> None:
    assert key_of(date(2026, 3, 2)) == "digest:2026-03-02"


def test_only_what_there_is_has_a_line() -> None:
    waiting = [Waiting("thing is due", "things are due", count, "/") for count in (0, 1, 2)]
    assert lines(waiting, "https://x.example") == ("1 thing is due: https://x.example/", "2 things are due: https://x.example/")
    assert lines(waiting[:1], "https://x.example") == ()
