"""The gym floor on a phone: today's people, one session, one exercise, one set at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participants.actions import sessions as steps
from participants.actions.sessions import LoggedSet
from participants.actions.sessions.common import HELD, REOPENED, movable
from participants.actions.sessions.setting import can_change_place
from participants.models import ExerciseSet, TrainingSession
from participants.pages.lifts import Lift, as_planned_words, lacks_load, lifts_of, place_of, set_in_words, without_loads
from participants.pages.session_forms import FinishForm, SetForm
from participants.pages.week import date_given, session_or_404, site_chosen, sites_or_404, word_of
from participants.queries import sessions as reads
from participants.queries.appointments import home_log_of, notice_of
from trials import clock, entropy
from trials.models import User
from trials.permissions import Permission, Refused, check
from trials.queries import protocol_in_force
from trials.ui.words import clock_time, number


@require_GET
def gym(request: HttpRequest) -> HttpResponse:
    """Today's sessions: a trainer's own, or the site's for whoever trains nobody today."""
    user, now = cast(User, request.user), clock.now()
    sites = sites_or_404(user)
    site = site_chosen(request, sites)
    check(user, Permission.RECORD_SESSION, at_site=site)
    today = now.astimezone(site.zone).date()
    on = date_given(request.GET.get("on"), today)
    found = reads.of_days(user, site, on, on)
    own = reads.of_trainer(found, user.pk)
    everybody = request.GET.get("all") == "1" or not own
    rows = [_row(s, site, now) for s in (found if everybody else own)]
    context = {
        "site": site,
        "on": on,
        "today": today,
        "rows": rows,
        "others": 0 if everybody else len(found) - len(own),
        "site_tabs": [(s.name, f"/gym/?site={s.code}", s == site) for s in sites],
        "now": now,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
    }
    return render(request, "participants/gym.html", context)


def _row(session: TrainingSession, site: Any, now: Any) -> dict[str, Any]:
    state, word = word_of(session, now)
    trainer = session.trainer or session.trainer_planned
    action = "Open session" if session.status in HELD or session.started_at is None else "Go on"
    return {
        "what": clock_time(session.at, site),
        "who": session.enrolment.participant.trial_id,
        "when": f"session {session.session_no}, week {session.week}",
        "note": "at home, alone" if session.alone else str(trainer) if trainer else "no trainer yet",
        "state": state,
        "word": word,
        "action": action,
        "url": session.get_absolute_url(),
    }


@require_GET
def session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """One session: before it begins its plan, while it runs one set at a time, afterwards what was done."""
    user, found = cast(User, request.user), session_or_404(cast(User, request.user), trial_id, session_no)
    lifts = lifts_of(found)
    if found.started_at is None or found.ended_at is not None or not reads.may_record(user, found):
        return render(request, "participants/session.html", _overview(found, lifts, user))
    here = place_of(lifts, request.GET.get("exercise"), request.GET.get("set"))
    if here is None:
        return redirect("finish_session", trial_id=trial_id, session_no=session_no)
    lift, row = here
    return render(
        request,
        "participants/gym_set.html",
        _at_set(found, lifts, lift, row, SetForm(initial=_initial(found, lift, row), needs_load=lift.needs_load)),
    )


def _overview(found: TrainingSession, lifts: list[Lift], user: User) -> dict[str, Any]:
    now = clock.now()
    record, over = reads.may_record(user, found), reads.left_over(found)
    return {
        "session": found,
        "site": found.enrolment.participant.site,
        "lifts": lifts,
        "pill": word_of(found, now),
        "said": notice_of(found),
        "logged": home_log_of(found),
        "may_record_any": record,
        "may_start": record and not over and _startable(found),
        "may_record": record and movable(found) and not over,
        "may_plan": reads.may_plan(user, found) and movable(found) and not over,
        "may_place": reads.may_plan(user, found) and can_change_place(found) and not over,
        "may_reopen": found.status in REOPENED and reads.may_correct(user, found),
        "may_correct": found.started_at is not None and reads.may_correct(user, found),
        "total": found.enrolment.sessions.count(),
        "needs_loads": without_loads(lifts),
    }


def _initial(found: TrainingSession, lift: Lift, row: ExerciseSet) -> dict[str, Any]:
    """The figures to begin from: what stands there, else the plan, else the set before."""
    before = [s for s in lift.sets if s.done_reps is not None and s.set_no < row.set_no]
    load = next((v for v in (row.done_load_kg, row.planned_load_kg, before[-1].done_load_kg if before else None) if v is not None), None)
    return {
        "exercise_no": lift.no,
        "set_no": row.set_no,
        "client": client_id(found, lift.no, row.set_no),
        "load": "" if load is None else number(load),
        "reps": row.done_reps if row.done_reps is not None else row.planned_reps_max or "",
        "rir": "" if row.rir is None else number(row.rir),
        "substitute": row.exercise if row.substitute_for else "",
        "substitute_reason": row.substitute_reason,
    }


def client_id(found: TrainingSession, exercise_no: int, set_no: int) -> UUID:
    """A new one after every accepted log, so that the same form sent twice counts once."""
    return UUID(
        bytes=entropy.fresh("set_form", f"{found.trial_id}|{found.session_no}|{exercise_no}|{set_no}|{found.client_uuid}")[:16], version=4
    )


def _at_set(found: TrainingSession, lifts: list[Lift], lift: Lift, row: ExerciseSet, form: SetForm, **more: Any) -> dict[str, Any]:
    place = lifts.index(lift)
    as_planned = as_planned_words(lift)
    return {
        "session": found,
        "site": found.enrolment.participant.site,
        "total": found.enrolment.sessions.count(),
        "lifts": lifts,
        "lift": lift,
        "row": row,
        "place": place + 1,
        "before": lifts[place - 1] if place else None,
        "after": lifts[place + 1] if place + 1 < len(lifts) else None,
        "form": form,
        "as_planned": as_planned,
        "done_sets": [(s, set_in_words(s.done_load_kg, s.done_reps)) for s in lift.sets if s.done_reps is not None],
        **more,
    }


def _startable(found: TrainingSession) -> bool:
    """Planned and not begun, or missed and perhaps made up."""
    return found.status == found.Status.MISSED or (found.status == found.Status.SCHEDULED and found.started_at is None)


@require_POST
def start_session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    found = session_or_404(cast(User, request.user), trial_id, session_no)
    steps.start(found, by=cast(User, request.user), at=clock.now())
    return redirect(found)


@require_POST
def log_set(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """One set saved, or with "as planned" every open set of the exercise; then on to the next."""
    user = cast(User, request.user)
    found = session_or_404(user, trial_id, session_no)
    check(user, Permission.RECORD_SESSION, at_site=found.enrolment.participant.site)
    lifts = lifts_of(found)
    here = place_of(lifts, request.POST.get("exercise_no", ""), request.POST.get("set_no", ""))
    if here is None:
        return redirect(found)
    lift, row = here
    form = SetForm(request.POST, needs_load=lift.needs_load)
    as_planned = bool(request.POST.get("as_planned"))
    if not as_planned and not form.is_valid():
        return render(request, "participants/gym_set.html", _at_set(found, lifts, lift, row, form), status=422)
    try:
        sets, client = _sets(form, lift, as_planned=as_planned)
        steps.log(found, sets=sets, client_uuid=client, by=user, at=clock.now(), confirmed=request.POST.get("confirmed") == "1")
    except Refused as refusal:
        if refusal.status not in (409, 422) or refusal.code in ("finished", "not_started", "conflict"):
            raise
        if refusal.code != "confirm":
            form.add_error(None, refusal.sentence)
        question = refusal.sentence if refusal.code == "confirm" else ""
        context = _at_set(found, lifts, lift, row, form, question=question)
        return render(request, "participants/gym_set.html", context, status=refusal.status)
    return redirect(f"{found.get_absolute_url()}{_next(found, lift)}")


def _next(found: TrainingSession, lift: Lift) -> str:
    """On to the open sets of this exercise, then of those after it, then of any left out."""
    left = list(found.sets.filter(done_reps=None).order_by("exercise_no").values_list("exercise_no", flat=True))
    ahead = next((no for no in left if no >= lift.no), left[0] if left else None)
    return "" if ahead is None else f"?exercise={ahead}"


def _sets(form: SetForm, lift: Lift, *, as_planned: bool) -> tuple[list[LoggedSet], UUID]:
    given = form.cleaned_data if form.is_valid() else {}
    if not as_planned:
        done = LoggedSet(
            exercise_no=given["exercise_no"],
            set_no=given["set_no"],
            done_reps=given["reps"],
            done_load_kg=given["load"],
            rir=given["rir"],
            substitute=given["substitute"],
            substitute_reason=given["substitute_reason"],
        )
        return [done], given["client"]
    todo = [s for s in lift.sets if s.done_reps is None and s.planned_reps is not None]
    if any(lacks_load(s) for s in todo):
        raise Refused(f"No load is prescribed for {lift.label}: enter what was lifted.", code="no_load", status=422)
    planned = [
        LoggedSet(
            exercise_no=s.exercise_no, set_no=s.set_no, done_reps=s.planned_reps_max or s.planned_reps or 0, done_load_kg=s.planned_load_kg
        )
        for s in todo
    ]
    return planned, _client(form)


def _client(form: SetForm) -> UUID:
    """The form's id alone, whatever its other fields say."""
    try:
        return UUID(str(form.data.get("client", "")))
    except ValueError:
        raise Refused("This form is incomplete. Reload the session.", code="bad_form", status=400) from None


@require_http_methods(["GET", "POST"])
def finish_session(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """The end: effort, soreness, times; why it stopped early, or why nothing was done."""
    user = cast(User, request.user)
    found = session_or_404(user, trial_id, session_no)
    check(user, Permission.RECORD_SESSION, at_site=found.enrolment.participant.site)
    if found.started_at is None or found.ended_at is not None:
        return redirect(found)
    reasons = [(r.code, r.label) for r in protocol_in_force().missed_reasons]
    early = {"ended_early": True} if request.GET.get("early") else None
    form = FinishForm(request.POST if request.method == "POST" else None, initial=early, reasons=reasons, scale=found.rpe_scale)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _finish(found, given, user)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            form.add_error("reason" if refusal.code == "no_reason" else None, refusal.sentence)
        else:
            messages.success(request, f"Saved session {found.session_no} of {found.enrolment}.")
            return redirect("gym")
    context = {
        "session": found,
        "form": form,
        "site": found.enrolment.participant.site,
        "held": found.status in HELD,
        "reason_open": found.status not in HELD or form.is_bound or bool(early),
        "todo": found.sets.filter(done_reps=None).count(),
    }
    return render(request, "participants/finish.html", context, status=422 if form.is_bound else 200)


def _finish(found: TrainingSession, given: dict[str, Any], user: User) -> None:
    steps.finish(
        found,
        session_rpe=given["session_rpe"],
        soreness=given["soreness"],
        paused_seconds=60 * (given["paused_minutes"] or 0),
        warmup_minutes=given["warmup_minutes"],
        working_minutes=given["working_minutes"],
        cooldown_minutes=given["cooldown_minutes"],
        ended_early=given["ended_early"],
        ended_early_reason=given["reason"] if given["ended_early"] else "",
        missed_reason=given["reason"],
        note=given["note"],
        by=user,
        at=clock.now(),
    )


@require_GET
def unwell(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """Somebody is unwell or upset: what to do first, whom to call, what to record afterwards."""
    found = session_or_404(cast(User, request.user), trial_id, session_no)
    protocol = protocol_in_force()
    site = found.enrolment.participant.site
    country = next((s.country for s in protocol.sites if s.code == site.code), "")
    lines = [line for line in protocol.help_lines if line.country == country]
    return render(request, "participants/unwell.html", {"session": found, "site": site, "lines": lines})
