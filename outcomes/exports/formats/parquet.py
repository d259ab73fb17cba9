"""Parquet: one file a table, codes as text, dates as dates, missing as null. It has no clock in its header."""

from __future__ import annotations

import io
from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import frame
from outcomes.exports.typed import About, Table


def write(tables: Sequence[Table], about: About) -> Files:
    return {f"parquet/{table.file}.parquet": _one(table) for table in tables}


def _one(table: Table) -> bytes:
    import polars

    data = frame(table, coded=False)
    texts = [name for name, kind in data.schema.items() if kind == polars.String]
    data = data.with_columns(polars.when(polars.col(name) == "").then(None).otherwise(polars.col(name)).alias(name) for name in texts)
    out = io.BytesIO()
    data.write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue()


FORMAT = Format(code="parquet", title="Parquet", packages=("polars",), write=write)
