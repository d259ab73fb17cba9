"""Asking about harms at a visit: the same questions for everybody; a yes goes on to the report of an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from participants.actions import clinical
from participants.models import HarmsAsked
from participants.pages.common import YES_NO, find, radios, user_of
from trials import clock, queries
from trials.domain.protocol import AdverseEventQuestion
from trials.permissions import Permission, Refused

PREFIX = "q_"


class HarmsForm(forms.Form):
    def __init__(self, *args: Any, questions: tuple[AdverseEventQuestion, ...], again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[PREFIX + question.code] = radios(question.text, YES_NO, required=False)
        if again:
            self.fields["reason"] = forms.CharField(label="Why the answers change", required=False, max_length=500)

    def answers(self) -> dict[str, str]:
        given = {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name.startswith(PREFIX)}
        return {code: value for code, value in given.items() if value}


@require_http_methods(["GET", "POST"])
def ask_harms(request: HttpRequest, trial_id: str, visit: str) -> HttpResponse:
    person, protocol = find(request, trial_id, Permission.RECORD_EVENT), queries.protocol_in_force()
    asked_at = next((v for v in protocol.visits if v.code == visit and v.asks_adverse_events), None)
    if asked_at is None:
        raise Http404
    kept = HarmsAsked.objects.filter(participant=person, visit=visit).first()
    start = {PREFIX + code: answer for code, answer in kept.answers.items()} if kept else {}
    form = HarmsForm(request.POST or None, questions=protocol.adverse_event_questions, again=kept is not None, initial=start)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason = form.cleaned_data.get("reason", "")
            try:
                asked = clinical.ask_harms(person, visit=visit, answers=form.answers(), reason=reason, by=user_of(request), at=clock.now())
            except clinical.BadRecord as bad:
                for code, sentence in bad.faults.items():
                    form.add_error(PREFIX + code if PREFIX + code in form.fields else "reason", sentence)
            except Refused as refused:
                if refused.status == 403:
                    raise
                form.add_error(None, refused.sentence)
            else:
                toasts.success(request, "Answers saved")
                yes = "yes" in asked.answers.values()
                return redirect(reverse("report_event", args=[trial_id]) if yes else person.get_absolute_url())
    words = {
        "participant": person,
        "form": form,
        "heading": f"Harms since the last visit: {asked_at.label} of {person}",
        "text": "The same questions for everybody. A yes leads on to the report of an event.",
        "action_label": "Save answers",
        "cancel_url": person.get_absolute_url(),
    }
    return render(request, "participants/form.html", words, status=status)
