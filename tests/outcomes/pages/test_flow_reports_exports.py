"""The live flow, the reports and the exports, as each role sees them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import exports, imports, kept_flows, reports
from outcomes.domain.consort import BrokenSum
from outcomes.exports.closed import write_closed
from outcomes.models import Export, Report
from outcomes.tasks import compute_reports, count_flows, work_off_requests
from participants.actions import withdrawal
from participants.models import Participant
from tests.cast import hire
from tests.outcomes import world
from trials import clock
from trials.actors import Machine

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ARM = re.compile(r"\b(RET|WL)\b|Resistance exercise training</|Wait-list")


def take_in(folder: Path, people) -> None:  # type: ignore[no-untyped-def]
    folder.mkdir()
    write_closed(folder, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)


@pytest.fixture
def staff(settings, tmp_path: Path, monkeypatch):  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("outcomes.tasks.make_export.apply_async", lambda *a, **k: None)
    monkeypatch.setattr("outcomes.tasks.compute_report.apply_async", lambda *a, **k: None)
    take_in(tmp_path / "bundle", world.everybody())
    return hire(at=world.AS_OF)


def as_(user) -> Client:  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:  # type: ignore[no-untyped-def]
    return response.content.decode()


@pytest.mark.parametrize(
    "role", ["assessor", "blinded_statistician", "safety_clinician", "coordinator", "manager", "monitor", "pi", "trainer"]
)
def test_the_flow_is_pooled_for_everybody_but_the_unblinded_statistician(staff, role: str) -> None:  # type: ignore[no-untyped-def]
    page = as_(getattr(staff, role)).get("/flow/")
    assert page.status_code == 200
    assert not ARM.search(text(page))
    assert "One pooled column by design." in text(page)
    assert "eside" not in text(page)


def test_the_unblinded_statistician_sees_the_arms(staff) -> None:  # type: ignore[no-untyped-def]
    page = text(as_(staff.unblinded_statistician).get("/flow/"))
    assert "11 assessed = 2 excluded + 2 pending + 7 randomised." in page
    assert "Allocated to Resistance exercise training (n = 5)" in page
    assert '<th scope="row" class="wrap">Beside: attended at least one intervention session</th><td class="num">2</td>' in page
    assert "Beside: met the threshold of attendance (n = 1)" in page
    assert "with at least 80 % of their sessions due so far attended" in page
    assert "none planned" in page  # the wait-list
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "style=" not in page


def test_a_coordinator_counts_the_own_site(staff) -> None:  # type: ignore[no-untyped-def]
    mine = text(as_(staff.coordinator).get("/flow/"))
    theirs = text(as_(staff.other_coordinator).get("/flow/"))
    assert "8 assessed = 2 excluded + 0 pending + 6 randomised." in mine
    assert "3 assessed = 0 excluded + 2 pending + 1 randomised." in theirs


def test_the_flow_takes_the_same_queries_for_more_people(staff) -> None:  # type: ignore[no-untyped-def]
    client = as_(staff.pi)
    client.get("/flow/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/flow/")
    assert len(queries) < 40


def test_a_large_trials_flow_is_counted_in_the_background_and_says_when(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    readers = (staff.unblinded_statistician, staff.blinded_statistician, staff.coordinator, staff.other_coordinator)
    told = lambda user: text(as_(user).get("/flow/")).partition("<main")[2]  # noqa: E731 - the header has a token of its own each time
    live = [told(user) for user in readers]
    monkeypatch.setattr("outcomes.queries.flow.COUNTED_LIVE", 5)
    count_flows()
    assert {r.kind: sorted(r.body["flows"]) for r in Report.objects.all()} == {
        "flow_by_arm": ["", "DUB", "LIM"], "flow_pooled": ["", "DUB", "LIM"],
    }  # fmt: skip
    assert not ARM.search(str(Report.objects.get(kind="flow_pooled").body))
    monkeypatch.setattr("outcomes.queries.flow._counted", lambda *a: pytest.fail("the page counts everybody"))
    assert [told(user) for user in readers] == live
    later = NOW + timedelta(minutes=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert as_(staff.pi).get("/api/v1/flow/").json()["as_of"] == "2026-09-01T09:00:00Z"


def test_a_flow_is_counted_anew_when_records_changed_and_at_least_daily(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    assert kept_flows.count_flows(by=SHELL, at=NOW) == []
    monkeypatch.setattr("outcomes.queries.flow.COUNTED_LIVE", 5)
    counted = [len(kept_flows.count_flows(by=SHELL, at=NOW + timedelta(minutes=m))) for m in (0, 5, 11, 1440)]
    assert counted == [2, 0, 0, 2]
    at = NOW + timedelta(minutes=1441)
    withdrawal.record_loss(Participant.objects.get(unit__trial_id="P-001"), reason="moved", by=staff.coordinator, at=at)
    assert [len(kept_flows.count_flows(by=SHELL, at=at + timedelta(minutes=m))) for m in (1, 10, 11)] == [0, 2, 0]


def test_a_flow_that_does_not_add_up_is_one_sentence_in_a_large_trial_too(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def broken(*_: object) -> None:
        raise BrokenSum("P-001 is counted nowhere.")

    monkeypatch.setattr("outcomes.queries.flow.COUNTED_LIVE", 5)
    monkeypatch.setattr("outcomes.queries.flow.flow_of", broken)
    count_flows()
    page = as_(staff.pi).get("/flow/")
    assert (page.status_code, "The flow does not add up. P-001 is counted nowhere." in text(page)) == (409, True)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("unblinded_statistician", 200), ("coordinator", 200), ("pi", 200), ("manager", 200), ("monitor", 200), ("trainer", 403),
        ("assessor", 403), ("blinded_statistician", 403), ("safety_clinician", 403),
    ],
)  # fmt: skip
def test_who_may_read_reports(staff, role: str, status: int) -> None:  # type: ignore[no-untyped-def]
    assert as_(getattr(staff, role)).get("/reports/").status_code == status


def test_a_report_tells_three_figures_apart_with_their_base(staff) -> None:  # type: ignore[no-untyped-def]
    compute_reports()
    page = text(as_(staff.unblinded_statistician).get("/reports/"))
    assert "88 % (14 of 16 due)" in page
    assert "Mean of personal RDIs" in page
    row = next(r for r in reports.newest().body["people"] if r["trial_id"] == "P-001")
    assert (row["attendance"], row["rdi"], row["sets_compliance"], row["sessions_missed"]) == ("0.875", "0.9297", "1", 1)
    assert "arm" not in row
    assert [r["trial_id"] for r in reports.newest().body["people"]] == ["P-001", "P-003", "P-006", "P-007"]


def test_totals_over_everybody_who_trains_are_by_arm_and_so_for_one_role_only(staff) -> None:  # type: ignore[no-untyped-def]
    compute_reports()
    assert "Mean of personal RDIs" not in text(as_(staff.pi).get("/reports/"))
    theirs = text(as_(staff.other_coordinator).get("/reports/"))
    assert "P-001" not in theirs


def test_people_of_a_report_lead_to_their_record_for_whoever_sees_people(staff) -> None:  # type: ignore[no-untyped-def]
    compute_reports()
    pages = [text(as_(who).get("/reports/")) for who in (staff.pi, staff.unblinded_statistician)]
    assert ["P-001" in page for page in pages] == [True, True]
    assert ['href="/participants/P-001/"' in page for page in pages] == [True, False]


def test_a_report_is_asked_for_once_and_computed_by_the_sweep(staff) -> None:  # type: ignore[no-untyped-def]
    client = as_(staff.pi)
    for _ in range(2):
        assert client.post("/reports/compute/").status_code == 302
    assert Report.objects.count() == 1
    assert "Report: 0 of 1" in text(client.get("/reports/"))
    work_off_requests()
    assert Report.objects.get().status == "done"
    compute_reports()
    assert Report.objects.count() == 1
    reports.compute_due(by=Machine("worker"), at=NOW + timedelta(hours=25))
    assert Report.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "views"),
    [
        ("unblinded_statistician", ["blinded", "closed"]),
        ("blinded_statistician", ["blinded"]),
        ("manager", ["blinded"]),
        ("pi", None),
        ("assessor", None),
    ],
)
def test_who_is_offered_which_view(staff, role: str, views: list[str] | None) -> None:  # type: ignore[no-untyped-def]
    page = as_(getattr(staff, role)).get("/exports/")
    assert page.status_code == (403 if views is None else 200)
    assert views is None or re.findall(r'name="view"[^>]*value="(\w+)"', text(page)) == views


def test_an_export_is_asked_for_made_and_downloaded(staff) -> None:  # type: ignore[no-untyped-def]
    client = as_(staff.blinded_statistician)
    assert client.post("/exports/", {"view": "blinded", "cut": "", "profile": "public", "formats": ["spss", "xlsx"]}).status_code == 302
    export = Export.objects.get()
    assert "Being made" in text(client.get("/exports/"))
    assert client.post(f"/exports/{export.pk}/download/").status_code == 409
    work_off_requests()
    assert "Ready" in text(client.get("/exports/"))
    assert "blinded, public, spss, xlsx" in text(client.get("/exports/"))
    archive = client.post(f"/exports/{export.pk}/download/")
    assert (archive.status_code, archive["Content-Type"]) == (200, "application/zip")
    assert {"participant.csv", "spss/participant.sav"} <= set(zipfile.ZipFile(io.BytesIO(archive.content)).namelist())
    assert client.get(f"/exports/{export.pk}/download/").status_code == 405
    assert as_(staff.assessor).post(f"/exports/{export.pk}/download/").status_code == 403


def test_a_format_without_its_package_is_named_and_not_offered(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    offered = re.compile(r'name="formats"[^>]*value="(\w+)"')
    client = as_(staff.blinded_statistician)
    whole = text(client.get("/exports/"))
    assert (len(offered.findall(whole)), "UPLIFT_EXTRA" in whole) == (8, False)
    monkeypatch.setattr("outcomes.exports.formats.find_spec", lambda name: None if name in ("polars", "openpyxl") else name)
    page = text(client.get("/exports/"))
    assert "redcap" in offered.findall(page)
    assert not {"spss", "xlsx"} & set(offered.findall(page))
    assert "Not installed here, they come with UPLIFT_EXTRA=export: " in page
    refused = client.post("/exports/", {"view": "blinded", "formats": ["xlsx"]})
    assert (refused.status_code, "Excel workbook needs openpyxl" in text(refused)) == (409, True)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"view": "closed"}, 422, "Select a valid choice"), ({"view": "blinded", "cut": "yesterday"}, 422,
        "Enter the cut in UTC, like 2026-03-02 17:00."),
        ({"view": "blinded", "profile": "secret"}, 422, "Choose one of the answers listed: profile"),
        ({"view": "blinded", "formats": ["pdf"]}, 422, "Choose one of the answers listed: formats beside CSV"),
        ({"view": "blinded", "cut": "2027-01-01 00:00"}, 422, "lies in the future"), ({"view": "blinded", "cut": "2026-01-01"}, 422,
        "No cut was taken at 2026-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_told_in_a_sentence(staff, form: dict[str, str], status: int, words: str) -> None:  # type: ignore[no-untyped-def]
    page = as_(staff.blinded_statistician).post("/exports/", form)
    assert page.status_code == status
    assert words in text(page) or form == {"view": "closed"}
    assert Export.objects.count() == 0


def test_a_closed_export_is_not_on_a_blind_list(staff) -> None:  # type: ignore[no-untyped-def]
    made = exports.request_export(cut_at=None, view="closed", by=staff.unblinded_statistician, at=NOW)
    client = as_(staff.blinded_statistician)
    assert "closed, full" not in text(client.get("/exports/"))
    assert client.post(f"/exports/{made.pk}/download/").status_code == 403


def test_trainers_count_in_the_flow_before_any_cut_is_taken(cast, at, stand_at) -> None:
    from outcomes.queries.flow import live_flow
    from tests.participants.training import done, hold, in_both_arms, session_of

    people = in_both_arms(cast.first, by=cast.coordinator, at=at)
    session = session_of(people.trains, 1)
    hold(session, done(10, "20", (1, 1)), by=cast.coordinator, at=session.at)
    arms = live_flow(cast.unblinded_statistician, as_of=session.at + timedelta(hours=2)).flow["arms"]
    assert {arm: column["providers"] for arm, column in arms.items()} == {"RET": 1, "WL": 0}
