"""REDCap: a data dictionary to upload and the records to import, every table of people as an instrument of its own.

Tables with several rows a person are repeating instruments: switch them on as `redcap/repeating.csv` lists them, then import the records.
Coded words keep the CSV's words as their codes. Tables without people (trainers, summaries) are no records and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from outcomes.exports.bundle import csv_line
from outcomes.exports.columns import KEYS, Column
from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import label_of
from outcomes.exports.typed import About, Table

RECORD = "trial_id"
DICTIONARY = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels",
    "Field Note", "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", "Identifier?",
    "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment", "Question Number (surveys only)",
    "Matrix Group Name", "Matrix Ranking?", "Field Annotation",
)  # fmt: skip
REPEATS = ("redcap_repeat_instrument", "redcap_repeat_instance")
VALIDATION = {
    "date": "date_ymd", "instant": "datetime_seconds_ymd", "integer": "integer", "ratio": "number", "number": "number", "kg": "number",
    "minutes": "number",
}  # fmt: skip


def write(tables: Sequence[Table], about: About) -> Files:
    people = [table for table in tables if RECORD in KEYS[table.file]]
    fields = [(table, column) for table in people for column in table.columns if column.name != RECORD]
    first = csv_line([RECORD, people[0].file, "", "text", "Trial id", *[""] * 13])
    dictionary = csv_line(DICTIONARY) + first + "".join(csv_line(_field(table, column)) for table, column in fields)
    records = [csv_line((RECORD, *REPEATS, *(name_of(table, column) for table, column in fields)))]
    before = 0
    for table in people:
        own = [column for column in table.columns if column.name != RECORD]
        after = len(fields) - before - len(own)
        records += (csv_line((*_head(row, table, n), *[""] * before, *_texts(row, own), *[""] * after)) for row, n in _numbered(table))
        before += len(own)
    repeating = [csv_line(["form_name"]), *(csv_line([table.file]) for table in people if repeats(table))]
    return {
        "redcap/dictionary.csv": dictionary.encode(),
        "redcap/records.csv": "".join(records).encode(),
        "redcap/repeating.csv": "".join(repeating).encode(),
    }


def name_of(table: Table, column: Column) -> str:
    """A field's name, unique in the project since its table comes first."""
    return f"{table.file}_{column.name}"


def repeats(table: Table) -> bool:
    return KEYS[table.file] != (RECORD,)


def _field(table: Table, column: Column) -> list[str]:
    kind, choices, validation = _type(table, column)
    identifier = "y" if column.personal else ""
    told = [name_of(table, column), table.file, "", kind, label_of(column), choices, column.derivation, validation, "", "", identifier]
    return [*told, *[""] * (len(DICTIONARY) - len(told))]


def _type(table: Table, column: Column) -> tuple[str, str, str]:
    """Field type, choices, validation."""
    if column.kind == "flag":
        return "yesno", "", ""
    codes = table.codes(column)
    if codes:
        return "dropdown", " | ".join(f"{word}, {word.replace('_', ' ')}" for word in codes.values()), ""
    return "text", "", VALIDATION.get(column.kind, "")


def _numbered(table: Table) -> Iterable[tuple[dict[str, str], str]]:
    """The rows with their instance: 1, 2, ... a person; empty in a table of one row a person."""
    counts: dict[str, int] = {}
    for row in table.rows:
        counts[row[RECORD]] = counts.get(row[RECORD], 0) + 1
        yield dict(row), str(counts[row[RECORD]]) if repeats(table) else ""


def _head(row: dict[str, str], table: Table, number: str) -> tuple[str, str, str]:
    return row[RECORD], table.file if number else "", number


def _texts(row: dict[str, str], columns: Iterable[Column]) -> list[str]:
    """REDCap writes an instant with a blank and without a zone; it stays UTC."""
    return [row[c.name].replace("T", " ").removesuffix("Z") if c.kind == "instant" else row[c.name] for c in columns]


FORMAT = Format(code="redcap", title="REDCap", packages=(), write=write)
