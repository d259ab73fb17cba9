"""Who tried when to reach somebody about a visit's questionnaires, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from outcomes.actions import visit_contacts as steps
from outcomes.models import VisitContact
from outcomes.models.visit_contact import CHANNELS, OUTCOMES
from outcomes.queries.sittings import Form
from participants.models import Participant
from participants.pages.common import find, person_page, user_of
from participants.permissions import endings_of
from trials import clock
from trials.domain.roles import Permission
from trials.queries import protocol_in_force


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Every attempt with its visit's label, oldest first, and the visits (code, label) about which somebody may be tried now."""

    made: list[tuple[VisitContact, str]]
    open: list[tuple[str, str]]


class ContactForm(forms.Form):
    """One attempt: the way, and what came of it."""

    channel = forms.ChoiceField(
        label="How you tried", choices=CHANNELS, widget=forms.RadioSelect, error_messages={"required": "Choose how you tried."}
    )
    outcome = forms.ChoiceField(
        label="What came of it", choices=OUTCOMES, widget=forms.RadioSelect, error_messages={"required": "Choose what came of it."}
    )


def shown(participant: Participant, found: Iterable[Form], *, may_enter: bool) -> Contacts:
    """What the visits page tells of attempts."""
    labels = _labels()
    made = [(each, labels.get(each.visit, each.visit)) for each in participant.visit_contacts.select_related("user")]
    may_try = may_enter and endings_of(participant).may_be_contacted
    asked = {form.visit.code: form.visit.label for form in found if may_try and form.asked_for}
    return Contacts(made=made, open=list(asked.items()))


@require_http_methods(["GET", "HEAD", "POST"])
def record_visit_contact(request: HttpRequest, trial_id: str, visit: str) -> HttpResponse:
    """One attempt to reach the person about this visit."""
    person, user = find(request, trial_id, Permission.ENTER_ASSESSMENT), user_of(request)
    label = _labels().get(visit)
    if label is None:
        raise Http404
    return person_page(
        request,
        person,
        ContactForm(request.POST or None),
        lambda given: steps.record_visit_contact(person, visit=visit, **given, by=user, at=clock.now()),
        heading=f"Contact attempt with {person}, {label}",
        text="Record each attempt as you make it, also when nobody answered. It can't be changed afterwards.",
        action_label="Save contact attempt",
        said="Contact attempt saved",
        done=f"{person.get_absolute_url()}visits/",
        cancel_url=f"{person.get_absolute_url()}visits/",
    )


def _labels() -> dict[str, str]:
    return {visit.code: visit.label for visit in protocol_in_force().visits}
