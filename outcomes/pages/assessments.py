"""Where a person's questionnaires stand, what was answered, and the forms that staff enter from paper or the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outcomes.actions import alerts, assessments
from outcomes.actions.keeping import Receipt
from outcomes.domain.instrument import Instrument
from outcomes.domain.visits import VisitStatus
from outcomes.instruments import instruments
from outcomes.models import Assessment
from outcomes.pages import visit_contacts
from outcomes.pages.answer_forms import NO_ANSWER, correction_form, entry_form, items_of, split
from outcomes.permissions import check_sees_answers
from outcomes.queries import alerts as desk
from outcomes.queries import double_entry, guesses, sittings, wording
from outcomes.queries import duty as duty_roster
from outcomes.queries.sittings import Form
from participants.models import Participant
from participants.pages.common import tabs
from participants.queries.people import endings_for
from participants.queries.self_reports import has_learned
from trials import clock, entropy
from trials.domain.protocol.shape import Protocol
from trials.models import User
from trials.pages.confirm import confirmed
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force

WORDS = {
    VisitStatus.NOT_DUE: ("", "Not due"),
    VisitStatus.PENDING: ("due", "Open"),
    VisitStatus.DONE: ("done", "Answered"),
    VisitStatus.PARTIAL: ("warn", "Incomplete"),
    VisitStatus.MISSED: ("stop", "Missed"),
}


@require_safe
def visits(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Every form of a person with its window and state; a whole page, or the tab of the person's record."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.SEE_SCORES, at_site=participant.site)
    at = clock.now()
    found = sittings.forms_of(participant, protocol_in_force(), at=at)
    may_enter = allowed(_user(request), Permission.ENTER_ASSESSMENT, at_site=participant.site)
    rows = [_row(form, protocol_in_force(), may_enter=may_enter) for form in found]
    whole = not request.headers.get("HX-Request")
    template = "outcomes/visits.html" if whole else "outcomes/visits_tab.html"
    may_send = allowed(_user(request), Permission.SEND_MESSAGES, at_site=participant.site)
    open_now = sittings.open_sittings(participant, protocol_in_force(), at=at) if may_send else ()
    reachable = [(sitting.visit, visit_label(sitting.visit)) for sitting in open_now]
    context = {"participant": participant, "rows": rows, "at": at, "site": participant.site, "reachable": reachable}
    context["harms"] = sittings.harms_of(participant, protocol_in_force(), at=at)
    context["may_ask"] = allowed(_user(request), Permission.RECORD_EVENT, at_site=participant.site)
    context["contacts"] = visit_contacts.shown(participant, found, may_enter=may_enter)
    context["guess_due"] = guesses.is_due(_user(request), participant, at=at)
    if whole:
        context["tabs"] = tabs(_user(request), participant, "Visits")
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def note_not_done(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """Why a form was not answered; it can still be answered while its window is open."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.ENTER_ASSESSMENT, at_site=participant.site)
    found = form_of(protocol_in_force(), visit, instrument)

    def step(given: dict[str, Any]) -> str:
        assessments.note_not_done(
            participant, visit=visit, instrument=instrument, reason=given["reason"], by=_user(request), at=clock.now()
        )  # fmt: skip
        toasts.success(request, f"{found.title} of {participant}: noted why it was not answered")
        return back

    back = f"/participants/{participant}/visits/"
    effects = ["The form counts as missed once its window has closed.", "Answers saved so far stay."]
    return confirmed(
        request, _NotDone(request.POST or None), step, heading=f"{found.title} of {participant}, {visit_label(visit)}: not answered",
        label="Save reason", back=back, effects=effects,
    )  # fmt: skip


@require_safe
def assessment(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """One form as it was answered, with its score, the rule behind it and every earlier version."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.SEE_SCORES, at_site=participant.site)
    kept = get_object_or_404(participant.assessments.select_related("rater"), visit=visit, instrument=instrument)
    if instrument not in instruments:
        raise Http404
    check_sees_answers(_user(request), kept)
    found = wording.shown(instrument, kept.language)
    versions = list(kept.versions.order_by("at", "pk"))
    context = {
        "participant": participant,
        "kept": kept,
        "instrument": found,
        "visit": visit_label(visit),
        "rows": [(item, answer_words(found, item.number, kept.answers, kept.missing)) for item in found.items],
        "band": next((band.label for band in found.bands if band.code == kept.severity), ""),
        "rule": found.rule(kept.rule).label if kept.rule else "",
        "derived": _derived(found, kept),
        "versions": _told(found, versions),
        "may_correct": kept.sent_at is not None and allowed(_user(request), Permission.CORRECT, at_site=participant.site),
        "site": participant.site,
        "again": double_entry.second_of(kept) if kept.twice else None,
    }
    return render(request, "outcomes/assessment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """A paper or telephone form, all questions on one page; an alerting answer brings the protocol's script with the receipt."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.ENTER_ASSESSMENT, at_site=participant.site)
    protocol = protocol_in_force()
    found = form_of(protocol, visit, instrument)
    today = sittings.site_day(participant, clock.now())
    entry = entry_form(found, request.POST or None, today=today, uuid=_entry_id(participant, visit, instrument))
    status = 200
    if request.method == "POST":
        status = 422
        if entry.is_valid():
            try:
                receipt = _enter(participant, visit, instrument, found, entry.cleaned_data, by=_user(request))
            except Refused as refusal:
                field = {"bad_date": "completed_on", "out_of_window": "out_of_window", "ended": "completed_on"}.get(refusal.code)
                entry.add_error(field, refusal.sentence)
                status = refusal.status
            else:
                return entered(request, participant, protocol, receipt, handed_over_to=entry.cleaned_data["handed_over_to"])
    context = _form_context(participant, visit, found, entry) | {"has_learned": has_learned(_user(request), participant)}
    return render(request, "outcomes/enter.html", context | distress(participant, protocol, found), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, trial_id: str, visit: str, instrument: str) -> HttpResponse:
    """A sent form put right, with a reason; what was there before stays to be seen."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.CORRECT, at_site=participant.site)
    kept = get_object_or_404(participant.assessments, visit=visit, instrument=instrument, sent_at__isnull=False)
    check_sees_answers(_user(request), kept)
    found = form_of(protocol_in_force(), visit, instrument)
    entry = correction_form(found, kept, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if entry.is_valid():
            given = entry.cleaned_data
            answers, missing = split(found, given)
            try:
                assessments.correct(kept, answers=answers, missing=missing, reason=given["reason"], by=_user(request), at=clock.now())
            except Refused as refusal:
                entry.add_error("reason" if refusal.code == "reason_needed" else None, refusal.sentence)
                status = refusal.status
            else:
                toasts.success(request, f"Answers of {participant} corrected")
                return redirect("assessment", trial_id=trial_id, visit=visit, instrument=instrument)
    context = _form_context(participant, visit, found, entry)
    return render(request, "outcomes/correct.html", context, status=status)


def _form_context(participant: Participant, visit: str, found: Instrument, entry: forms.Form) -> dict[str, object]:
    return {"form": entry, "participant": participant, "instrument": found, "visit": visit_label(visit), "items": items_of(found, entry)}


def _enter(participant: Participant, visit: str, instrument: str, found: Instrument, given: Mapping[str, Any], *, by: User) -> Receipt:
    answers, missing = split(found, given)
    accept, uuid, at = given["out_of_window"], given["uuid"], clock.now()
    if given["mode"] == "phone":
        return assessments.enter_telephone(
            participant, visit=visit, instrument=instrument, answers=answers, missing=missing, client_uuid=uuid,
            accept_out_of_window=accept, by=by, at=at,
        )  # fmt: skip
    dated = assessments.enter_interview if given["mode"] == "interview" else assessments.enter_paper
    return dated(
        participant, visit=visit, instrument=instrument, answers=answers, missing=missing, completed_on=given["completed_on"],
        client_uuid=uuid, accept_out_of_window=accept, by=by, at=at,
    )  # fmt: skip


class _HandedOver(forms.Form):
    handed_over_to = forms.CharField(max_length=200)


@require_POST
def handed_over(request: HttpRequest, trial_id: str, alert_no: int) -> HttpResponse:
    """To whom the alert that an entered answer raised was handed over, told after saving."""
    participant = _participant(request, trial_id)
    check(_user(request), Permission.ENTER_ASSESSMENT, at_site=participant.site)
    alert = get_object_or_404(participant.alerts.filter(assessment__isnull=False), alert_no=alert_no)
    form = _HandedOver(request.POST)
    if not form.is_valid():
        raise Refused("Say to whom you handed it over.", code="empty_text", status=422)
    alerts.hand_over(alert, to=form.cleaned_data["handed_over_to"], by=_user(request), at=clock.now())
    toasts.success(request, "It is kept to whom you handed over")
    return redirect("visits", trial_id=trial_id)


def entered(request: HttpRequest, participant: Participant, protocol: Protocol, receipt: Receipt, *, handed_over_to: str) -> HttpResponse:
    kept = receipt.assessment
    raised = next(iter(kept.alerts.filter(closed_at=None, kind="alert").order_by("-urgent", "alert_no")), None)
    if raised is not None and handed_over_to.strip():
        alerts.hand_over(raised, to=handed_over_to, by=_user(request), at=clock.now())
    if not receipt.support:
        toasts.success(request, f"{instruments[kept.instrument].title} of {participant} entered")
        return redirect("visits", trial_id=participant.trial_id)
    context = {
        "participant": participant,
        "kept": kept,
        "site": participant.site,
        "alert_due_at": _due(kept),
        "raised": raised,
        "handed": handed_over_to,
    }
    return render(request, "outcomes/entered.html", context | distress(participant, protocol, instruments[kept.instrument]))


def _due(kept: Assessment) -> object:
    first = kept.alerts.filter(closed_at=None, kind="alert").order_by("contact_due_at").first()
    return first and first.contact_due_at


def distress(participant: Participant, protocol: Protocol, found: Instrument) -> dict[str, object]:
    """What staff read out, and whom they call, when an answer alerts."""
    duties = duty_roster.on_duty(participant.site, clock.now())
    watched = found.watched(protocol.alerts)
    thresholds = {number: min(v for v in found.item(number).values if found.alerts_for({number: v}, protocol.alerts)) for number in watched}
    return {"script": protocol.distress_script.strip(), "duty": duties[0].user if duties else None, "thresholds": thresholds}


class _NotDone(forms.Form):
    reason = forms.CharField(label="Why it was not answered", max_length=500)


def answer_words(found: Instrument, number: str, answers: Mapping[str, int | str], missing: Mapping[str, str]) -> str:
    if number in answers:
        item = found.item(number)
        label = item.label_of(answers[number])
        return label if item.quantity or not label else f"{answers[number]}, {label}"
    code = missing.get(number, "")
    return {**dict(NO_ANSWER), "not_asked": "Not asked"}.get(code, "Not reached")


def _derived(found: Instrument, kept: Assessment) -> list[tuple[str, str]]:
    """Sub-scales and figures that follow from the answers; what is not known, and what is a word, is left out."""
    subs = [(scale.title, str(score.total)) for scale, score in zip(found.subscales, found.subscores(kept.answers).values(), strict=True)
            if score.total is not None]  # fmt: skip
    values = found.computed(kept.answers)
    return subs + [
        (each.label, f"{values[each.code]} {each.unit}".strip()) for each in found.computations if isinstance(values[each.code], Decimal)
    ]


def _told(found: Instrument, versions: list[Any]) -> list[tuple[Any, str, list[str]]]:
    """Each version with who kept it and what it changed."""
    names = desk.names(version.actor for version in versions)
    before = [None, *versions]
    return [(version, names[version.actor], _changes(found, before[n], version)) for n, version in enumerate(versions)]


def _changes(found: Instrument, before: Any, after: Any) -> list[str]:
    """What a version changed, item by item; nothing for the first."""
    if before is None:
        return []
    lines = []
    for item in found.items:
        was, now = (answer_words(found, item.number, v.answers, v.missing) for v in (before, after))
        if was != now:
            lines.append(f"{item.number}: {was} → {now}")
    return lines


def _row(form: Form, protocol: Protocol, *, may_enter: bool) -> dict[str, object]:
    state, word = WORDS[form.status]
    lacking = wording.why_not(form.instrument.code, protocol.language) if form.asked_for else ""
    return {"form": form, "state": state, "word": word, "enter": may_enter and not lacking and form.asked_for, "lacking": lacking}


def form_of(protocol: Protocol, visit: str, instrument: str) -> Instrument:
    asked = next((v.instruments for v in protocol.visits if v.code == visit), ())
    if instrument not in asked or instrument not in instruments:
        raise Http404
    found = wording.offered(instrument, protocol.language)
    if found is None:
        raise Refused(wording.why_not(instrument, protocol.language), code="not_offered", status=404)
    return found


def visit_label(code: str) -> str:
    return next((v.label for v in protocol_in_force().visits if v.code == code), code)


def _entry_id(participant: Participant, visit: str, instrument: str) -> UUID:
    return UUID(bytes=entropy.fresh("entry", f"{participant.trial_id}|{visit}|{instrument}")[:16])


def _participant(request: HttpRequest, trial_id: str) -> Participant:
    people = Participant.objects.visible_to(_user(request)).with_record()
    return get_object_or_404(people.prefetch_related(endings_for(_user(request))), unit__trial_id=trial_id)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
