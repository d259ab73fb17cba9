"""A bundle's files to tables of text, and every fault of their shape: file, row, column, and what would be right."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from outcomes.domain.text import Unreadable, Value, read
from outcomes.exports.bundle import LAYOUT_VERSION
from outcomes.exports.columns import KEYS, Column, columns_of

Texts = dict[str, str]
Files = Mapping[str, bytes]
LONGEST = 20_000
ALWAYS = ("trial_id", "site", "screened_on", "screening_outcome")


@dataclass(frozen=True, order=True)
class Fault:
    """`row` counts from 2, the first below the header, as a spreadsheet shows it; 0 is the whole file."""

    file: str
    row: int
    column: str
    cure: str

    def __str__(self) -> str:
        place = [self.file, f"row {self.row}" if self.row else "", self.column]
        return f"{', '.join(part for part in place if part)}: {self.cure}"


class BadBundle(Exception):
    """A bundle that is not taken in; `faults` lists everything, nothing was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass
class Table:
    """The rows of one file as text, with the row numbers to speak of, and which columns it brought."""

    file: str
    columns: tuple[str, ...] = ()
    rows: list[Texts] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def numbered(self) -> Iterable[tuple[int, Texts]]:
        return zip(self.numbers, self.rows, strict=True)


@dataclass
class Bundle:
    tables: dict[str, Table]
    faults: list[Fault]
    protocol_text: str | None = None
    cut: datetime | None = None
    trial: str = ""
    version: str = ""

    def table(self, file: str) -> Table:
        return self.tables.get(file) or Table(file)

    def has(self, file: str) -> bool:
        return file in self.tables

    def gives(self, source: str) -> bool:
        """Whether the bundle brings a source: `session`, a column of it `session.minutes`, or one of several `a|b.c`."""
        return any(self._gives_one(one) for one in source.split("|"))

    def _gives_one(self, source: str) -> bool:
        file, _, column = source.partition(".")
        return file in self.tables and (not column or column in self.tables[file].columns)

    def fault(self, file: str, row: int, column: str, cure: str) -> None:
        self.faults.append(Fault(f"{file}.csv" if file in KEYS else file, row, column, cure))


def read_bundle(files: Files) -> Bundle:
    """Tables, manifest and protocol of a closed, full bundle; its faults are collected, never raised."""
    bundle = Bundle(tables={}, faults=[])
    _read_manifest(bundle, files.get("manifest.json"))
    for file in KEYS:
        if f"{file}.csv" in files and file != "visit_summary":
            _read_table(bundle, file, files[f"{file}.csv"])
    if "protocol.toml" in files:
        bundle.protocol_text = _decoded(bundle, "protocol.toml", files["protocol.toml"])
    known = {f"{file}.csv" for file in KEYS} | {
        "flow.json",
        "flow.svg",
        "codebook.csv",
        "datapackage.json",
        "protocol.toml",
        "manifest.json",
    }
    for name in files:
        if name not in known and name.endswith(".csv"):
            bundle.fault(name, 0, "", "is no file of the dataset; take it out or correct its name.")
    if not bundle.has("participant") and "participant.csv" not in files:
        bundle.fault("participant", 0, "", "is missing; it is the one file that every bundle needs.")
    return bundle


def values(row: Texts, columns: Iterable[Column]) -> dict[str, Value]:
    """A checked row of text as values."""
    return {column.name: read(row.get(column.name, ""), column.kind) for column in columns}


def _read_manifest(bundle: Bundle, body: bytes | None) -> None:
    if body is None:
        return
    try:
        facts = json.loads(body)
        layout, view, profile = facts["layout_version"], facts["view"], facts["profile"]
        cut = read(facts["cut"], "instant")
    except (ValueError, KeyError, TypeError, RecursionError):
        bundle.fault("manifest.json", 0, "", "is not a manifest of this layout; leave it out or take the one of the export.")
        return
    if layout != LAYOUT_VERSION:
        bundle.fault("manifest.json", 0, "layout_version", f"is {layout}; this version reads {LAYOUT_VERSION}.")
    if (view, profile) != ("closed", "full"):
        bundle.fault("manifest.json", 0, "view", f"is {view}, {profile}; only a closed, full bundle can be taken in.")
    bundle.cut = cut if isinstance(cut, datetime) else None
    bundle.trial, bundle.version = str(facts.get("trial") or ""), str(facts.get("protocol_version") or "")


def _decoded(bundle: Bundle, name: str, body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bundle.fault(name, body[: error.start].count(b"\n") + 1, "", "is not UTF-8 here; save the file as UTF-8.")
        return ""
    if "\x00" in text:
        bundle.fault(name, text[: text.index("\x00")].count("\n") + 1, "", "holds a NUL character; take it out.")
        return ""
    return text


def _read_table(bundle: Bundle, file: str, body: bytes) -> None:
    text = _decoded(bundle, f"{file}.csv", body)
    if not text:
        if not body:
            bundle.fault(file, 0, "", "is empty; give at least the header.")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        bundle.fault(file, reader.line_num, "", f"is not CSV here ({error}); quote the field.")
        return
    header, *rest = lines
    known = {column.name: column for column in columns_of(file)}
    if not _check_header(bundle, file, header, known):
        return
    table = Table(file, tuple(header))
    bundle.tables[file] = table
    for number, cells in enumerate(rest, start=2):
        if len(cells) != len(header):
            bundle.fault(file, number, "", f"has {len(cells)} fields where the header has {len(header)}.")
            continue
        row = dict(zip(header, cells, strict=True))
        _check_cells(bundle, file, number, row, known)
        table.rows.append(row)
        table.numbers.append(number)
    _check_keys(bundle, table)


def _check_header(bundle: Bundle, file: str, header: list[str], known: Mapping[str, Column]) -> bool:
    sound = True
    for name in header:
        if name not in known:
            bundle.fault(file, 1, name, "is no column of this file; take it out or correct its name.")
            sound = False
        elif header.count(name) > 1:
            bundle.fault(file, 1, name, "stands there more than once.")
            sound = False
    for name in dict.fromkeys((*KEYS[file], *(ALWAYS if file == "participant" else ()))):
        if name not in header:
            bundle.fault(file, 1, name, "is missing; every row needs it.")
            sound = False
    return sound


def _check_cells(bundle: Bundle, file: str, number: int, row: Texts, known: Mapping[str, Column]) -> None:
    for name, text in row.items():
        column = known[name]
        if len(text) > LONGEST:
            bundle.fault(file, number, name, f"is longer than {LONGEST} characters.")
            row[name] = ""
            continue
        try:
            read(text, column.kind)
        except Unreadable as unreadable:
            bundle.fault(file, number, name, f"{text[:60]!r} can't be read. {unreadable}")
            row[name] = ""
            continue
        if text and column.values and text not in column.values:
            bundle.fault(file, number, name, f"{text[:60]!r} is not one of {', '.join(column.values)}.")
            row[name] = ""


def _check_keys(bundle: Bundle, table: Table) -> None:
    seen: dict[tuple[str, ...], int] = {}
    key = KEYS[table.file]
    for number, row in table.numbered():
        found = tuple(row[name] for name in key)
        for name in key:
            if not row[name]:
                bundle.fault(table.file, number, name, "is empty; it is part of the row's key.")
        if found in seen:
            bundle.fault(table.file, number, key[-1], f"repeats the key of row {seen[found]}.")
        seen.setdefault(found, number)
