"""Typed tables for the statistical packages: a data frame, labels, and files whose clocks are set to the cut.

The libraries come with the extra `export` and are imported where they are used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.domain.text import Value
from outcomes.exports.columns import Column
from outcomes.exports.typed import NUMERIC, Table

if TYPE_CHECKING:
    import polars

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Names = Mapping[str, str]


def frame(table: Table, *, coded: bool, names: Names | None = None) -> polars.DataFrame:
    """The table with numbers, dates and instants (UTC, without a zone) as such and everything else as text.

    `coded` writes coded words as their numbers. Missing text is empty, missing numbers and dates are null.
    """
    import polars

    return polars.DataFrame(
        [_series(table, column, coded=coded, name=(names or {}).get(column.name, column.name)) for column in table.columns]
    )


def value_labels(table: Table, names: Names | None = None) -> dict[str, dict[int, str]]:
    """The words of every coded column, by the column's name in the frame."""
    found = {(names or {}).get(column.name, column.name): table.codes(column) for column in table.columns}
    return {name: codes for name, codes in found.items() if codes}


def label_of(column: Column) -> str:
    """Label with unit: `Planned volume load (kg)`."""
    return f"{column.label} ({column.unit})" if column.unit else column.label


def written(suffix: str, write: Callable[[str], None]) -> bytearray:
    """What a library that only writes to a path has written."""
    with tempfile.TemporaryDirectory(prefix="uplift-format-") as folder:
        path = Path(folder) / f"table{suffix}"
        write(str(path))
        return bytearray(path.read_bytes())


def set_clock(body: bytearray, at: int, old: str, new: str) -> None:
    """Overwrite a header's clock. `old` is its form, `9` for a digit and `A` for a letter: anything else there is not a clock."""
    found = body[at : at + len(new)].decode("ascii", "replace")
    form = "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in found)
    if form != old or len(new) != len(old):
        raise ValueError(f"no clock at byte {at}: {found!r}")
    body[at : at + len(new)] = new.encode("ascii")


def day_of(stamp: datetime) -> tuple[str, str, datetime]:
    """Day of the month, month in English, and the instant in UTC: nothing here asks the locale."""
    utc = stamp.astimezone(UTC)
    return f"{utc.day:02d}", MONTHS[utc.month - 1], utc


def _series(table: Table, column: Column, *, coded: bool, name: str) -> Any:
    import polars

    codes = table.codes(column)
    if column.kind == "flag":
        return polars.Series(name, [None if v is None else int(bool(v)) for v in table.values(column)], dtype=polars.Int8)
    if codes and coded:
        numbers = {word: number for number, word in codes.items()}
        return polars.Series(name, [numbers.get(text) for text in table.texts(column)], dtype=polars.Int32)
    if column.kind == "integer":
        return polars.Series(name, table.values(column), dtype=polars.Int64)
    if column.kind in NUMERIC:
        return polars.Series(name, [_float(v) for v in table.values(column)], dtype=polars.Float64)
    if column.kind == "date":
        return polars.Series(name, table.values(column), dtype=polars.Date)
    if column.kind == "instant":
        return polars.Series(name, [_naive(v) for v in table.values(column)], dtype=polars.Datetime("ms"))
    return polars.Series(name, table.texts(column), dtype=polars.String)


def _float(value: Value) -> float | None:
    return float(value) if isinstance(value, (Decimal, int)) else None


def _naive(value: Value) -> datetime | None:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else None
