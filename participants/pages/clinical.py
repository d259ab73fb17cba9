"""A person's clinical records, each with its form; and the serious events whose clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from participants.actions import clinical
from participants.domain.clocks import Relatedness
from participants.models import BaselineValue, Deviation, Medication, Participant
from participants.pages import clinical_forms as shapes
from participants.pages.common import find, person_page, tabs, user_of
from participants.queries import clinical as reads
from trials import blinding, clock, queries
from trials.domain.annotations import KINDS
from trials.models import AllocationAnnotation, User
from trials.permissions import Permission, allowed, check


@require_safe
def clinical_records(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Events, medication, other care and deviations of one person."""
    person, user = find(request, trial_id, Permission.SEE_CLINICAL), user_of(request)
    may = {p.value: allowed(user, p, at_site=person.site) for p in Permission}
    context = {
        "participant": person,
        "site": person.site,
        "tabs": tabs(user, person, "Clinical"),
        "may": may,
        "events": [(e, reads.watch(e, clock.now())) for e in reads.events_visible_to(user).filter(participant=person).order_by("ae_no")],
        "medications": person.medications.select_related("change_of").order_by("med_no"),
        "concomitants": person.concomitants.order_by("con_no"),
        "deviations": person.deviations.order_by("dev_no"),
        "baseline": _baseline(person),
        "annotations": _annotations(user, person),
    }
    return render(request, "participants/clinical.html", context)


def _annotations(user: User, person: Participant) -> list[tuple[AllocationAnnotation, str, Deviation | None]]:
    """What was said beside the allocation, with the deviation that follows; nothing for eyes that may not know arms."""
    if not blinding.sees_arms(user, person.site):
        return []
    following = {deviation.source_record: deviation for deviation in person.deviations.all()}
    said = AllocationAnnotation.objects.filter(allocation__unit=person.unit).select_related("user").order_by("at", "pk")
    return [(row, KINDS[row.kind], following.get(f"annotation/{row.code}")) for row in said]


def _baseline(person: Participant) -> list[tuple[BaselineValue, str, str]]:
    """(value, label, what was chosen in the protocol's words), in the protocol's order."""
    kept = {value.variable: value for value in person.baseline.all()}
    rows = []
    for variable in queries.protocol_in_force().baseline:
        if variable.code in kept:
            value = kept.pop(variable.code)
            words = {"yes": "Yes", "no": "No"} | {choice.code: choice.label for choice in variable.choices}
            rows.append((value, variable.label, words.get(value.value, f"{value.value} {value.unit}".strip())))
    return rows + [(value, code, f"{value.value} {value.unit}".strip()) for code, value in sorted(kept.items())]


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Serious events of everybody this user may see, the one with least time first."""
    check(user_of(request), Permission.SEE_CLINICAL)
    at = clock.now()
    found = reads.watched(reads.events_visible_to(user_of(request)).filter(serious=True), at)
    context = {"open": [w for w in found if w.open], "closed": [w for w in found if not w.open], "at": at}
    return render(request, "participants/events.html", context)


@require_safe
def event(request: HttpRequest, trial_id: str, ae_no: int) -> HttpResponse:
    """One event with its clocks, the judgement and everything learnt since."""
    found = _event(request, trial_id, ae_no)
    user, site = user_of(request), found.participant.site
    context = {
        "event": found,
        "participant": found.participant,
        "site": site,
        "watch": reads.watch(found, clock.now()),
        "follow_ups": found.follow_ups.order_by("at", "pk"),
        "may_follow_up": allowed(user, Permission.RECORD_EVENT, at_site=site),
        "may_assess": allowed(user, Permission.ASSESS_EVENT, at_site=site),
        "may_report": allowed(user, Permission.RECORD_CLINICAL, at_site=site),
        "may_correct": allowed(user, Permission.CORRECT, at_site=site),
        "home": f"/participants/{found.participant}/events/{ae_no}/",
    }
    return render(request, "participants/event.html", context)


@require_http_methods(["GET", "POST"])
def report_event(request: HttpRequest, trial_id: str) -> HttpResponse:
    person, user = find(request, trial_id, Permission.RECORD_EVENT), user_of(request)
    sessions = reads.may_report_found_at_session(user, person)
    form = shapes.EventForm(request.POST or None, participant=person, sessions=sessions, initial=shapes.event_start(person, clock.now()))
    return _form(
        request,
        person,
        form,
        lambda g: clinical.report_event(person, **form.facts(), by=user, at=clock.now()),
        heading=f"Adverse event of {person}",
        action_label="Report event",
    )


@require_http_methods(["GET", "POST"])
def event_step(request: HttpRequest, trial_id: str, ae_no: int, step: str) -> HttpResponse:
    """One step on an event: a follow-up, the judgement, a report to the sponsor or the ethics committee."""
    found = _event(request, trial_id, ae_no)
    person, by = found.participant, user_of(request)
    steps = {
        "follow-up": (shapes.FollowUpForm, Permission.RECORD_EVENT, "Follow-up of", "Add follow-up", _follow_up),
        "assess": (shapes.AssessForm, Permission.ASSESS_EVENT, "Judge", "Record judgement", _assess),
        "sponsor": (shapes.SponsorForm, Permission.RECORD_CLINICAL, "Report to the sponsor:", "Record report", _sponsor),
        "ethics": (shapes.EthicsForm, Permission.RECORD_CLINICAL, "Report to the ethics committee:", "Record report", _ethics),
    }
    if step not in steps:
        raise Http404
    make, permission, heading, label, act = steps[step]
    check(by, permission, at_site=person.site)
    form = make(request.POST or None, initial=shapes.event_start(person, clock.now()))
    return person_page(
        request,
        person,
        form,
        lambda given: act(found, given, by, clock.now()),
        heading=f"{heading} event {ae_no} of {person}",
        action_label=label,
        said="Saved",
        done=f"/participants/{person}/events/{ae_no}/",
        cancel_url=f"/participants/{person}/events/{ae_no}/",
    )


@require_http_methods(["GET", "POST"])
def record_medication(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.RECORD_CLINICAL)
    return _form(
        request,
        person,
        shapes.MedicationForm(request.POST or None),
        lambda given: clinical.record_medication(person, **given, by=user_of(request), at=clock.now()),
        heading=f"Medication of {person}",
        action_label="Record medication",
    )


@require_http_methods(["GET", "POST"])
def change_dose(request: HttpRequest, trial_id: str, med_no: int) -> HttpResponse:
    drug = _medication(request, trial_id, med_no)
    form = shapes.DoseForm(request.POST or None, initial={"unit": drug.unit, "frequency": drug.frequency})
    return _form(
        request,
        drug.participant,
        form,
        lambda given: clinical.change_dose(drug, **given, by=user_of(request), at=clock.now()),
        heading=f"New dose of medication {med_no} of {drug.participant}",
        action_label="Change dose",
    )


@require_http_methods(["GET", "POST"])
def stop_medication(request: HttpRequest, trial_id: str, med_no: int) -> HttpResponse:
    drug = _medication(request, trial_id, med_no)
    return _form(
        request,
        drug.participant,
        shapes.StopForm(request.POST or None),
        lambda given: clinical.stop_medication(drug, **given, by=user_of(request), at=clock.now()),
        heading=f"Stop medication {med_no} of {drug.participant}",
        action_label="Stop medication",
    )


@require_http_methods(["GET", "POST"])
def record_concomitant(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.RECORD_CLINICAL)
    return _form(
        request,
        person,
        shapes.ConcomitantForm(request.POST or None),
        lambda given: clinical.record_concomitant(person, **given, by=user_of(request), at=clock.now()),
        heading=f"Other care or training of {person}",
        action_label="Record care",
    )


@require_http_methods(["GET", "POST"])
def record_deviation(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.RECORD_DEVIATION)
    form = shapes.DeviationForm(request.POST or None)
    return _form(
        request,
        person,
        form,
        lambda given: clinical.record_deviation(person, **form.facts(), by=user_of(request), at=clock.now()),
        heading=f"Deviation of {person}",
        action_label="Record deviation",
    )


@require_http_methods(["GET", "POST"])
def judge_deviation(request: HttpRequest, trial_id: str, dev_no: int) -> HttpResponse:
    person = find(request, trial_id, Permission.RECORD_DEVIATION)
    found = get_object_or_404(person.deviations, dev_no=dev_no)
    return _form(
        request,
        person,
        shapes.ImportanceForm(request.POST or None),
        lambda given: clinical.judge_deviation(
            found, important=given["important"] == "yes", reason=given["reason"], by=user_of(request), at=clock.now()
        ),
        heading=f"Importance of deviation {dev_no} of {person}",
        action_label="Record judgement",
    )


def _form(request: HttpRequest, person: Participant, form: forms.Form, step: Any, **options: Any) -> HttpResponse:
    """A clinical form leads back to the clinical records, or to the record itself for eyes that may not read them."""
    home = person.get_absolute_url()
    reads_them = allowed(user_of(request), Permission.SEE_CLINICAL, at_site=person.site)
    done = home + "clinical/" if reads_them else home
    return person_page(request, person, form, step, said="Saved", done=done, cancel_url=done, **options)


def _event(request: HttpRequest, trial_id: str, ae_no: int) -> Any:
    person = find(request, trial_id, Permission.SEE_CLINICAL)
    return get_object_or_404(reads.events_visible_to(user_of(request)), participant=person, ae_no=ae_no)


def _medication(request: HttpRequest, trial_id: str, med_no: int) -> Medication:
    person = find(request, trial_id, Permission.RECORD_CLINICAL)
    return get_object_or_404(person.medications.select_related("participant__unit__site"), med_no=med_no)


def _follow_up(event: Any, given: Mapping[str, Any], by: Any, at: Any) -> object:
    return clinical.add_follow_up(event, text=given["text"], by=by, at=at)


def _assess(event: Any, given: Mapping[str, Any], by: Any, at: Any) -> object:
    return clinical.assess(
        event, related=Relatedness(given["related"]), expected=given["expected"] == "yes", reason=given["reason"], by=by, at=at
    )


def _sponsor(event: Any, given: Mapping[str, Any], by: Any, at: Any) -> object:
    moment = given["reported_at"].replace(tzinfo=event.participant.site.zone)
    return clinical.report_to_sponsor(event, reported_at=moment, by=by, at=at)


def _ethics(event: Any, given: Mapping[str, Any], by: Any, at: Any) -> object:
    return clinical.report_to_ethics(event, reported_on=given["reported_on"], by=by, at=at)
