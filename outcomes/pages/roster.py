"""Who answers safety alerts and when, and the door by which anybody on the floor raises a concern."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from outcomes import permissions
from outcomes.actions import alerts, duty
from outcomes.models import Duty
from outcomes.queries import duty as desk
from participants.models import Participant
from trials import clock
from trials.models import User
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force


class DutyForm(forms.Form):
    user = forms.ModelChoiceField(label="Who", queryset=None, widget=forms.RadioSelect, empty_label=None)
    site = forms.ModelChoiceField(
        label="Site", queryset=None, required=False, blank=True, empty_label="All sites", widget=forms.RadioSelect
    )
    place = forms.ChoiceField(
        label="Called", required=False, choices=Duty.Place.choices, initial=Duty.Place.FIRST, widget=forms.RadioSelect,
        help_text="The stand-in is told when the first has not taken an alert on in time, then the principal investigator.",
    )  # fmt: skip
    starts_on = forms.DateField(label="From day", widget=forms.DateInput)
    starts_time = forms.TimeField(label="From time", widget=forms.TimeInput)
    ends_on = forms.DateField(label="To day", widget=forms.DateInput)
    ends_time = forms.TimeField(label="To time", widget=forms.TimeInput)

    def __init__(self, data: Any, *, at: datetime) -> None:
        super().__init__(data)
        self.fields["user"].queryset = desk.clinicians(at)  # type: ignore[attr-defined]
        self.fields["site"].queryset = desk.sites()  # type: ignore[attr-defined]


class ConcernForm(forms.Form):
    text = forms.CharField(
        label="What worries you",
        max_length=2000,
        widget=forms.Textarea,
        help_text="Leave out the group and anything about training: the desk doesn't know them.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """Who answers alerts, when and where; times are the site's own, UTC for all sites."""
    permissions.check_may_keep_roster(_user(request))
    at = clock.now()
    form = DutyForm(request.POST or None, at=at)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _put(form.cleaned_data, by=_user(request), at=at)
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
                status = refusal.status
            else:
                toasts.success(request, "Turn saved")
                return redirect("roster")
    context = {
        "form": form,
        "turns": desk.turns(at),
        "at": at,
        "somebody": desk.clinicians(at).exists(),
        "sees_desk": allowed(_user(request), Permission.SEE_ALERTS),
        "invites": allowed(_user(request), Permission.MANAGE_STAFF),
    }
    return render(request, "outcomes/roster.html", context, status=status)


@require_POST
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """A turn is voided: entered wrongly, or handed on."""
    turn = get_object_or_404(desk.turns(clock.now()), pk=pk)
    duty.take_off_duty(turn, by=_user(request), at=clock.now())
    toasts.success(request, "Turn taken off the roster")
    return redirect("roster")


@require_http_methods(["GET", "HEAD", "POST"])
def raise_concern(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Somebody is worried about a person: a check opens at the safety desk."""
    participant = get_object_or_404(Participant.objects.visible_to(_user(request)).with_record(), unit__trial_id=trial_id)
    check(_user(request), Permission.RAISE_CONCERN, at_site=participant.site)
    form = ConcernForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            alerts.raise_concern(participant, text=form.cleaned_data["text"], by=_user(request), at=clock.now())
        except Refused as refusal:
            form.add_error("text", refusal.sentence)
        else:
            toasts.success(request, "The safety desk has your concern")
            return redirect(participant)
    duties = desk.on_duty(participant.site, clock.now())
    context = {
        "form": form,
        "participant": participant,
        "duty": duties[0].user if duties else None,
        "script": protocol_in_force().distress_script.strip(),
    }
    return render(request, "outcomes/concern.html", context, status=422 if form.is_bound else 200)


def _put(given: dict[str, Any], *, by: User, at: datetime) -> None:
    zone = given["site"].zone if given["site"] else UTC
    starts = datetime.combine(given["starts_on"], given["starts_time"], tzinfo=zone)
    ends = datetime.combine(given["ends_on"], given["ends_time"], tzinfo=zone)
    place = int(given["place"] or Duty.Place.FIRST)
    duty.put_on_duty(given["user"], site=given["site"], starts_at=starts, ends_at=ends, place=place, by=by, at=at)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
