"""SPSS: one .sav a table, with variable labels and value labels. The header's date and time are the cut's."""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import day_of, frame, label_of, set_clock, value_labels, written
from outcomes.exports.typed import About, Table

CLOCK = 92  # creation date (9 bytes) and time (8) of the file header record, after 64 + 5 x 4 + 8 bytes


def write(tables: Sequence[Table], about: About) -> Files:
    return {f"spss/{table.file}.sav": _one(table, about) for table in tables}


def _one(table: Table, about: About) -> bytes:
    import pyreadstat

    body = written(
        ".sav",
        lambda path: pyreadstat.write_sav(
            frame(table, coded=True), path, file_label=about.title[:64], column_labels=[label_of(column) for column in table.columns],
            variable_value_labels=value_labels(table), row_compress=True,
        ),
    )  # fmt: skip
    day, month, utc = day_of(about.stamp)
    set_clock(body, CLOCK, "99 AAA 9999:99:99", f"{day} {month} {utc:%y%H:%M:%S}")
    return bytes(body)


FORMAT = Format(code="spss", title="SPSS", packages=("pyreadstat", "polars"), write=write)
