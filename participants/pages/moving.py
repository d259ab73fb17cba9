"""Moving a session within its rules: free times and slots to press, and beside each other one the sentence why not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from participants.actions import sessions as steps
from participants.actions.sessions.common import laid, movable, move_rules, plan_of
from participants.actions.sessions.plan import preferred_by, refusal_beside
from participants.actions.sessions.slots import refusal_to_take
from participants.domain.calendar import DAYS, week_opens_on
from participants.domain.moving import OFFERED_AT, MoveRules, OfferedSlot, offered_slots
from participants.domain.wall_clock import instant
from participants.models import Slot, TrainingSession
from participants.pages.session_forms import AnotherTimeForm
from participants.pages.week import session_or_404, word_of
from participants.queries.appointments import notice_of
from participants.queries.hours import as_rule, slots_between, timetable_of, with_people
from trials import clock
from trials.models import User
from trials.permissions import Permission, Refused, check
from trials.queries import protocol_in_force
from trials.ui.words import moment

RULES_SAY_NO = ("move_refused", "slot_refused")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A slot of the session's week: to be joined where `refusal` is empty."""

    slot: Slot
    taken: int
    refusal: str


@dataclass(frozen=True, kw_only=True)
class DayOffered:
    """A day of the week: its free times, or the one sentence that closes it, and its slots."""

    on: date
    free: list[OfferedSlot]
    refusal: str
    slots: list[Choice] = field(default_factory=list)

    @property
    def warned(self) -> bool:
        return any(s.warning for s in self.free)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """The session's trial week, day by day: free times and slots to press, and beside each other one the sentence why not."""
    user, now = cast(User, request.user), clock.now()
    session = session_or_404(user, trial_id, session_no)
    site = session.enrolment.participant.site
    check(user, Permission.PLAN_SESSIONS, at_site=site)
    form = AnotherTimeForm(request.POST if request.method == "POST" and "join" not in request.POST else None)
    refused = ""
    if request.method == "POST" and ("join" in request.POST or form.is_valid()):
        try:
            moved = _step(request, session, form, user, now)
        except Refused as refusal:
            if refusal.code not in RULES_SAY_NO:
                raise
            refused = refusal.sentence
            if form.is_bound:
                form.add_error(None, refused)
        else:
            messages.success(request, f"Moved session {session.session_no} of {session.enrolment} to {moment(moved.at, site)}.")
            return redirect(f"/week/?site={site.code}&on={moved.at.astimezone(site.zone).date().isoformat()}")
    context = {
        "session": session,
        "site": site,
        "form": form,
        "refused": "" if form.is_bound else refused,
        "days": _days_offered(session, now) if movable(session) else [],
        "movable": movable(session),
        "said": notice_of(session),
        "pill": word_of(session, now),
        "week_url": f"/week/?site={site.code}&on={session.at.astimezone(site.zone).date().isoformat()}",
    }
    return render(request, "participants/move.html", context, status=409 if refused else 422 if form.is_bound else 200)


def _step(request: HttpRequest, session: TrainingSession, form: AnotherTimeForm, user: User, now: datetime) -> TrainingSession:
    if not form.is_bound:
        pk = request.POST.get("join", "")
        if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
            raise Http404
        slot = get_object_or_404(Slot, pk=int(pk), site=session.enrolment.participant.site)
        return steps.join_slot(session, slot=slot, by=user, at=now)
    given = form.cleaned_data
    return steps.move(session, on=given["on"], clock=given["clock"], by=user, at=now, reason=given["reason"])


def _days_offered(session: TrainingSession, now: datetime) -> list[DayOffered]:
    """Free times and slots, in a constant number of statements."""
    enrolment, site = session.enrolment, session.enrolment.participant.site
    timetable = timetable_of(protocol_in_force(), site)
    rules = move_rules(enrolment, plan_of(session), timetable.opening(session.trainer_planned), at=now)
    siblings = laid(list(enrolment.sessions.all()), rules.timezone)
    opens_on = week_opens_on(session.week, enrolment.day0)
    week = [instant(opens_on + timedelta(days=n), time(0), site.timezone) for n in (0, DAYS)]
    slots = list(with_people(slots_between(site, *week)))
    choices: dict[date, list[Choice]] = defaultdict(list)
    for slot in slots:
        people = [s.enrolment.participant.trial_id for s in slot.sessions.all()]
        of_slot = replace(rules, opening=timetable.opening(slot.trainer))
        refusal = refusal_to_take(slot, people, session, siblings, of_slot) or ""
        choices[slot.starts_at.astimezone(site.zone).date()].append(Choice(slot=slot, taken=len(people), refusal=refusal))
    days, today = [], now.astimezone(site.zone).date()
    for on, of_day in groupby(_times_offered(session, siblings, rules, slots), key=lambda s: s.on):
        offered = list(of_day)
        free = [s for s in offered if not s.refusal]
        refusal = "" if free else "This day is over." if on < today else offered[-1].refusal
        days.append(DayOffered(on=on, free=free, refusal=refusal, slots=choices[on]))
    return days


def _times_offered(session: TrainingSession, siblings: Any, rules: MoveRules, slots: list[Slot]) -> list[OfferedSlot]:
    own = session.at.astimezone(ZoneInfo(rules.timezone)).time()
    times = (own, *(p.at for p in preferred_by(session.enrolment)), *OFFERED_AT)
    offered = offered_slots(siblings, session.session_no, times=times, rules=rules)
    beside = [as_rule(s) for s in slots if s.trainer_id == session.trainer_planned_id and s.pk != session.slot_id]
    return [s if s.refusal else replace(s, refusal=refusal_beside(session, s.starts_at, beside) or "") for s in offered]
