"""The kinds of value a protocol file may hold: each reads its own, says what it is, and names every fault it sees."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from trials.domain.protocol.faults import Fault, choose_from, join, shown
from trials.domain.protocol.shape import Choice

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
            return _bad(faults, place, f"is {_sort(value)}, not text", 'write it in quotes, such as "text"')
        if not value.strip() and not self.may_be_empty:
            return _bad(faults, place, "is empty", "write the words, or leave the key out")
        if len(value) > self.longest:
            return _bad(faults, place, f"has {len(value)} characters", f"use at most {self.longest}")
        if any((ord(letter) < 32 and letter not in "\n\t") or ord(letter) == 127 for letter in value):
            return _bad(faults, place, "holds a control character", "type the text again without it")
        return value

    def blank(self) -> Any:
        return ""


@dataclass(frozen=True)
class Shaped:
    """A short code of a fixed shape, for machines."""

    shape: re.Pattern[str]
    example: str
    what: str = "code"
    may_be_empty: bool = False

    @property
    def says(self) -> str:
        return f'{self.what} such as `"{self.example}"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return _bad(faults, place, f"is {_sort(value)}, not text", f'write it in quotes, such as "{self.example}"')
        if not self.shape.fullmatch(value) and not (self.may_be_empty and value == ""):
            return _bad(faults, place, f"{shown(value)} is not {_a(self.what)}", f'write something like "{self.example}"')
        return value

    def blank(self) -> Any:
        return ""


@dataclass(frozen=True)
class Zone:
    """An IANA time zone that this computer knows, the same on every computer ("localtime" is not)."""

    says: str = 'IANA time zone such as `"Europe/Dublin"`'

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or isinstance(value, FloatText):
            return _bad(faults, place, f"is {_sort(value)}, not text", 'write it in quotes, such as "Europe/Dublin"')
        if value not in _zones():
            cure = choose_from(value, sorted(_zones())) if len(value) < 40 else "use an IANA name"
            cure = cure if cure.startswith("did") else 'use an IANA name such as "Europe/Dublin"'
            return _bad(faults, place, f"{shown(value)} is not a time zone", cure)
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
            return _bad(faults, place, f"is {_sort(value)}, not a whole number", "write digits without quotes, such as 8")
        if not self.at_least <= value <= self.at_most:
            said = str(value) if abs(value) < 10**12 else "the number"
            return _bad(faults, place, f"{said} is out of range", f"use {self.at_least} to {self.at_most}")
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
            return _bad(faults, place, f"{said} is a binary fraction, which is not exact", cure)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return _bad(faults, place, f"is {_sort(value)}, not a number", 'write it in quotes, such as "2.5"')
        if not NUMBER_SHAPE.fullmatch(str(value) if isinstance(value, str) or abs(value) < 10**12 else "x"):
            said = shown(value) if isinstance(value, str) else "the number"
            return _bad(faults, place, f"{said} is not a plain number", 'write digits with a point, such as "2.5"')
        number = Decimal(value)
        if not self.at_least <= number <= self.at_most:
            return _bad(faults, place, f"{number} is out of range", f"use {self.at_least} to {self.at_most}")
        return number

    def blank(self) -> Any:
        return self.at_most


@dataclass(frozen=True)
class Flag:
    says: str = "true or false"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, bool):
            return _bad(faults, place, f"is {_sort(value)}, not true or false", "write true or false without quotes")
        return value

    def blank(self) -> Any:
        return False


@dataclass(frozen=True)
class Day:
    says: str = "date such as `2026-10-01`"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if isinstance(value, datetime) or not isinstance(value, date):
            return _bad(faults, place, f"is {_sort(value)}, not a date", "write year-month-day without quotes, such as 2026-10-01")
        if not 1990 <= value.year <= 2100:
            return _bad(faults, place, f"the year {value.year} is out of range", "use a year from 1990 to 2100")
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
            said = shown(value) if isinstance(value, str) else _sort(value)
            return _bad(faults, place, f"{said} is not a time of day", 'write hours and minutes, such as "20:00"')
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
            return _bad(faults, place, f"is {_sort(value)}, not text", f"use one of {', '.join(self.options)}")
        if value not in self.options:
            return _bad(faults, place, f"{shown(value)} is not known", choose_from(value, self.options))
        return value

    def blank(self) -> Any:
        return self.options[0]


@dataclass(frozen=True)
class ListOf:
    of: Kind
    at_least: int = 0
    at_most: int = 200
    repeats: bool = False

    @property
    def says(self) -> str:
        return f"list of: {self.of.says}" if not isinstance(self.of, Table) else "list of tables"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list):
            return _bad(faults, place, f"is {_sort(value)}, not a list", _how_to_list(self.of, place))
        if not self.at_least <= len(value) <= self.at_most:
            _bad(faults, place, f"has {len(value)} entries", f"use {self.at_least} to {self.at_most}")
            return ()
        read = [self.of.read(item, f"{place}[{row}]", faults) for row, item in enumerate(value, start=1)]
        if not isinstance(self.of, Table) and not self.repeats:
            for row, item in enumerate(read, start=1):
                if item is not BAD and item in read[: row - 1]:
                    _bad(faults, f"{place}[{row}]", f"{shown(value[row - 1])} stands there twice", "name it once")
        return tuple(item for item in read if item is not BAD)

    def blank(self) -> Any:
        return ()


@dataclass(frozen=True)
class MapOf:
    """A table whose keys are codes that the author invents, each with a value of one kind."""

    of: Kind
    keys: re.Pattern[str] = NAME
    what: str = "code"
    known: tuple[str, ...] = ()  # if not empty, the only keys allowed
    makes: Callable[[dict[str, Any]], Any] = dict

    @property
    def says(self) -> str:
        if isinstance(self.of, Table):
            return f"one table a {self.what}"
        keys = f" ({', '.join(f'`{name}`' for name in self.known)})" if self.known else ""
        return f"table: {self.what}{keys} = {self.of.says}"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            return _bad(faults, place, f"is {_sort(value)}, not a table", f"write [{_header(place)}] and under it a line each")
        if len(value) > 200:
            return _bad(faults, place, f"has {len(value)} entries", "use at most 200")
        read: dict[str, Any] = {}
        for key, item in value.items():
            at = join(place, key if self.keys.fullmatch(key) else shown(key))
            if not self.keys.fullmatch(key):
                _bad(faults, at, f"is not {_a(self.what)}", _letters(self.keys))
            elif self.known and key not in self.known:
                _bad(faults, at, "is not known", choose_from(key, self.known))
            one = self.of.read(item, at, faults)
            if one is not BAD:
                read[key] = dataclasses.replace(one, code=key) if isinstance(self.of, Table) and self.of.named else one
        return self.makes(read)

    def blank(self) -> Any:
        return self.makes({})


@dataclass(frozen=True)
class Loose:
    """Whole numbers, texts, or lists of them: a method's own parameters, checked against the method afterwards."""

    says: str = "table that the method defines"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            return _bad(faults, place, f"is {_sort(value)}, not a table", f"write [{_header(place)}] and under it a line each")
        return {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}

    def blank(self) -> Any:
        return {}


@dataclass(frozen=True)
class Key:
    """One key of a table. Its default is that of the dataclass field it fills, so that both can't differ."""

    name: str
    kind: Kind
    meaning: str
    field: str = ""
    required: bool = False
    default: Any = None

    @property
    def fills(self) -> str:
        return self.field or self.name


@dataclass(frozen=True)
class Table:
    """A table of fixed keys that makes one `of`; `named` tables get their code from the key they stand under."""

    of: type
    keys: tuple[Key, ...]
    meaning: str = ""
    named: bool = False
    makes: Callable[..., Any] | None = None

    @property
    def says(self) -> str:
        return "table"

    def default_of(self, key: Key) -> Any:
        if key.required:
            return REQUIRED
        if key.default is not None:
            return key.default
        field = {field.name: field for field in dataclasses.fields(self.of)}[key.fills]
        if field.default is not dataclasses.MISSING:
            return field.default
        return field.default_factory() if field.default_factory is not dataclasses.MISSING else REQUIRED

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            _bad(faults, place or "the file", f"is {_sort(value)}, not a table", f"write [{_header(place)}] and under it a line a key")
            return self.blank()
        known = [key.name for key in self.keys]
        for name in value:
            if name not in known:
                _bad(faults, join(place, name if NAME.fullmatch(name) else shown(name)), "is not a known key", choose_from(name, known))
        return self._make({key.fills: self._read_one(key, value, place, faults) for key in self.keys})

    def _read_one(self, key: Key, value: Mapping[str, object], place: str, faults: list[Fault]) -> Any:
        default = self.default_of(key)
        if key.name not in value:
            if default is REQUIRED:
                _bad(faults, join(place, key.name), "is missing", f"add it: {key.meaning[0].lower()}{key.meaning[1:]}")
                return key.kind.blank()
            return default
        read = key.kind.read(value[key.name], join(place, key.name), faults)
        if read is BAD:
            return key.kind.blank() if default is REQUIRED else default
        return read

    def blank(self) -> Any:
        defaults = {key: self.default_of(key) for key in self.keys}
        return self._make({key.fills: key.kind.blank() if value is REQUIRED else value for key, value in defaults.items()})

    def _make(self, values: dict[str, Any]) -> Any:
        if self.named:
            values = {"code": "", **values}
        return (self.makes or self.of)(**values)


def choices(read: dict[str, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(code=code, label=label) for code, label in read.items())


def _bad(faults: list[Fault], place: str, problem: str, cure: str) -> object:
    faults.append(Fault(place, problem, cure))
    return BAD


def _sort(value: object) -> str:
    """What sort of TOML value this is, in words."""
    if isinstance(value, bool):
        return "true or false"
    for kind, word in _SORTS:
        if isinstance(value, kind):
            return word
    raise TypeError(f"TOML has no {type(value).__name__}")


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


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouA" else f"a {noun}"


def _how_to_list(of: Kind, place: str) -> str:
    return f"start each entry with [[{_header(place)}]]" if isinstance(of, Table) else "write it in square brackets"


def _header(place: str) -> str:
    """The place as a TOML header has it, without row numbers."""
    return re.sub(r"\[\d+\]", "", place)


def _letters(shape: re.Pattern[str]) -> str:
    if shape is NAME:
        return "use a-z, 0-9 and _, beginning with a letter, at most 40"
    return "use letters, digits, _ and -, beginning with a letter, at most 16"


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
