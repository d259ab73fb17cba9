"""Couples and clusters: who may be gathered, who is in each, and the one draw for all of them, counted by whoever presses."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions.groups import join_group
from outcomes.actions.groups import randomise_group as randomise_whole_group
from outcomes.queries.groups import MOST_LISTED, enrolled, waiting
from participants.models import Participant
from trials import blinding, clock, queries
from trials.actions.groups import add_member, gather_group, remove_member
from trials.domain.groups import PLURAL
from trials.models import User
from trials.pages.confirm import confirmed
from trials.permissions import Permission, Refused, check


class GatherForm(forms.Form):
    people = forms.MultipleChoiceField(label="People; the first of the list is the first member", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, people: list[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = _choices(people)  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    trial_id = forms.ChoiceField(label="Who joins", widget=forms.RadioSelect)

    def __init__(self, *args: Any, people: list[Participant], late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trial_id"].choices = _choices(people)  # type: ignore[attr-defined]
        if late:
            self.fields["reason"] = forms.CharField(label="Why they join after the draw", max_length=500, strip=True)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why they leave", max_length=500, strip=True)


class CountForm(forms.Form):
    """How many are randomised: a number typed by hand stops a press for the wrong group."""

    typed = forms.IntegerField(label="Type how many people are in it", min_value=1, max_value=100)

    def __init__(self, *args: Any, members: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members

    def clean_typed(self) -> int:
        typed: int = self.cleaned_data["typed"]
        if typed != self.members:
            raise forms.ValidationError(f"There are {self.members} people in it, and you typed {typed}.")
        return typed


@require_safe
def list_groups(request: HttpRequest) -> HttpResponse:
    """Every couple or cluster at the sites where the reader randomises."""
    user = cast(User, request.user)
    found = list(queries.groups_seen_by(user)[:MOST_LISTED])
    return render(request, "outcomes/groups.html", {"groups": found, **_words()})


@require_http_methods(["GET", "POST"])
def gather(request: HttpRequest) -> HttpResponse:
    user, words = cast(User, request.user), _words()
    check(user, Permission.RANDOMISE)
    people = waiting(user)
    form = GatherForm(request.POST or None, people=people)

    def step(given: dict[str, Any]) -> str:
        return reverse("show_group", args=[gather_group(given["people"], by=user, at=clock.now()).code])

    effects = ["Everybody in it gets the same arm, by one draw.", "Until the draw members can join and leave."]
    heading, label = f"Gather a {words['kind']}", f"Gather {words['kind']}"
    return confirmed(
        request, form, step, heading=heading, label=label, back=reverse("list_groups"), effects=effects, refused=_nobody(people)
    )


@require_safe
def show_group(request: HttpRequest, group: str) -> HttpResponse:
    """Who is in it and, once it is randomised, what they were given: the page to come back to when an answer was lost on the way."""
    user, found = _find(request, group)
    by_unit = enrolled(found)
    rows = [{"member": member, "enrolment": by_unit.get(member.unit_id)} for member in found.present]
    given = next(iter(by_unit.values()), None)
    plan = queries.protocol_in_force().allocation
    return render(request, "outcomes/group.html", {
        "group": found, "rows": rows, "drawn": found.randomised_at is not None, "takes_latecomers": plan.latecomers == "join",
        "arm": (blinding.told_for(user, given.allocation) or None) if given else None, **_words(),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def randomise_group(request: HttpRequest, group: str) -> HttpResponse:
    user, found = _find(request, group)
    here = reverse("show_group", args=[found.code])
    if found.randomised_at is not None:
        return redirect(here)
    form = CountForm(request.POST or None, members=len(found.present))

    def step(_given: dict[str, Any]) -> str:
        randomise_whole_group(found, by=user, at=clock.now())
        return here

    names = ", ".join(member.unit.trial_id for member in found.present) or "nobody"
    effects = [f"One arm is drawn, and everybody in it gets it, or nobody: {names}.", "This can't be undone."]
    label = f"Randomise {found.kind}"
    return confirmed(request, form, step, heading=f"{label} {found}", label=label, back=here, effects=effects)


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, group: str) -> HttpResponse:
    """Before the draw a member is added; after it a latecomer takes the cluster's arm, with a reason."""
    user, found = _find(request, group)
    here, late = reverse("show_group", args=[found.code]), found.randomised_at is not None
    people = waiting(user, site=found.site)
    form = MemberForm(request.POST or None, people=people, late=late)

    def step(given: dict[str, Any]) -> str:
        (join_group if late else add_member)(found, **given, by=user, at=clock.now())
        return here

    effects = ["They get the arm of the others at once. This can't be undone."] if late else ["They are randomised with the others."]
    return confirmed(
        request, form, step, heading=f"Add somebody to {found.kind} {found}", label="Add member", back=here, effects=effects,
        refused=_nobody(people),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, group: str, trial_id: str) -> HttpResponse:
    user, found = _find(request, group)
    if trial_id not in [member.unit.trial_id for member in found.present]:
        raise Http404
    here = reverse("show_group", args=[found.code])
    form = ReasonForm(request.POST or None)

    def step(given: dict[str, Any]) -> str:
        remove_member(found, trial_id=trial_id, **given, by=user, at=clock.now())
        return here

    return confirmed(
        request, form, step, heading=f"{trial_id} leaves {found.kind} {found}", label="Remove member", back=here,
        effects=["The entry stays, with the reason."],
    )  # fmt: skip


def _find(request: HttpRequest, code: str) -> tuple[User, Any]:
    user = cast(User, request.user)
    return user, get_object_or_404(queries.groups_seen_by(user), code=code)


def _words() -> dict[str, str]:
    unit = queries.protocol_in_force().allocation.unit
    return {"kind": unit, "kinds": PLURAL.get(unit, "")}


def _choices(people: list[Participant]) -> list[tuple[str, str]]:
    return [(str(person), f"{person}, {person.site.name}") for person in people]


def _nobody(people: list[Participant]) -> Refused | None:
    """Said on the page before anybody presses."""
    if people:
        return None
    sentence = "Nobody waits: people are listed here once they have consented, until they are in a group or randomised."
    return Refused(sentence, code="nobody_waits", way_out=("See participants", "/participants/"))
