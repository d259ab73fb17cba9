"""Between screening and randomisation: consent, the baseline form, times and channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from participants.actions import baseline, consent, messages
from participants.pages.answers import PREFIX, ProtocolForm, initial
from participants.pages.common import date_field, find, language_field, person_page, radios, user_of
from participants.post import channels
from trials import clock, queries
from trials.permissions import Permission

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_CHANNEL = ("none", "No messages: put on the call list")
CHOICES = 3


class ConsentForm(forms.Form):
    version = forms.CharField(label="Version of the signed form", max_length=40)
    signed_on = date_field("Signed on")


class BaselineForm(ProtocolForm):
    measured_on = date_field("Measured on", required=False, help_text="Empty: today")


class AvailabilityForm(forms.Form):
    """Up to three preferred times, best first, and the channel agreed to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, CHOICES + 1):
            self.fields[f"day_{number}"] = radios(f"Day, choice {number}", enumerate_days(), required=False)
            self.fields[f"time_{number}"] = forms.CharField(
                label=f"Time, choice {number}", required=False, max_length=5, help_text="Like 18:00"
            )
        self.fields["channel"] = radios(
            "How may we reach this person?", [*((code, channels[code].label) for code in messages.offered()), NO_CHANNEL]
        )
        self.fields["language"] = language_field(str(self.initial.get("language", "")))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for number in range(1, CHOICES + 1):
            if bool(given.get(f"day_{number}")) != bool(given.get(f"time_{number}")):
                self.add_error(f"time_{number}", "Enter both the day and the time, or neither.")
        return given

    def choices(self) -> list[tuple[BoundField, BoundField]]:
        return [(self[f"day_{n}"], self[f"time_{n}"]) for n in range(1, CHOICES + 1)]

    def preferred(self) -> list[tuple[int, str]]:
        given = self.cleaned_data
        return [(int(given[f"day_{n}"]), given[f"time_{n}"]) for n in range(1, CHOICES + 1) if given.get(f"day_{n}")]


def enumerate_days() -> list[tuple[str, str]]:
    return [(str(number), word) for number, word in enumerate(DAYS)]


@require_http_methods(["GET", "POST"])
def record_consent(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.ENROL)
    today = clock.now().astimezone(person.site.zone).date()
    form = ConsentForm(request.POST or None, initial={"version": queries.protocol_in_force().consent_version, "signed_on": today})
    return person_page(
        request,
        person,
        form,
        lambda given: consent.record_consent(person, **given, by=user_of(request), at=clock.now()),
        heading=f"Consent of {person}",
        action_label="Record consent",
        said="Consent recorded",
    )


@require_http_methods(["GET", "POST"])
def record_baseline(request: HttpRequest, trial_id: str) -> HttpResponse:
    """The protocol's variables; may be saved half-filled and gone on with."""
    person = find(request, trial_id, Permission.ENROL)
    values = dict(person.baseline.values_list("variable", "value"))
    form = BaselineForm(request.POST or None, asked=queries.protocol_in_force().baseline, initial=initial(values))

    def step(given: Mapping[str, Any]) -> None:
        try:
            baseline.record_baseline(person, values=form.answers(), measured_on=given["measured_on"], by=user_of(request), at=clock.now())
        except baseline.BadBaseline as bad:
            bad.faults = {PREFIX + code: sentence for code, sentence in bad.faults.items()}
            raise

    return person_page(request, person, form, step, heading=f"Baseline of {person}", action_label="Save baseline", said="Baseline saved")


@require_http_methods(["GET", "POST"])
def set_availability(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.ENROL)
    kept = getattr(person, "availability", None)
    start: dict[str, object] = {"channel": kept.channel if kept else "email", "language": person.language}
    for number, (day, clock_time) in enumerate(kept.preferred[:CHOICES] if kept else (), start=1):
        start |= {f"day_{number}": str(day), f"time_{number}": clock_time}
    form = AvailabilityForm(request.POST or None, initial=start)
    return person_page(
        request,
        person,
        form,
        lambda given: baseline.set_availability(
            person, preferred=form.preferred(), channel=given["channel"], language=given["language"], by=user_of(request), at=clock.now()
        ),
        heading=f"Times and channel of {person}",
        action_label="Save times",
        said="Times saved",
        template="participants/availability.html",
    )
