"""The files of a bundle: CSV text, codebook, data package and manifest, each the same bytes for the same rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from outcomes.domain.text import Value, write
from outcomes.exports.columns import KEYS, Column, blinded_columns
from outcomes.exports.columns import columns_of as closed_columns
from outcomes.exports.digested import Digest
from outcomes.exports.typed import ColumnsOf

LAYOUT_VERSION = 1
CODEBOOK_COLUMNS = ("file", "column", "label", "type", "unit", "values", "derivation", "personal", "reveals_arm")

_SCHEMA_TYPES = {
    "date": "date", "instant": "datetime", "flag": "boolean", "integer": "integer", "ratio": "number", "number": "number", "kg": "number",
    "minutes": "number",
}  # fmt: skip
_FOREIGN = {
    "item": (("trial_id", "visit", "instrument"), "assessment"),
    "exercise_set": (("trial_id", "session_no"), "session"),
}


def columns_in(view: str, file: str, bands: Iterable[str]) -> tuple[Column, ...]:
    """The columns that a view has of a file; none where the view has no such file."""
    return blinded_columns(file, bands=bands) if view == "blinded" else closed_columns(file, bands=bands)


def view_columns(view: str, bands: Iterable[str]) -> ColumnsOf:
    """`columns_in` of one view, by file."""
    known = tuple(bands)
    return lambda file: columns_in(view, file, known)


class Out(Protocol):
    def write(self, text: str, /) -> object: ...


class _Lines:
    """Records that end with CRLF on their way to a file whose records end with LF."""

    def __init__(self, out: Out) -> None:
        self._write = out.write

    def write(self, record: str) -> None:
        self._write(record[:-2] + "\n")


def csv_writer(out: Out) -> Any:
    """RFC 4180 with LF, one `write` a record. A text with a lone carriage return is quoted too, as PostgreSQL quotes it."""
    return csv.writer(_Lines(out), lineterminator="\r\n")


def csv_line(values: Iterable[str]) -> str:
    """One record: RFC 4180 quoting, LF."""
    line = io.StringIO()
    csv_writer(line).writerow(list(values))
    return line.getvalue()


def row_text(row: Mapping[str, Value], columns: Sequence[Column]) -> list[str]:
    return [write(row.get(column.name), column.kind) for column in columns]


def csv_text(rows: Iterable[Mapping[str, Value]], columns: Sequence[Column]) -> tuple[bytes, int]:
    """The bytes of a table and how many rows it has."""
    out = io.StringIO()
    writer = csv_writer(out)
    writer.writerow([column.name for column in columns])
    count = 0
    for row in rows:
        writer.writerow(row_text(row, columns))
        count += 1
    return out.getvalue().encode(), count


def codebook(columns_of: ColumnsOf, rules: Mapping[str, str], files: Iterable[str]) -> tuple[bytes, int]:
    """One row a column of each file; `rules` are the protocol's own words for derivations, by `file.column`."""
    out = io.StringIO()
    writer = csv_writer(out)
    writer.writerow(CODEBOOK_COLUMNS)
    count = 0
    for file in files:
        for column in columns_of(file):
            derivation = rules.get(f"{file}.{column.name}") or column.derivation or ("derived" if column.derived else "")
            flags = ["1" if flag else "0" for flag in (column.personal, column.reveals_arm)]
            writer.writerow(
                [f"{file}.csv", column.name, column.label, column.kind, column.unit, "|".join(column.values), derivation, *flags]
            )
            count += 1
    return out.getvalue().encode(), count


def datapackage(columns_of: ColumnsOf, files: Iterable[str], written: Mapping[str, Digest], *, name: str, title: str) -> bytes:
    """Frictionless Table Schema of the CSV files, with keys; `written` are the files by name, whose length and SHA-256 go in."""
    present = tuple(files)
    resources = []
    for file in present:
        columns = columns_of(file)
        schema: dict[str, Any] = {
            "fields": [_field(column) for column in columns],
            "missingValues": [""],
            "primaryKey": list(KEYS[file]),
        }
        foreign = _foreign_keys(file, {column.name for column in columns}, present)
        if foreign:
            schema["foreignKeys"] = foreign
        resources.append(
            {
                "name": file.replace("_", "-"),
                "path": f"{file}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": written[f"{file}.csv"].length,
                "hash": f"sha256:{written[f'{file}.csv'].sha256}",
                "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
                "schema": schema,
            }
        )
    return json_bytes({"profile": "tabular-data-package", "name": name.lower(), "title": title, "resources": resources})


def manifest(facts: Mapping[str, Any], written: Mapping[str, Digest], rows: Mapping[str, int]) -> bytes:
    """What the bundle is, and rows and SHA-256 of each file; nothing of who made it or when."""
    listed = [{"name": name, "sha256": written[name].sha256, **({"rows": rows[name]} if name in rows else {})} for name in sorted(written)]
    return json_bytes({"layout_version": LAYOUT_VERSION, **facts, "files": listed})


def json_bytes(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "title": column.label, "type": _SCHEMA_TYPES.get(column.kind, "string")}
    if column.kind == "flag":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    if column.unit:
        field["unit"] = column.unit
    if column.derivation:
        field["description"] = column.derivation
    constraints: dict[str, Any] = {}
    if column.name in KEYS[column.file]:
        constraints["required"] = True
    if column.values and column.kind in ("text", "yes_no"):
        constraints["enum"] = list(column.values)
    return field | ({"constraints": constraints} if constraints else {})


def _foreign_keys(file: str, names: set[str], present: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    if "trial_id" in names and file != "participant":
        found.append({"fields": "trial_id", "reference": {"resource": "participant", "fields": "trial_id"}})
    if file in _FOREIGN and _FOREIGN[file][1] in present:
        fields, target = _FOREIGN[file]
        found.append({"fields": list(fields), "reference": {"resource": target.replace("_", "-"), "fields": list(fields)}})
    return found
