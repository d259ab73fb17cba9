"""The closed report for the data monitoring committee, by arm: course, completeness, harms, scores and differences."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import closed_reports as steps
from outcomes.actions import kept_reports
from outcomes.exports.papers import available
from outcomes.pages.papers import pdf_asked
from outcomes.pages.plots import csv_asked
from outcomes.pages.randomisation_tests import hand_over
from trials import clock
from trials.models import User


@require_safe
def closed_report(request: HttpRequest) -> HttpResponse:
    """The last finished figures, what is under way, each table also as CSV, all of them as PDF."""
    report = steps.newest(viewer=cast(User, request.user))
    answer = pdf_asked(request, report)
    if answer is not None:
        return answer
    figures = [] if report is None else steps.figures_of(report)
    answer = csv_asked(request, figures, file="closed-report")
    if answer is not None:
        return answer
    context = {"report": report, "waiting": kept_reports.unfinished(steps.KIND), "figures": figures, "pdf": available()}
    return render(request, "outcomes/closed_report.html", context)


@require_POST
def compute_closed_report(request: HttpRequest) -> HttpResponse:
    """Asks for fresh figures; the page shows the last ones meanwhile."""
    hand_over(steps.request_closed_report(by=cast(User, request.user), at=clock.now()))
    messages.info(request, "Asked for fresh figures. You may leave this page.")
    return redirect("closed_report")
