"""Starting a drill and answering one, from the safety desk."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from outcomes import permissions
from outcomes.actions import drills
from outcomes.queries import duty as roster
from trials import clock
from trials.models import User
from trials.permissions import Permission, Refused, check


class _Where(forms.Form):
    site = forms.ModelChoiceField(queryset=None, to_field_name="code")
    key = forms.CharField(max_length=80, required=False)

    def __init__(self, data: object) -> None:
        super().__init__(data)
        self.fields["site"].queryset = roster.sites()  # type: ignore[attr-defined]


@require_POST
def start_drill(request: HttpRequest) -> HttpResponse:
    """Whoever is on duty is told, as of an alert."""
    permissions.check_may_keep_roster(_user(request))
    given = _given(request)
    drills.start_drill(given["site"], by=_user(request), at=clock.now())
    toasts.success(request, "Drill started")
    return redirect("safety")


@require_POST
def answer_drill(request: HttpRequest) -> HttpResponse:
    check(_user(request), Permission.HANDLE_ALERT)
    given = _given(request)
    drills.answer_drill(given["site"], key=given["key"], by=_user(request), at=clock.now())
    toasts.success(request, "Drill answered")
    return redirect("safety")


def _given(request: HttpRequest) -> dict[str, object]:
    form = _Where(request.POST)
    if not form.is_valid():
        raise Refused("Say which site the drill is for.", code="unknown_site", status=422)
    return form.cleaned_data


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
