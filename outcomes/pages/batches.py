"""Several people randomised in one go: chosen from those who have consented, counted by whoever presses, all of them or none."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions import batches
from participants.actions.sessions.common import cut_short
from participants.domain.journey import Status
from participants.models import Participant
from trials import blinding, clock, queries
from trials.domain.groups import PLURAL
from trials.models import User
from trials.permissions import Permission, Refused, check, sites_where


class BatchForm(forms.Form):
    """Who, and how many that are: a number typed by hand stops a box ticked by mistake."""

    people = forms.MultipleChoiceField(label="People, in the order in which they take their places", widget=forms.CheckboxSelectMultiple)
    typed = forms.IntegerField(label="Type how many people you ticked", min_value=1, max_value=batches.MOST)

    def __init__(self, *args: Any, people: list[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(person), f"{person}, {person.site.name}") for person in people]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        ticked = len(told.get("people", ()))
        if "people" in told and "typed" in told and told["typed"] != ticked:
            self.add_error("typed", f"You ticked {ticked} and typed {told['typed']}.")
        return told


@require_http_methods(["GET", "POST"])
def randomise_batch(request: HttpRequest) -> HttpResponse:
    """Everybody who has consented and is not randomised, at the sites where the reader randomises."""
    user = cast(User, request.user)
    people = list(_waiting(user)[: batches.MOST])
    form = BatchForm(request.POST or None, people=people)
    status, refused = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = batches.randomise_batch(form.cleaned_data["people"], by=user, at=clock.now())
            except Refused as stopped:
                status, refused = stopped.status, stopped
            else:
                named = urlencode([("of", enrolled.participant.trial_id) for enrolled in done])
                return redirect(f"{reverse('randomised_batch')}?{named}")
    kinds = PLURAL.get(queries.protocol_in_force().allocation.unit, "")
    context = {"form": form, "waiting": len(people), "refused": refused, "kinds": kinds}
    return render(request, "outcomes/randomise_batch.html", context, status=status)


@require_safe
def randomised_batch(request: HttpRequest) -> HttpResponse:
    """What the people named in the address were given: the page to come back to when an answer was lost on the way."""
    user = cast(User, request.user)
    check(user, Permission.RANDOMISE)
    named = request.GET.getlist("of")[: batches.MOST]
    found = _randomisable(user).filter(unit__trial_id__in=[name for name in named if name.isprintable() and name.isascii()])
    rows = []
    found = found.select_related("enrolment__allocation__unit__site").prefetch_related("enrolment__sessions")
    for person in found.order_by("enrolment__allocation__pk", "unit__trial_id"):
        enrolled = getattr(person, "enrolment", None)
        near = cut_short(list(enrolled.sessions.all()), person.site.timezone) if enrolled else {}
        arm = blinding.told_for(user, enrolled.allocation) if enrolled else None
        rows.append({"person": person, "enrolment": enrolled, "arm": arm or None, "near": len(near)})
    return render(request, "outcomes/randomised_batch.html", {"rows": rows})


def _waiting(user: User) -> Any:
    check(user, Permission.RANDOMISE)
    return _randomisable(user).filter(status=Status.CONSENTED).order_by("unit__trial_id")


def _randomisable(user: User) -> Any:
    people, reach = Participant.objects.visible_to(user).select_related("unit__site"), sites_where(user, Permission.RANDOMISE)
    return people if reach is None else people.filter(unit__site__in=reach)
