"""One person's training in figures: attendance, planned against done, the load of each exercise, how ratings drift. No questionnaire."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import kept_reports
from outcomes.actions import person_reports as steps
from outcomes.domain.case import Case
from outcomes.domain.derive import figures as totals_of
from outcomes.domain.forms import Training
from outcomes.domain.records import SessionRecord
from outcomes.domain.training import sessions_of, sets_of
from outcomes.exports.dataset import person_who_trains
from outcomes.exports.papers import available
from outcomes.exports.person_figures import figures as figures_of
from outcomes.pages.papers import pdf_asked
from outcomes.pages.plots import csv_asked
from outcomes.pages.randomisation_tests import hand_over
from participants.pages.common import tabs
from participants.pages.training import person_or_404
from trials import clock
from trials.models import User
from trials.queries import protocol_in_force


@require_safe
def training(request: HttpRequest, trial_id: str) -> HttpResponse:
    """For who may see sessions; each figure also as CSV, all of them as PDF."""
    user, now = cast(User, request.user), clock.now()
    person = person_or_404(user, trial_id)
    newest = kept_reports.newest(steps.KIND, trial_id)
    answer = pdf_asked(request, newest)
    if answer is not None:
        return answer
    case = Case(person_who_trains(trial_id), protocol_in_force(), now)
    sessions = sessions_of(case)
    known = Training(sessions, sets_of(case, sessions))
    figures = figures_of(case, known)
    answer = csv_asked(request, figures, file=f"{trial_id}-training")
    if answer is not None:
        return answer
    kept, given = totals_of(case, sessions, known.sums)
    context = {
        "person": person,
        "tabs": tabs(user, person, "Sessions"),
        "site": person.site,
        "figures": figures,
        "grid": _grid(sessions),
        "kept": kept,
        "given": given,
        "now": now,
        "paper": newest,
        "waiting": kept_reports.unfinished(steps.KIND, trial_id),
        "pdf": available(),
    }
    return render(request, "outcomes/training.html", context)


@require_POST
def make_training_report(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Asks for the figures as PDF; the page shows the last ones meanwhile."""
    user = cast(User, request.user)
    hand_over(steps.request_training_report(person_or_404(user, trial_id), by=user, at=clock.now()))
    messages.info(request, "Asked for the PDF. You may leave this page.")
    return redirect("training", trial_id)


def _grid(sessions: list[SessionRecord]) -> list[tuple[int, list[SessionRecord]]]:
    """Trial weeks with their sessions."""
    weeks: dict[int, list[SessionRecord]] = {}
    for session in sessions:
        weeks.setdefault(session.week or 0, []).append(session)
    return sorted(weeks.items())
