"""One person's training: the list, trainer, starting loads, a miss, a cancellation, a correction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from participants.actions import links
from participants.actions import sessions as steps
from participants.actions.sessions.common import HELD, REOPENED, cut_short, movable
from participants.actions.sessions.setting import can_change_place
from participants.domain.moving import in_hours
from participants.domain.wall_clock import instant
from participants.models import ExerciseSet, Participant, TrainingSession
from participants.pages.common import tabs
from participants.pages.lifts import next_without_loads, set_in_words
from participants.pages.session_forms import CorrectSessionForm, CorrectSetForm, ReasonForm, TrainerForm, WhyForm
from participants.pages.week import session_or_404, sites_or_404, word_of
from participants.queries import sessions as reads
from trials import blinding, clock
from trials.models import User
from trials.pages.confirm import confirmed
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def person_or_404(user: User, trial_id: str) -> Participant:
    """A randomised person whose sessions the user may see."""
    sites = sites_or_404(user)
    people = Participant.objects.visible_to(user).filter(unit__site__in=[s.pk for s in sites], enrolment__isnull=False)
    return get_object_or_404(people.select_related("unit__site", "enrolment__allocation"), unit__trial_id=trial_id)


@require_http_methods(["GET", "POST"])
def participant_sessions(request: HttpRequest, trial_id: str) -> HttpResponse:
    """All sessions of one person, and who trains them."""
    user, now = _user(request), clock.now()
    person = person_or_404(user, trial_id)
    site = person.site
    if request.method == "POST":
        check(user, Permission.PLAN_SESSIONS, at_site=site)
    trainers = reads.trainers_at(site, now)
    form = TrainerForm(request.POST if request.method == "POST" else None, trainers=trainers)
    if request.method == "POST" and form.is_valid():
        trainer = next(t for t in trainers if str(t.pk) == form.cleaned_data["trainer"])
        taken = steps.assign_trainer(person.enrolment, trainer=trainer, by=user, at=now)
        messages.success(request, f"{trainer} takes {taken} sessions of {person}.")
        return redirect("participant_sessions", trial_id=trial_id)
    labels = {c.code: c.label for c in protocol_in_force().missed_reasons}
    rows = [
        (s, *word_of(s, now), labels.get(s.reason, s.reason))
        for s in reads.visible_to(user).filter(enrolment=person.enrolment).order_by("session_no")
    ]
    coming = {s.session_no for s, *_ in rows if s.at > now}
    near = {no: in_hours(elapsed) for no, elapsed in cut_short([s for s, *_ in rows], site.timezone).items() if no in coming}
    deferred = blinding.deferred_plan_for(person.enrolment.allocation)
    may_plan = allowed(user, Permission.PLAN_SESSIONS, at_site=site)
    context = {
        "person": person,
        "site": site,
        "tabs": tabs(user, person, "Sessions"),
        "rows": [(*row, near.get(row[0].session_no, "")) for row in rows],
        "near": len(near),
        "lacking": next_without_loads([s for s, *_ in rows], now),
        "form": form,
        "may_plan": may_plan,
        "may_record": allowed(user, Permission.RECORD_SESSION, at_site=site),
        "may_send": bool(rows) and allowed(user, Permission.SEND_MESSAGES, at_site=site),
        "may_defer": may_plan and deferred is not None and not any(s.phase == "deferred" for s, *_ in rows),
    }
    return render(request, "participants/sessions.html", context, status=422 if form.is_bound else 200)


@require_POST
def lay_out_deferred(request: HttpRequest, trial_id: str) -> HttpResponse:
    user = _user(request)
    person = person_or_404(user, trial_id)
    plan = blinding.deferred_plan_for(person.enrolment.allocation)
    if plan is None:
        raise Http404
    laid = steps.lay_out_deferred(person.enrolment, plan=plan, by=user, at=clock.now())
    placed = sum(s.slot_id is not None for s in laid)
    messages.success(request, f"Planned {len(laid)} sessions of {person}{f', {placed} of them in slots' if placed else ''}.")
    return redirect("participant_sessions", trial_id=trial_id)


@require_POST
def appointments_link(request: HttpRequest, trial_id: str) -> HttpResponse:
    """A link to the person's own appointments, shown once to be handed over; or the end of all such links."""
    user = _user(request)
    person = person_or_404(user, trial_id)
    check(user, Permission.SEND_MESSAGES, at_site=person.site)
    if request.POST.get("what") == "end":
        links.revoke(person, visit=links.APPOINTMENTS, by=user, at=clock.now())
        messages.success(request, f"Links to the appointments of {person} no longer work")
        return redirect("participant_sessions", trial_id=trial_id)
    minted = steps.link_to_appointments(person, by=user, at=clock.now())
    context = {"person": person, "code": minted.code, "address": f"{settings.UPLIFT_BASE_URL}/me/?for=appointments", "token": minted.token}
    answer = render(request, "participants/appointments_link.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "POST"])
def mark_missed(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    reasons = [(r.code, r.label) for r in protocol_in_force().missed_reasons]
    return _reasoned(request, trial_id, session_no, steps.mark_missed, reasons, "Mark session missed", Permission.RECORD_SESSION)


@require_http_methods(["GET", "POST"])
def cancel_session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    protocol = protocol_in_force()
    by_site = [(r.code, r.label) for r in protocol.missed_reasons if protocol.missed_reason_class.get(r.code) == "site"]
    reasons = by_site or [("closed", "Site closed"), ("trainer_ill", "Trainer ill")]
    return _reasoned(request, trial_id, session_no, steps.cancel_by_site, reasons, "Cancel session", Permission.PLAN_SESSIONS)


def _reasoned(
    request: HttpRequest, trial_id: str, session_no: int, step: Any, reasons: list[tuple[str, str]], label: str, permission: Permission
) -> HttpResponse:
    """A page with a coded reason, then the step; both say what follows."""
    session = _session_for(request, trial_id, session_no, permission)
    form = ReasonForm(request.POST if request.method == "POST" else None, reasons=reasons)
    ends = [f"Until {session.closes_on:%a} {session.closes_on.day} {session.closes_on:%b} it can still be moved and held."]
    refused = "" if movable(session) else f"Session {session.session_no} is closed."
    told = f"Saved: {label.lower()} {session.session_no} of {session.enrolment}."
    heading = f"{label} {session.session_no} of {session.enrolment}"
    return _step(request, session, form, step, told, heading=heading, label=label, effects=ends, refused=refused)


@require_http_methods(["GET", "POST"])
def reopen_session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """A miss or a cancellation that was recorded in error is taken back."""
    session = _session_for(request, trial_id, session_no, Permission.CORRECT)
    form = WhyForm(request.POST if request.method == "POST" else None)
    heading = f"Take back what was recorded of session {session.session_no} of {session.enrolment}"
    effects = ["The session is planned again, as if nothing had been recorded.", "What was recorded stays in the history."]
    refused = "" if session.status in REOPENED else f"Session {session.session_no} is neither missed nor cancelled."
    told = f"Session {session.session_no} of {session.enrolment} is planned again."
    return _step(request, session, form, steps.reopen, told, heading=heading, label="Plan session again", effects=effects, refused=refused)


@require_http_methods(["GET", "POST"])
def hold_at_home(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """A session planned with a trainer is done at home instead."""
    effects = [
        "Nobody supervises it. The person logs it by their link to appointments, in its trial week or the seven days after.",
        "Its place in a slot is free for somebody else.",
        "Until it is done it can be held at the site again.",
    ]
    return _placed(request, trial_id, session_no, steps.hold_at_home, "Hold session at home", effects, "is held at home")


@require_http_methods(["GET", "POST"])
def hold_at_site(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """A session that was to be done at home is held with a trainer after all."""
    effects = ["It stands at its time with its trainer, as the plan has it.", "It is in no slot: join one, or move it, afterwards."]
    return _placed(request, trial_id, session_no, steps.hold_at_site, "Hold session at the site", effects, "is held at the site")


def _placed(request: HttpRequest, trial_id: str, session_no: int, step: Any, label: str, effects: list[str], told: str) -> HttpResponse:
    session = _session_for(request, trial_id, session_no, Permission.PLAN_SESSIONS)
    form = WhyForm(request.POST if request.method == "POST" else None)
    heading = label.replace("session", f"session {session.session_no} of {session.enrolment}")
    refused = "" if can_change_place(session) else f"Session {session.session_no} has begun or is closed."
    told = f"Session {session.session_no} of {session.enrolment} {told} now."
    return _step(request, session, form, step, told, heading=heading, label=label, effects=effects, refused=refused)


def _session_for(request: HttpRequest, trial_id: str, session_no: int, permission: Permission) -> TrainingSession:
    session = session_or_404(_user(request), trial_id, session_no)
    check(_user(request), permission, at_site=session.enrolment.participant.site)
    return session


def _step(request: HttpRequest, session: TrainingSession, form: forms.Form, step: Any, told: str, **page: Any) -> HttpResponse:
    """Asks first, takes the step, says that it was taken and goes back to the session."""

    def taken(given: dict[str, Any]) -> str:
        step(session, **given, by=_user(request), at=clock.now())
        messages.success(request, told)
        return session.get_absolute_url()

    return confirmed(request, form, taken, back=session.get_absolute_url(), **page)


@require_http_methods(["GET", "POST"])
def correct_session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """What was recorded is put right with a reason; one form for the session, one for a set."""
    user = _user(request)
    session = session_or_404(user, trial_id, session_no)
    site = session.enrolment.participant.site
    check(user, Permission.CORRECT, at_site=site)
    rows = list(session.sets.all())
    places = [(f"{r.exercise_no}-{r.set_no}", _set_label(r)) for r in rows]
    which = request.POST.get("form", "") if request.method == "POST" else ""
    whole = CorrectSessionForm(request.POST if which == "session" else None, initial=_facts(session, site.zone), prefix="session")
    one = CorrectSetForm(request.POST if which == "set" else None, places=places, prefix="set")
    bound = whole if which == "session" else one if which == "set" else None
    question = ""
    if bound is not None and bound.is_valid():
        try:
            _correct(session, bound, site.timezone, user)
        except Refused as refusal:
            if refusal.status not in (409, 422):
                raise
            question = refusal.sentence if refusal.code == "confirm" else ""
            bound.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Corrected session {session.session_no} of {session.enrolment}.")
            return redirect(session)
    context = {"session": session, "site": site, "whole": whole, "one": one, "held": session.status in HELD, "question": question}
    return render(request, "participants/correct.html", context, status=422 if bound is not None else 200)


def _set_label(row: ExerciseSet) -> str:
    done = set_in_words(row.done_load_kg, row.done_reps) if row.done_reps is not None else "not recorded"
    return f"{row.exercise.replace('_', ' ').capitalize()}, set {row.set_no}: {done}"


def _facts(session: TrainingSession, zone: Any) -> dict[str, Any]:
    return {
        "started": CorrectSessionForm.wall(session.started_at, zone),
        "ended": CorrectSessionForm.wall(session.ended_at, zone),
        "session_rpe": session.session_rpe,
        "soreness": session.soreness,
        "note": session.note,
    }


def _correct(session: TrainingSession, form: Any, timezone: str, user: User) -> None:
    given = form.cleaned_data
    if isinstance(form, CorrectSetForm):
        exercise_no, set_no = (int(part) for part in given["place"].split("-"))
        facts = {"done_reps": given["reps"], "done_load_kg": given["load"], "rir": given["rir"]}
        steps.correct_set(
            session, exercise_no=exercise_no, set_no=set_no, facts=facts, reason=given["reason"], confirmed=given["confirmed"],
            by=user, at=clock.now(),
        )  # fmt: skip
        return
    facts = {
        "started_at": _instant(given["started"], timezone) if given["started"] else session.started_at,
        "ended_at": _instant(given["ended"], timezone) if given["ended"] else session.ended_at,
        "session_rpe": given["session_rpe"],
        "soreness": given["soreness"],
        "note": given["note"],
    }
    steps.correct(session, facts=facts, reason=given["reason"], by=user, at=clock.now())


def _instant(wall: datetime, timezone: str) -> datetime:
    return instant(wall.date(), wall.time(), timezone)
