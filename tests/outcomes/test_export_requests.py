"""Who may have which dataset, in which profile and format: asked for on a page, made by a worker, or by a command."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outcomes.actions import exports, imports
from outcomes.exports.closed import write_closed
from outcomes.exports.sdtm import gates
from outcomes.models import Export
from participants.actions import screening
from participants.models import Participant
from tests.outcomes import world
from tests.outcomes.bundled import BLINDED, CLOSED, NOW, SHELL, export
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "view", "may"),
    [
        ("unblinded_statistician", "closed", True), ("unblinded_statistician", "blinded", True), ("blinded_statistician", "blinded", True),
        ("blinded_statistician", "closed", False), ("manager", "closed", False), ("manager", "blinded", True), ("assessor", "blinded",
        False),
        ("coordinator", "blinded", False), ("trainer", "closed", False),
    ],
)  # fmt: skip
def test_who_may_export_what(moved_in: Path, staff, who: str, view: str, may: bool) -> None:  # type: ignore[no-untyped-def]
    user = getattr(staff, who)
    if may:
        assert export(view, by=user)
        event = Event.objects.filter(verb="dataset.exported").latest("pk")
        assert (event.actor, event.about, event.detail["view"]) == (user.actor, "cut:2026-08-01T10:00:00Z", view)
    else:
        with pytest.raises(NotAllowed):
            export(view, by=user)


def test_an_unknown_profile_is_refused_in_a_sentence(moved_in: Path) -> None:
    with pytest.raises(Refused, match="Choose the profile: full, limited or public"):
        export(profile="secret")


def test_an_export_that_breaks_a_rule_of_sdtm_is_refused_in_a_sentence(moved_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gates.GATES, "totals", lambda found: [("QS", "a total of PHQ-9 is not the sum of its items")])  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"does not go out as SDTM\. QS: a total of PHQ-9 is not the sum of its items \(totals\)\."):
        export(formats=["sdtm"])
    assert not Event.objects.filter(verb="dataset.exported").exists()


@pytest.mark.parametrize("view", ["closed", "blinded"])
@pytest.mark.parametrize("profile", ["limited", "public"])
def test_a_profile_keeps_its_ids_for_a_cut_and_its_secret_apart(moved_in: Path, staff, settings, view: str, profile: str) -> None:  # type: ignore[no-untyped-def]
    first = export(view, profile=profile)
    assert export(view, profile=profile, by=staff.unblinded_statistician, at=NOW + timedelta(days=3)) == first
    assert first["participant.csv"] != export(view)["participant.csv"]
    secret = exports.folder_of(world.AS_OF).with_name("20260801T100000Z.pseudonyms")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert not [name for name, body in first.items() if secret.read_bytes() in body or bytes.fromhex(secret.read_text()) in body]
    assert json.loads(first["manifest.json"])["profile"] == profile
    event = Event.objects.filter(verb="dataset.exported", detail__profile=profile).latest("pk")
    assert event.detail["view"] == view
    settings.UPLIFT_TEST_ENTROPY = "another"
    assert export(view, profile=profile) == first
    secret.unlink()
    assert export(view, profile=profile)["participant.csv"] != first["participant.csv"]
    with pytest.raises(NotAllowed):
        export("closed", profile=profile, by=staff.blinded_statistician)


def test_the_file_name_of_a_public_archive_says_no_date(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    names = [
        exports.name_of(Export(cut_at=world.AS_OF, view="blinded", profile=profile)) for profile in ("full", "limited", "public")
    ]  # fmt: skip
    assert names == ["dataset-20260801T100000Z-blinded.zip", "dataset-20260801T100000Z-blinded-limited.zip", "dataset-public-blinded.zip"]


def test_nobody_is_hidden_among_four(data: Path) -> None:
    folder = data / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody()[:4], world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)
    with pytest.raises(Refused, match="Fewer than 5 people were assessed: nobody can be hidden among them"):
        export(profile="public")


def test_a_requested_export_is_made_by_a_worker_and_downloaded(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    exports.take_cut(world.AS_OF, by=SHELL, at=NOW)
    wanted = exports.request_export(cut_at=world.AS_OF, view="blinded", by=staff.blinded_statistician, at=NOW)
    with pytest.raises(Refused, match="not ready"):
        exports.download(wanted, by=staff.blinded_statistician, at=NOW)
    made = exports.make_export(wanted, by=Machine("worker"), at=NOW)
    assert (made.status, made.step, made.steps) == (Export.Status.DONE, 2, 2)
    body = exports.download(made, by=staff.blinded_statistician, at=NOW)
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == BLINDED
    with pytest.raises(NotAllowed):
        exports.download(made, by=staff.assessor, at=NOW)
    assert exports.make_export(made, by=Machine("worker"), at=NOW).digest == made.digest


def test_formats_go_out_beside_the_csv(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    exports.take_cut(world.AS_OF, by=SHELL, at=NOW)
    wanted = exports.request_export(
        cut_at=world.AS_OF, view="blinded", formats=["stata", "parquet", "stata"], by=staff.blinded_statistician, at=NOW
    )
    assert wanted.formats == ["parquet", "stata"]
    made = exports.make_export(wanted, by=Machine("worker"), at=NOW)
    body = exports.download(made, by=staff.blinded_statistician, at=NOW)
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    tables = [name.removesuffix(".csv") for name in BLINDED if name.endswith(".csv") and name != "codebook.csv"]
    assert names == sorted([*BLINDED, *(f"parquet/{t}.parquet" for t in tables), *(f"stata/{t}.dta" for t in tables)])
    event = Event.objects.filter(verb="dataset.exported").latest("pk")
    assert (event.detail["formats"], event.detail["digest"]) == (["parquet", "stata"], made.digest)
    assert export("blinded")["participant.csv"] == zipfile.ZipFile(io.BytesIO(body)).read("participant.csv")


def test_a_format_that_is_not_there_or_lacks_a_package_is_refused_in_a_sentence(moved_in: Path, staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused, match="There is no format pdf. Choose from: parquet, redcap, sas_v5, sas_v8, sdtm, spss, stata, xlsx"):
        export(formats=["pdf"])
    monkeypatch.setattr("outcomes.exports.formats.find_spec", lambda name: None if name in ("polars", "openpyxl") else name)
    for wanted, sentence in (
        (["spss"], r"^SPSS needs polars, not installed here: UPLIFT_EXTRA=export"),
        (["xlsx"], r"^Excel workbook needs openpyxl, not installed here"),
    ):
        with pytest.raises(Refused, match=sentence):
            exports.request_export(cut_at=None, view="blinded", formats=wanted, by=staff.blinded_statistician, at=NOW)
    assert Export.objects.count() == 0


def test_csv_needs_none_of_the_extra_packages(moved_in: Path) -> None:
    """What a format imports is imported when it is written: the program starts without the extra."""
    code = "import sys; sys.modules.update(polars=None, openpyxl=None)\nimport outcomes.exports.formats as f; print(len(f.formats))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=world.LIMERICK.parents[2])
    assert (done.stdout.strip(), done.stderr) == ("8", "")


def test_a_blind_eye_asks_for_a_cut_that_stands_or_for_now(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    """Whether an earlier instant can still be had depends on when the last session was recorded, which one arm alone has."""
    before = NOW - timedelta(minutes=5)
    with pytest.raises(Refused, match=r"No cut was taken at 20.*Z\. Ask for one that was taken already"):
        exports.request_export(cut_at=before, view="blinded", by=staff.blinded_statistician, at=NOW)
    assert exports.request_export(cut_at=before, view="closed", by=staff.unblinded_statistician, at=NOW).cut_at == before
    assert exports.request_export(cut_at=NOW, view="blinded", by=staff.blinded_statistician, at=NOW).cut_at == NOW
    exports.take_cut(before, by=SHELL, at=NOW)
    assert exports.request_export(cut_at=before, view="blinded", by=staff.blinded_statistician, at=NOW).cut_at == before


def test_an_export_as_of_now_is_cut_when_the_worker_comes_to_it(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    wanted = exports.request_export(cut_at=None, view="blinded", by=staff.blinded_statistician, at=NOW)
    soon = NOW + timedelta(seconds=7)
    screening.screen(staff.first, answers={}, by=staff.coordinator, at=soon)
    made = exports.make_export(wanted, by=Machine("worker"), at=soon)
    assert (made.status, made.cut_at) == (Export.Status.DONE, soon)


def test_an_export_that_cannot_be_made_says_why(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    wanted = exports.request_export(cut_at=world.AS_OF, view="closed", by=staff.unblinded_statistician, at=NOW)
    export()
    (exports.folder_of(world.AS_OF) / "manifest.json").unlink()
    made = exports.make_export(wanted, by=Machine("worker"), at=NOW)
    assert made.status == Export.Status.FAILED
    assert made.failure.startswith("The frozen files of the cut")


def test_the_command_writes_a_folder_or_an_archive(moved_in: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    call_command("export_dataset", "--cut", "2026-08-01T10:00:00Z", "--view", "closed", "--out", str(moved_in / "out"))
    assert sorted(path.name for path in (moved_in / "out").iterdir()) == CLOSED
    call_command("export_dataset", "--cut", "2026-08-01T10:00:00Z", "--view", "blinded", "--out", str(moved_in / "out.zip"))
    assert zipfile.ZipFile(moved_in / "out.zip").namelist() == BLINDED
    assert "23 files of the cut 2026-08-01T10:00:00Z, closed view" in capsys.readouterr().out
    call_command(
        "export_dataset", "--cut", "2026-08-01T10:00:00Z", "--view", "blinded", "--format", "spss", "--format", "xlsx",
        "--out", str(moved_in / "both"),
    )  # fmt: skip
    assert sorted(path.name for path in (moved_in / "both").iterdir()) == sorted([*BLINDED, "spss", "xlsx"])
    assert [path.name for path in (moved_in / "both" / "xlsx").iterdir()] == ["dataset.xlsx"]
    with pytest.raises(CommandError, match="Write an instant like"):
        call_command("export_dataset", "--cut", "yesterday", "--view", "closed", "--out", str(moved_in / "x"))
    with pytest.raises(CommandError, match="holds other files"):
        call_command("export_dataset", "--cut", "2026-08-01T10:00:00Z", "--view", "blinded", "--out", str(moved_in / "out"))


def test_the_import_command_lists_every_fault(data: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    folder = data / "bad"
    folder.mkdir()
    (folder / "participant.csv").write_text(
        "trial_id,site,screened_on,screening_outcome\nB-1,North,tomorrow,eligible\nB-1,North,2026-01-05,maybe\n"
    )
    with pytest.raises(CommandError, match="3 faults; nothing was taken in"):
        call_command("import_dataset", str(folder))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "participant.csv, row 2, screened_on: 'tomorrow' can't be read. Write a date like 2026-03-02."
    assert len(told) == 3


def test_a_dry_run_goes_through_everything_and_takes_nothing_in(data: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    folder = data / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    before = Event.objects.count()
    call_command("import_dataset", str(folder), "--dry-run")
    assert capsys.readouterr().out.strip() == "No fault: 11 people can be taken in. Nothing was written."
    assert (Participant.objects.count(), Event.objects.count()) == (0, before)
    call_command("import_dataset", str(folder))
    assert Participant.objects.count() == 11
