"""Attendance, compliance and dose: three figures that are never one, each with its rule. Closed to whoever must not see arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import adherence_papers as paper_steps
from outcomes.actions import randomisation_tests as tests
from outcomes.actions import reports as steps
from outcomes.actions.kept_reports import SETTLED
from outcomes.exports import adherence_figures
from outcomes.exports.papers import available
from outcomes.models import Report
from outcomes.pages.guesses import shown
from outcomes.pages.papers import pdf_asked
from outcomes.pages.plots import csv_asked
from outcomes.pages.randomisation_tests import hand_over, told
from outcomes.queries.guesses import indices
from trials import clock
from trials.models import User
from trials.permissions import Permission, allowed, check


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The last finished figures, for the sites whose arms and sessions the viewer may see."""
    user = cast(User, request.user)
    check(user, Permission.SEE_REPORTS)
    newest = steps.newest()
    waiting = Report.objects.filter(kind=steps.KIND).exclude(status__in=SETTLED).order_by("-pk").first()
    if waiting is not None and newest is not None and waiting.requested_at < newest.requested_at:
        waiting = None
    body: Mapping[str, Any] = newest.body if newest else {}
    reach = paper_steps.reach_of(user)
    by_arm, paper = reach["over_all"], paper_steps.newest(user)
    answer = pdf_asked(request, paper)
    if answer is not None:
        return answer
    people = [adherence_figures.shown(row) for row in body.get("people", []) if row["site"] in reach["sites"]]
    figure = adherence_figures.by_person(people)
    answer = csv_asked(request, [figure], file="adherence-and-dose")
    if answer is not None:
        return answer
    return render(
        request,
        "outcomes/reports.html",
        {
            "report": newest,
            "waiting": waiting,
            "people": people,
            "sees_people": allowed(user, Permission.SEE_PEOPLE),
            "csv": figure.csv,
            "unblindings": body.get("unblindings"),
            "rules": sorted(body.get("rules", {}).items()),
            "counted": adherence_figures.RULES,
            "by_arm": by_arm,
            "blinded": [shown(group) for group in indices(user)] if by_arm else [],
            "test": told(tests.newest()) if by_arm else None,
            "totals": adherence_figures.totals(body.get("totals", {})) if by_arm and newest else None,
            "pdf": available(),
            "paper": paper,
            "paper_waiting": paper_steps.unfinished(user),
        },
    )


@require_POST
def compute_report(request: HttpRequest) -> HttpResponse:
    """Asks for fresh figures; the page shows the last ones meanwhile."""
    report = steps.request_report(by=cast(User, request.user), at=clock.now())
    hand_over(report)
    messages.info(request, "Asked for fresh figures. You may leave this page.")
    return redirect("reports")


@require_POST
def make_adherence_paper(request: HttpRequest) -> HttpResponse:
    """Asks for the last figures as PDF; the page shows the last PDF meanwhile."""
    hand_over(paper_steps.request_adherence_paper(by=cast(User, request.user), at=clock.now()))
    messages.info(request, "Asked for the PDF. You may leave this page.")
    return redirect("reports")
