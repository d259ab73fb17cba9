"""Double entry of paper forms: what waits for a second person, the form that they fill in blind, and the differences to settle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions import double_entry as steps
from outcomes.actions.keeping import Receipt
from outcomes.domain.double_entry import DATE, FIRST, SECOND, Difference, Entry
from outcomes.domain.instrument import Instrument
from outcomes.instruments import instruments
from outcomes.models import Assessment, SecondEntry
from outcomes.pages.answer_forms import items_of, second_form, split
from outcomes.pages.assessments import answer_words, distress, entered, form_of, visit_label
from outcomes.queries import alerts as desk
from outcomes.queries import double_entry as reads
from outcomes.queries import wording
from participants.models import Participant
from participants.pages.common import find, person_page, user_of
from trials import clock
from trials.permissions import Permission, Refused, check
from trials.queries import protocol_in_force
from trials.ui.words import counted, day

PREFIX = "choice_"


@require_safe
def double_entry(request: HttpRequest) -> HttpResponse:
    """What waits for this reader, and how often the entries of their sites differ."""
    user = user_of(request)
    check(user, Permission.SEE_SCORES)
    found, protocol = reads.board(user), protocol_in_force()
    visits = {visit.code: visit.label for visit in protocol.visits}
    context = {
        "figures": found.figures,
        "waiting": [
            _row(form, visits, since=form.entered_at, word="To enter", action="Enter form again", page="enter_again")
            for form in found.waiting
        ],
        "unsettled": [
            _row(
                entry.assessment, visits, since=entry.at, word="To settle", action="Settle differences", page="adjudicate",
                note=counted(entry.differing, "difference"),
            )
            for entry in found.unsettled
        ],
        "at": clock.now(),
        "share": protocol.double_entry,
    }  # fmt: skip
    return render(request, "outcomes/double_entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter_again(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """The same form, empty; what the first person entered stands nowhere on it."""
    person, user = find(request, trial_id, Permission.ENTER_ASSESSMENT), user_of(request)
    kept, protocol = _form(person, visit, instrument), protocol_in_force()
    found = form_of(protocol, visit, instrument)
    form, status = second_form(found, request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            answers, missing = split(found, given)
            try:
                done = steps.enter_again(
                    kept, answers=answers, missing=missing, completed_on=given["completed_on"], by=user, at=clock.now()
                )
            except Refused as refused:
                if refused.code not in ("bad_date", "ended"):
                    raise
                form.add_error("completed_on", refused.sentence)
                status = refused.status
            else:
                return _done(request, person, kept, done, handed_over_to=given["handed_over_to"])
    else:
        steps.check_to_enter(kept, user)
    context = {"form": form, "participant": person, "instrument": found, "visit": visit_label(visit), "items": items_of(found, form)}
    return render(request, "outcomes/enter_again.html", context | distress(person, protocol, found), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def adjudicate(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """Every field that two people read differently, side by side; which is right is chosen before the paper form."""
    person, user = find(request, trial_id, Permission.CORRECT), user_of(request)
    kept = _form(person, visit, instrument)
    entry = steps.check_to_settle(kept)
    found = wording.shown(instrument, kept.language)
    form = _settling(found, kept, entry)(request.POST or None)
    return person_page(
        request,
        person,
        form,
        lambda given: steps.adjudicate(kept, choices=_chosen(given), reason=given["reason"], by=user, at=clock.now()),
        heading=f"Settle differences in {found.title} of {person}, {visit_label(visit)}",
        text="Take the paper form. Choose in each field what stands on it; where neither entry does, choose one and correct it afterwards.",
        action_label="Settle differences",
        said="Differences settled",
        done=reverse("assessment", args=[person.trial_id, visit, instrument]),
        cancel_url=reverse("double_entry"),
        prefix=PREFIX,
    )


def _form(person: Participant, visit: str, instrument: str) -> Assessment:
    return get_object_or_404(person.assessments, visit=visit, instrument=instrument, sent_at__isnull=False)


def _done(request: HttpRequest, person: Participant, kept: Assessment, done: steps.Entered, *, handed_over_to: str) -> HttpResponse:
    """The script where an answer calls for help at once, else back to the list."""
    if done.support:
        receipt = Receipt(assessment=kept, raised=done.raised, support=True)
        return entered(request, person, protocol_in_force(), receipt, handed_over_to=handed_over_to)
    differ = counted(len(done.differences), "difference") if done.differences else "no differences"
    toasts.success(request, f"Second entry of {instruments[kept.instrument].title} of {person} saved: {differ}")
    return redirect("double_entry")


def _settling(found: Instrument, kept: Assessment, entry: SecondEntry) -> type[forms.Form]:
    """One choice a differing field, in the words of both entries, and the reason."""
    names = desk.names([entry.first.actor, entry.second.actor])
    sides = list(zip((FIRST, SECOND), reads.entries_of(entry), (entry.first, entry.second), strict=True))
    fields: dict[str, Any] = {}
    for difference in reads.differences_of(kept, entry):
        choices = [(side, f"{_said(found, difference, read)} ({side} entry, {names[version.actor]})") for side, read, version in sides]
        fields[f"{PREFIX}{difference.field}"] = forms.ChoiceField(
            label=_label(found, difference), choices=choices, widget=forms.RadioSelect
        )
    fields["reason"] = forms.CharField(label="Why these are right", max_length=500, help_text='For example "as on the form".')
    return type("SettlingForm", (forms.Form,), fields)


def _chosen(given: Mapping[str, Any]) -> dict[str, str]:
    return {name.removeprefix(PREFIX): side for name, side in given.items() if name.startswith(PREFIX)}


def _label(found: Instrument, difference: Difference) -> str:
    return "Date on the form" if difference.field == DATE else f"{difference.field}. {found.item(difference.field).text}"


def _said(found: Instrument, difference: Difference, entry: Entry) -> str:
    """What one entry says of a differing field."""
    said: date | str = (
        entry.completed_on if difference.field == DATE else answer_words(found, difference.field, entry.answers, entry.missing)
    )
    return day(said, year=True) if isinstance(said, date) else said


def _row(form: Assessment, visits: Mapping[str, str], *, since: Any, word: str, action: str, page: str, note: str = "") -> dict[str, Any]:
    """A row of work; since when it waits is told, never what was answered."""
    who, site = form.participant.trial_id, form.participant.site
    return {
        "what": f"{instruments[form.instrument].title}, {visits.get(form.visit, form.visit)}",
        "who": who,
        "who_url": f"/participants/{who}/",
        "when": f"Since {day(since.astimezone(site.zone).date())}",
        "note": note,
        "state": "due",
        "word": word,
        "action": action,
        "url": reverse(page, args=[who, form.visit, form.instrument]),
    }
