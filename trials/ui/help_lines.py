"""The numbers that stand on every participant page, also when the database or the protocol can't be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from trials.languages import Language


@dataclass(frozen=True, kw_only=True)
class Line:
    """One number to call; the protocol's own help lines have the same names."""

    country: str
    name: str
    number: str
    text: str = ""
    hours: str = ""
    language: str = "en"
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


class Spoken(Protocol):
    """A line of either kind: what it is called, and the language that is spoken there."""

    @property
    def language(self) -> str: ...


AnyLine = TypeVar("AnyLine", bound=Spoken)


def in_order(lines: Iterable[AnyLine], language: Language) -> list[AnyLine]:
    """Those that speak the reader's language first, the others below; otherwise as they were."""
    return sorted(lines, key=lambda line: line.language.partition("-")[0] != language.code)
