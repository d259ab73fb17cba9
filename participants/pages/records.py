"""Putting a record right: correct its fields, or void it. Both ask why, and keep what stood there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import BooleanField
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from participants.actions import records
from participants.domain import bounds
from participants.models import Participant
from participants.pages.common import YES_NO, find, person_page, radios, user_of
from participants.queries.records import KINDS, record_of
from trials import clock
from trials.permissions import Permission

LABELS = {
    "atc": "ATC code", "ctcae_grade": "CTCAE grade", "aware_at": "Site aware at", "seriousness_criteria": "Serious because of",
    "minutes_per_session": "Minutes each time", "sessions_per_week": "Times a week", "signed_on": "Signed on",
}  # fmt: skip
NUMBERED = ("event", "medication", "care", "deviation", "baseline")
HINTS = {
    "seriousness_criteria": "Codes joined by |, like hospital|important; empty for not serious",
    "aware_at": "By the clock of the site, like 2026-03-14 18:30",
}


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=500)


class CorrectForm(ReasonForm):
    """One field a correctable column, as text; only what was changed is sent on."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, row: Any, participant: Participant) -> None:
        readers = records.CORRECTABLE[type(row)]
        super().__init__(data, initial={name: _text(getattr(row, name), participant) for name in readers})
        for name in readers:
            self.fields[name] = _field(row, name)
        self.order_fields([*readers, "reason"])

    def changes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "reason"}


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, trial_id: str, kind: str, key: str) -> HttpResponse:
    person = find(request, trial_id, Permission.CORRECT)
    row = _row(person, kind, key)
    if type(row) not in records.CORRECTABLE:
        raise Http404
    form = CorrectForm(request.POST or None, row=row, participant=person)
    return person_page(
        request,
        person,
        form,
        lambda given: records.correct(row, changes=form.changes(), reason=given["reason"], by=user_of(request), at=clock.now()),
        heading=f"Correct {KINDS[kind][2]} {_named(kind, key)}of {person}",
        action_label="Save correction",
        said="Correction saved",
        text="What stood here before stays in the history, with your name and the reason.",
    )


@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, trial_id: str, kind: str, key: str) -> HttpResponse:
    person = find(request, trial_id, Permission.CORRECT)
    row = _row(person, kind, key)
    return person_page(
        request,
        person,
        ReasonForm(request.POST or None),
        lambda given: records.void(row, reason=given["reason"], by=user_of(request), at=clock.now()),
        heading=f"Void {KINDS[kind][2]} {_named(kind, key)}of {person}",
        action_label="Void entry",
        said="Entry voided",
        danger=True,
        effects=["The entry no longer counts anywhere.", "It stays readable, with your name and the reason."],
    )


def _row(person: Participant, kind: str, key: str) -> Any:
    row = record_of(person, kind, key)
    if row is None:
        raise Http404
    return row


def _named(kind: str, key: str) -> str:
    return f"{key} " if kind in NUMBERED else ""


def _text(value: object, participant: Participant) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(participant.site.zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return bounds.write_number(value)
    return "|".join(value) if isinstance(value, list) else str(value)


def _field(row: Any, name: str) -> forms.Field:
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    if isinstance(row._meta.get_field(name), BooleanField):
        return radios(label, YES_NO)
    return forms.CharField(label=label, required=False, max_length=records.LONGEST, help_text=HINTS.get(name, ""))
