"""A cut is taken once; the closed bundle is complete; the blinded one lacks what must not be known, in every byte."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outcomes.actions import exports, imports
from outcomes.domain.consort import pooled, unsound
from outcomes.exports import dataset
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.closed import codes_of, write_closed
from outcomes.models import Cut, Export
from outcomes.queries.flow import live_flow
from participants.actions import screening
from tests.cast import hire
from tests.outcomes import world
from trials import queries
from trials.actors import Machine
from trials.models import Event, User
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
CLOSED = [
    "adherence.csv", "adverse_event.csv", "assessment.csv", "baseline.csv", "codebook.csv", "concomitant.csv", "datapackage.json",
    "deviation.csv", "exercise_set.csv", "flow.json", "flow.svg", "item.csv", "manifest.json", "medication.csv", "participant.csv",
    "protocol.toml", "provider.csv", "safety_alert.csv", "session.csv", "strength_test.csv", "visit_summary.csv",
]  # fmt: skip
BLINDED = [
    "adverse_event.csv", "assessment.csv", "baseline.csv", "codebook.csv", "concomitant.csv", "datapackage.json", "flow.json", "flow.svg",
    "item.csv", "manifest.json", "medication.csv", "participant.csv", "visit_summary.csv",
]  # fmt: skip


@pytest.fixture
def data(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    return tmp_path


@pytest.fixture
def moved_in(data: Path) -> Path:
    folder = data / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)
    return data


@pytest.fixture
def staff(moved_in: Path):  # type: ignore[no-untyped-def]
    return hire(at=world.AS_OF)


def export(view: str = "closed", cut: datetime = world.AS_OF, **more: object) -> dict[str, bytes]:
    return exports.export_dataset(cut, view=view, **{"by": SHELL, "at": NOW} | more)  # type: ignore[arg-type]


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_the_closed_bundle_holds_every_file_of_the_contract(moved_in: Path) -> None:
    files = export()
    assert sorted(files) == CLOSED
    manifest = json.loads(files["manifest.json"])
    assert (manifest["layout_version"], manifest["view"], manifest["profile"], manifest["cut"]) == (
        1,
        "closed",
        "full",
        "2026-08-01T10:00:00Z",
    )
    listed = {entry["name"]: entry for entry in manifest["files"]}
    assert sorted(listed) == [name for name in CLOSED if name != "manifest.json"]
    for name, entry in listed.items():
        assert entry["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert "rows" not in entry or entry["rows"] == len(rows(files[name]))
    assert all(b"\r" not in body and (not body or body.endswith(b"\n")) for body in files.values())


def test_every_column_is_in_the_codebook_and_in_the_data_package(moved_in: Path) -> None:
    for view in ("closed", "blinded"):
        files = export(view)
        headers = {
            name: body.decode().splitlines()[0].split(",")
            for name, body in files.items()
            if name.endswith(".csv") and name != "codebook.csv"
        }
        told: dict[str, list[str]] = {}
        for row in rows(files["codebook.csv"]):
            told.setdefault(row["file"], []).append(row["column"])
        package = {r["path"]: [f["name"] for f in r["schema"]["fields"]] for r in json.loads(files["datapackage.json"])["resources"]}
        assert told == headers
        assert package == headers


def test_rows_stand_in_the_order_of_their_keys(moved_in: Path) -> None:
    files = export()
    sets = [(r["trial_id"], int(r["session_no"]), int(r["exercise_no"]), int(r["set_no"])) for r in rows(files["exercise_set.csv"])]
    assert sets == sorted(sets)
    items = [(r["trial_id"], r["visit"], r["instrument"], int(r["item"])) for r in rows(files["item.csv"])]
    assert items == sorted(items)


def test_the_flow_adds_up_and_is_drawn(moved_in: Path) -> None:
    for view in ("closed", "blinded"):
        files = export(view)
        flow = json.loads(files["flow.json"])
        assert unsound(flow) == []
        drawing = ElementTree.fromstring(files["flow.svg"])
        texts = " ".join(element.text or "" for element in drawing.iter() if element.tag.endswith("text"))
        assert f"Assessed for eligibility (n = {flow['assessed']})" in texts
        assert drawing.get("role") == "img"
        assert [child.tag.split("}")[1] for child in list(drawing)[:2]] == ["title", "desc"]
        assert b"style" not in files["flow.svg"]


def test_the_same_cut_gives_the_same_bytes_whoever_and_whenever(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    first = {view: export(view) for view in ("closed", "blinded")}
    later = NOW + timedelta(days=9)
    assert export("closed", by=staff.unblinded_statistician, at=later) == first["closed"]
    assert export("blinded", by=staff.blinded_statistician, at=later) == first["blinded"]
    assert Cut.objects.count() == 1
    from outcomes.exports.views import zipped

    assert zipped(first["closed"]) == zipped(dict(reversed(first["closed"].items())))
    names = zipfile.ZipFile(io.BytesIO(zipped(first["closed"]))).namelist()
    assert names == CLOSED


ARM = re.compile(rb"\b(RET|WL)\b")


def test_no_byte_of_the_blinded_bundle_names_an_arm_or_what_only_one_arm_has(moved_in: Path) -> None:
    closed, blinded = export("closed"), export("blinded")
    assert sorted(blinded) == BLINDED
    for name, body in blinded.items():
        assert not ARM.search(body), name
        assert not ARM.search(name.encode())
        for word in (b"bench press", b"sore shoulder", b"S01", b"Physiotherapist", b"session_no", b"arm_received", b"rdi", b"volume_load"):
            assert word not in body, (name, word)
    assert ARM.search(closed["participant.csv"])


def test_the_blinded_view_keeps_the_rest(moved_in: Path) -> None:
    closed, blinded = export("closed"), export("blinded")
    people = rows(blinded["participant.csv"])
    assert list(people[0]) == [
        "trial_id", "site", "screened_on", "screening_outcome", "exclusion_category", "exclusion_reason", "exclusion_reasons",
        "consented_on",
        "age", "sex", "randomised_at", "randomised_on", "stratum", "arm_dummy", "randomised_ineligible", "withdrawn_on", "withdrawn_reason",
        "withdrawn_scope", "lost_on", "lost_reason", "died_on", "completed_on", "analysed_primary", "not_analysed_reason", "itt", "fas",
        "completer", "assessor_unblinded_on", "assessor_guess", "group_code",
    ]  # fmt: skip
    assert {p["arm_dummy"] for p in people if p["randomised_at"]} <= {"A", "B"}
    assert {p["arm_dummy"] for p in people if not p["randomised_at"]} == {""}
    events = rows(blinded["adverse_event.csv"])
    assert [(e["ae_no"], e["category"]) for e in events] == [("1", "infection")]
    assert {r["arm"] for r in rows(blinded["visit_summary.csv"])} == {"all"}
    of_all = next(r for r in rows(blinded["visit_summary.csv"]) if (r["visit"], r["instrument"]) == ("baseline", "gad7"))
    by_arm = [r for r in rows(closed["visit_summary.csv"]) if (r["visit"], r["instrument"]) == ("baseline", "gad7")]
    assert int(of_all["n_scored"]) == sum(int(r["n_scored"]) for r in by_arm) == 4
    assert blinded["item.csv"] == closed["item.csv"]
    flow = json.loads(blinded["flow.json"])
    assert ("arms" in flow, flow["all"]["randomised"], flow["all"]["lost"]["total"]) == (False, 7, 3)


def test_a_cut_in_the_future_or_before_the_last_change_is_refused(moved_in: Path) -> None:
    with pytest.raises(Refused, match="lies in the future"):
        export(cut=NOW + timedelta(seconds=1))
    with pytest.raises(Refused, match=r"Records changed after 2026-08-01T09:59:59Z: take a later cut"):
        export(cut=world.AS_OF - timedelta(seconds=1))
    assert Cut.objects.count() == 0


def test_a_frozen_cut_that_was_changed_is_not_exported(moved_in: Path) -> None:
    export()
    path = exports.folder_of(world.AS_OF) / "item.csv"
    path.write_bytes(path.read_bytes().replace(b",2,", b",3,", 1))
    with pytest.raises(Refused, match="item.csv of the cut 2026-08-01T10:00:00Z is missing or changed"):
        export("blinded")


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


def test_the_number_of_queries_does_not_grow_with_people(moved_in: Path) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = list(dataset.people())
    assert len(found) == 11
    assert len(queries) == 17


def test_what_the_reader_reads_is_what_was_written(moved_in: Path) -> None:
    by_id = {p.trial_id: p for p in dataset.people()}
    assert by_id["P-001"].medications[1]["change_of"] == 1
    assert [s.status for s in by_id["P-003"].sessions][-1] == "not_delivered"


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
    with pytest.raises(Refused, match="There is no format pdf. Choose from: parquet, redcap, sas_v5, sas_v8, spss, stata, xlsx"):
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
    assert (done.stdout.strip(), done.stderr) == ("7", "")


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
    assert "21 files of the cut 2026-08-01T10:00:00Z, closed view" in capsys.readouterr().out
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


def as_if_waiting(person):  # type: ignore[no-untyped-def]
    """The same person in the other arm: everything that a blind eye may know stays as it is."""
    seen = replace(person, arm="WL", arm_dummy="WL", sessions=(), sets=(), strength_tests=())
    return replace(seen, adverse_events=tuple(e | {"ae_no": 1} for e in person.adverse_events if e["elicited"] != "session"))


def test_two_worlds_that_differ_in_one_arm_look_the_same_to_blind_eyes(data: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_TEST_ENTROPY, settings.UPLIFT_DATABASE_KIND = "twins", "test"
    worlds = []
    for number, people in enumerate((world.everybody(), [as_if_waiting(world.whole_course()), *world.everybody()[1:]])):
        settings.UPLIFT_DATA = data / f"world{number}"
        folder = data / f"bundle{number}"
        folder.mkdir()
        write_closed(folder, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
        before = transaction.savepoint()
        imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)
        closed, blinded = export("closed"), export("blinded")
        flow = live_flow(hire(at=world.AS_OF).assessor, as_of=NOW).flow
        transaction.savepoint_rollback(before)
        worlds.append((closed["participant.csv"], blinded, flow))
    (one, seen, flow), (other, seen_too, flow_too) = worlds
    assert one != other
    assert seen == seen_too
    assert flow == flow_too


def test_a_blind_flow_counts_what_the_pooled_one_counts_without_reading_sessions(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    closed = live_flow(staff.unblinded_statistician, as_of=NOW)
    with CaptureQueriesContext(connection) as caught:
        blind = live_flow(staff.blinded_statistician, as_of=NOW)
    protocol = queries.protocol_in_force()
    assert (closed.by_arm, blind.by_arm) == (True, False)
    assert blind.flow == pooled_reasons(pooled(closed.flow), codes_of(protocol))
    betraying = ("trainingsession", "exerciseset", "strengthtest", "adverseevent", '"trials_allocation"."arm"')
    assert [q["sql"] for q in caught if any(word in q["sql"] for word in betraying)] == []


def test_everybody_on_staff_has_a_code_whether_or_not_they_ever_trained(moved_in: Path, staff) -> None:  # type: ignore[no-untyped-def]
    """Else a rater's number in the blinded view would tell of trainers before."""
    exports.take_cut(NOW, by=SHELL, at=NOW)
    assert not User.objects.filter(provider=None).exists()
