"""Wall-clock time at a site, and the moments behind it.

What is promised to a person is the wall clock of the site's zone: 18:00 stays 18:00 over a clock change. Where the change leaves a gap or
a fold: a time that does not exist is moved on by the length of the gap (02:30 becomes 03:30), or back where moving on would leave the
date; a time that exists twice is the first of the two. A date that a zone skips altogether has no such time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def instant(on: date, at: time, timezone: str) -> datetime:
    """The UTC instant of a wall-clock time at the site, by the rule for gap and fold at the top of this page."""
    zone = ZoneInfo(timezone)
    wall = datetime.combine(on, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    moved_on = wall.astimezone(UTC)
    if moved_on.astimezone(zone).date() == on:
        return moved_on
    moved_back = wall.replace(fold=1).astimezone(UTC)
    return moved_back if moved_back.astimezone(zone).date() == on else moved_on


def local_day(moment: datetime, timezone: str) -> date:
    """The date at the site of an aware instant."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def exists(on: date, at: time, timezone: str) -> bool:
    """A wall-clock time exists unless the clock change jumps over it."""
    zone = ZoneInfo(timezone)
    wall = datetime.combine(on, at.replace(tzinfo=None, fold=0))
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def day_in_words(on: date) -> str:
    """A date as people say it: Tue 12 May."""
    return f"{on:%a} {on.day} {on:%b}"
