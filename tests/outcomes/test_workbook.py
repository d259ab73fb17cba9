"""The workbook is read back and says what the CSV says; no text in it becomes a formula."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from outcomes.exports import formats as house
from outcomes.exports.columns import columns_of
from outcomes.exports.formats import xlsx
from tests.outcomes import world
from tests.outcomes.reading import VIEWS, as_text, rows_of, table_of, tables

ABOUT = house.About(title="t", stamp=world.AS_OF, codebook=b"file\nx\n", protocol=world.protocol())


def sheet(book: openpyxl.Workbook, name: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book[name].iter_rows()]


@pytest.mark.parametrize("view", VIEWS)
def test_the_workbook_has_every_table_and_the_codebook(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx/dataset.xlsx"]))
    assert book.sheetnames == [*(table.file for table in tables(files, view)), "codebook"]
    for table in tables(files, view):
        head, *rows = sheet(book, table.file)
        assert head == [column.name for column in table.columns]
        assert [[as_text(v, c, {}) for v, c in zip(row, table.columns, strict=True)] for row in rows] == rows_of(table)
        assert book[table.file].freeze_panes == "A2"
    told = [["" if v is None else str(v) for v in row] for row in sheet(book, "codebook")]
    assert told == list(csv.reader(io.StringIO(files["codebook.csv"].decode())))


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_like_a_formula_stays_a_quoted_text(text: str) -> None:
    columns = columns_of("adverse_event")
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "ae_no": "1", "term": text}
    table = table_of(file="adverse_event", columns=columns, rows=(row,))
    body = xlsx.write([table], ABOUT)["xlsx/dataset.xlsx"]
    cell = openpyxl.load_workbook(io.BytesIO(body))["adverse_event"]["D2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert str(cell.value).replace("_x000D_", "\r").strip() == text.strip()
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml")


def test_a_plain_text_is_not_quoted_and_what_a_cell_cannot_hold_is_told() -> None:
    columns = columns_of("adverse_event")
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "category": "a\x01b", "term": "x" * 40_000}
    body = xlsx.write([table_of(file="adverse_event", columns=columns, rows=(row,))], ABOUT)["xlsx/dataset.xlsx"]
    cells = openpyxl.load_workbook(io.BytesIO(body))["adverse_event"]
    assert (cells["A2"].quotePrefix, cells["C2"].value) == (False, "a�b")
    assert (len(cells["D2"].value), cells["D2"].value[-22:]) == (32_767, "xxx [cut: see the CSV]")


@pytest.mark.parametrize("text", ["#N/A", "#DIV/0!", "plain", "1e5"])
def test_a_text_like_an_error_or_a_number_stays_a_text(text: str) -> None:
    columns = columns_of("adverse_event")
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "term": text}
    body = xlsx.write([table_of(file="adverse_event", columns=columns, rows=(row,))], ABOUT)["xlsx/dataset.xlsx"]
    cell = openpyxl.load_workbook(io.BytesIO(body))["adverse_event"]["D2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_more_rows_than_a_sheet_holds_go_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 2)
    columns = columns_of("baseline")
    rows = tuple(dict.fromkeys((c.name for c in columns), "") | {"trial_id": f"P-{n}"} for n in range(5))
    body = xlsx.write([table_of(file="baseline", columns=columns, rows=rows)], ABOUT)
    book = openpyxl.load_workbook(io.BytesIO(body["xlsx/dataset.xlsx"]))
    assert book.sheetnames == ["baseline", "baseline 2", "baseline 3", "codebook"]
    assert [len(sheet(book, name)) for name in book.sheetnames] == [3, 3, 2, 2]
    assert sheet(book, "baseline 3")[1][0] == "P-4"
