"""A blind clinician asks for one person's arm: a reason first, the arm once, and the audit keeps who, when and why."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from participants.pages.common import find, text_area, user_of
from trials import clock, queries
from trials.actions import unblinding
from trials.permissions import Permission, Refused


class ArmForm(forms.Form):
    reason = text_area("Why the arm is needed for this person's safety")


@require_http_methods(["GET", "POST"])
def request_arm(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Answers the POST itself with the arm: there is no address at which it could be read again."""
    person = find(request, trial_id, Permission.REQUEST_ARM)
    form = ArmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code = unblinding.request_arm(person.unit, reason=form.cleaned_data["reason"], by=user_of(request), at=clock.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return render(request, "participants/arm.html", {"participant": person, "arm": queries.protocol_in_force().arm(code)})
    words = {
        "participant": person,
        "form": form,
        "heading": f"Arm of {person}",
        "text": "You are kept from knowing arms. One arm can be shown for one person's safety.",
        "effects": ["Your name, the time and the reason are kept.", "The arm is shown once, on the next page."],
        "action_label": "Show arm",
        "danger": True,
        "cancel_url": person.get_absolute_url(),
    }
    return render(request, "participants/form.html", words, status=422 if form.errors else 200)
