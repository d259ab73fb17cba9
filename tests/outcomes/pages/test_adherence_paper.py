"""Adherence and dose as PDF: what the page says and no more, of the figures' own instant, to each as far as they see."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from outcomes.actions import adherence_papers, kept_reports, papers, reports
from outcomes.models import Report
from outcomes.tasks import compute_reports, work_off_requests
from tests.outcomes.pages.test_checklists import staff  # noqa: F401
from tests.outcomes.pages.test_flow_reports_exports import NOW, as_, text
from tests.outcomes.pages.test_papers import words
from tests.outcomes.working import worked_out
from trials import clock
from trials.actors import Machine
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
BLIND = ("assessor", "blinded_statistician", "safety_clinician", "trainer")
MAKE, REST = "/reports/make-pdf/", "/api/v1/reports/request-adherence-paper/"


def cells(page: str) -> dict[str, list[str]]:
    """The table of the page as it is read: a person's cells by their id, thin spaces and tags apart."""
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page, re.S)
    read = [[" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in re.split(r"</t[hd]>", row)] for row in rows]
    return {row[0]: row[1:-1] for row in read}


def test_the_pdf_says_what_the_page_says_and_speaks_of_the_figures_instant(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    by = staff.unblinded_statistician
    client = as_(by)
    assert client.post(MAKE).status_code == 409  # no figures yet
    with pytest.raises(Refused, match="no figures yet"):
        adherence_papers.request_adherence_paper(by=by, at=NOW)
    compute_reports()
    assert client.get("/reports/?file=pdf").status_code == 404
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=40))
    assert client.post(MAKE)["Location"] == "/reports/"
    assert "PDF: 0 of 2" in text(client.get("/reports/"))
    report = Report.objects.get(kind=adherence_papers.KIND)
    assert (report.as_of, report.steps, report.body["reach"]["over_all"]) == (NOW, 2, True)
    reports.compute(kept_reports.new(reports.KIND, by=None, at=NOW + timedelta(minutes=30)), by=Machine("worker"), at=NOW)
    work_off_requests()
    assert "PDF: 1 of 2" in text(client.get("/reports/"))
    work_off_requests()
    page, answer = text(client.get("/reports/")), client.get("/reports/?file=pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="adherence-and-dose-20260901T090000Z.pdf"'
    read = words(answer.content)
    assert "As of 2026-09-01T09:00:00Z" in read  # not of the newer figures, nor of when it was asked for
    told = cells(page)
    assert told["P-001"][1] == "88 % (14 of 16 due)"
    assert list(told) == ["P-001", "P-003", "P-006", "P-007"]
    for who, (site, attended, sets, reps, load, rdi, runs, planned, done, minutes, rpe, intensity, state) in told.items():
        assert " ".join((who, site, attended, sets, reps, load, runs, state)) in read
        assert " ".join((who, site, rdi, planned, done, minutes, rpe, intensity)) in read
    mean = re.search(r"Mean of personal RDIs</dt><dd>(.*?)</dd>", page)
    assert mean is not None
    assert f"Mean of personal RDIs: {mean[1]}." in read
    for rule in (*re.findall(r"<li>(Attendance:.*?|Compliance:.*?|RDI:.*?)</li>", page), "adherence.rdi: undelivered sessions"):
        assert unescape(rule) in read
    assert "Codes broken: 0, of which 0 read." in read
    assert client.get(f"/api/v1/reports/{report.pk}/pdf/").content == answer.content
    kept_reports.path_of(report).unlink()
    assert client.get("/reports/?file=pdf").content == answer.content


def test_each_gets_the_sites_they_see_and_nobody_a_paper_that_tells_more(staff) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    compute_reports()
    made = {}
    for role in ("unblinded_statistician", "pi", "coordinator", "other_coordinator"):
        by = getattr(staff, role)
        made[role] = worked_out(adherence_papers.compute, adherence_papers.request_adherence_paper(by=by, at=NOW), at=NOW)
    assert {role: report.body["reach"] for role, report in made.items()} == {
        "unblinded_statistician": {"sites": ["DUB", "LIM"], "over_all": True},
        "pi": {"sites": ["DUB", "LIM"], "over_all": False},
        "coordinator": {"sites": ["LIM"], "over_all": False},
        "other_coordinator": {"sites": ["DUB"], "over_all": False},
    }
    everything, theirs = (papers.pdf(made[role], viewer=getattr(staff, role)) for role in ("unblinded_statistician", "other_coordinator"))
    assert "Mean of personal RDIs" in words(everything)
    assert [told for told in ("P-001", "P-003", "Mean of personal RDIs") if told in words(theirs)] == []
    sees = {role: [who for who in made if papers.found(made[who].pk, viewer=getattr(staff, role)) is not None] for role in made}
    assert sees == {
        "unblinded_statistician": list(made),
        "pi": ["pi", "coordinator", "other_coordinator"],
        "coordinator": ["coordinator"],
        "other_coordinator": ["other_coordinator"],
    }
    for role in BLIND:
        by = getattr(staff, role)
        assert [as_(by).post(MAKE).status_code, as_(by).post(REST).status_code, as_(by).get("/reports/?file=pdf").status_code] == [403] * 3
        assert [papers.found(report.pk, viewer=by) for report in made.values()] == [None] * len(made)
        with pytest.raises(NotAllowed):
            adherence_papers.request_adherence_paper(by=by, at=NOW)


def test_one_waits_for_each_reach_and_is_cancelled_without_losing_whom_it_was_for(staff) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    compute_reports()
    first = as_(staff.pi).post(REST, "{}", content_type="application/json").json()
    assert (first["kind"], first["status"], first["steps"]) == (adherence_papers.KIND, "waiting", 2)
    again, other = (as_(getattr(staff, role)).post(REST, "{}", content_type="application/json").json() for role in ("pi", "coordinator"))
    assert (again["id"], other["id"] != first["id"]) == (first["id"], True)
    place = f"/reports/{first['id']}/cancel/"
    assert as_(staff.coordinator).post(place).status_code == 404
    assert as_(staff.pi).post(place)["Location"] == "/reports/"
    report = Report.objects.get(pk=first["id"])
    assert (report.status, list(report.body)) == ("cancelled", ["reach"])
    assert as_(staff.coordinator).get(f"/api/v1/reports/{first['id']}/").status_code == 404
