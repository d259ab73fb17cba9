"""What the clinic's pages share: find the person, show a form, take one step, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from participants.models import Participant
from participants.queries.people import endings_for
from trials.languages import languages
from trials.models import User
from trials.permissions import Permission, Refused, allowed, check
from trials.ui.fields import DecimalField

__all__ = ["DecimalField", "date_field", "find", "form_page", "person_page", "radios", "tabs", "text_area", "user_of"]

Step = Callable[[Mapping[str, Any]], object]
YES_NO = (("yes", "Yes"), ("no", "No"))


def user_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def find(request: HttpRequest, trial_id: str, permission: Permission | None = None) -> Participant:
    """The person if this user may see them (else 404), and may do this with them (else 403)."""
    people = Participant.objects.visible_to(user_of(request)).select_related("unit__site").prefetch_related(endings_for(user_of(request)))
    participant = get_object_or_404(people, unit__trial_id=trial_id)
    if permission is not None:
        check(user_of(request), permission, at_site=participant.site)
    return participant


def form_page(
    request: HttpRequest,
    form: forms.Form,
    step: Step,
    *,
    heading: str,
    action_label: str,
    done: str,
    said: str,
    cancel_url: str = "",
    prefix: str = "",
    template: str = "participants/form.html",
    **context: Any,
) -> HttpResponse:
    """Shows a form and takes its step. What is wrong, or refused, comes back beside everything typed.

    `done` is the address afterwards, `said` the toast; `prefix` stands before the step's field names in the form's.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                step(form.cleaned_data)
            except Refused as refused:
                if refused.status == 403:
                    raise
                status = refused.status
                _put(form, refused, prefix)
                context["refused"] = refused
            else:
                toasts.success(request, said)
                return redirect(done)
    context |= {"form": form, "heading": heading, "action_label": action_label, "cancel_url": cancel_url or done}
    return render(request, template, context, status=status)


def person_page(request: HttpRequest, participant: Participant, form: forms.Form, step: Step, **options: Any) -> HttpResponse:
    """A form page that belongs to one person and leads back to their record."""
    home = participant.get_absolute_url()
    return form_page(request, form, step, **({"done": home, "cancel_url": home, "participant": participant} | options))


def tabs(user: User, participant: Participant, current: str) -> list[tuple[str, str, bool]]:
    """The parts of a record that this user may open; what betrays an arm is not there for blind eyes."""
    home, site = participant.get_absolute_url(), participant.site
    parts = [
        ("Overview", home, None),
        ("Visits", home + "visits/", Permission.SEE_SCORES),
        ("Sessions", home + "sessions/", Permission.SEE_SESSIONS),
        ("Clinical", home + "clinical/", Permission.SEE_CLINICAL),
        ("Messages", home + "messages/", Permission.SEE_MESSAGES),
        ("Audit", f"/audit/?about={participant}", Permission.SEE_AUDIT),
    ]
    shown = [p for p in parts if p[2] is None or allowed(user, p[2], at_site=site)]
    if participant.status != "randomised":
        shown = [p for p in shown if p[0] != "Sessions"]
    return [(label, url, label == current) for label, url, _ in shown]


def _put(form: forms.Form, refused: Refused, prefix: str) -> None:
    faults: Mapping[str, str] = getattr(refused, "faults", {}) or {"": refused.sentence}
    for name, sentence in faults.items():
        field = prefix + name.split(" ")[0]
        form.add_error(field if field in form.fields else None, sentence)


def date_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def radios(label: str, choices: Iterable[tuple[str, str]], *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), required=required, help_text=help_text, widget=forms.RadioSelect)


def language_field(recorded: str = "") -> forms.ChoiceField:
    """The languages that pages and messages are written in, and the one on record where it is another."""
    choices = {language.code: language.name for language in languages.values()} | ({} if recorded in languages else {recorded: recorded})
    hint = "Questions are asked in it where they have official words in it"
    return radios("Language of pages and messages", [(c, w) for c, w in choices.items() if c], required=False, help_text=hint)


def text_area(label: str, *, required: bool = True, help_text: str = "", max_length: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=max_length, widget=forms.Textarea(attrs={"rows": 4})
    )
