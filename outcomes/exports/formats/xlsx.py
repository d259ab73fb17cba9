"""A workbook for people: one sheet a table and the codebook, headings that stay in sight, real dates and numbers.

A text that a spreadsheet would read as a formula (`=`, `+`, `-`, `@`, tab or line end first) is stored as text and marked as quoted,
so that it is neither computed nor becomes a formula when its cell is edited; its letters stay as they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from outcomes.domain.text import Value
from outcomes.exports.formats import Files, Format
from outcomes.exports.typed import About, Table, csv_rows
from outcomes.exports.views import zipped

ROWS = 1_048_575  # rows of a sheet below its heading
CELL = 32_767  # characters of a cell
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
READ_INTO = (*RISKY, "#")  # and the words of an error, which the library takes for one
CUT_MARK = " [cut: see the CSV]"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write(tables: Sequence[Table], about: About) -> Files:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    stamp = about.stamp.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.creator, book.properties.title = "Uplift", about.title
    for table in tables:
        columns = [table.values(column) for column in table.columns]
        rows = list(zip(*columns, strict=True))
        for number, start in enumerate(range(0, max(len(rows), 1), ROWS), 1):
            title = table.file if number == 1 else f"{table.file} {number}"
            _sheet(book, title, [column.name for column in table.columns], rows[start : start + ROWS])
    known = csv_rows(about.codebook)
    _sheet(book, "codebook", list(known[0]), [tuple(row.values()) for row in known])
    out = io.BytesIO()
    book.save(out)
    return {"xlsx/dataset.xlsx": _with_fixed_clock(out.getvalue(), stamp)}


def _sheet(book: Any, title: str, names: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    head = []
    for name in names:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        head.append(cell)
    sheet.append(head)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Value) -> Any:
    """What the library is given: a plain value wherever it makes of it what is meant, else a cell."""
    if value is None:
        return None
    if isinstance(value, str) and not value.startswith(READ_INTO):
        return _fitting(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int) else _styled(sheet, value)


def _styled(sheet: Any, value: str | date | tuple[str, ...]) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.astimezone(UTC).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    text = _fitting("|".join(value) if isinstance(value, tuple) else value)
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if text.startswith(RISKY):
        cell.quotePrefix = True
    return cell


def _fitting(text: str) -> str:
    text = _CONTROL.sub("�", text)
    return text if len(text) <= CELL else text[: CELL - len(CUT_MARK)] + CUT_MARK


def _with_fixed_clock(body: bytes, stamp: datetime) -> bytes:
    """The same workbook packed anew: the packing's clocks are fixed and the two of its properties are the cut's."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    properties = parts["docProps/core.xml"].decode()
    parts["docProps/core.xml"] = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{stamp:%Y-%m-%dT%H:%M:%SZ}", properties).encode()
    return zipped(parts)


FORMAT = Format(code="xlsx", title="Excel workbook", packages=("openpyxl",), write=write)
