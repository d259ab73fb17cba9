"""The gym floor without a line: what a trainer's phone may keep for a day, the shell that shows it, and the worker that serves it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_GET

from participants.actions import identity
from participants.actions.sessions.sets import last_loads
from participants.domain.prescription import unlikely_above
from participants.domain.wall_clock import local_day
from participants.models import TrainingSession
from participants.pages.lifts import Lift, lifts_of
from participants.queries import sessions as reads
from trials import clock
from trials.models import User
from trials.permissions import Permission, allowed, check
from trials.queries import protocol_in_force
from trials.ui.words import clock_time, number

SCRIPT = "text/javascript; charset=utf-8"


@require_GET
def kept(request: HttpRequest) -> JsonResponse:
    """The reader's own sessions of today as a phone keeps them: id, initials, plan, last numbers, what is done; no name, no score."""
    user, now = cast(User, request.user), clock.now()
    check(user, Permission.RECORD_SESSION)
    sessions = []
    for site in reads.sites_with_sessions(user):
        if allowed(user, Permission.RECORD_SESSION, at_site=site):
            today = local_day(now, site.timezone)
            sessions += reads.of_trainer(reads.of_days(user, site, today, today), user.pk)
    initials = identity.initials_of_the_day([s.enrolment.participant for s in sessions], by=user, at=now)
    protocol = protocol_in_force()
    countries = {s.country for s in protocol.sites if s.code in {each.enrolment.participant.site.code for each in sessions}}
    return JsonResponse(
        {
            "user": user.actor,
            "sessions": [_session(each, initials.get(each.enrolment.participant_id, "")) for each in sessions],
            "reasons": [[r.code, r.label] for r in protocol.missed_reasons],
            "help": [[line.name, line.number] for line in protocol.help_lines if line.country in countries and line.number],
        }
    )


def _session(session: TrainingSession, initials: str) -> dict[str, Any]:
    person, last = session.enrolment.participant, last_loads(session)
    return {
        "place": session.get_absolute_url(),
        "trial_id": person.trial_id,
        "initials": initials,
        "session_no": session.session_no,
        "total": session.enrolment.sessions.count(),
        "time": clock_time(session.at, person.site),
        "status": session.status,
        "started": session.started_at is not None,
        "ended": session.ended_at is not None,
        "rpe_scale": session.rpe_scale,
        "lifts": [_lift(lift, last.get(lift.code, lift.sets[0].planned_load_kg)) for lift in lifts_of(session)],
    }


def _lift(lift: Lift, last_kg: Decimal | None) -> dict[str, Any]:
    return {
        "no": lift.no,
        "label": lift.label,
        "plan": lift.plan,
        "last": lift.last,
        "step": number(lift.step),
        "needs_load": lift.needs_load,
        "ask_above": number(unlikely_above(last_kg)),
        "sets": [
            {
                "no": s.set_no,
                "reps": s.planned_reps_max or s.planned_reps,
                "load": None if s.planned_load_kg is None or s.load_model == "reps_only" else number(s.planned_load_kg),
                "done_reps": s.done_reps,
                "done_load": None if s.done_load_kg is None else number(s.done_load_kg),
            }
            for s in lift.sets
        ],
    }


@require_GET
def form_token(request: HttpRequest) -> JsonResponse:
    """A fresh token for sending what was kept, and whose it would be."""
    user = cast(User, request.user)
    check(user, Permission.RECORD_SESSION)
    return JsonResponse({"user": user.actor, "token": get_token(request)})


@login_not_required
@require_GET
def floor(request: HttpRequest) -> HttpResponse:
    """The shell: a page without data, filled on the phone from what the phone kept."""
    return render(request, "participants/floor.html")


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, from the root so that it may stand in for every page of the gym."""
    return render(request, "participants/sw.js", {"version": settings.UPLIFT_VERSION}, content_type=SCRIPT)
