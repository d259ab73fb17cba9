"""Opening hours, closures and rosters: where a session fits, and the sentence where it doesn't."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from participants.domain.opening import (
    ANY_HOUR,
    Absence,
    Opening,
    Roster,
    nearest_start,
    refusal_by_hours,
    shut_all_day,
    shut_on,
    spans_of,
)
from trials.domain.protocol.shape import Closure, OpeningHours


def clock(told: str) -> time:
    return time.fromisoformat(told)


def hours(days: str, opens: str, closes: str) -> OpeningHours:
    return OpeningHours(days=tuple(days.split()), opens=clock(opens), closes=clock(closes))


MONDAY, TUESDAY, SATURDAY, SUNDAY = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 9), date(2026, 5, 10)
SITE = (hours("mon tue wed thu fri", "07:00", "13:00"), hours("mon tue wed thu fri", "16:00", "21:00"), hours("sat", "09:00", "13:00"))
CLOSED = Closure(first=TUESDAY, last=TUESDAY, reason="May holiday")
ILL = Closure(first=SATURDAY, last=SATURDAY, reason="ill")
ROSTER = Roster(trainer="S01", hours=(hours("mon", "12:00", "18:30"), hours("sat sun", "00:00", "00:00")), away=(ILL,))
OPENING = Opening(hours=SITE, closures=(CLOSED,))
WITH_TRAINER = Opening(hours=SITE, closures=(CLOSED,), roster=ROSTER)


@pytest.mark.parametrize(
    ("on", "at", "opening", "sentence"),
    [
        (MONDAY, "07:00", OPENING, None),
        (MONDAY, "12:00", OPENING, None),
        (MONDAY, "20:00", OPENING, None),
        (MONDAY, "06:59", OPENING, "The site is open 07:00 to 13:00 and 16:00 to 21:00 on Mon 4 May; 06:59 to 07:59 doesn't fit."),
        (MONDAY, "12:30", OPENING, "The site is open 07:00 to 13:00 and 16:00 to 21:00 on Mon 4 May; 12:30 to 13:30 doesn't fit."),
        (SATURDAY, "23:30", OPENING, "The site is open 09:00 to 13:00 on Sat 9 May; 23:30 to 00:30 doesn't fit."),
        (TUESDAY, "10:00", OPENING, "The site is closed on Tue 5 May: May holiday."),
        (SUNDAY, "10:00", OPENING, "The site is closed on Sundays."),
        (SUNDAY, "23:30", Opening(), None),
        (MONDAY, "17:30", WITH_TRAINER, None),
        (MONDAY, "18:00", WITH_TRAINER, "S01 is there 12:00 to 18:30 on Mon 4 May; 18:00 to 19:00 doesn't fit."),
        (date(2026, 5, 6), "10:00", WITH_TRAINER, "S01 isn't there on Wednesdays."),
        (SATURDAY, "10:00", WITH_TRAINER, "S01 is away on Sat 9 May: ill."),
        (date(2026, 5, 16), "10:00", WITH_TRAINER, None),
        (SUNDAY, "10:00", WITH_TRAINER, "The site is closed on Sundays."),
        (SUNDAY, "23:00", Opening(roster=ROSTER), None),
        (SUNDAY, "23:01", Opening(roster=ROSTER), "S01 is there 00:00 to 00:00 on Sun 10 May; 23:01 to 00:01 doesn't fit."),
    ],
)  # fmt: skip
def test_a_time_fits_or_is_refused_with_a_sentence(on: date, at: str, opening: Opening, sentence: str | None) -> None:
    assert refusal_by_hours(on, clock(at), 60, opening) == sentence


@pytest.mark.parametrize(
    ("on", "minutes", "opening", "reason"),
    [
        (MONDAY, 60, OPENING, ""),
        (MONDAY, 360, OPENING, ""),
        (MONDAY, 361, OPENING, "no 361 minutes within the opening hours"),
        (TUESDAY, 60, OPENING, "May holiday"),
        (SUNDAY, 60, OPENING, "closed on Sundays"),
        (SUNDAY, 60, Opening(), ""),
        (MONDAY, 60, WITH_TRAINER, ""),
        (MONDAY, 150, WITH_TRAINER, ""),
        (MONDAY, 151, WITH_TRAINER, "S01 isn't there on Mondays"),
        (date(2026, 5, 7), 60, WITH_TRAINER, "S01 isn't there on Thursdays"),
        (SATURDAY, 60, WITH_TRAINER, "S01 is away: ill"),
        (TUESDAY, 60, Opening(closures=(Closure(first=TUESDAY, last=TUESDAY, reason=""),)), "closed"),
    ],
)
def test_a_day_on_which_nothing_fits_says_why(on: date, minutes: int, opening: Opening, reason: str) -> None:
    assert shut_on(on, minutes, opening) == reason


@pytest.mark.parametrize(
    ("on", "at", "minutes", "opening", "found"),
    [
        (MONDAY, "10:15", 60, OPENING, "10:15"),
        (MONDAY, "06:00", 60, OPENING, "07:00"),
        (MONDAY, "13:30", 60, OPENING, "12:00"),
        (MONDAY, "14:00", 60, OPENING, "12:00"),
        (MONDAY, "14:01", 60, OPENING, "16:00"),
        (MONDAY, "22:00", 60, OPENING, "20:00"),
        (SATURDAY, "18:00", 60, OPENING, "12:00"),
        (SUNDAY, "18:00", 60, OPENING, None),
        (MONDAY, "18:00", 60, WITH_TRAINER, "17:30"),
        (MONDAY, "18:00", 400, OPENING, None),
        (MONDAY, "23:59", 120, Opening(), "23:59"),
    ],
)  # fmt: skip
def test_the_nearest_time_that_fits_stands_in(on: date, at: str, minutes: int, opening: Opening, found: str | None) -> None:
    assert nearest_start(on, clock(at), minutes, opening) == (None if found is None else clock(found))


def test_spans_that_touch_or_overlap_are_one() -> None:
    joined = (
        hours("mon", "12:00", "14:00"),
        hours("mon", "09:00", "12:00"),
        hours("mon", "10:00", "11:00"),
        hours("mon", "15:00", "00:00"),
    )
    assert spans_of(joined, 0) == ((540, 840), (900, 1440))
    assert (spans_of(joined, 1), spans_of((), 6)) == ((), ANY_HOUR)


def test_a_site_is_always_open_where_nothing_is_said() -> None:
    assert (Opening().always, OPENING.always, Opening(closures=(CLOSED,)).always, Opening(roster=ROSTER).always) == (True, *[False] * 3)


def wall(day: int, at: str) -> datetime:
    return datetime.combine(date(2026, 5, day), clock(at))


FLOOD = Absence(begins=wall(4, "12:00"), ends=wall(6, "08:00"), reason="flood")
S01_ILL = Absence(begins=wall(7, "00:00"), ends=wall(8, "00:00"), reason="ill", who="S01")
ABSENT = Opening(absences=(FLOOD, S01_ILL))


@pytest.mark.parametrize(
    ("on", "at", "sentence"),
    [
        (MONDAY, "11:00", None),
        (MONDAY, "11:01", "The site is closed Mon 4 May, 12:00 to Wed 6 May, 08:00: flood."),
        (date(2026, 5, 6), "07:59", "The site is closed Mon 4 May, 12:00 to Wed 6 May, 08:00: flood."),
        (date(2026, 5, 6), "08:00", None),
        (date(2026, 5, 6), "23:30", "S01 is away Thu 7 May, 00:00 to Fri 8 May, 00:00: ill."),
        (date(2026, 5, 8), "00:00", None),
    ],
)
def test_an_absence_bars_whatever_meets_it(on: date, at: str, sentence: str | None) -> None:
    assert refusal_by_hours(on, clock(at), 60, ABSENT) == sentence


def test_nothing_is_laid_out_on_a_day_that_an_absence_touches() -> None:
    days = [date(2026, 5, n) for n in range(3, 9)]
    assert [shut_on(on, 60, ABSENT) for on in days] == ["", "flood", "flood", "flood", "S01 is away: ill", ""]
    assert (ABSENT.always, Opening().always) == (False, True)


def test_a_site_is_closed_all_day_by_a_closure_or_an_absence_that_covers_it() -> None:
    opening = Opening(closures=(Closure(first=SUNDAY, last=SUNDAY, reason="holiday"),), absences=(FLOOD, S01_ILL))
    assert [shut_all_day(date(2026, 5, n), opening) for n in range(4, 11)] == ["", "flood", "", "", "", "", "holiday"]
