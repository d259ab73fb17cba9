"""All questions of a visit on one screen, where the protocol asks them so: the same answers, kept and cared for in the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from outcomes.actions import together
from outcomes.actions.keeping import Receipt
from outcomes.domain.sitting import Step
from outcomes.pages import whereabouts
from outcomes.pages.me_common import closed, here_of, language_for, onwards, page
from outcomes.pages.me_forms import ELSEWHERE, SKIP, field_name, together_form
from outcomes.pages.whereabouts import Here
from trials.permissions import Refused


@login_not_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest) -> HttpResponse:
    """Every question that the person can read. Choosing keeps the answer; Continue asks for each, Stop here keeps what was chosen."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    shown = _shown(here)
    if not shown:
        return onwards(here)
    language = language_for(request, here)
    if request.method != "POST":
        return _screen(request, here, together_form(language, shown, _kept(here), count=len(here.steps)))
    stops = "stop" in request.POST
    asked = [] if stops else request.POST.get("asked", "").split()  # what the page showed: a question that follows since was not on it
    left = {field_name(step) for step in shown} - set(asked)
    form = together_form(language, shown, {}, request.POST, count=len(here.steps), left=left)
    whole = form.is_valid()
    given = [(step, form.cleaned_data[field_name(step)]) for step in shown if form.cleaned_data.get(field_name(step))]
    kept = _save(request, here, given)
    here = here_of(request)
    if kept is None:
        return closed(request)
    if isinstance(here, HttpResponse):
        return here
    elsewhere = {pair for pair, receipt in kept.items() if receipt.elsewhere}
    if elsewhere:
        form = together_form(language, _shown(here), _kept(here), count=len(here.steps))
        return _screen(request, here, form, elsewhere, status=409)
    if not whole:
        return _screen(request, here, form, status=422)
    asked_for = {field_name(step) for step, _ in given}
    for step in here.steps:  # as they are numbered now: an answer may have brought a question in between
        if field_name(step) in asked_for and here.calls_for_help(step):
            return redirect("me_support", number=step.number)
    return redirect("me_stopped") if stops else onwards(here)


def _shown(here: Here) -> list[Step]:
    return [step for step in here.steps if here.asks_together(step)]


def _kept(here: Here) -> dict[str, str]:
    """The answer of each question as it stands, or that it was passed over."""
    found = {}
    for step in here.steps:
        value = here.value(step)
        if value is not None:
            found[field_name(step)] = str(value)
        elif here.missing(step) == "skipped":
            found[field_name(step)] = SKIP
    return found


def _save(request: HttpRequest, here: Here, given: Iterable[tuple[Step, str]]) -> dict[tuple[str, str], Receipt] | None:
    chosen: dict[str, dict[str, int | None]] = {}
    languages = {}
    for step, value in given:
        chosen.setdefault(step.instrument.code, {})[step.item.number] = None if value == SKIP else int(value)
        languages[step.instrument.code] = step.instrument.language
    try:
        return together.save_screen(
            here.participant,
            visit=here.sitting.visit,
            chosen=chosen,
            languages=languages,
            turn=whereabouts.turn_of(request, here.at),
            by=here.participant,
            at=here.at,
        )
    except Refused:
        return None


def _screen(
    request: HttpRequest, here: Here, form: forms.Form, elsewhere: Collection[tuple[str, str]] = (), *, status: int = 200
) -> HttpResponse:
    """The questions of each instrument under its stem; help stands open beside an answer that calls for it."""
    asked = [step for step in _shown(here) if field_name(step) in form.fields]
    for field in form.fields.values():
        field.required = True  # each is asked alike, also where this page could not yet have been answered
    names = " ".join(field_name(step) for step in asked)
    parts = [
        [_row(here, form, step, elsewhere) for step in steps]
        for _, steps in groupby(asked, key=lambda step: (step.instrument.code, step.item.scored))
    ]
    context = {
        "form": form,
        "parts": parts,
        "asked": names,
        "page": whereabouts.stamp(here.at),
        "elsewhere": language_for(request, here).say(ELSEWHERE),
    }
    return page(request, "outcomes/me_questions.html", context, here, status=status)


def _row(here: Here, form: forms.Form, step: Step, elsewhere: Collection[tuple[str, str]]) -> dict[str, object]:
    return {
        "step": step,
        "field": form[field_name(step)],
        "support_at": here.support_at(step),
        "helped": here.calls_for_help(step),
        "elsewhere": (step.instrument.code, step.item.number) in elsewhere,
    }
