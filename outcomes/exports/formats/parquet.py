"""Parquet: one file a table, codes as text, dates as dates, missing as null. It has no clock in its header."""

from __future__ import annotations

import io
from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import typed
from outcomes.exports.typed import About, Table

ROWS = 100_000  # of a row group


def write(tables: Sequence[Table], about: About) -> Files:
    return {f"parquet/{table.file}.parquet": _one(table) for table in tables}


def _one(table: Table) -> bytes:
    """Read and written a hundred thousand rows at a time, in their order: the same bytes each time."""
    out = io.BytesIO()
    typed(table).sink_parquet(out, compression="zstd", statistics=False, row_group_size=ROWS)
    return out.getvalue()


FORMAT = Format(code="parquet", title="Parquet", packages=("polars",), write=write)
