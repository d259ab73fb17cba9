"""The formats beside CSV, of the largest table of a cut: Parquet against COPY of the same query, the others against bare pyreadstat.

A format is made of a frozen cut's CSV: read, typed, written, its clock set. The limit of Parquet is COPY of the sets out of the database,
read and discarded; that of SPSS, Stata and SAS is the same library writing a data frame that is in memory already, under the same labels.
"""

from __future__ import annotations

import gc
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import ground, pairs
from benchmarks.export import COPIES, FIRST_CUT
from benchmarks.result import Result
from outcomes.actions import exports
from outcomes.exports.bundle import view_columns
from outcomes.exports.closed import bands_of
from outcomes.exports.formats import formats
from outcomes.exports.frames import frame, label_of, value_labels
from outcomes.exports.typed import About, Table, tables_of
from outcomes.exports.xpt import short_names
from participants.models import ExerciseSet
from trials.queries import protocol_in_force

SIZES = {"small": (3, 1, 100), "full": (3, 1, 2000)}  # blocks, files each, people; 256 rows a person
TABLE = "exercise_set"
ALLOWED = {"parquet": 2.0} | dict.fromkeys(
    ("sas_v5", "sas_v8", "spss", "stata"), 1.25
)  # times the limit's: 0.5 and 0.8 of its rows a second


def run(size: str) -> list[Result]:
    blocks, each, people = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    with ground.filling() as owner:
        ground.fill_trained(owner, site, people, first=1, on=ground.AT.date(), arm=arm)
    exports.take_cut(FIRST_CUT, by=ground.SHELL, at=FIRST_CUT)
    path = exports.folder_of(FIRST_CUT) / f"{TABLE}.csv"
    rows = ExerciseSet.objects.count()
    results = []
    with ground.raw() as raw, tempfile.TemporaryDirectory(prefix="uplift-bare-") as place:
        limits = {"parquet": lambda: _discard(raw)} | _bare(_table(path), Path(place) / "table")
        for code, limit in limits.items():
            gc.collect()
            before = _peak_mb()
            assert _rows(code, _made(code, path)) == rows, f"{code} has not every row"
            grew = round(_peak_mb() - before)
            subject = lambda code=code: _made(code, path)  # noqa: E731
            found = pairs.measure(limit, subject, blocks=blocks, each=each, warm=1)
            notes = {
                "allowed_times_the_limit": ALLOWED[code], "kept": int(found.ratio.median <= ALLOWED[code]),
                "rows_a_second": round(1000 * rows / found.subject_ms), "peak_memory_grew_mb": grew,
            }  # fmt: skip
            words = "COPY of the same rows, read and discarded" if code == "parquet" else "pyreadstat writing a data frame in memory"
            results.append(Result(code, "table", words, size, rows, found, None, None, notes))
    return results


def _table(path: Path) -> Table:
    columns = view_columns("closed", bands_of(protocol_in_force()))
    return next(table for table in tables_of({path.name: path.read_bytes()}, columns) if table.file == TABLE)


def _made(code: str, path: Path) -> bytes:
    """The format's file of the table, from the frozen CSV on."""
    about = About(title="Benchmark", stamp=FIRST_CUT, codebook=b"", protocol=protocol_in_force())
    written = formats[code].write([_table(path)], about)
    return next(body for name, body in written.items() if name.endswith((".parquet", ".xpt", ".sav", ".dta")))


def _discard(raw: psycopg.Connection) -> int:
    with raw.cursor().copy(f"COPY ({COPIES[TABLE]}) TO STDOUT (FORMAT csv, HEADER)") as copy:
        return sum(len(block) for block in copy)


def _bare(table: Table, path: Path) -> dict[str, Callable[[], object]]:
    """The library's own calls, with the table's words as numbers where the format has labels for them."""
    import pyreadstat

    coded, plain = frame(table, coded=True), frame(table, coded=False)
    short = plain.rename(short_names(plain.columns))
    labels: list[str] = [label_of(column) for column in table.columns]
    coding: dict[str, Any] = {"column_labels": [label[:80] for label in labels], "variable_value_labels": value_labels(table)}
    sas = {"column_labels": [label[:40] for label in labels], "table_name": "SETS"}
    return {
        "spss": lambda: pyreadstat.write_sav(coded, f"{path}.sav", row_compress=True, **coding),
        "stata": lambda: pyreadstat.write_dta(coded, f"{path}.dta", **coding),
        "sas_v8": lambda: pyreadstat.write_xport(plain, f"{path}.xpt", file_format_version=8, **sas),
        "sas_v5": lambda: pyreadstat.write_xport(short, f"{path}.xpt", file_format_version=5, **sas),
    }


def _rows(code: str, body: bytes) -> int:
    """How many rows a reader finds in it."""
    import io

    import polars
    import pyreadstat

    if code == "parquet":
        return polars.read_parquet(io.BytesIO(body)).height
    reader = {"spss": pyreadstat.read_sav, "stata": pyreadstat.read_dta}.get(code, pyreadstat.read_xport)
    with tempfile.NamedTemporaryFile(suffix=".dat") as handle:
        handle.write(body)
        handle.flush()
        return int(reader(handle.name, output_format="polars")[0].height)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
