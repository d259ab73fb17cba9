"""A daily mail to a member of staff: when it is due at their site, and what it says. Counts alone, never of whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

FROM, UNTIL = time(7), time(12)  # by the clock of the site: read with the first coffee, and pointless after the morning


@dataclass(frozen=True)
class Due:
    """Sendable in `[due_at, not_after)`, both UTC; one a day of the site."""

    day: date
    due_at: datetime
    not_after: datetime


@dataclass(frozen=True)
class Waiting:
    """So many things of a kind wait, at this address of the program."""

    one: str  # "safety alert open"
    many: str
    count: int
    path: str


def due(zone: ZoneInfo, at: datetime) -> Due | None:
    """Today's mail, if `at` lies in the site's morning."""
    day = at.astimezone(zone).date()
    begins, ends = (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for clock in (FROM, UNTIL))
    return Due(day, begins, ends) if begins <= at < ends else None


def key_of(day: date) -> str:
    """The event that a day's mail is of."""
    return f"digest:{day.isoformat()}"


def lines(waiting: Iterable[Waiting], base_url: str) -> tuple[str, ...]:
    """One line for everything of which there is some: how many, what, and where to find it; empty = nothing waits."""
    return tuple(f"{w.count} {w.one if w.count == 1 else w.many}: {base_url}{w.path}" for w in waiting if w.count)
