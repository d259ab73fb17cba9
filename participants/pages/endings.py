"""The four pages that end a person's part. Each says what happens before it is confirmed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from participants.actions import withdrawal
from participants.domain.journey import Scope
from participants.models import Participant
from participants.pages.common import date_field, find, person_page, radios, text_area, user_of
from trials import clock, queries
from trials.permissions import Permission

SCOPES = [
    (Scope.CONTACT.value, f"Contact. {Scope.CONTACT.sentence}"),
    (Scope.DATA.value, f"Data. {Scope.DATA.sentence}"),
    (Scope.ALL.value, f"All. {Scope.ALL.sentence}"),
]


class EndForm(forms.Form):
    day = date_field("Day", required=False, help_text="Empty: today")
    note = text_area("Note", required=False)


class ReasonedForm(EndForm):
    reason = radios("Reason", (), required=False)
    field_order = ["scope", "reason", "day", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(c.code, c.label) for c in queries.protocol_in_force().withdrawal_reasons]  # type: ignore[attr-defined]


class WithdrawForm(ReasonedForm):
    scope = radios("How far does the withdrawal reach?", SCOPES)


class DeathForm(EndForm):
    day = date_field("Day of death")


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.END_PARTICIPATION)
    return _page(
        request,
        person,
        WithdrawForm(request.POST or None),
        lambda g: withdrawal.withdraw(
            person, scope=g["scope"], reason=g["reason"], happened_on=g["day"], note=g["note"], by=user_of(request), at=clock.now()
        ),
        heading=f"Record the withdrawal of {person}",
        action_label="Record withdrawal",
        effects=["No message is sent any more, and every link stops working.", "The scope can be widened later, never narrowed."],
    )


@require_http_methods(["GET", "POST"])
def record_loss(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.END_PARTICIPATION)
    return _page(
        request,
        person,
        ReasonedForm(request.POST or None),
        lambda g: withdrawal.record_loss(person, reason=g["reason"], lost_on=g["day"], note=g["note"], by=user_of(request), at=clock.now()),
        heading=f"Record the loss of {person}",
        action_label="Record loss",
        effects=["No message is sent any more, and every link stops working.", "Data so far are kept."],
    )


@require_http_methods(["GET", "POST"])
def record_death(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.END_PARTICIPATION)
    return _page(
        request,
        person,
        DeathForm(request.POST or None),
        lambda g: withdrawal.record_death(person, died_on=g["day"], note=g["note"], by=user_of(request), at=clock.now()),
        heading=f"Record the death of {person}",
        action_label="Record death",
        effects=["Nothing is ever sent to this person again.", "A death is a serious adverse event: report it as one too."],
    )


@require_http_methods(["GET", "POST"])
def stop_training(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.END_PARTICIPATION)
    return _page(
        request,
        person,
        ReasonedForm(request.POST or None),
        lambda g: withdrawal.stop_training(
            person, reason=g["reason"], decided_on=g["day"], note=g["note"], by=user_of(request), at=clock.now()
        ),
        heading=f"Record that {person} stops training",
        action_label="Record stopped training",
        effects=["No further session is held.", "This is not a withdrawal: visits and questionnaires go on."],
    )


def _page(request: HttpRequest, person: Participant, form: forms.Form, step: Any, **options: Any) -> HttpResponse:
    return person_page(request, person, form, step, said=f"Recorded for {person}", danger=True, **options)
