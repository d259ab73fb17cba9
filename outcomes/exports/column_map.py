"""CSV files of another program to files of the dataset, by a column map: a TOML file that says which column is which.

    [[file]]
    csv = "people.csv"
    table = "participant"                   # the file of the dataset, without .csv
    delimiter = ";"                         # "," if left out
    columns = { ID = "trial_id", Seen = "screened_on", Result = "screening_outcome", Gender = "sex" }
    leave_out = ["Notes"]                   # every column is mapped or left out by name: nothing is lost unsaid
    constants = { site = "LIM" }            # the same in every row
    dates = { screened_on = "%d/%m/%Y" }    # how a day is written there; 2026-03-02 needs no word
    values = { sex = { "1" = "F", "2" = "M" } }  # every value that occurs; an empty cell stays empty

Rows keep their numbers, so that what the import says of a row is true of the file that was brought.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.reading import BadBundle, Fault, Files

MAP = "column map"
SHAPES: Mapping[str, type] = {
    "csv": str, "table": str, "delimiter": str, "columns": dict, "leave_out": list, "constants": dict, "dates": dict, "values": dict,
}  # fmt: skip
DERIVED = ("visit_summary",)  # what the import makes itself


@dataclass(frozen=True, kw_only=True)
class Source:
    """One CSV and the table that it becomes: `columns` from its own names to the dataset's."""

    csv: str
    table: str
    columns: Mapping[str, str]
    delimiter: str = ","
    leave_out: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def mapped(text: str, files: Files) -> dict[str, bytes]:
    """The files of a bundle, made of `files` by the map `text`; `protocol.toml` goes along. Raises `BadBundle` with every fault."""
    faults: list[Fault] = []
    found = {name: files[name] for name in ("protocol.toml",) if name in files}
    for one in _read(text, faults):
        if one.csv not in files:
            faults.append(Fault(MAP, 0, one.csv, "is not in the folder."))
        elif (rows := _rows(one, files[one.csv], faults)) is not None:
            found[f"{one.table}.csv"] = _written(one, rows, faults)
    if faults:
        raise BadBundle(faults)
    return found


def _read(text: str, faults: list[Fault]) -> list[Source]:
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(MAP, 0, "", f"is not TOML: {error}."))
        return []
    listed = told.get("file")
    if set(told) != {"file"} or not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        faults.append(Fault(MAP, 0, "", "holds one [[file]] for each CSV and nothing else."))
        return []
    sound = [Source(**each) for number, each in enumerate(listed, start=1) if _is_sound(each, number, faults)]
    for table, n in Counter(one.table for one in sound).items():
        if n > 1:
            faults.append(Fault(MAP, 0, table, "is made of more than one CSV; put them together first."))
    return sound


def _is_sound(each: Mapping[str, Any], number: int, faults: list[Fault]) -> bool:
    """Whether a [[file]] can be worked with; a cure for everything that is wrong with it."""
    place, before = f"file {number}", len(faults)
    faults += [
        Fault(MAP, 0, f"{place}, {key}", f"is no word of a map; there are {', '.join(SHAPES)}.") for key in each if key not in SHAPES
    ]
    faults += [Fault(MAP, 0, f"{place}, {key}", "is missing.") for key in ("csv", "table", "columns") if key not in each]
    for key, shape in SHAPES.items():
        if key in each and not isinstance(each[key], shape):
            faults.append(
                Fault(MAP, 0, f"{place}, {key}", f"must be {'a text' if shape is str else 'a list' if shape is list else 'a table'}.")
            )
    if len(faults) > before:
        return False
    if each["table"] not in KEYS or each["table"] in DERIVED:
        faults.append(Fault(MAP, 0, f"{place}, table", f"is none of {', '.join(name for name in KEYS if name not in DERIVED)}."))
    if len(each.get("delimiter", ",")) != 1:
        faults.append(Fault(MAP, 0, f"{place}, delimiter", "must be one sign."))
    texts = (*each["columns"].values(), *each.get("constants", {}).values(), *each.get("dates", {}).values(), *each.get("leave_out", ()))
    tables = each.get("values", {}).values()
    if not all(isinstance(text, str) for text in texts) or not all(
        isinstance(table, dict) and all(isinstance(value, str) for value in table.values()) for table in tables
    ):
        faults.append(Fault(MAP, 0, place, 'holds what is no text; put every name and value in "quotes".'))
    if len(faults) == before:
        faults += _misnamed(each, place)
    return len(faults) == before


def _misnamed(each: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Columns of the dataset that do not exist, come from two places, or are changed without coming at all."""
    known = {column.name for column in columns_of(each["table"])}
    brought = Counter([*each["columns"].values(), *each.get("constants", {})])
    for name, n in brought.items():
        if name not in known:
            yield Fault(MAP, 0, f"{place}, {name}", f"is no column of {each['table']}.csv.")
        if n > 1:
            yield Fault(MAP, 0, f"{place}, {name}", "comes from more than one place.")
    for name in dict.fromkeys((*each.get("dates", {}), *each.get("values", {}))):
        if name not in each["columns"].values():
            yield Fault(MAP, 0, f"{place}, {name}", "is changed, but no column of the CSV becomes it.")


def _rows(one: Source, body: bytes, faults: list[Fault]) -> list[list[str]] | None:
    """Header and rows of the CSV; None where it can't be read or its header is not what the map says."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Fault(one.csv, body[: error.start].count(b"\n") + 1, "", "is not UTF-8 here; save the file as UTF-8."))
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=one.delimiter)
    try:
        rows = list(reader)
    except csv.Error as error:
        faults.append(Fault(one.csv, reader.line_num, "", f"is not CSV here ({error}); quote the field."))
        return None
    header, before = rows[0] if rows else [], len(faults)
    faults += [Fault(one.csv, 1, name, "stands there more than once.") for name, n in Counter(header).items() if n > 1]
    faults += [Fault(one.csv, 1, name, "is in the map but not here.") for name in (*one.columns, *one.leave_out) if name not in header]
    faults += [
        Fault(one.csv, 1, name, "is not in the map; give it a column of the dataset, or list it in leave_out.")
        for name in header if name not in one.columns and name not in one.leave_out
    ]  # fmt: skip
    return rows if len(faults) == before else None


def _written(one: Source, rows: list[list[str]], faults: list[Fault]) -> bytes:
    header, *rest = rows
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow([*(one.columns[name] for name in header if name in one.columns), *one.constants])
    for number, cells in enumerate(rest, start=2):
        if len(cells) != len(header):
            faults.append(Fault(one.csv, number, "", f"has {len(cells)} fields where the header has {len(header)}."))
            continue
        told = [_cell(one, number, name, cell, faults) for name, cell in zip(header, cells, strict=True) if name in one.columns]
        writer.writerow([*told, *one.constants.values()])
    return made.getvalue().encode()


def _cell(one: Source, number: int, name: str, cell: str, faults: list[Fault]) -> str:
    """One value as the dataset writes it."""
    column, text = one.columns[name], cell.strip()
    if column in one.values:
        if not text and "" not in one.values[column]:
            return ""
        if text not in one.values[column]:
            faults.append(
                Fault(one.csv, number, name, f"{text[:60]!r} has no value in the map; there are {', '.join(one.values[column])}.")
            )
        return one.values[column].get(text, "")
    if column in one.dates and text:
        try:
            return datetime.strptime(text, one.dates[column]).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            faults.append(Fault(one.csv, number, name, f"{text[:60]!r} is no day written as {one.dates[column]}."))
            return ""
    return text
