"""The Word document of the checklists, read back by the library that other people read it with."""

from __future__ import annotations

import io
import zipfile

import docx

from outcomes.domain.written.editions import HELD
from outcomes.exports.checklists_docx import document

ITEM = {
    "number": "5a", "topic": "Funding", "state": "fed", "words": "fed by data", "held": True, "write": "Name the funders.",
    "said": [{"text": "A & <b>", "record": "flow.json", "data": True}], "lacking": ["No\x0bday\x00."],
}  # fmt: skip
PLAIN = ITEM | {"number": "5b", "held": False, "write": "", "said": [], "lacking": []}
BODY = {
    "title": "Lifting\x0c", "trial": "T", "edition": "closed", "as_of": "2026-08-01T10:00:00Z", "unrecorded": ["This.", "That."],
    "checklists": [{"title": "CONSORT 2025", "source": "BMJ", "items": [ITEM, PLAIN]}],
}  # fmt: skip


def test_every_item_is_a_row_with_its_state_and_what_was_found() -> None:
    read = docx.Document(io.BytesIO(document(BODY)))
    table = [[cell.text for cell in row.cells] for row in read.tables[0].rows]
    found = f"A & <b> [flow.json]\n{HELD}\nNot recorded: No day .\nLeft to you: Name the funders."
    assert table == [
        ["Item", "State", "What stands in the records"], ["5a. Funding", "fed by data", found], ["5b. Funding", "fed by data", ""],
    ]  # fmt: skip
    texts = [paragraph.text for paragraph in read.paragraphs]
    assert texts == [
        "Lifting : reporting checklists", "Trial T, closed edition, as of 2026-08-01T10:00:00Z.", "CONSORT 2025", "Source: BMJ.",
        "Not recorded", "This.", "That.",
    ]  # fmt: skip


def test_the_same_checklists_are_the_same_bytes_without_a_clock_or_a_name() -> None:
    made = document(BODY)
    assert made == document(BODY)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        about = archive.read("docProps/core.xml").decode()
    assert "1980-01-01T00:00:00Z" in about
    assert "python-docx" not in about


def test_where_nothing_is_missing_it_says_so() -> None:
    read = docx.Document(io.BytesIO(document(BODY | {"unrecorded": [], "checklists": []})))
    assert read.paragraphs[-1].text == "Nothing was found missing."
