"""SAS transport version 8: one .xpt a table under the CSV's own names, UTF-8, with variable labels."""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import frame, label_of
from outcomes.exports.typed import About, Table
from outcomes.exports.xpt import labels_program, transport

LABEL = 256


def write(tables: Sequence[Table], about: About) -> Files:
    files = {f"sas_v8/{table.file}.xpt": _one(table, about) for table in tables}
    return files | {"sas_v8/labels.sas": labels_program({t.file: [c.name for c in t.columns if c.kind == "flag"] for t in tables})}


def _one(table: Table, about: About) -> bytes:
    labels = [label_of(column)[:LABEL] for column in table.columns]
    return transport(frame(table, coded=False), name=table.file, labels=labels, title=about.title, stamp=about.stamp, version=8)


FORMAT = Format(code="sas_v8", title="SAS transport 8", packages=("pyreadstat", "polars"), write=write)
