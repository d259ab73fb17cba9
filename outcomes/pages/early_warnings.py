"""The call list of training: who was missed twice in a row or does little of the plan, what was tried, and what came of it."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.queries import early_warnings as reads
from participants.actions import training_calls as steps
from participants.models.calls import OUTCOMES
from participants.pages.training import person_or_404
from participants.pages.week import sites_or_404
from trials import clock
from trials.models import User
from trials.permissions import Permission, check
from trials.queries import protocol_in_force


class CallForm(forms.Form):
    """What came of one attempt."""

    outcome = forms.ChoiceField(
        label="What came of the call",
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of the call."},
    )
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


@require_safe
def training_calls(request: HttpRequest) -> HttpResponse:
    """For who may see sessions, at the sites where they are not blind."""
    user, now = cast(User, request.user), clock.now()
    sites = sites_or_404(user)
    context = {"found": reads.of(user, sites, now), "at": now, "least": protocol_in_force().analysis.early_warning_rdi}
    return render(request, "outcomes/training_calls.html", context)


@require_http_methods(["GET", "POST"])
def training_call(request: HttpRequest, trial_id: str) -> HttpResponse:
    """One attempt to reach the person, with its outcome; earlier ones above it."""
    user = cast(User, request.user)
    person = person_or_404(user, trial_id)
    check(user, Permission.RECORD_SESSION, at_site=person.site)
    form = CallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        steps.record_training_call(person, **form.cleaned_data, by=user, at=clock.now())
        messages.success(request, f"Saved the call to {person}.")
        return redirect("training_calls")
    context = {"person": person, "site": person.site, "form": form, "calls": person.training_calls.select_related("user")}
    return render(request, "outcomes/training_call.html", context, status=422 if form.is_bound else 200)
