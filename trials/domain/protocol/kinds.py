"""The kinds of value a protocol file may hold: each reads its own, says what it is, and names every fault it sees."""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from trials.domain.protocol.faults import Fault, choose_from, nearest, shown

BAD: Final = object()  # what a scalar reads as when it is at fault
REQUIRED: Final = object()
LONGEST_TEXT = 4000
NUMBER_SHAPE = re.compile(r"-?\d{1,9}(\.\d{1,6})?")
CLOCK_SHAPE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LEVEL = re.compile(r"[A-Za-z0-9_<>.+-]{1,20}")


class FloatText(str):
    """A TOML float kept as it was written, so that no kilogram passes through binary fractions."""


class Kind(typing.Protocol):
    @property
    def says(self) -> str: ...
    def read(self, value: object, place: str, faults: list[Fault]) -> Any: ...
    def blank(self) -> Any: ...


@dataclass(frozen=True)
class Text:
    """Words for people: not empty, no control characters but line breaks."""

    longest: int = 200
    may_be_empty: bool = False

    @property
    def says(self) -> str:
        return "text"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return bad(faults, place, f"is {sort_of(value)}, not text", 'write it in quotes, such as "text"')
        if not value.strip() and not self.may_be_empty:
            return bad(faults, place, "is empty", "write the words, or leave the key out")
        if len(value) > self.longest:
            return bad(faults, place, f"has {len(value)} characters", f"use at most {self.longest}")
        if any((ord(letter) < 32 and letter not in "\n\t") or ord(letter) == 127 for letter in value):
            return bad(faults, place, "holds a control character", "type the text again without it")
        return value

    def blank(self) -> Any:
        return ""


@dataclass(frozen=True)
class Shaped:
    """A short code of a fixed shape, for machines."""

    shape: re.Pattern[str]
    example: str
    what: str = "code"

    @property
    def says(self) -> str:
        return f'{self.what} such as `"{self.example}"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return bad(faults, place, f"is {sort_of(value)}, not text", f'write it in quotes, such as "{self.example}"')
        if not self.shape.fullmatch(value):
            return bad(faults, place, f"{shown(value)} is not {with_article(self.what)}", f'write something like "{self.example}"')
        return value

    def blank(self) -> Any:
        return ""


@dataclass(frozen=True)
class Zone:
    """An IANA time zone that this computer knows, the same on every computer ("localtime" is not)."""

    says: str = 'IANA time zone such as `"Europe/Dublin"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return bad(faults, place, f"is {sort_of(value)}, not text", 'write it in quotes, such as "Europe/Dublin"')
        if value not in _zones():
            close = nearest(value, _zones(), likeness=0.85)
            cure = f"did you mean {close}?" if close else 'use an IANA name such as "Europe/Dublin"'
            return bad(faults, place, f"{shown(value)} is not a time zone", cure)
        return value

    def blank(self) -> Any:
        return "UTC"


@dataclass(frozen=True)
class Whole:
    at_least: int
    at_most: int

    @property
    def says(self) -> str:
        return f"whole number {self.at_least} to {self.at_most}"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            return bad(faults, place, f"is {sort_of(value)}, not a whole number", "write digits without quotes, such as 8")
        if not self.at_least <= value <= self.at_most:
            said = str(value) if abs(value) < 10**12 else "the number"
            return bad(faults, place, f"{said} is out of range", f"use {self.at_least} to {self.at_most}")
        return value

    def blank(self) -> Any:
        return max(self.at_least, min(1, self.at_most))


@dataclass(frozen=True)
class Number:
    """An exact decimal, written as text in quotes or as a whole number; binary fractions are refused."""

    at_least: Decimal
    at_most: Decimal

    @property
    def says(self) -> str:
        return f'exact number {self.at_least} to {self.at_most}, such as `"2.5"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if isinstance(value, FloatText):
            said = shown(value)[1:-1]
            cure = f'put it in quotes: "{said}"' if NUMBER_SHAPE.fullmatch(value) else 'write a plain number in quotes, such as "2.5"'
            return bad(faults, place, f"{said} is a binary fraction, which is not exact", cure)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return bad(faults, place, f"is {sort_of(value)}, not a number", 'write it in quotes, such as "2.5"')
        if not NUMBER_SHAPE.fullmatch(str(value) if isinstance(value, str) or abs(value) < 10**12 else "x"):
            said = shown(value) if isinstance(value, str) else "the number"
            return bad(faults, place, f"{said} is not a plain number", 'write digits with a point, such as "2.5"')
        number = Decimal(value)
        if not self.at_least <= number <= self.at_most:
            return bad(faults, place, f"{number} is out of range", f"use {self.at_least} to {self.at_most}")
        return number

    def blank(self) -> Any:
        return self.at_most


@dataclass(frozen=True)
class Flag:
    says: str = "true or false"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, bool):
            return bad(faults, place, f"is {sort_of(value)}, not true or false", "write true or false without quotes")
        return value

    def blank(self) -> Any:
        return False


@dataclass(frozen=True)
class Day:
    says: str = "date such as `2026-10-01`"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if isinstance(value, datetime) or not isinstance(value, date):
            return bad(faults, place, f"is {sort_of(value)}, not a date", "write year-month-day without quotes, such as 2026-10-01")
        if not 1990 <= value.year <= 2100:
            return bad(faults, place, f"the year {value.year} is out of range", "use a year from 1990 to 2100")
        return value

    def blank(self) -> Any:
        return date(2000, 1, 1)


@dataclass(frozen=True)
class Clock:
    says: str = 'time of day such as `"20:00"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        match = CLOCK_SHAPE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            said = shown(value) if isinstance(value, str) else sort_of(value)
            return bad(faults, place, f"{said} is not a time of day", 'write hours and minutes, such as "20:00"')
        return time(int(match[1]), int(match[2]))

    def blank(self) -> Any:
        return time(0, 0)


@dataclass(frozen=True)
class OneOf:
    options: tuple[str, ...]

    @property
    def says(self) -> str:
        return "one of " + ", ".join(f"`{option}`" for option in self.options)

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return bad(faults, place, f"is {sort_of(value)}, not text", f"use one of {', '.join(self.options)}")
        if value not in self.options:
            return bad(faults, place, f"{shown(value)} is not known", choose_from(value, self.options))
        return value

    def blank(self) -> Any:
        return self.options[0]


def bad(faults: list[Fault], place: str, problem: str, cure: str) -> object:
    faults.append(Fault(place, problem, cure))
    return BAD


def sort_of(value: object) -> str:
    """What sort of TOML value this is, in words."""
    if isinstance(value, bool):
        return "true or false"
    return next(word for kind, word in _SORTS if isinstance(value, kind))


_SORTS: Final = (
    (FloatText, "a binary fraction"),
    (str, "text"),
    (int, "a number"),
    (list, "a list"),
    (dict, "a table"),
    (datetime, "a date with a time"),
    (date, "a date"),
    (time, "a time"),
)


def with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouA" else f"a {noun}"


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
