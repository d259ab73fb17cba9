"""Dates known only in part, as people remember them: `2026`, `2026-03` or `2026-03-14`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1900, 2200


class Order(StrEnum):
    BEFORE = "before"
    SAME = "same"
    AFTER = "after"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class PartialDate:
    """A year, perhaps a month, perhaps a day; stands for every day it could be."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"] + [f"{p:02d}" for p in (self.month, self.day) if p is not None]
        return "-".join(parts)

    @property
    def complete(self) -> bool:
        return self.day is not None

    @property
    def earliest(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


def parse(text: str) -> PartialDate:
    """Reads `2026`, `2026-03` or `2026-03-14`; raises `ValueError` with the sentence for the form."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"Enter the date as 2026-03-14, or 2026-03 or 2026 where the rest is not known, not {text.strip()!r}.")
    year, month, day = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    parsed = PartialDate(year, month, day)
    try:
        earliest = parsed.earliest
    except ValueError:
        raise ValueError(f"{text.strip()} is not in the calendar.") from None
    if not FIRST_YEAR <= earliest.year <= LAST_YEAR:
        raise ValueError(f"Enter a year between {FIRST_YEAR} and {LAST_YEAR}, not {year}.")
    return parsed


def compare(first: PartialDate, second: PartialDate) -> Order:
    """Before or after only when every day they could be agrees; equal complete dates are the same; all else is unclear."""
    if first.latest < second.earliest:
        return Order.BEFORE
    if first.earliest > second.latest:
        return Order.AFTER
    if first.complete and second.complete:
        return Order.SAME
    return Order.UNCLEAR


def may_follow(start: PartialDate, stop: PartialDate) -> bool:
    """A stop fits its start unless it certainly lies before it."""
    return compare(stop, start) is not Order.BEFORE
