"""Reaching people about open questions: the call list, and sending a link again."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import reminders
from outcomes.queries import call_list as reads
from participants.actions import links
from participants.models import Participant
from trials import clock
from trials.models import User
from trials.permissions import Permission, check


@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    """People with open questions who get no messages, the soonest to close first."""
    user = cast(User, request.user)
    check(user, Permission.SEE_MESSAGES)
    return render(request, "outcomes/call_list.html", {"calls": reads.of(user, clock.now()), "at": clock.now()})


@require_POST
def resend_link(request: HttpRequest, trial_id: str, visit: str) -> HttpResponse:
    user, person = _find(request, trial_id)
    reminders.resend_link(person, visit=visit, by=user, at=clock.now())
    toasts.success(request, f"A new link to {person} is on its way")
    return redirect("visits", trial_id=trial_id)


@require_POST
def revoke_links(request: HttpRequest, trial_id: str, visit: str) -> HttpResponse:
    user, person = _find(request, trial_id)
    links.revoke(person, visit=visit, by=user, at=clock.now())
    toasts.success(request, "The links to this visit no longer work")
    return redirect("visits", trial_id=trial_id)


@require_POST
def tablet_code(request: HttpRequest, trial_id: str, visit: str) -> HttpResponse:
    """A code to type on the site's tablet: shown once, to hand the tablet over without leaving one's own session on it."""
    user, person = _find(request, trial_id)
    code = reminders.tablet_code(person, visit=visit, by=user, at=clock.now())
    return render(request, "outcomes/tablet.html", {"participant": person, "code": code, "address": f"{settings.UPLIFT_BASE_URL}/me/"})


def _find(request: HttpRequest, trial_id: str) -> tuple[User, Participant]:
    user = cast(User, request.user)
    return user, get_object_or_404(Participant.objects.visible_to(user).select_related("unit__site"), unit__trial_id=trial_id)
