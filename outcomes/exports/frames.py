"""Typed tables for the statistical packages: a data frame, labels, and files whose clocks are set to the cut.

The libraries come with the extra `export` and are imported where they are used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from outcomes.exports.columns import Column
from outcomes.exports.typed import NUMERIC, Table

if TYPE_CHECKING:
    import polars

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FRACTIONS = tuple(kind for kind in NUMERIC if kind != "integer")
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def frame(table: Table, *, coded: bool) -> polars.DataFrame:
    """The table as `typed` has it, with missing text empty: the statistical packages know no other.

    `coded` writes coded words as their numbers.
    """
    import polars

    data = typed(table).collect().with_columns(polars.col(polars.String).fill_null(""))
    return data.with_columns(_coded(table)) if coded else data


def typed(table: Table) -> polars.LazyFrame:
    """Numbers, dates and instants (UTC, without a zone) as such and everything else as text, read from the CSV's bytes; missing is null."""
    import polars

    kinds = {"flag": polars.Int8, "integer": polars.Int64, "date": polars.Date} | dict.fromkeys(FRACTIONS, polars.Float64)
    types = {column.name: kinds.get(column.kind, polars.String) for column in table.columns}
    data = polars.scan_csv(table.body, schema=types)
    return data.with_columns(polars.col(c.name).str.to_datetime(INSTANT, time_unit="ms") for c in table.columns if c.kind == "instant")


def value_labels(table: Table) -> dict[str, dict[int, str]]:
    """The words of every coded column, by its name."""
    found = {column.name: table.codes(column) for column in table.columns}
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


def _coded(table: Table) -> list[polars.Expr]:
    """The numbers of every coded column of words."""
    import polars

    numbers = {c.name: {word: number for number, word in table.codes(c).items()} for c in table.columns if c.kind != "flag"}
    return [polars.col(name).replace_strict(codes, default=None, return_dtype=polars.Int32) for name, codes in numbers.items() if codes]
