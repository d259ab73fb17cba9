"""Sessions that nobody supervises, as the person logs them: on which days they can, and by when their note is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from participants.domain.opening import Opening, shut_all_day, spans_of

WENT: Mapping[str, str] = MappingProxyType({"well": "Well", "fair": "So-so", "badly": "Badly"})  # code -> what the person chooses
PLACES: Mapping[str, str] = MappingProxyType(
    {"home": "At home", "gym": "In a gym", "outdoors": "Outdoors", "elsewhere": "Somewhere else"}
)  # code, kept as the session's setting -> what the person chooses
UNSUPERVISED = "none"
REMEMBERED = timedelta(days=7)  # after the trial week: what is told later is remembered too badly to count repetitions by
OPEN_DAYS, AT_MOST = 2, 14


def days_to_choose(opens_on: date, closes_on: date, today: date) -> tuple[date, ...]:
    """The days of a session's trial week on which it may have been done, both ends inclusive, none after today.

    Empty before the week, and once a week has passed since it closed.
    """
    if today - REMEMBERED > closes_on:
        return ()
    return tuple(opens_on + timedelta(days=n) for n in range((min(closes_on, today) - opens_on).days + 1))


def read_by(today: date, opening: Opening) -> date:
    """The second day after today on which the site is open: by then staff have read what the person wrote.

    Two weeks ahead at the latest, however long the site is closed.
    """
    ahead = [today + timedelta(days=n) for n in range(1, AT_MOST + 1)]
    open_days = [on for on in ahead if not shut_all_day(on, opening) and spans_of(opening.hours, on.weekday())]
    return (open_days + ahead[-1:] * OPEN_DAYS)[OPEN_DAYS - 1]
