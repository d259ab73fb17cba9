"""The numbers that stand on every participant page, also when the database or the protocol can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Line:
    """One number to call; the protocol's own help lines have the same names."""

    country: str
    name: str
    number: str
    text: str = ""
    hours: str = ""
    emergency: bool = False
    checked_on: date


ALWAYS: tuple[Line, ...] = (
    Line(
        country="EU",
        name="Emergency services",
        number="112",
        text="Ireland, the UK and the whole European Union",
        hours="any hour, free",
        emergency=True,
        checked_on=date(2026, 11, 21),
    ),
    Line(
        country="IE", name="Samaritans", number="116 123", text="Ireland and the UK", hours="any hour, free", checked_on=date(2026, 11, 21)
    ),
)
