"""A bundle packed in every format, and its values read back as the CSV writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars
import pyreadstat

from outcomes.exports.bundle import columns_in, csv_text
from outcomes.exports.closed import bands_of
from outcomes.exports.columns import Column
from outcomes.exports.formats import formats
from outcomes.exports.packing import with_formats
from outcomes.exports.typed import Table, tables_of
from tests.outcomes import world

VIEWS = ("closed", "blinded")
READ = {".sav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta, ".xpt": pyreadstat.read_xport}


def columns_for(view: str):  # type: ignore[no-untyped-def]
    return lambda file: columns_in(view, file, bands_of(world.protocol()))


def pack(files: dict[str, bytes], view: str) -> dict[str, bytes]:
    return with_formats(files, formats, columns_for(view), title="Limerick", stamp=world.AS_OF, protocol=world.protocol())


def table_of(file: str, columns: Sequence[Column], rows: Iterable[Mapping[str, str]]) -> Table:
    """A table of these rows, as its CSV file would have them."""
    return Table(file=file, columns=tuple(columns), body=csv_text(rows, columns)[0])


def tables(files: dict[str, bytes], view: str) -> list[Table]:
    return tables_of(files, columns_for(view))


def read_back(body: bytes, suffix: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    path = tmp_path / f"back{suffix}"
    path.write_bytes(body)
    return READ[suffix](str(path), output_format="polars")


def as_text(value: object, column: Column, codes: dict[int, str]) -> str:
    """A value that came back, as the CSV writes it."""
    if value is None or value == "":
        return ""
    if column.kind == "flag":
        return str(int(value))  # type: ignore[call-overload]
    if codes and not isinstance(value, str):
        return codes[int(value)]  # type: ignore[call-overload]
    if isinstance(value, datetime):
        return value.date().isoformat() if column.kind == "date" else f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        text = format(Decimal(repr(value)).quantize(Decimal("0.0001")), "f").rstrip("0").rstrip(".")
        return text
    return str(value)


def texts_of(frame: polars.DataFrame, table: Table, *, coded: bool) -> list[list[str]]:
    """The rows of a frame as the CSV has them."""
    codes = {column.name: table.codes(column) if coded else {} for column in table.columns}
    series = [[as_text(v, c, codes[c.name]) for v in frame[:, i]] for i, c in enumerate(table.columns)]
    return [list(row) for row in zip(*series, strict=True)]


def rows_of(table: Table) -> list[list[str]]:
    return [[row[column.name] for column in table.columns] for row in table.rows]


def sums(table: Table, frame: polars.DataFrame) -> list[tuple[str, Decimal, Decimal]]:
    """Column, sum in the CSV, sum in the frame, of every column of numbers that has any."""
    found = []
    for i, column in enumerate(table.columns):
        texts = [text for text in table.texts(column) if text]
        if column.kind in ("integer", "ratio", "number", "kg", "minutes") and texts:
            back = sum((Decimal(repr(v)) for v in frame[:, i] if v is not None), Decimal(0))
            found.append((column.name, sum(map(Decimal, texts), Decimal(0)), back))
    return found
