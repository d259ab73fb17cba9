"""Parquet: one file a table, codes as text, dates as dates, missing as null. It has no clock in its header."""

from __future__ import annotations

import io
from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import typed_frame
from outcomes.exports.typed import About, Table


def write(tables: Sequence[Table], about: About) -> Files:
    return {f"parquet/{table.file}.parquet": _one(table) for table in tables}


def _one(table: Table) -> bytes:
    out = io.BytesIO()
    typed_frame(table).write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue()


FORMAT = Format(code="parquet", title="Parquet", packages=("polars",), write=write)
