"""The screening call, its answers later, and excluding somebody who does not take part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from participants.actions import screening
from participants.actions.screening import BadAnswers
from participants.models import Participant, Screening
from participants.pages.answers import PREFIX, ProtocolForm, initial
from participants.pages.common import date_field, find, form_page, language_field, person_page, radios, user_of
from participants.pages.people import ContactForm
from trials import clock, queries
from trials.models import Site
from trials.permissions import Permission, check, sites_where

SEXES = (("F", "Female"), ("M", "Male"), ("X", "Another or not said"))


class ScreenForm(ProtocolForm, ContactForm):
    """The questions, then who it is; somebody who declines needs no name."""

    site = radios("Site", ())
    screened_on = date_field("Date of the call", required=False, help_text="Empty: today")
    sex = radios("Sex", SEXES, required=False)
    language = language_field()

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [(s.code, s.name) for s in sites]  # type: ignore[attr-defined]
        self.fields["site"].initial = sites[0].code if len(sites) == 1 else None
        first = ["site", "screened_on", *(PREFIX + q.code for q in self.asked), "sex", "language"]
        self.order_fields([*first, *(name for name in self.fields if name not in first)])


class CorrectionReason(forms.Form):
    reason = forms.CharField(
        label="Why are earlier answers changed?", required=False, max_length=500, help_text="Only for answers already given"
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=500)


class PersonForm(ReasonForm):
    sex = radios("Sex", SEXES, required=False)
    age = forms.IntegerField(label="Age in years", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    field_order = ["sex", "age", "reason"]


class AnswersForm(ProtocolForm, CorrectionReason):
    pass


class ExcludeForm(forms.Form):
    reason = radios("Why does this person not take part?", ())

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def screen(request: HttpRequest) -> HttpResponse:
    """A new person: answers, and as much of the identity as there is."""
    user = user_of(request)
    check(user, Permission.SCREEN)
    reach = sites_where(user, Permission.SCREEN)
    sites = [s for s in Site.objects.all() if reach is None or s.pk in reach]
    protocol = queries.protocol_in_force()
    form = ScreenForm(request.POST or None, asked=protocol.eligibility, sites=sites, initial={"language": protocol.language})
    made: list[Participant] = []

    def step(given: Mapping[str, Any]) -> None:
        person = {name: given[name] for name in ContactForm.base_fields if given[name]}
        site = next(s for s in sites if s.code == given["site"])
        made.append(
            screening.screen(
                site,
                answers=form.answers(),
                person=person,
                sex=given["sex"],
                language=given["language"],
                screened_on=given["screened_on"],
                by=user,
                at=clock.now(),
            )
        )

    response = form_page(
        request,
        form,
        _prefixed(step),
        heading="Screen a person",
        action_label="Save screening",
        done="/participants/",
        said="Screening saved",
        text="Name and contact may stay empty. Whoever declines is not named.",
    )
    return redirect(made[0]) if made else response


@require_http_methods(["GET", "POST"])
def answers(request: HttpRequest, trial_id: str) -> HttpResponse:
    """The answers given so far, and those still open; a changed answer asks why."""
    person = find(request, trial_id, Permission.SCREEN)
    kept = Screening.objects.get(participant=person)
    protocol = queries.protocol_in_force()
    form = AnswersForm(request.POST or None, asked=protocol.eligibility, initial=initial(kept.answers))
    return person_page(
        request,
        person,
        form,
        _prefixed(
            lambda given: screening.answer(person, answers=form.answers(), reason=given["reason"], by=user_of(request), at=clock.now())
        ),
        heading=f"Screening of {person}",
        action_label="Save answers",
        said="Answers saved",
    )


@require_http_methods(["GET", "POST"])
def exclude(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Somebody who declined or does not take part for another reason."""
    person = find(request, trial_id, Permission.SCREEN)
    form = ExcludeForm(request.POST or None, reasons=[(c.code, c.label) for c in queries.protocol_in_force().exclusion_reasons])
    return person_page(
        request,
        person,
        form,
        lambda given: screening.exclude(person, reason=given["reason"], by=user_of(request), at=clock.now()),
        heading=f"Exclude {person}",
        action_label="Exclude person",
        said=f"{person} is excluded",
        danger=True,
        effects=["The person leaves the way into the trial and is counted with this reason.", "The screening stays as it was recorded."],
    )


@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, trial_id: str) -> HttpResponse:
    """An exclusion recorded in error is taken back."""
    person = find(request, trial_id, Permission.CORRECT)
    return person_page(
        request,
        person,
        ReasonForm(request.POST or None),
        lambda given: screening.reopen(person, reason=given["reason"], by=user_of(request), at=clock.now()),
        heading=f"Take back the exclusion of {person}",
        action_label="Take back exclusion",
        said="Exclusion taken back",
        effects=["The screening answers decide again where this person stands."],
    )


@require_http_methods(["GET", "POST"])
def correct_person(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Sex and age put right."""
    person = find(request, trial_id, Permission.CORRECT)
    form = PersonForm(request.POST or None, initial={"sex": person.sex, "age": person.age})
    return person_page(
        request,
        person,
        form,
        lambda given: screening.correct_person(
            person, sex=given["sex"], age=given["age"], reason=given["reason"], by=user_of(request), at=clock.now()
        ),
        heading=f"Correct sex or age of {person}",
        action_label="Save correction",
        said="Correction saved",
        text="After randomisation the stratum stays as it was used.",
    )


def _prefixed(step: Any) -> Any:
    """Faults of protocol questions come back under the form's names for them."""

    def told(given: Mapping[str, Any]) -> object:
        try:
            return step(given)
        except BadAnswers as bad:
            bad.faults = {PREFIX + code: sentence for code, sentence in bad.faults.items()}
            raise

    return told
