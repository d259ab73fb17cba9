"""Two public files taken in whole, and read back from the dataset with another library."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import polars
import pytest
from django.core.management import CommandError, call_command

from outcomes.actions import exports, screened
from outcomes.exports.reading import BadBundle
from outcomes.models import Alert, Assessment
from participants.models import Message, Participant
from trials.actors import Machine
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ON = date(2026, 3, 2)
PHQ9 = screened.Columns(instrument="phq9", items=tuple(f"D{n}" for n in range(1, 10)))


@pytest.fixture(autouse=True)
def data(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"


def take(path: Path, columns: screened.Columns = PHQ9, **more: object) -> int:
    return screened.import_assessments(path, columns=columns, visit="screening", on=ON, by=SHELL, at=NOW, **more)  # type: ignore[arg-type]


def exported(file: str, tmp_path: Path) -> polars.DataFrame:
    files = exports.export_dataset(NOW, view="closed", by=SHELL, at=NOW)
    path = tmp_path / file
    path.write_bytes(files[file])
    return polars.read_csv(path, infer_schema_length=None)


@pytest.mark.reference
def test_223_students_with_a_byte_order_mark_and_no_id(reference: Path, tmp_path: Path) -> None:
    path = reference / "data/phq9_gad7_223.csv"
    assert take(path) == 223
    with path.open(encoding="utf-8-sig") as handle:
        expected = sum(sum(int(row[f"D{n}"]) for n in range(1, 10)) for row in csv.DictReader(handle))
    forms = exported("assessment.csv", tmp_path)
    assert (forms.height, forms["total"].sum(), forms["n_answered"].min()) == (223, expected, 9)
    assert Message.objects.count() == 0
    assert Alert.objects.filter(historical=False).count() == 0
    assert Alert.objects.exists()


@pytest.mark.reference
def test_nhanes_2013_as_published_and_after_prorating(reference: Path, tmp_path: Path) -> None:
    items = tuple(f"DPQ0{n}0" for n in range(1, 10))
    columns = screened.Columns(instrument="phq9", items=items, identity="SEQN", missing=("7", "9"))
    assert take(reference / "data/nhanes_2013_dpq_h.xpt", columns) == 5924
    forms = exported("assessment.csv", tmp_path)
    complete = forms.filter(polars.col("n_answered") == 9)
    assert (complete.height, round(complete["total"].mean(), 4), (complete["total"] >= 10).sum()) == (5372, 3.3116, 511)
    scored = forms.filter(polars.col("total").is_not_null())
    assert (forms.height, scored.height, (scored["total"] >= 10).sum()) == (5924, 5392, 517)
    assert Participant.objects.count() == 5924
    codes = exported("item.csv", tmp_path)["missing_code"].value_counts()
    assert dict(codes.iter_rows())["dont_know"] > 0


def write(path: Path, *rows: list[object]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows([["id", *PHQ9.items], *rows])
    return path


def test_missing_codes_are_kept_and_blanks_are_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "few.csv", ["a", 0, 1, 2, 3, 0, 1, 2, 7, 9], ["b", 0, 0, 0, 0, 0, 0, 0, 0, ""])
    columns = screened.Columns(instrument="phq9", items=PHQ9.items, identity="id", missing=("7", "9"))
    assert take(path, columns) == 2
    first, second = Assessment.objects.order_by("participant__unit__trial_id")
    assert (first.answers, first.missing) == (
        {"1": 0, "2": 1, "3": 2, "4": 3, "5": 0, "6": 1, "7": 2}, {"8": "refused", "9": "dont_know", "10": "not_asked"},
    )  # fmt: skip
    assert second.missing == {"9": "skipped", "10": "not_asked"}
    assert (first.participant.trial_id, first.total, first.historical) == ("a", 12, True)


def test_every_fault_is_told_with_row_and_column_and_nothing_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.csv", ["a", 0, 1, 2, 3, 0, 1, 2, 4, 0], ["a", 0, 0, "x", 0, 0, 0, 0, 0, 1.5], ["", *[0] * 9])
    with pytest.raises(BadBundle) as bad:
        take(path, screened.Columns(instrument="phq9", items=PHQ9.items, identity="id"))
    assert [str(fault) for fault in bad.value.faults] == [
        "bad.csv, row 2, D8: '4' is not one of 0, 1, 2, 3.",
        "bad.csv, row 3, D3: 'x' is not one of 0, 1, 2, 3.",
        "bad.csv, row 3, D9: '1.5' is not one of 0, 1, 2, 3.",
        "bad.csv, row 3, id: repeats the id of row 2.",
        "bad.csv, row 4, id: is empty; every person needs an id.",
    ]
    assert Participant.objects.count() == 0


@pytest.mark.parametrize(
    ("columns", "name", "words"),
    [
        (screened.Columns(instrument="bdi", items=("D1",)), "x.csv", "There is no instrument bdi"),
        (screened.Columns(instrument="phq9", items=("D1",)), "x.csv", "has 9 items"),
        (PHQ9, "absent.csv", "There is no file"),
        (PHQ9, "x.sav", "ending in .csv or .xpt"),
        (PHQ9, "x.xpt", "is not a SAS transport file"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(columns: screened.Columns, name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name != "absent.csv":
        write(path)
    with pytest.raises(Refused, match=words):
        take(path, columns)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", ["a", *[0] * 9])
    with pytest.raises(BadBundle, match="row 1, SEQN: is no column of the file"):
        take(path, screened.Columns(instrument="phq9", items=PHQ9.items, identity="SEQN"))


def test_the_command_takes_the_same_words(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    path = write(tmp_path / "x.csv", ["a", *[1] * 9])
    words = [
        "--instrument",
        "phq9",
        "--items",
        ",".join(PHQ9.items),
        "--id",
        "id",
        "--visit",
        "screening",
        "--on",
        "2026-03-02",
        "--site",
        "North",
    ]
    with pytest.raises(CommandError, match="Write a date like 2026-03-02"):
        call_command("import_assessments", str(path), *[w if w != "2026-03-02" else "2.3.26" for w in words])
    call_command("import_assessments", str(path), *words)
    assert "1 people taken in." in capsys.readouterr().out
    assert Participant.objects.get().site.code == "North"
    with pytest.raises(CommandError, match="There are people here already"):
        call_command("import_assessments", str(path), *words)
