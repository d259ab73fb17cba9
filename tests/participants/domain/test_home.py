"""On which days somebody may say that they trained, and by when a note of theirs is read."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from participants.domain.home import days_to_choose, read_by
from participants.domain.opening import Opening
from trials.domain.protocol.shape import Closure, OpeningHours

MONDAY, SUNDAY = date(2026, 3, 23), date(2026, 3, 29)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "days"),
    [(MONDAY - DAY, 0), (MONDAY, 1), (MONDAY + 3 * DAY, 4), (SUNDAY, 7), (SUNDAY + DAY, 7), (SUNDAY + 7 * DAY, 7), (SUNDAY + 8 * DAY, 0)],
    ids=["before the week", "its first day", "within", "its last day", "after", "a week after", "too late"],
)
def test_the_days_of_the_week_up_to_today_can_be_chosen(today: date, days: int) -> None:
    assert days_to_choose(MONDAY, SUNDAY, today) == tuple(MONDAY + n * DAY for n in range(days))


WEEKDAYS = (OpeningHours(days=("mon", "tue", "wed", "thu", "fri"), opens=time(8), closes=time(18)),)


@pytest.mark.parametrize(
    ("today", "opening", "on"),
    [
        (MONDAY, Opening(), MONDAY + 2 * DAY),
        (MONDAY + 4 * DAY, Opening(hours=WEEKDAYS), MONDAY + 8 * DAY),
        (MONDAY, Opening(closures=(Closure(first=MONDAY + DAY, last=MONDAY + 2 * DAY, reason="away"),)), MONDAY + 4 * DAY),
        (MONDAY, Opening(closures=(Closure(first=MONDAY, last=MONDAY + 60 * DAY, reason="shut"),)), MONDAY + 14 * DAY),
        (MONDAY, Opening(closures=(Closure(first=MONDAY, last=MONDAY + 13 * DAY, reason="shut"),)), MONDAY + 14 * DAY),
    ],
    ids=["open every day", "over a weekend", "over a closure", "closed for long", "one open day within two weeks"],
)
def test_a_note_is_read_by_the_second_open_day(today: date, opening: Opening, on: date) -> None:
    assert read_by(today, opening) == on
