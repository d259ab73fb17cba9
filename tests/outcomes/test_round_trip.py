"""What goes out comes back: export -> import -> export gives the same bytes, and a changed value is told with its place."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outcomes.actions import exports, imports
from outcomes.exports.closed import write_closed
from outcomes.exports.reading import BadBundle
from outcomes.queries import changes
from tests.outcomes import world
from trials.actors import Machine
from trials.models import Allocation, Unit
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def data(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    return tmp_path


@pytest.fixture
def bundle(data: Path) -> dict[str, bytes]:
    """The closed bundle of the small trial, written without a database."""
    folder = data / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lines(body: bytes) -> list[str]:
    return body.decode().splitlines()


def test_a_closed_bundle_comes_back_byte_for_byte(bundle: dict[str, bytes]) -> None:
    assert imports.import_dataset(bundle, by=SHELL, at=NOW) == 11
    again = exports.export_dataset(world.AS_OF, view="closed", by=SHELL, at=NOW)
    assert sorted(again) == sorted(bundle)
    assert {name: lines(again[name]) for name in bundle} == {name: lines(body) for name, body in bundle.items()}
    assert again == bundle


def taken_in(files: dict[str, bytes], **more: object) -> dict[str, bytes]:
    imports.import_dataset(files, by=SHELL, at=NOW, **more)  # type: ignore[arg-type]
    return exports.export_dataset(world.AS_OF if "manifest.json" in files else NOW, view="closed", by=SHELL, at=NOW)


def edited(body: bytes, row: int, column: str, text: str) -> bytes:
    """The table with one value changed; row 2 is the first below the header."""
    table = list(csv.reader(io.StringIO(body.decode(), newline="")))
    table[row - 1][table[0].index(column)] = text
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue().encode()


def faults(files: dict[str, bytes], **more: object) -> list[str]:
    with pytest.raises(BadBundle) as bad:
        imports.import_dataset(files, by=SHELL, at=NOW, **more)  # type: ignore[arg-type]
    assert Unit.objects.count() == 0
    return [str(fault) for fault in bad.value.faults]


@pytest.mark.parametrize(
    ("file", "row", "column", "text", "told"),
    [
        ("participant.csv", 2, "itt", "0", "is 0, but 1 follows from the facts"),
        ("participant.csv", 2, "analysed_primary", "no", "is no, but yes follows"),
        ("participant.csv", 2, "analysed_primary", "perhaps", "'perhaps' can't be read. Write yes or no."),
        ("participant.csv", 2, "arm", "HIIT", "HIIT is not an arm of the protocol."),
        ("participant.csv", 2, "site", "MARS", "MARS is not a site of the protocol."),
        ("participant.csv", 2, "randomised_at", "2.3.2026", "Write an instant like 2026-03-02T17:00:00Z."),
        ("participant.csv", 2, "randomised_at", "", "is empty; a randomised person needs it."),
        ("participant.csv", 11, "exclusion_category", "declined", "belongs to an excluded person"),
        ("participant.csv", 3, "trial_id", "P-001", "repeats the key of row 2."),
        ("adherence.csv", 2, "attendance", "0.9", "is 0.9, but 0.875 follows"),
        ("assessment.csv", 2, "total", "13", "is 13, but 14 follows"),
        ("assessment.csv", 2, "visit", "week99", "gad7 at week99 is not in the protocol."),
        ("item.csv", 2, "value", "9", "9 is not one of 0, 1, 2, 3."),
        ("item.csv", 2, "item", "77", "has no item '77'"),
        ("session.csv", 2, "status", "present", "'present' is not one of scheduled, attended"),
        ("session.csv", 2, "planned_volume_kg", "1", "but 1184 follows"),
        ("exercise_set.csv", 2, "session_no", "99", "session 99 is not in session.csv."),
        ("exercise_set.csv", 2, "planned_load_kg", "50.0", "Write a plain number like 62.5."),
        ("medication.csv", 2, "started_on", "2025-13", "'2025-13' can't be read"),
        ("medication.csv", 2, "atc", "Prozac", "Enter the ATC code like N06AB03"),
        ("adverse_event.csv", 2, "serious", "1", "belong to a serious event"),
        ("deviation.csv", 2, "occurred_on", "2026-04-21", "does not follow from the facts"),
        ("participant.csv", 2, "arm", "", "is empty; a randomised person needs it."),
        ("participant.csv", 2, "screening_outcome", "pending", "of a randomised person is eligible."),
        ("participant.csv", 2, "site", "", "is empty; every person needs it."),
        ("participant.csv", 2, "arm_received", "HIIT", "HIIT is not an arm of the protocol."),
        ("participant.csv", 2, "withdrawn_on", "2026-05-05", "and withdrawn_on belong together"),
        ("item.csv", 2, "value", "", "and missing_code: give exactly one of them."),
        ("item.csv", 2, "visit", "week99", "has no row in assessment.csv."),
        ("session.csv", 2, "planned_on", "", "is empty; every session needs it."),
        ("session.csv", 2, "held_on", "", "is empty although the session was held."),
        ("session.csv", 2, "trial_id", "P-004", "P-004 withdrew everything"),
        ("session.csv", 2, "trial_id", "P-008", "P-008 is not randomised."),
        ("assessment.csv", 2, "completed_at", "", "is empty although the form was entered."),
        ("medication.csv", 2, "drug", "", "is empty; every row needs it."),
        ("strength_test.csv", 2, "exercise", "", "is empty; it is part of the row's key."),
        ("baseline.csv", 2, "value", "x" * 20_001, "is longer than 20000 characters."),
        ("baseline.csv", 2, "trial_id", "P-999", "P-999 is not in participant.csv."),
    ],
)
def test_a_value_that_is_wrong_is_told_with_file_row_and_cure(
    bundle: dict[str, bytes], file: str, row: int, column: str, text: str, told: str
) -> None:
    if (file, column) == ("deviation.csv", "occurred_on"):
        bundle[file] = edited(bundle[file], row, "dev_no", "7")
    bundle[file] = edited(bundle[file], row, column, text)
    found = faults(bundle)
    assert any(fault.startswith(file) and told in fault for fault in found), found


def test_a_number_that_no_column_holds_is_a_fault_and_nothing_is_kept(bundle: dict[str, bytes]) -> None:
    bundle["strength_test.csv"] = edited(bundle["strength_test.csv"], 2, "load_kg", "123456789")
    assert ["The database can't hold a value" in fault for fault in faults(bundle)] == [True]


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("medication.csv", b"", "medication.csv: is empty; give at least the header."),
        ("medication.csv", b"trial_id,med_no\nP-001\n", "medication.csv, row 2: has 1 fields where the header has 2."),
        ("medication.csv", b"trial_id,med_no\n\"P-001,1\n", "is not CSV here"),
        ("medication.csv", b"trial_id,med_no\nP-001,1\x00\n", "medication.csv, row 2: holds a NUL character; take it out."),
        ("medication.csv", b"trial_id,drug\n", "medication.csv, row 1, med_no: is missing; every row needs it."),
        ("medication.csv", b"trial_id,med_no,med_no\n", "medication.csv, row 1, med_no: stands there more than once."),
        ("manifest.json", b"[1", "manifest.json: is not a manifest of this layout"),
        ("manifest.json", b'{"layout_version": 1, "view": "closed", "profile": "full", "cut": "2027-01-01T00:00:00Z"}',
        "cut: lies in the future."),
        ("protocol.toml", b"[trial", "protocol.toml: "),
    ],
)  # fmt: skip
def test_a_file_that_is_no_file_of_a_bundle_is_told_once(bundle: dict[str, bytes], name: str, body: bytes, told: str) -> None:
    found = faults(bundle | {name: body})
    assert any(told in fault for fault in found), found


def test_all_faults_come_at_once(bundle: dict[str, bytes]) -> None:
    bundle["participant.csv"] = edited(bundle["participant.csv"], 2, "age", "young")
    bundle["session.csv"] = edited(bundle["session.csv"], 5, "week", "1.5")
    bundle["provider.csv"] = b"trainer,wage\nS01,9\n"
    bundle["surprise.csv"] = b"a\n"
    bundle["medication.csv"] = b"trial_id,med_no\nP-001,1\xff\n"
    assert faults(bundle) == [
        "medication.csv, row 2: is not UTF-8 here; save the file as UTF-8.",
        "participant.csv, row 2, age: 'young' can't be read. Write a plain number like 62.5.",
        "provider.csv, row 1, wage: is no column of this file; take it out or correct its name.",
        "session.csv, row 5, week: '1.5' can't be read. Write a whole number like 12.",
        "surprise.csv: is no file of the dataset; take it out or correct its name.",
    ]


def test_a_bundle_without_people_or_of_the_blinded_view_is_no_bundle(bundle: dict[str, bytes]) -> None:
    assert faults({}) == ["participant.csv: is missing; it is the one file that every bundle needs."]
    blinded = json.loads(bundle["manifest.json"]) | {"view": "blinded", "layout_version": 2}
    assert faults(bundle | {"manifest.json": json.dumps(blinded).encode()}) == [
        "manifest.json, layout_version: is 2; this version reads 1.",
        "manifest.json, view: is blinded, full; only a closed, full bundle can be taken in.",
    ]


def test_a_trial_with_people_takes_nobody_in(bundle: dict[str, bytes]) -> None:
    imports.import_dataset(bundle, by=SHELL, at=NOW)
    with pytest.raises(Refused, match="There are people here already"):
        imports.import_dataset(bundle, by=SHELL, at=NOW)


def test_allocations_that_moved_in_have_no_place_in_a_sequence(bundle: dict[str, bytes]) -> None:
    imports.import_dataset(bundle, by=SHELL, at=NOW)
    assert set(Allocation.objects.values_list("source", "scheme", "stratum", "seq")) == {("imported", None, None, None)}
    assert Allocation.objects.count() == 7


LEAST = """trial_id,site,screened_on,screening_outcome,exclusion_category,arm,randomised_at
B-1,North,2026-01-05,eligible,,TRAIN,2026-01-10T10:00:00Z
B-2,North,2026-01-05,eligible,,WAIT,2026-01-10T11:00:00Z
B-3,South,2026-01-05,excluded,declined,,
"""


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_participant_csv_alone_is_enough_and_what_nobody_gave_stays_empty(data: Path) -> None:
    """A protocol is made of what is found: two arms at equal ratio, sites in UTC."""
    files = taken_in({"participant.csv": LEAST.encode()})
    flow = json.loads(files["flow.json"])
    assert (flow["assessed"], flow["excluded"]["declined"], flow["randomised"]) == (3, 1, 2)
    counted = ("allocated", "received_unknown", "analysis_pending")
    assert {code: [arm[key] for key in counted] for code, arm in flow["arms"].items()} == {"TRAIN": [1, 1, 1], "WAIT": [1, 1, 1]}
    first = rows_of(files["participant.csv"])[0]
    assert (first["randomised_on"], first["itt"], first["analysed_primary"], first["fas"], first["safety"]) == (
        "2026-01-10",
        "1",
        "",
        "",
        "",
    )


def test_an_excluded_person_of_whom_no_more_is_said_counts_as_other(data: Path) -> None:
    text = "trial_id,site,screened_on,screening_outcome\nB-1,North,2026-01-05,excluded\nB-2,North,2026-01-05,pending\n"
    flow = json.loads(taken_in({"participant.csv": text.encode()})["flow.json"])
    assert (flow["excluded"], flow["pending"]) == (
        {"total": 1, "not_meeting_criteria": 0, "declined": 0, "other": 1, "reasons": {"other": 1}}, 1,
    )  # fmt: skip


@pytest.mark.parametrize("overlap", [False, True], ids=["windows as found", "windows that no protocol could have"])
def test_assessments_without_a_protocol_keep_what_they_say(data: Path, overlap: bool) -> None:
    head = "trial_id,visit,instrument,target_on,opens_on,closes_on,status,completed_at,total,total_unrounded,change_from_baseline\n"
    early = "2026-01-12" if overlap else "2026-03-08"
    forms = head + "".join(
        f"B-1,{visit},phq9,{days},done,{at}T10:00:00Z,{total},{total},{change}\n"
        for visit, days, at, total, change in (
            ("baseline", ",2026-01-05,2026-01-10", "2026-01-09", 14, ""),
            ("month1", "2026-02-10,2026-02-08,2026-02-14", "2026-02-10", 9, -5),
            ("month2", f"2026-03-10,{early},2026-03-14", "2026-03-10", 4, -10),
        )
    )  # fmt: skip
    files = taken_in({"participant.csv": LEAST.encode(), "assessment.csv": forms.encode()})
    again = {row["visit"]: row for row in rows_of(files["assessment.csv"]) if row["trial_id"] == "B-1"}
    names = ("total", "change_from_baseline", "target_on", "status")
    assert [tuple(again[visit][name] for name in names) for visit in ("baseline", "month1", "month2")] == [
        ("14", "", "", "done"), ("9", "-5", "2026-02-10", "done"), ("4", "-10", "2026-03-10", "done"),
    ]  # fmt: skip


def test_given_values_stand_where_their_source_is_absent(data: Path) -> None:
    """The published flow of a trial can be taken in from its participants alone."""
    head, *rows = LEAST.strip().splitlines()
    more = ["received_allocated,not_received_reason,analysed_primary,not_analysed_reason,lost_on,lost_reason,per_protocol"]
    more += ["no,moved,no,lost,2026-02-01,moved,0", "yes,,yes,,,,1", ",,,,,,"]
    text = "\n".join(f"{a},{b}" for a, b in zip([head, *rows], more, strict=True)) + "\n"
    files = taken_in({"participant.csv": text.encode()})
    arms = json.loads(files["flow.json"])["arms"]
    assert arms["TRAIN"]["not_received"] == {"total": 1, "reasons": {"moved": 1}}
    assert arms["TRAIN"]["not_analysed"] == {"total": 1, "reasons": {"lost": 1}}
    assert arms["TRAIN"]["lost"] == {"total": 1, "reasons": {"moved": 1}}
    assert (arms["WAIT"]["received"], arms["WAIT"]["analysed"], arms["WAIT"]["lost"]["total"]) == (1, 1, 0)
    again = rows_of(files["participant.csv"])
    assert [row["per_protocol"] for row in again] == ["0", "1", ""]


@pytest.mark.parametrize(
    "absent",
    [
        ["exercise_set.csv"], ["item.csv"], ["assessment.csv", "item.csv"], ["session.csv", "exercise_set.csv"], ["strength_test.csv"],
        ["deviation.csv", "medication.csv"], ["codebook.csv", "datapackage.json", "flow.json", "flow.svg", "visit_summary.csv"],
    ],
    ids=lambda files: files[0],
)  # fmt: skip
def test_any_other_file_may_be_absent_and_the_given_values_stand(bundle: dict[str, bytes], absent: list[str]) -> None:
    kept = {name: body for name, body in bundle.items() if name not in absent}
    again = taken_in(kept)
    for name in ("participant.csv", "adherence.csv", "session.csv", "baseline.csv"):
        if name in kept:
            assert lines(again[name]) == lines(kept[name]), name


def test_without_manifest_the_rows_are_recorded_at_the_import(bundle: dict[str, bytes]) -> None:
    del bundle["manifest.json"]
    imports.import_dataset(bundle, by=SHELL, at=world.AS_OF)
    assert changes.last_change() == world.AS_OF
