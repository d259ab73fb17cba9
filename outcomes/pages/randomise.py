"""Randomisation in two steps: read everything and type the id; then learn the result, which is asked for as often as one likes."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions import randomisation
from outcomes.queries import readiness
from outcomes.queries.groups import group_of
from participants.actions import identity
from participants.actions.sessions.common import cut_short
from participants.domain.journey import Status
from participants.domain.moving import in_hours
from participants.models import Participant
from trials import blinding, clock, queries
from trials.domain.groups import PLURAL
from trials.models import User
from trials.permissions import Permission, Refused, check


class TypedIdForm(forms.Form):
    typed = forms.CharField(
        label="Type the trial id", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"})
    )

    def __init__(self, *args: Any, trial_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trial_id = trial_id

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed.upper() != self.trial_id.upper():
            raise forms.ValidationError(f"Type {self.trial_id}, the id of the person on this page.")
        return typed


@require_http_methods(["GET", "POST"])
def randomise(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Who it is, what must hold, which stratum it will be; nothing happens before the id is typed."""
    user, person = _find(request, trial_id)
    if person.status == Status.RANDOMISED:
        return redirect("randomised", trial_id=trial_id)
    ready = readiness.of(person)
    form = TypedIdForm(request.POST or None, trial_id=person.trial_id)
    together = _together(person)
    status, refused = 200, together or _refusal(person, ready)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                randomisation.randomise(person, by=user, at=clock.now())
            except Refused as stopped:
                if stopped.code == "already_randomised":
                    return redirect("randomised", trial_id=trial_id)
                if stopped.status == 403:
                    raise
                status, refused = stopped.status, stopped
            else:
                return redirect("randomised", trial_id=trial_id)
    context = {
        "participant": person,
        "who": identity.who(person, by=user, at=clock.now()),
        "checks": [
            {
                "ok": c.passed,
                "text": f"{c.label}: {c.sentence}",
                "url": c.way_out[1] if c.way_out else "",
                "action": c.way_out[0] if c.way_out else "",
            }
            for c in ready.checks
        ],
        "levels": ready.levels,
        "form": form,
        "refused": refused,
        "together": together,
    }
    return render(request, "outcomes/randomise.html", context, status=status)


@require_safe
def randomised(request: HttpRequest, trial_id: str) -> HttpResponse:
    """The result, or that there is none yet: the page to come back to when an answer was lost on the way."""
    user, person = _find(request, trial_id)
    enrolment = getattr(person, "enrolment", None)
    sessions = list(enrolment.sessions.all()) if enrolment else []
    near = cut_short(sessions, person.site.timezone)
    context = {
        "participant": person,
        "site": person.site,
        "enrolment": enrolment,
        "arm": (blinding.told_for(user, enrolment.allocation) or None) if enrolment else None,
        "sessions": len(sessions),
        "near": sorted(near),
        "shortest": in_hours(min(near.values())) if near else "",
        "group": enrolment.allocation.group if enrolment else None,
    }
    return render(request, "outcomes/randomised.html", context)


def _find(request: HttpRequest, trial_id: str) -> tuple[User, Participant]:
    user = cast(User, request.user)
    person = get_object_or_404(Participant.objects.visible_to(user).select_related("unit__site"), unit__trial_id=trial_id)
    check(user, Permission.RANDOMISE, at_site=person.site)
    return user, person


def _together(person: Participant) -> Refused | None:
    """Where couples or clusters are the unit: nobody is randomised on a page of their own, and where it is done instead."""
    plan = queries.protocol_in_force().allocation
    if not plan.by_group:
        return None
    group = group_of(person)
    if group is None:
        sentence = f"This trial randomises {PLURAL[plan.unit]}: gather {person} with the others first, then randomise them together."
        return Refused(sentence, code="not_gathered", way_out=(f"Gather a {plan.unit}", reverse("gather_group")))
    sentence = (
        f"This trial randomises {PLURAL[plan.unit]}: {person} gets the arm that is drawn for {group.kind} {group}, with the others in it."
    )
    return Refused(sentence, code="gathered", way_out=(f"See {group.kind} {group}", reverse("show_group", args=[group.code])))


def _refusal(person: Participant, ready: readiness.Readiness) -> Refused | None:
    failed = next((c for c in ready.checks if not c.passed), None)
    if failed is None:
        return None
    return Refused(f"{person} can't be randomised yet. {failed.label}: {failed.sentence}", code="not_ready", way_out=failed.way_out)
