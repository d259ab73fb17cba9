"""Enter a backup envelope that was opened for somebody while the program could not be reached."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from outcomes.actions import randomisation
from participants.models import Participant
from participants.pages.clinical_forms import moment_field
from participants.pages.common import find, person_page, text_area, user_of
from trials import clock
from trials.actions.envelopes import who_opens
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import check


class EnvelopeForm(forms.Form):
    code = forms.CharField(label="Code on the envelope", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    opened_at = moment_field("When it was opened")
    opened_by = forms.ModelChoiceField(User.objects.none(), label="Who opened it")
    reason = text_area("Why the program could not be reached", max_length=500)

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_by"].queryset = who_opens(participant.site)  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def enter_envelope(request: HttpRequest, trial_id: str) -> HttpResponse:
    user, person = user_of(request), find(request, trial_id)
    check(user, Permission.RANDOMISE, at_site=person.site)
    form = EnvelopeForm(request.POST or None, participant=person)

    def step(given: dict[str, Any]) -> None:
        opened_at = given["opened_at"].replace(tzinfo=person.site.zone)
        randomisation.enter_envelope(person, **given | {"opened_at": opened_at}, by=user, at=clock.now())

    return person_page(
        request, person, form, step, heading=f"Enter an envelope for {person}", action_label="Enter envelope", said="Envelope entered.",
        done=reverse("randomised", args=[person.trial_id]),
    )  # fmt: skip
