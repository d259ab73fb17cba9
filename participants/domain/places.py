"""Free places in slots while sessions are being laid out: on which days there is one, and which of a day suits best.

Whoever lays out reads the places under the locks of their slots; here they are only chosen among.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Place:
    """Room for one more person in a slot: the slot's number, when it begins (aware), and the number of its trainer."""

    slot: int
    starts_at: datetime
    trainer: int


def by_day(places: Iterable[Place], timezone: str) -> dict[date, tuple[Place, ...]]:
    """The places of each of the site's dates."""
    zone, found = ZoneInfo(timezone), defaultdict[date, list[Place]](list)
    for place in places:
        found[place.starts_at.astimezone(zone).date()].append(place)
    return {on: tuple(those) for on, those in found.items()}


def nearest(places: Sequence[Place], promised: time, timezone: str, *, trainer: int | None = None) -> Place:
    """The place nearest to a time of the site's day; of two as near one with the same trainer as before, then the earlier one."""
    return min(places, key=lambda p: (minutes_off(p, promised, timezone), p.trainer != trainer, p.starts_at, p.slot))


def minutes_off(place: Place, promised: time, timezone: str) -> int:
    """Minutes of the wall clock between a place and a time of the site's day."""
    at = place.starts_at.astimezone(ZoneInfo(timezone))
    return abs(at.hour * 60 + at.minute - promised.hour * 60 - promised.minute)
