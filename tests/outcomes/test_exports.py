"""A cut is taken once; the closed bundle is complete; the blinded one lacks what must not be known, in every byte."""

from __future__ import annotations

import hashlib
import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outcomes.actions import exports, imports
from outcomes.domain.consort import pooled, unsound
from outcomes.exports import dataset
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.closed import codes_of, write_closed
from outcomes.models import Cut
from outcomes.queries.flow import live_flow
from tests.cast import hire
from tests.outcomes import world
from tests.outcomes.bundled import BLINDED, CLOSED, NOW, SHELL, export, rows
from trials import queries
from trials.models import User
from trials.permissions import Refused

pytestmark = pytest.mark.django_db


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


def test_the_number_of_queries_does_not_grow_with_people(moved_in: Path) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = list(dataset.people())
    assert len(found) == 11
    assert len(queries) == 17


def test_what_the_reader_reads_is_what_was_written(moved_in: Path) -> None:
    by_id = {p.trial_id: p for p in dataset.people()}
    assert by_id["P-001"].medications[1]["change_of"] == 1
    assert [s.status for s in by_id["P-003"].sessions][-1] == "not_delivered"


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
