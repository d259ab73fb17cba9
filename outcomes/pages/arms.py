"""Training by arm for the unblinded statistician: tolerability, FITT, doses, thresholds, sites and trainers, dose and change in scores."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import arm_reports as steps
from outcomes.actions import kept_reports
from outcomes.exports.arm_figures import figures as figures_of
from outcomes.exports.closed import labels_of
from outcomes.exports.papers import available
from outcomes.pages.papers import pdf_asked
from outcomes.pages.plots import csv_asked
from outcomes.pages.randomisation_tests import hand_over
from outcomes.permissions import check_sees_by_arm
from trials import clock
from trials.models import User
from trials.queries import protocol_in_force


@require_safe
def training_by_arm(request: HttpRequest) -> HttpResponse:
    """The last finished figures, what is under way, each table also as CSV."""
    check_sees_by_arm(cast(User, request.user))
    newest = steps.newest()
    answer = pdf_asked(request, newest)
    if answer is not None:
        return answer
    figures = [] if newest is None else figures_of(newest.body, labels_of(protocol_in_force()))
    answer = csv_asked(request, figures, file="training-by-arm")
    if answer is not None:
        return answer
    context = {
        "report": newest,
        "waiting": kept_reports.unfinished(steps.KIND),
        "pdf": available(),
        "figures": [figure for figure in figures if figure.rows],
        "rules": sorted(newest.body["rules"].items()) if newest else [],
    }
    return render(request, "outcomes/training_by_arm.html", context)


@require_POST
def compute_training_by_arm(request: HttpRequest) -> HttpResponse:
    """Asks for fresh figures; the page shows the last ones meanwhile."""
    hand_over(steps.request_training_by_arm(by=cast(User, request.user), at=clock.now()))
    messages.info(request, "Asked for fresh figures. You may leave this page.")
    return redirect("training_by_arm")
