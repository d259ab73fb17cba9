"""PSPP reads every SAV: what it writes as CSV is what our CSV says, and its dictionary has our labels and words."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.exports.columns import Column
from outcomes.exports.frames import label_of
from outcomes.exports.typed import NUMERIC, Table
from tests.outcomes.clients.conftest import KINDS, Kind

pytestmark = pytest.mark.long

SYNTAX = """GET FILE='{sav}'.
SAVE TRANSLATE /OUTFILE='{out}' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /REPLACE.
DISPLAY DICTIONARY.
"""


def told(text: str, column: Column, codes: dict[int, str]) -> str:
    """A cell of ours as PSPP writes the value: words as their numbers, numbers as numbers, a day or an instant in its own manner."""
    if text == "":
        return ""
    if codes and column.kind != "flag":
        return str({word: code for code, word in codes.items()}[text])
    return text


def same(mine: str, theirs: str, column: Column) -> bool:
    if column.kind in NUMERIC or (mine and theirs and column.kind == "flag"):
        return mine == theirs or (
            mine != "" and theirs != "" and abs(Decimal(mine) - Decimal(theirs)) <= Decimal("1e-12") * abs(Decimal(mine))
        )
    if column.kind == "date" and mine:
        month, day, year = theirs.split("/")
        return f"{year}-{month}-{day}" == mine
    if column.kind == "instant" and mine:
        return mine == theirs.replace(" ", "T") + "Z" or theirs.endswith(mine[11:19])
    return mine == theirs


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_pspp_reads_what_the_csv_says(
    debian, laid_out: dict[Kind, Path], tables: dict[Kind, list[Table]], tmp_path: Path, kind: Kind
) -> None:  # type: ignore[no-untyped-def]
    for table in tables[kind]:
        sav, out, words = laid_out[kind] / f"spss/{table.file}.sav", tmp_path / f"{table.file}.csv", tmp_path / f"{table.file}.sps"
        words.write_text(SYNTAX.format(sav=sav, out=out))
        dictionary = " ".join(debian("pspp", "-O", "format=txt", "-O", "width=9999", words).split())
        with out.open(encoding="utf-8", newline="") as handle:
            head, *rows = list(csv.reader(handle))
        assert head == [column.name for column in table.columns]
        assert len(rows) == len(table.rows)
        for i, column in enumerate(table.columns):
            codes = table.codes(column)
            for theirs, mine in zip((row[i].strip() for row in rows), table.texts(column), strict=True):
                assert same(told(mine, column, codes), theirs, column), (table.file, column.name, mine, theirs)
            assert label_of(column) in dictionary
            assert all(word in dictionary for word in codes.values())


def test_a_table_that_says_something_else_is_seen(
    debian, laid_out: dict[Kind, Path], tables: dict[Kind, list[Table]], tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    """The comparison itself can fail: another table's rows are not this one's."""
    table = next(t for t in tables["closed", "full"] if t.file == "participant")
    words = tmp_path / "other.sps"
    words.write_text(SYNTAX.format(sav=laid_out["closed", "limited"] / "spss/participant.sav", out=tmp_path / "other.csv"))
    debian("pspp", "-O", "format=txt", words)
    theirs = list(csv.DictReader(io.StringIO((tmp_path / "other.csv").read_text())))
    column = table.columns[0]
    assert not all(same(mine, row["trial_id"].strip(), column) for row, mine in zip(theirs, table.texts(column), strict=True))
