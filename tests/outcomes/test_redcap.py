"""REDCap's dictionary and records fit each other and say what the CSV says."""

from __future__ import annotations

import csv
import io
import re

import pytest

from outcomes.exports.columns import KEYS
from tests.outcomes.reading import VIEWS, rows_of, tables


@pytest.mark.parametrize("view", VIEWS)
def test_the_redcap_dictionary_is_one_and_the_records_fit_it(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    people = [table for table in tables(files, view) if table.columns[0].name == "trial_id"]
    fields = list(csv.DictReader(io.StringIO(files["redcap/dictionary.csv"].decode(), newline="")))
    assert (len(fields[0]), fields[0]["Variable / Field Name"], fields[0]["Field Type"]) == (18, "trial_id", "text")
    names = [field["Variable / Field Name"] for field in fields]
    assert names == ["trial_id", *(f"{t.file}_{c.name}" for t in people for c in t.columns[1:])]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) for name in names)
    forms = [field["Form Name"] for field in fields]
    assert [form for n, form in enumerate(forms) if n == 0 or form != forms[n - 1]] == [table.file for table in people]
    records = list(csv.reader(io.StringIO(files["redcap/records.csv"].decode(), newline="")))
    assert records[0] == ["trial_id", "redcap_repeat_instrument", "redcap_repeat_instance", *names[1:]]
    by_name = {field["Variable / Field Name"]: field for field in fields}
    for record in records[1:]:
        filled = {name: text for name, text in zip(records[0][3:], record[3:], strict=True) if text}
        assert {by_name[name]["Form Name"] for name in filled} <= {record[1] or "participant", record[1] or "adherence"}
        for name, text in filled.items():
            assert fits(text, by_name[name]), (name, text)


def fits(text: str, field: dict[str, str]) -> bool:
    """Whether REDCap would take the text for the field."""
    if field["Field Type"] == "yesno":
        return text in ("0", "1")
    if field["Field Type"] == "dropdown":
        return text in [choice.split(", ")[0] for choice in field["Choices, Calculations, OR Slider Labels"].split(" | ")]
    forms = {"": r".*", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "date_ymd": r"\d{4}-\d\d-\d\d"}
    forms["datetime_seconds_ymd"] = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    return bool(re.fullmatch(forms[field["Text Validation Type OR Show Slider Number"]], text, re.S))


@pytest.mark.parametrize("view", VIEWS)
def test_the_redcap_records_say_what_the_csv_says(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    records = list(csv.DictReader(io.StringIO(files["redcap/records.csv"].decode(), newline="")))
    repeating = files["redcap/repeating.csv"].decode().split()[1:]
    for table in tables(files, view):
        names = [f"{table.file}_{column.name}" for column in table.columns[1:]]
        if table.columns[0].name != "trial_id":
            assert not set(names) & set(records[0])
            continue
        assert (table.file in repeating) == (KEYS[table.file] != ("trial_id",))
        own = [r for r in records if (r["redcap_repeat_instrument"] == table.file if table.file in repeating else any(r[n] for n in names))]
        back = [[r["trial_id"], *(r[n] for n in names)] for r in own]
        kinds = [column.kind for column in table.columns]
        assert [[f"{t[:10]}T{t[11:]}Z" if k == "instant" and t else t for t, k in zip(row, kinds, strict=True)] for row in back] == rows_of(
            table
        )
        if table.file in repeating:
            seen: dict[str, int] = {}
            for r in own:
                seen[r["trial_id"]] = seen.get(r["trial_id"], 0) + 1
                assert r["redcap_repeat_instance"] == str(seen[r["trial_id"]])
