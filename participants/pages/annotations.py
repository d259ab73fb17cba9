"""Say beside an allocation what went wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from participants.actions import annotations
from participants.models import Participant
from participants.pages.common import date_field, find, person_page, radios, text_area, user_of
from trials import blinding, clock, queries
from trials.domain.annotations import KINDS
from trials.domain.protocol import Protocol
from trials.permissions import Permission

FACTOR = "factor_"


class AnnotateForm(forms.Form):
    """The arm is asked for only where the reader may know arms; a level a factor of the protocol."""

    kind = radios("What went wrong", ())
    reason = text_area("What happened")
    occurred_on = date_field("Day of the fact", required=False, help_text="Empty: the day of randomisation")

    def __init__(self, *args: Any, protocol: Protocol, knows_arms: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, words) for kind, words in KINDS.items() if knows_arms or kind != "wrong_arm_given"]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if knows_arms:
            arms = [(arm.code, arm.label) for arm in protocol.arms]
            self.fields["given_arm"] = radios("Arm that was given", arms, required=False, help_text="Only where another was given")
        for name, levels in protocol.allocation_table()["factors"].items():
            words = f"Own level of {name}"
            known = [(level, level) for level in levels]
            self.fields[FACTOR + name] = radios(words, known, required=False, help_text="Only for another stratum")

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        facts = {name: given[name] for name in ("kind", "reason", "occurred_on")} | {"given_arm": given.get("given_arm", "")}
        true = {name.removeprefix(FACTOR): level for name, level in given.items() if name.startswith(FACTOR) and level}
        return facts | {"true_factors": true}


@require_http_methods(["GET", "POST"])
def annotate(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.RECORD_DEVIATION)
    form = _form(request, person)

    def step(given: Mapping[str, Any]) -> object:
        return annotations.annotate(person, **form.facts(), by=user_of(request), at=clock.now())

    return person_page(
        request,
        person,
        form,
        step,
        heading=f"Annotate the randomisation of {person}",
        action_label="Keep annotation",
        said="Annotation kept",
        text="The allocation stands, whatever went wrong, and is analysed as randomised.",
        effects=["The annotation is kept beside it with your name and can't be changed.", "A deviation follows from it."],
        done=person.get_absolute_url() + "clinical/",
    )


def _form(request: HttpRequest, person: Participant) -> AnnotateForm:
    knows_arms = blinding.sees_arms(user_of(request), person.site)
    return AnnotateForm(request.POST or None, protocol=queries.protocol_in_force(), knows_arms=knows_arms)
