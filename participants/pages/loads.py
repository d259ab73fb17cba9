"""Loads of one person: starting loads, strength tests, what was proposed from them, and another load set by hand."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from participants.actions import sessions as steps
from participants.actions.sessions.strength import STARTING_LOAD
from participants.domain.prescription import StrengthTest as Lifted
from participants.domain.prescription import both_estimates
from participants.models import Participant, StrengthTest
from participants.pages.lifts import lifts_of, next_without_loads
from participants.pages.session_forms import LoadForm, OverrideForm
from participants.pages.training import person_or_404
from participants.pages.week import session_or_404
from participants.queries import sessions as reads
from participants.queries.records import key_of
from trials import blinding, clock
from trials.domain.protocol.shape import SessionPlan
from trials.models import User
from trials.permissions import Permission, Refused, allowed, check
from trials.ui.words import number

RULES = {
    "double_progression": "double progression",
    "two_for_two": "two for two",
    "percent_ramp": "share of 1RM",
    "rir": "repetitions in reserve",
    "hold": "hold",
    "starting_load": "starting load",
}


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _plan(person: Participant) -> SessionPlan:
    allocation = person.enrolment.allocation
    plan = blinding.plan_for(allocation) or blinding.deferred_plan_for(allocation)
    if plan is None:
        raise Http404
    return plan


@require_http_methods(["GET", "POST"])
def loads(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Starting loads and strength tests, without which no load is prescribed; and every load that was proposed."""
    user, now = _user(request), clock.now()
    person = person_or_404(user, trial_id)
    if request.method == "POST":
        check(user, Permission.RECORD_SESSION, at_site=person.site)
    plan = _plan(person)
    exercises = [(e.code, e.label) for e in plan.exercises if e.load_model != "reps_only"]
    form = LoadForm(
        request.POST if request.method == "POST" else None,
        exercises=exercises,
        initial={"tested_on": now.astimezone(person.site.zone).date()},
    )
    question = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _record(person, given, user)
        except Refused as refusal:
            if refusal.status not in (409, 422):
                raise
            question = refusal.sentence if refusal.code == "confirm" else ""
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Saved {dict(exercises)[given['exercise']]} of {person}.")
            return redirect("loads", trial_id=trial_id)
    labels, purposes = dict(exercises), dict(form.fields["purpose"].choices)
    tests = [
        (t, labels.get(t.exercise, t.exercise), purposes.get(t.purpose, t.purpose), key_of("load", t), _estimates(t))
        for t in person.strength_tests.filter(voided_at=None).order_by("exercise", "-tested_on")
    ]
    sessions = reads.visible_to(user).filter(enrolment=person.enrolment)
    proposals = reads.proposals_of(sessions)
    context = {
        "person": person,
        "site": person.site,
        "form": form,
        "question": question,
        "tests": tests,
        "proposals": [(p, labels.get(p.exercise, p.exercise), RULES.get(p.rule, p.rule)) for p in proposals],
        "lacking": next_without_loads(sessions, now),
        "may_record": allowed(user, Permission.RECORD_SESSION, at_site=person.site),
        "may_correct": allowed(user, Permission.CORRECT, at_site=person.site),
    }
    return render(request, "participants/loads.html", context, status=409 if question else 422 if form.is_bound else 200)


def _record(person: Participant, given: dict[str, Any], user: User) -> None:
    names = ("exercise", "tested_on", "reps", "rir", "formula", "purpose", "confirmed")
    steps.record_strength_test(person, load_kg=given["load"], **{name: given[name] for name in names}, by=user, at=clock.now())


def _estimates(test: StrengthTest) -> tuple[object, object]:
    """1RM after Epley and after Brzycki where the test went to failure or says what was left; nothing of a plain starting load."""
    if test.purpose == STARTING_LOAD and test.rir is None:
        return None, None
    return both_estimates(Lifted(load_kg=test.load_kg, reps=test.reps, rir=None if test.rir is None else int(test.rir)))


@require_http_methods(["GET", "POST"])
def override_load(request: HttpRequest, trial_id: str, session_no: int, exercise_no: int) -> HttpResponse:
    """Another load than proposed for one exercise, before its first set, with the reason."""
    user = _user(request)
    found = session_or_404(user, trial_id, session_no)
    check(user, Permission.RECORD_SESSION, at_site=found.enrolment.participant.site)
    lift = next((each for each in lifts_of(found) if each.no == exercise_no), None)
    if lift is None:
        raise Http404
    form = OverrideForm(request.POST if request.method == "POST" else None)
    question, refused = "", None
    if request.method == "POST" and form.is_valid():
        try:
            _override(found, exercise_no, form.cleaned_data, user)
        except Refused as refusal:
            if refusal.status not in (409, 422):
                raise
            question, refused = (refusal.sentence if refusal.code == "confirm" else ""), refusal
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{lift.label}: {number(form.cleaned_data['load'])} kg is prescribed now.")
            return redirect(f"{found.get_absolute_url()}?exercise={exercise_no}")
    proposal = found.proposals.filter(exercise_no=exercise_no).first()
    context = {
        "session": found,
        "lift": lift,
        "form": form,
        "question": question,
        "proposal": proposal,
        "rule": "" if proposal is None else RULES.get(proposal.rule, proposal.rule),
    }
    return render(request, "participants/override.html", context, status=409 if refused else 422 if form.is_bound else 200)


def _override(found: Any, exercise_no: int, given: dict[str, Any], user: User) -> None:
    steps.override_load(
        found, exercise_no=exercise_no, load_kg=given["load"], reason=given["reason"], reason_class=given["reason_class"],
        confirmed=given["confirmed"], by=user, at=clock.now(),
    )  # fmt: skip
