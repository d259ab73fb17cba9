"""The filled checklists as a Word document, the same bytes for the same checklists. The library comes with the extra `export`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

from outcomes.domain.written.editions import HELD

HEAD = ("Item", "State", "What stands in the records")
FIRST = datetime(1980, 1, 1, tzinfo=UTC)  # the earliest moment that a zip entry can have


def available() -> bool:
    """Whether the library is installed."""
    return find_spec("docx") is not None


def document(body: Mapping[str, Any]) -> bytes:
    """One table a checklist, then what was not recorded. Who made it and when stands nowhere: its clocks are fixed."""
    import docx

    made = docx.Document()
    about = made.core_properties
    title = _printable(f"{body['title']}: reporting checklists")
    about.title, about.author, about.last_modified_by, about.comments = title, "", "", ""
    about.created = about.modified = FIRST.replace(tzinfo=None)
    made.add_heading(title, 0)
    made.add_paragraph(_printable(f"Trial {body['trial']}, {body['edition']} edition, as of {body['as_of']}."))
    for checklist in body["checklists"]:
        made.add_heading(checklist["title"], 1)
        made.add_paragraph(f"Source: {checklist['source']}.")
        table = made.add_table(rows=1, cols=len(HEAD), style="Table Grid")
        for cell, words in zip(table.rows[0].cells, HEAD, strict=True):
            cell.text = words
        for item in checklist["items"]:
            for cell, words in zip(table.add_row().cells, _row(item), strict=True):
                cell.text = words
    made.add_heading("Not recorded", 1)
    for text in body["unrecorded"] or ["Nothing was found missing."]:
        made.add_paragraph(_printable(text), style="List Bullet")
    written = io.BytesIO()
    made.save(written)
    return _same_clock(written.getvalue())


def _row(item: Mapping[str, Any]) -> tuple[str, str, str]:
    lines = [f"{said['text']} [{said['record']}]" for said in item["said"]]
    lines += [HELD] if item["held"] else []
    lines += [f"Not recorded: {text}" for text in item["lacking"]]
    lines += [f"Left to you: {item['write']}"] if item["write"] else []
    return f"{item['number']}. {item['topic']}", item["words"], _printable("\n".join(lines))


def _printable(text: str) -> str:
    """With a space for each sign that XML has no place for, or that nobody could see."""
    return "".join(sign if sign == "\n" or sign.isprintable() else " " for sign in text)


def _same_clock(archive: bytes) -> bytes:
    """The same entries in the same order, each of the earliest moment there is."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, FIRST.timetuple()[:6]), old.read(name), zipfile.ZIP_DEFLATED)
    return written.getvalue()
