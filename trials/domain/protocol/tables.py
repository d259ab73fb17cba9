"""Lists and tables of a protocol file: the kinds of value that hold others."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trials.domain.protocol.faults import Fault, choose_from, join, shown
from trials.domain.protocol.kinds import BAD, NAME, REQUIRED, Kind, bad, sort_of, with_article
from trials.domain.protocol.shape import Choice


@dataclass(frozen=True)
class ListOf:
    of: Kind
    at_least: int = 0
    at_most: int = 200

    @property
    def says(self) -> str:
        return f"list of: {self.of.says}" if not isinstance(self.of, Table) else "list of tables"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list):
            return bad(faults, place, f"is {sort_of(value)}, not a list", _how_to_list(self.of, place))
        if not self.at_least <= len(value) <= self.at_most:
            bad(faults, place, f"has {len(value)} entries", f"use {self.at_least} to {self.at_most}")
            return ()
        read = [self.of.read(item, f"{place}[{row}]", faults) for row, item in enumerate(value, start=1)]
        if not isinstance(self.of, Table):
            for row, item in enumerate(read, start=1):
                if item is not BAD and item in read[: row - 1]:
                    bad(faults, f"{place}[{row}]", f"{shown(value[row - 1])} stands there twice", "name it once")
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
        keys = f" ({', '.join(f'`{name}`' for name in self.known)})" if self.known else ""
        return f"table: {self.what}{keys} = {self.of.says}"

    def read(self, value: object, place: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            return bad(faults, place, f"is {sort_of(value)}, not a table", f"write [{_header(place)}] and under it a line each")
        if len(value) > 200:
            return bad(faults, place, f"has {len(value)} entries", "use at most 200")
        read: dict[str, Any] = {}
        for key, item in value.items():
            at = join(place, key if self.keys.fullmatch(key) else shown(key))
            if not self.keys.fullmatch(key):
                bad(faults, at, f"is not {with_article(self.what)}", _letters(self.keys))
            elif self.known and key not in self.known:
                bad(faults, at, "is not known", choose_from(key, self.known))
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
            return bad(faults, place, f"is {sort_of(value)}, not a table", f"write [{_header(place)}] and under it a line each")
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
            bad(faults, place or "the file", f"is {sort_of(value)}, not a table", f"write [{_header(place)}] and under it a line a key")
            return self.blank()
        known = [key.name for key in self.keys]
        for name in value:
            if name not in known:
                bad(faults, join(place, name if NAME.fullmatch(name) else shown(name)), "is not a known key", choose_from(name, known))
        return self._make({key.fills: self._read_one(key, value, place, faults) for key in self.keys})

    def _read_one(self, key: Key, value: Mapping[str, object], place: str, faults: list[Fault]) -> Any:
        default = self.default_of(key)
        if key.name not in value:
            if default is REQUIRED:
                bad(faults, join(place, key.name), "is missing", f"add it: {key.meaning[0].lower()}{key.meaning[1:]}")
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


def _how_to_list(of: Kind, place: str) -> str:
    return f"start each entry with [[{_header(place)}]]" if isinstance(of, Table) else "write it in square brackets"


def _header(place: str) -> str:
    """The place as a TOML header has it, without row numbers."""
    return re.sub(r"\[\d+\]", "", place)


def _letters(shape: re.Pattern[str]) -> str:
    if shape is NAME:
        return "use a-z, 0-9 and _, beginning with a letter, at most 40"
    return "use letters, digits, _ and -, beginning with a letter, at most 16"
