"""Kept reports as papers: made step by step, cancelled in between, handed to who may have them and hidden from everybody else."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from outcomes.actions import arm_reports, checklists, kept_reports, papers, person_reports
from outcomes.domain.written.editions import BLINDED, CLOSED
from outcomes.models import Report
from outcomes.tasks import work_off_requests
from tests.outcomes.pages.test_checklists import staff  # noqa: F401
from tests.outcomes.pages.test_flow_reports_exports import NOW, as_, text
from tests.outcomes.pages.test_training_figures import BLIND, pair  # noqa: F401
from tests.outcomes.working import worked_out
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
RET, WL = "Resistance exercise training", "Wait-list"


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_report_by_arm_and_its_pdf_say_the_same_and_the_pdf_is_the_same_each_time(staff) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    by = staff.unblinded_statistician
    report = worked_out(checklists.compute, checklists.request_checklists_by_arm(by=by, at=NOW), at=NOW)
    assert (report.status, report.step, report.steps) == ("done", 2, 2)
    client = as_(by)
    page, answer = text(client.get("/report/by-arm/")), client.get("/report/by-arm/?file=pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="report-closed-20260901T090000Z.pdf"'
    outline = PdfReader(io.BytesIO(answer.content)).outline
    codes = [each["code"] for each in report.body["sections"]]
    assert [str(part["/Title"]) for part in outline if isinstance(part, dict)] == [
        *(each["title"] for each in report.body["sections"]), "Not recorded",
    ]  # fmt: skip
    assert codes == [
        "flow", "recruitment", "baseline", "outcomes", "effects", "sets", "missing", "harms", "care", "training", "validity", "deviations",
        "blinding",
    ]  # fmt: skip
    for each in report.body["sections"]:
        assert each["title"] in page
        for figure in each["figures"]:
            assert figure["rule"], figure["name"]
            assert figure["rows_at"].startswith("/"), figure["name"]
    told = {figure["name"]: figure["rows"] for each in report.body["sections"] for figure in each["figures"]}
    assert told["sets"][0] == ["Intention to treat", "5 of 5 (100 %)", "2 of 2 (100 %)"]  # who withdrew everything is in it
    assert told["baseline"][2:5] == [
        ["Age, missing", "0", "0"],
        ["Sex: F", "3 of 4 (75 %)", "2 of 2 (100 %)"],
        ["Sex: M", "1 of 4 (25 %)", "0 of 2 (0 %)"],
    ]
    assert told["randomised"][-1][1] == "7"  # whoever withdrew included, as in the flow
    beside = [row for row in told["flow"] if row[0].startswith("Beside")]
    assert beside == [
        ["Beside: attended at least one intervention session", "2", "none planned"],
        ["Beside: met the threshold of attendance", "1", "none planned"],
    ]
    assert [row[3:6] for row in told["outcome-gad7"] if row[1] == "Week 8"] == [["4", "2", "3.50"], ["2", "1", "7.00"]]
    assert told["harms"][:2] == [["Any adverse event", "2 in 1 of 4 (25 %)", "0"], ["Serious", "0", "0"]]
    assert ["Ret stopped", "2 of 4 (50 %)", "0 of 2 (0 %)", "treatment policy", "hypothetical"] in told["intercurrent"]
    assert told["everyday"][0] == [RET, "Setting", "University gymnasium", "31 of 31 (100 %)"]
    assert ["GAD-7", "Week 8", f"{RET} minus {WL}", "Response (a drop of half or more)", "2 of 2 (100 %)", "1 of 1 (100 %)"] in [
        row[:6] for row in told["rates"]
    ]
    response = [row[3:] for row in told["rates"] if row[:2] == ["GAD-7", "Week 8"] and row[3].startswith("Response")]
    assert response == [
        ["Response (a drop of half or more)", "2 of 2 (100 %)", "1 of 1 (100 %)", "0.000", "0.000 to 0.000", "-0.658 to 0.793"]
    ]
    needed = [row[6:] for row in told["ratios"] if row[:2] == ["GAD-7", "Week 8"] and row[3].startswith("Response")]
    assert needed == [["1.00 (1.00 to 1.00)", "not defined", "infinite", "infinite"]]
    assert [name for name in told if name.endswith("-complete")] == []  # follow-up has only begun
    assert "Too few have a score at every visit so far: nothing stands here for complete cases." in page
    assert {row[0]: row[2] for row in told["sensitivity"]} == {"Unadjusted, observed": "3"}
    assert "adjusted, complete cases: no difference, since there are too few people with both scores." in page
    scores = [row for row in told["baseline"] if row[0].startswith("GAD-7")]
    assert [row[0] for row in scores] == ["GAD-7, mean (SD)", "GAD-7, median (quartiles)", "GAD-7, missing"]
    kept_reports.path_of(report).unlink()
    assert client.get("/report/by-arm/?file=pdf").content == answer.content  # made again from what was kept
    assert client.get(f"/api/v1/reports/{report.pk}/pdf/").content == answer.content
    rows = client.get("/report/by-arm/?csv=sites").content.decode().splitlines()
    assert rows[:2] == ["site,randomised,target,of_target", "University of Limerick,6,22,6 of 22 (27 %)"]
    assert client.get("/report/by-arm/?csv=nothing").status_code == 404


def test_the_blinded_report_names_what_is_held_and_a_pdf_that_cannot_be_made_takes_nothing_from_it(staff, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    by = staff.blinded_statistician
    report = worked_out(checklists.compute, checklists.request_checklists(by=by, at=NOW), at=NOW)
    codes = [each["code"] for each in report.body["sections"]]
    assert codes == ["flow", "recruitment", "baseline", "outcomes", "missing", "harms", "care", "held"]
    read = words(as_(by).get("/report/?file=pdf").content)
    assert "effects, analysis sets, training delivered, ecological validity" in read
    assert [word for word in ("Trainers", "Allocated", "by-arm", "RDI") if word in read] == []
    assert [word for word in (RET, WL, "trainer", "/exports/") if word in str(report.body["sections"])] == []  # the title may name it

    def refuse(*_: object, **__: object) -> bytes:
        raise Refused("The PDF could not be made.")

    monkeypatch.setattr(checklists, "blinded_body", lambda *_: report.body)
    monkeypatch.setattr("outcomes.exports.papers.pdf", refuse)
    again = worked_out(checklists.compute, checklists.request_checklists(by=by, at=NOW), at=NOW)
    assert (again.status, again.failure) == ("done", "The PDF could not be made.")
    monkeypatch.setattr("outcomes.exports.papers.available", lambda: False)
    plain = checklists.compute(checklists.request_checklists(by=by, at=NOW), by=Machine("worker"), at=NOW)
    assert (plain.status, plain.steps, checklists.newest(BLINDED, viewer=by)) == ("done", 1, plain)
    kept_reports.path_of(plain).unlink(missing_ok=True)
    Report.objects.filter(pk=plain.pk).update(body=plain.body | {kept_reports.DIGEST: ""})
    assert "?file=pdf" not in text(as_(by).get("/report/"))
    refused = as_(by).get("/report/?file=pdf")
    assert (refused.status_code, "A PDF needs typst" in text(refused)) == (409, True)
    adherence = kept_reports.new("adherence", by=None, at=NOW)
    answer = as_(staff.unblinded_statistician).get(f"/api/v1/reports/{adherence.pk}/pdf/")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_pdf")
    assert as_(by).get(f"/api/v1/reports/{adherence.pk}/").status_code == 404


def test_a_report_is_cancelled_between_its_steps_by_who_may_have_it(staff) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    by = staff.unblinded_statistician
    asked = checklists.request_checklists_by_arm(by=by, at=NOW)
    Report.objects.filter(pk=asked.pk).update(status="running", step=1, body={"title": "Figures so far"})
    place, rest = f"/reports/{asked.pk}/cancel/", f"/api/v1/reports/{asked.pk}/"
    assert place in text(as_(by).get("/report/by-arm/"))
    for role in ("blinded_statistician", "manager", "pi", "coordinator"):
        client = as_(getattr(staff, role))
        assert [client.post(place).status_code, client.get(rest).status_code, client.get(f"{rest}pdf/").status_code] == [404] * 3
    assert (as_(by).get(rest).json()["step"], as_(by).get(f"{rest}pdf/").status_code) == (1, 409)
    assert as_(by).post(place)["Location"] == "/report/by-arm/"
    asked.refresh_from_db()
    assert (asked.status, asked.body) == ("cancelled", {})
    assert checklists.compute(asked, by=Machine("worker"), at=NOW).status == "cancelled"
    assert (checklists.newest(CLOSED, viewer=by), checklists.unfinished(CLOSED, viewer=by)) == (None, None)
    assert Event.objects.filter(verb="report.cancelled", about=f"report:{asked.pk}").count() == 1
    again = as_(by).post(f"{rest}cancel-report/", "{}", content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "not_under_way")
    assert as_(by).post("/reports/999999/cancel/").status_code == 404


def test_training_by_arm_is_asked_for_by_rest_and_read_as_pdf(cast, pair, settings, tmp_path, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    settings.UPLIFT_DATA = tmp_path
    client = as_(cast.unblinded_statistician)
    asked = client.post("/api/v1/reports/request-training-by-arm/", "{}", content_type="application/json").json()
    assert (asked["status"], asked["kind"], asked["steps"]) == ("waiting", arm_reports.KIND, 2)
    work_off_requests()
    assert client.get(f"/api/v1/reports/{asked['id']}/").json()["step"] == 1
    assert f"/reports/{asked['id']}/cancel/" in text(client.get("/reports/training/"))
    work_off_requests()
    read = words(client.get("/reports/training/?file=pdf").content)
    assert "Tolerability" in read
    assert "Sites and trainers" in read
    for role in BLIND:
        assert as_(getattr(cast, role)).get("/reports/training/?file=pdf").status_code == 403
        assert as_(getattr(cast, role)).get(f"/api/v1/reports/{asked['id']}/pdf/").status_code == 404


def test_a_persons_training_is_kept_as_it_was_said(cast, pair, settings, tmp_path, at, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    settings.UPLIFT_DATA = tmp_path
    monkeypatch.setattr("outcomes.tasks.compute_report.apply_async", lambda *a, **k: None)
    who, client = pair.trains.trial_id, as_(cast.trainer)
    here = f"/participants/{who}/training/"
    assert client.get(f"{here}?file=pdf").status_code == 404
    for role in BLIND:
        assert as_(getattr(cast, role)).post(f"{here}make-pdf/").status_code == 404
        with pytest.raises(NotAllowed):
            person_reports.request_training_report(pair.trains, by=getattr(cast, role), at=at)
    assert as_(cast.other_coordinator).post(f"{here}make-pdf/").status_code == 404
    assert client.post(f"{here}make-pdf/")["Location"] == here
    assert client.post(f"/api/v1/participants/{who}/request-training-report/", "{}", content_type="application/json").status_code == 200
    report = Report.objects.get(kind=person_reports.KIND)  # asked for twice, waits once
    assert "PDF: 0 of 2" in text(client.get(here))
    report = worked_out(person_reports.compute, report, at=at)
    answer = client.get(f"{here}?file=pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="{papers.name_of(report)}"'
    assert papers.name_of(report).startswith(f"{who}-training-")
    read = words(answer.content)
    assert "Attended 2 of 10 sessions due (20 %)." in read
    assert "drift +3.000 points a session" in read
    for role in (*BLIND, "other_coordinator"):
        assert as_(getattr(cast, role)).get(f"/api/v1/reports/{report.pk}/pdf/").status_code == 404
    again = worked_out(person_reports.compute, person_reports.request_training_report(pair.trains, by=cast.trainer, at=at), at=at)
    assert as_(cast.trainer).post(f"/reports/{again.pk}/cancel/").status_code == 409
