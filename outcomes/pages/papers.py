"""Kept reports of any kind: the PDF that a page hands out, and cancelling one that is under way."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from outcomes.actions import adherence_papers, arm_reports, checklists, closed_reports, papers, person_reports, randomisation_tests, reports
from outcomes.domain.written.editions import BLINDED, CLOSED
from outcomes.models import Report
from trials import clock
from trials.models import User

PAGES = {
    **dict.fromkeys((reports.KIND, adherence_papers.KIND), "reports"),
    arm_reports.KIND: "training_by_arm",
    closed_reports.KIND: "closed_report",
    randomisation_tests.KIND: "randomisation_test",
    checklists.KINDS[BLINDED]: "report",
    checklists.KINDS[CLOSED]: "report_by_arm",
}


@require_POST
def cancel_report(request: HttpRequest, pk: int) -> HttpResponse:
    """For whoever may have the report; the page of its kind follows."""
    user = cast(User, request.user)
    report = papers.found(pk, viewer=user)
    if report is None:
        raise Http404
    papers.cancel_report(report, by=user, at=clock.now())
    messages.info(request, "Cancelled the report. The last one stays.")
    if report.kind == person_reports.KIND:
        return redirect("training", report.body["trial_id"])
    return redirect(PAGES[report.kind])


def pdf_asked(request: HttpRequest, report: Report | None) -> HttpResponse | None:
    """The PDF of the report shown where `?file=pdf` asks for it; None where it does not."""
    if request.GET.get("file") != "pdf":
        return None
    if report is None:
        raise Http404
    return pdf_answer(report, cast(User, request.user))


def pdf_answer(report: Report, user: User) -> HttpResponse:
    made = papers.pdf(report, viewer=user)
    headers = {"Content-Disposition": f'attachment; filename="{papers.name_of(report)}"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
