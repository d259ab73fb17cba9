"""Stata: one .dta (format 118, Stata 14 and later) a table, with variable labels and value labels. The time stamp is the cut's."""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import day_of, frame, label_of, set_clock, value_labels, written
from outcomes.exports.typed import About, Table

LABEL = 80  # characters of a variable label or a data label
STAMP = b"<timestamp>\x11"


def write(tables: Sequence[Table], about: About) -> Files:
    return {f"stata/{table.file}.dta": _one(table, about) for table in tables}


def _one(table: Table, about: About) -> bytes:
    import pyreadstat

    body = written(
        ".dta",
        lambda path: pyreadstat.write_dta(
            frame(table, coded=True), path, file_label=about.title[:LABEL],
            column_labels=[label_of(column)[:LABEL] for column in table.columns], variable_value_labels=value_labels(table),
        ),
    )  # fmt: skip
    day, month, utc = day_of(about.stamp)
    set_clock(body, body.index(STAMP) + len(STAMP), "99 AAA 9999 99:99", f"{day} {month} {utc:%Y %H:%M}")
    return bytes(body)


FORMAT = Format(code="stata", title="Stata", packages=("pyreadstat", "polars"), write=write)
