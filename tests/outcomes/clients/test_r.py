"""Debian's R (haven, foreign, read.csv) reads every table of every format and finds our rows, sums, labels and words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.exports.columns import Column
from outcomes.exports.formats.sas_v5 import LABEL, TEXT, ascii_of
from outcomes.exports.frames import label_of
from outcomes.exports.typed import NUMERIC, Table
from tests.outcomes.clients.conftest import KINDS, Files, Kind

pytestmark = pytest.mark.long
READ = Path(__file__).with_name("read_all.R")
LABELS = {"spss": 256, "stata": 80, "sas_v5": LABEL, "sas_v8": 256, "csv": 256}
SUFFIX = {"spss": ".sav", "stata": ".dta", "sas_v5": ".xpt", "sas_v8": ".xpt", "csv": ".csv"}
Line = dict[str, str]


def lines_of(printed: str) -> list[Line]:
    return list(csv.DictReader(io.StringIO(printed)))


@pytest.fixture(scope="module")
def read(debian, laid_out: dict[Kind, Path]) -> dict[Kind, list[Line]]:  # type: ignore[no-untyped-def]
    return {kind: lines_of(debian("Rscript", "--vanilla", READ, folder)) for kind, folder in laid_out.items()}


def numbers(table: Table, column: Column, *, coded: bool) -> list[Decimal] | None:
    """A column as the numbers that a client sums up; None for text."""
    words = table.codes(column) if coded else {}
    if words and column.kind != "flag":
        number = {word: code for code, word in words.items()}
        return [Decimal(number[text]) for text in table.texts(column) if text]
    if column.kind == "date":
        return [Decimal((v - date(1970, 1, 1)).days) for v in table.values(column) if isinstance(v, date)]
    if column.kind == "instant":
        return [
            Decimal(int((v - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())) for v in table.values(column) if isinstance(v, datetime)
        ]
    if column.kind == "flag":
        return [Decimal(int(bool(v))) for v in table.values(column) if v is not None]
    if column.kind in NUMERIC:
        return [Decimal(text) for text in table.texts(column) if text]
    return None


def expected(table: Table, reader: str) -> Iterator[tuple[str, int, int, Decimal, int, str, str]]:
    """Variable, rows, missing, total, letters, label, words: of every column, as this reader must find it."""
    coded = reader in ("spss", "stata")
    for column in table.columns:
        found = numbers(table, column, coded=coded)
        texts = [text for text in table.texts(column) if text] if found is None else []
        words = "|".join(f"{code}={word}" for code, word in sorted(table.codes(column).items())) if coded else ""
        missing = len(table.rows) - len(texts if found is None else found)
        label = column.label if reader == "csv" else label_of(column)[: LABELS[reader]]
        yield column.name, len(table.rows), missing, sum(found or (), Decimal(0)), sum(map(len, texts)), label, words


def told(lines: list[Line], reader: str, file: str) -> list[tuple[str, int, int, Decimal, int, str, str]]:
    return [
        (x["variable"], int(x["rows"]), int(x["missing"]), Decimal(x["total"]), int(x["letters"]), x["label"], x["words"])
        for x in lines if x["reader"] == reader and x["file"] == file
    ]  # fmt: skip


def agree(found, wanted) -> None:  # type: ignore[no-untyped-def]
    """The same lines; sums to 12 digits, since every client adds in binary fractions."""
    assert [line[:3] + line[4:] for line in found] == [line[:3] + line[4:] for line in wanted]
    for line, other in zip(found, wanted, strict=True):
        assert abs(line[3] - other[3]) <= Decimal("1e-12") * max(Decimal(1), abs(other[3])), (line, other)


@pytest.mark.parametrize("reader", ["csv", "spss", "stata", "sas_v8"])
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_r_finds_our_rows_sums_labels_and_words(read, tables: dict[Kind, list[Table]], kind: Kind, reader: str) -> None:  # type: ignore[no-untyped-def]
    for table in tables[kind]:
        agree(told(read[kind], reader, f"{table.file}{SUFFIX[reader]}"), list(expected(table, reader)))
    assert {line["file"] for line in read[kind] if line["reader"] == reader} == {f"{t.file}{SUFFIX[reader]}" for t in tables[kind]}


def names_of(files: Files) -> dict[tuple[str, str], list[tuple[str, int, str]]]:
    """File and column -> member, part and variable in the transport file, as names.csv leads there."""
    found: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for row in csv.DictReader(io.StringIO(files["sas_v5/names.csv"].decode())):
        found.setdefault((row["file"].removesuffix(".csv"), row["column"]), []).append((row["member"], int(row["part"]), row["variable"]))
    return found


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_transport_5_is_read_by_both_of_rs_readers(read, tables: dict[Kind, list[Table]], bundles: dict[Kind, Files], kind: Kind) -> None:  # type: ignore[no-untyped-def]
    names = names_of(bundles[kind])
    found = {(x["reader"], x["file"], x["variable"]): x for x in read[kind]}
    counted = 0
    for table in tables[kind]:
        for column in table.columns:
            wanted = numbers(table, column, coded=False)
            for member, part, variable in names[table.file, column.name]:
                mine = found["sas_v5", f"{member.lower()}.xpt", variable]
                other = found["foreign_xport", f"{member.lower()}.xpt", variable]
                assert (int(mine["rows"]), int(other["rows"])) == (len(table.rows), len(table.rows))
                assert mine["label"] == label_of(column)[:LABEL].rstrip()
                if wanted is not None:
                    total = sum(wanted, Decimal(0))
                    assert abs(Decimal(mine["total"]) - total) <= Decimal("1e-12") * max(Decimal(1), abs(total))
                    plain = column.kind in NUMERIC or column.kind == "flag"
                    assert not plain or abs(Decimal(other["total"]) - total) <= Decimal("1e-12") * max(Decimal(1), abs(total))
                else:
                    cut = [ascii_of(text)[TEXT * (part - 1) : TEXT * part].rstrip() for text in table.texts(column)]
                    assert (int(mine["letters"]), int(mine["missing"])) == (sum(map(len, cut)), cut.count(""))
                counted += 1
    assert counted > 60


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_foreign_reads_spss_with_our_rows_sums_and_labels(read, tables: dict[Kind, list[Table]], kind: Kind) -> None:  # type: ignore[no-untyped-def]
    for table in tables[kind]:
        found = {x["variable"]: x for x in read[kind] if x["reader"] == "foreign_spss" and x["file"] == f"{table.file}.sav"}
        for column in table.columns:
            mine = found[column.name]
            assert (int(mine["rows"]), mine["label"]) == (len(table.rows), label_of(column))
            if column.kind in NUMERIC or table.codes(column):
                total = sum(numbers(table, column, coded=True) or (), Decimal(0))
                assert abs(Decimal(mine["total"]) - total) <= Decimal("1e-12") * max(Decimal(1), abs(total)), column
