"""CSV files of another program taken in by a column map: the same bytes as ours, every fault at once, and nothing lost unsaid."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outcomes.exports.closed import write_closed
from outcomes.exports.column_map import mapped
from outcomes.exports.reading import BadBundle
from participants.models import Participant
from tests.outcomes import world
from trials import clock
from trials.models import Event

PEOPLE = """\ufeffID;Seen;Result;Gender;Notes
A-1;05/01/2026;ok;1;tall
A-2;17/02/2026;no;;
"""
MAP = """
[[file]]
csv = "people.csv"
table = "participant"
delimiter = ";"
columns = { ID = "trial_id", Seen = "screened_on", Result = "screening_outcome", Gender = "sex" }
leave_out = ["Notes"]
constants = { site = "LIM" }
dates = { screened_on = "%d/%m/%Y" }
values = { screening_outcome = { ok = "eligible", no = "excluded" }, sex = { 1 = "F", 2 = "M" } }
"""


def told(text: str, people: str = PEOPLE) -> list[str]:
    with pytest.raises(BadBundle) as caught:
        mapped(text, {"people.csv": people.encode()})
    return [str(fault) for fault in caught.value.faults]


def test_names_values_and_days_become_the_datasets_and_the_protocol_goes_along() -> None:
    found = mapped(MAP, {"people.csv": PEOPLE.encode(), "protocol.toml": b"x", "other.csv": b"y"})
    assert found == {
        "protocol.toml": b"x",
        "participant.csv": b"trial_id,screened_on,screening_outcome,sex,site\nA-1,2026-01-05,eligible,F,LIM\nA-2,2026-02-17,excluded,,LIM\n",
    }
    empty = MAP.replace('sex = { 1 = "F"', 'sex = { "" = "M", 1 = "F"')
    assert b"A-2,2026-02-17,excluded,M,LIM" in mapped(empty, {"people.csv": PEOPLE.encode()})["participant.csv"]


def test_every_fault_of_the_rows_is_told_at_once_with_its_place_in_the_file_that_was_brought() -> None:
    bad = PEOPLE.replace("17/02/2026;no", "2026-02-17;maybe") + "A-3;01/03/2026\n"
    assert told(MAP, bad) == [
        "people.csv, row 3, Result: 'maybe' has no value in the map; there are ok, no.",
        "people.csv, row 3, Seen: '2026-02-17' is no day written as %d/%m/%Y.",
        "people.csv, row 4: has 2 fields where the header has 5.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('leave_out = ["Notes"]', "", ["people.csv, row 1, Notes: is not in the map; give it a column of the dataset, or list it in leave_out."]),
        ('leave_out = ["Notes"]', 'leave_out = ["Notes", "Age"]', ["people.csv, row 1, Age: is in the map but not here."]),
        ('csv = "people.csv"', 'csv = "persons.csv"', ["column map, persons.csv: is not in the folder."]),
        ('csv = "people.csv"', 'kind = "x"', [
            "column map, file 1, csv: is missing.",
            "column map, file 1, kind: is no word of a map; there are csv, table, delimiter, columns, leave_out, constants, dates, values.",
        ]),
        ('csv = "people.csv"', "csv = 3", ["column map, file 1, csv: must be a text."]),
        ('leave_out = ["Notes"]', 'leave_out = "Notes"', ["column map, file 1, leave_out: must be a list."]),
        ('constants = { site = "LIM" }', "constants = 3", ["column map, file 1, constants: must be a table."]),
        ('constants = { site = "LIM" }', "constants = { site = 3 }", ['column map, file 1: holds what is no text; put every name and value in "quotes".']),
        ('1 = "F"', "1 = 0", ['column map, file 1: holds what is no text; put every name and value in "quotes".']),
        ('delimiter = ";"', 'delimiter = ";;"', ["column map, file 1, delimiter: must be one sign."]),
        ('constants = { site = "LIM" }', 'constants = { sex = "F", height = "1" }', [
            "column map, file 1, height: is no column of participant.csv.", "column map, file 1, sex: comes from more than one place.",
        ]),
        ('dates = { screened_on', 'dates = { consented_on', ["column map, file 1, consented_on: is changed, but no column of the CSV becomes it."]),
        (MAP, "file = 3", ["column map: holds one [[file]] for each CSV and nothing else."]),
        (MAP, "[[", ["column map: is not TOML: Expected ']]' at the end of an array declaration (at end of document)."]),
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_followed_says_why(old: str, new: str, wanted: list[str]) -> None:
    found = told(MAP.replace(old, new, 1))
    if new == "[[":
        assert found[0].startswith("column map: is not TOML: ")
    else:
        assert found == wanted


def test_a_table_that_does_not_exist_or_follows_from_others_and_one_made_twice_are_refused() -> None:
    for name in ("people", "visit_summary"):
        (fault,) = told(MAP.replace('"participant"', f'"{name}"'))
        assert fault.startswith("column map, file 1, table: is none of participant, baseline, assessment, item, ")
    assert told(MAP + MAP) == ["column map, participant: is made of more than one CSV; put them together first."]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"ID;Seen\n\xff", "people.csv, row 2: is not UTF-8 here; save the file as UTF-8."),
        (b'ID;Seen\n"a"b;c', "people.csv, row 2: is not CSV here (';' expected after '\"'); quote the field."),
        (b"ID;ID;Seen;Result;Gender;Notes\n", "people.csv, row 1, ID: stands there more than once."),
        (b"", "people.csv, row 1, Gender: is in the map but not here."),
    ],
)
def test_a_file_that_cannot_be_read_says_where(body: bytes, wanted: str) -> None:
    with pytest.raises(BadBundle) as caught:
        mapped(MAP, {"people.csv": body})
    assert str(caught.value.faults[0]) == wanted


def brought(folder: Path, more: Path) -> None:
    """The small world's files as another program would keep them: other names, semicolons, days with slashes, sex as a number."""
    parts = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem in ("codebook", "visit_summary"):
            continue
        header, *rows = list(csv.reader(io.StringIO(path.read_text())))
        lines = ["[[file]]", f'csv = "their {path.name}"', f'table = "{path.stem}"', 'delimiter = ";"']
        lines += [f"columns = {{ {', '.join(f'{json.dumps(name.upper())} = {json.dumps(name)}' for name in header)} }}"]
        if path.stem == "participant":
            lines += ['dates = { screened_on = "%d/%m/%Y" }', 'values = { sex = { "1" = "F", "2" = "M", "3" = "X" } }']
            on, sex = header.index("screened_on"), header.index("sex")
            for row in rows:
                row[on] = f"{date.fromisoformat(row[on]):%d/%m/%Y}"
                row[sex] = {"F": "1", "M": "2", "X": "3", "": ""}[row[sex]]
        with (more / f"their {path.name}").open("w", newline="") as handle:
            csv.writer(handle, delimiter=";").writerows([[name.upper() for name in header], *rows])
        parts.append("\n".join(lines))
    (more / "protocol.toml").write_bytes((folder / "protocol.toml").read_bytes())
    (more / "map.toml").write_text("\n".join(parts))


@pytest.mark.django_db
def test_a_trial_of_another_program_is_gone_through_first_and_then_taken_in_whole(settings, tmp_path: Path, capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    monkeypatch.setattr(clock, "now", lambda: world.AS_OF)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    people = [person for person in world.everybody() if not person.sessions]
    write_closed(ours, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    brought(ours, theirs)
    made = mapped((theirs / "map.toml").read_text(), {path.name: path.read_bytes() for path in theirs.iterdir()})
    assert made["participant.csv"] == (ours / "participant.csv").read_bytes()
    before, how = Event.objects.count(), ("import_dataset", str(theirs), "--columns", str(theirs / "map.toml"))
    call_command(*how, "--dry-run")
    assert capsys.readouterr().out.strip() == f"No fault: {len(people)} people can be taken in. Nothing was written."
    text = (theirs / "map.toml").read_text()
    (theirs / "map.toml").write_text(text.replace('"2" = "M"', '"2" = "Q"').replace('"1" = "F"', '"9" = "F"'))
    with pytest.raises(CommandError, match=r"faults; nothing was taken in\."):
        call_command(*how)
    assert (Participant.objects.count(), Event.objects.count()) == (0, before)
    (theirs / "map.toml").write_text(text)
    call_command(*how)
    assert Participant.objects.count() == len(people) > 4
    with pytest.raises(CommandError, match="can't be read as text in UTF-8"):
        call_command("import_dataset", str(theirs), "--columns", str(theirs / "none.toml"))
