"""The reporting checklists as pages, files and REST: who gets which edition, how they are made, and what the blinded one never reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outcomes.actions import checklists, kept_reports, reports
from outcomes.domain.written.editions import BLINDED, CLOSED
from outcomes.models import Report
from outcomes.tasks import work_off_requests
from tests.cast import hire
from tests.outcomes import world
from tests.outcomes.pages.test_flow_reports_exports import NOW, as_, take_in, text
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
RET = "Resistance exercise training"
GETS = {"blinded_statistician": (200, 403), "manager": (200, 403), "unblinded_statistician": (200, 200), "pi": (403, 403)}


@pytest.fixture
def staff(settings, tmp_path: Path, monkeypatch):  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("outcomes.tasks.compute_report.apply_async", lambda *a, **k: None)
    take_in(tmp_path / "bundle", world.everybody())
    return hire(at=world.AS_OF)


def test_each_role_gets_its_edition_and_asks_once(staff) -> None:  # type: ignore[no-untyped-def]
    for role, answers in GETS.items():
        client = as_(getattr(staff, role))
        for address, wanted in zip(("/report/", "/report/by-arm/"), answers, strict=True):
            assert client.get(address).status_code == wanted
            assert client.post(f"{address}compute/").status_code == (302 if wanted == 200 else 403)
            assert client.get(f"{address}?file=md").status_code == (404 if wanted == 200 else 403)
    assert sorted(Report.objects.values_list("kind", flat=True)) == ["checklists_blinded", "checklists_closed"]
    client = as_(staff.unblinded_statistician)
    assert "Report: 0 of 2" in text(client.get("/report/by-arm/"))
    work_off_requests()
    assert "Report: 1 of 2" in text(client.get("/report/by-arm/"))
    work_off_requests()
    assert set(Report.objects.values_list("status", flat=True)) == {"done"}
    assert Event.objects.filter(verb="checklists.computed").count() == 4
    closed, pooled = text(client.get("/report/by-arm/")), text(as_(staff.blinded_statistician).get("/report/"))
    assert f"{RET}: 5 allocated, 4 received it (0 not known yet)" in closed
    assert "University of Limerick: 6 of 22 (27 %) of its target randomised." in closed
    assert f"{RET}: 1 trainer (Physiotherapist) held " in closed
    assert "Everybody randomised: 7 randomised, 3 analysed" in pooled
    assert "Reported after unblinding" in pooled
    assert "/report/by-arm/" not in pooled
    assert "trainer (" not in pooled
    file = client.get("/report/by-arm/?file=md")
    assert file["Content-Disposition"] == 'attachment; filename="checklists-closed-20260901T090000Z.md"'
    assert f"- {RET}: 5 allocated, 4 received it" in text(file)
    assert client.get("/report/?file=exe").status_code == 404
    word = client.get("/report/by-arm/?file=docx")
    assert word["Content-Disposition"].endswith('closed-20260901T090000Z.docx"')
    assert word.content == client.get("/report/by-arm/?file=docx").content
    assert word.content[:2] == b"PK"


def test_without_the_library_the_word_document_is_refused_in_a_sentence(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    Report.objects.create(
        kind="checklists_blinded", requested_at=NOW, as_of=NOW, protocol_digest="", code_version="", status="done",
        body={"title": "T", "trial": "T", "edition": BLINDED, "as_of": "", "checklists": [], "unrecorded": []},
    )  # fmt: skip
    client = as_(staff.blinded_statistician)
    assert "?file=docx" in text(client.get("/report/"))
    monkeypatch.setattr("outcomes.pages.checklists.available", lambda: False)
    assert "?file=docx" not in text(client.get("/report/"))
    refused = client.get("/report/?file=docx")
    assert refused.status_code == 409
    assert "python-docx" in text(refused)


def test_rest_gives_the_last_finished_edition(staff) -> None:  # type: ignore[no-untyped-def]
    client = as_(staff.unblinded_statistician)
    assert client.get("/api/v1/checklists/").status_code == 404
    for name in ("request-checklists", "request-checklists-by-arm"):
        assert client.post(f"/api/v1/checklists/{name}/", "{}", content_type="application/json").json()["status"] == "waiting"
    for _ in range(2):
        work_off_requests()
    body = client.get("/api/v1/checklists/by-arm/").json()["body"]
    assert (body["edition"], client.get("/api/v1/checklists/").json()["body"]["edition"]) == (CLOSED, BLINDED)
    assert [c["code"] for c in body["checklists"]] == ["consort_2025", "cert", "tidier", "consort_pro", "consort_harms", "icmje"]
    assert client.post("/api/v1/checklists/request-checklists/", '{"by": 1}', content_type="application/json").status_code == 400
    assert as_(staff.blinded_statistician).get("/api/v1/checklists/by-arm/").status_code == 403


def test_the_blinded_edition_reads_no_arm_no_session_and_no_trainer(staff) -> None:  # type: ignore[no-untyped-def]
    protocol = protocol_in_force()
    with CaptureQueriesContext(connection) as caught:
        pooled = checklists.blinded_body(protocol, NOW)
    read = " ".join(query["sql"] for query in caught)
    for table in ("trainingsession", "exerciseset", "sessionrollup", "strengthtest", "provider", "deviation", "guess", "scheme", '."arm"'):
        assert table not in read.lower(), table
    assert [one["said"] for one in pooled["checklists"][0]["items"] if one["number"] in ("12b", "17a", "24a")] == [[], [], []]
    with CaptureQueriesContext(connection) as all_of_it:
        checklists.closed_body(protocol, NOW)
    assert '."arm"' in " ".join(query["sql"] for query in all_of_it)  # so the words above would be found


def test_a_flow_that_does_not_add_up_leaves_one_sentence_and_is_not_tried_again(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    by, at = staff.unblinded_statistician, NOW
    with pytest.raises(NotAllowed):
        checklists.request_checklists_by_arm(by=staff.manager, at=at)
    asked = checklists.request_checklists_by_arm(by=by, at=at)

    def broken(*_: object) -> None:
        raise checklists.BrokenSum("P-001: the arm XX is not in the protocol.")

    monkeypatch.setattr(checklists, "consort_flow", broken)
    failed = checklists.compute(asked, by=Machine("worker"), at=at)
    assert (failed.status, failed.failure) == ("failed", "The flow does not add up. P-001: the arm XX is not in the protocol.")
    assert failed.failure in text(as_(by).get("/report/by-arm/"))
    monkeypatch.undo()
    assert checklists.compute(failed, by=Machine("worker"), at=at).status == "failed"
    assert checklists.newest(CLOSED, viewer=by) is None


def test_a_report_of_doses_that_failed_stays_failed(staff) -> None:  # type: ignore[no-untyped-def]
    report = kept_reports.new(reports.KIND, by=None, at=NOW)
    Report.objects.filter(pk=report.pk).update(status="failed", failure="The protocol no longer fits.")
    assert reports.compute(report, by=Machine("worker"), at=NOW).status == "failed"
    assert Report.objects.get().body == {}
