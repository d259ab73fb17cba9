"""The calendar of one person: laid out at once, moved within its rules, given to a trainer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Case, F, Max, QuerySet, When

from participants.actions import moves
from participants.actions.sessions import rows
from participants.actions.sessions.common import (
    Status,
    check_may,
    check_trains,
    laid,
    locked,
    movable,
    move_rules,
    plan_of,
    words,
)
from participants.actions.sessions.places import free_places
from participants.domain import calendar
from participants.domain.calendar import PlannedSession, Preferred
from participants.domain.home import UNSUPERVISED
from participants.domain.moving import MoveRules, refusal_to_move
from participants.domain.opening import Opening
from participants.domain.places import Place
from participants.domain.slots import Slot as SlotRule
from participants.domain.slots import refusal_to_open
from participants.domain.wall_clock import day_in_words, instant, local_day
from participants.models import Availability, Enrolment, Slot, TrainingSession
from participants.queries.hours import as_rule, opening_at, slots_near, timetable_of, usual_opening
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol.shape import Protocol, SessionPlan
from trials.models import User
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force


@action
def lay_out(
    enrolment: Enrolment, *, plan: SessionPlan | None, by: Actor, at: datetime, trainer: User | None = None
) -> QuerySet[TrainingSession]:
    """Every session of the arm is laid out at once, from the day after randomisation; an arm without a plan has none.

    Where the site has slots the sessions take free places of them, counted under the slots' locks.
    """
    participant = enrolment.participant
    check(by, Permission.PLAN_SESSIONS, at_site=participant.site)
    if plan is None:
        return TrainingSession.objects.none()
    moves.lock(participant)
    standing = _standing([enrolment], at)[enrolment.pk]
    opening, places = _opening(enrolment, plan, standing, trainer, until=_ends_on(enrolment, plan), at=at)
    planned = _planned(enrolment, plan, standing, opening, places, at=at)
    return _keep(enrolment, plan, planned, "sessions.laid_out", trainer, by=by, at=at)


@action
def lay_out_all(planned: Sequence[tuple[Enrolment, SessionPlan | None]], *, by: Actor, at: datetime) -> int:
    """`lay_out` for many people in a few statements, whatever their number: all of them or none. Answers how many sessions there are.

    At a site with slots people are laid out one after the other in the order given, since each takes places that the next can't have.
    """
    having = [(enrolment, plan) for enrolment, plan in planned if plan is not None]
    for site in {enrolment.participant.site for enrolment, _ in planned}:
        check(by, Permission.PLAN_SESSIONS, at_site=site)
    if not having:
        return 0
    moves.lock_all([enrolment.participant for enrolment, _ in having])
    standing = _standing([enrolment for enrolment, _ in having], at)
    openings: dict[int, Opening] = {}
    together: dict[int, tuple[SessionPlan, list[rows.Laid]]] = {}
    count = 0
    for enrolment, plan in having:
        stands, site = standing[enrolment.pk], enrolment.participant.site
        if stands.has_slots and plan.supervision != UNSUPERVISED:
            count += lay_out(enrolment, plan=plan, by=by, at=at).count()
            continue
        if site.pk not in openings:
            openings[site.pk], _ = _opening(enrolment, plan, stands, None, until=enrolment.day0, at=at)
        laid_out = _planned(enrolment, plan, stands, openings[site.pk], (), at=at)
        together.setdefault(id(plan), (plan, []))[1].append(rows.Laid(enrolment=enrolment, sessions=laid_out))
        count += len(laid_out)
    for plan, people in together.values():
        rows.keep("sessions.laid_out", people, plan, None, by=by, at=at)
    return count


@action
def lay_out_deferred(
    enrolment: Enrolment, *, plan: SessionPlan, by: Actor, at: datetime, starts_on: date | None = None, trainer: User | None = None
) -> QuerySet[TrainingSession]:
    """Deferred training of a control person begins once the window of the primary visit has closed, never earlier."""
    participant, protocol = enrolment.participant, protocol_in_force()
    check(by, Permission.PLAN_SESSIONS, at_site=participant.site)
    moves.lock(participant)
    check_trains(participant)
    last_no = enrolment.sessions.aggregate(last=Max("session_no"))["last"] or 0
    if enrolment.sessions.filter(phase=TrainingSession.Phase.DEFERRED).exists():
        raise Refused(f"The deferred sessions of {participant} are laid out already.", code="already_laid_out")
    earliest = max(deferred_from(enrolment, protocol), local_day(at, participant.site.timezone) + timedelta(days=1))
    if starts_on is not None and starts_on < earliest:
        raise Refused(
            f"Deferred training of {participant} can begin on {day_in_words(earliest)} at the earliest, after the primary visit.",
            code="before_primary_visit",
        )
    standing, starts_on = _standing([enrolment], at)[enrolment.pk], starts_on or earliest
    ends_on = starts_on + timedelta(weeks=1 + plan.familiarisation_weeks + plan.weeks + plan.follow_up_weeks)
    opening, places = _opening(enrolment, plan, standing, trainer, until=ends_on, at=at)
    planned = calendar.plan_deferred(
        plan,
        day0=enrolment.day0,
        starts_on=starts_on,
        timezone=participant.site.timezone,
        preferred=standing.preferred,
        opening=opening,
        first_no=last_no + 1,
        places=places,
    )
    return _keep(enrolment, plan, planned, "sessions.deferred_laid_out", trainer, by=by, at=at)


def deferred_from(enrolment: Enrolment, protocol: Protocol) -> date:
    """The first day after the window of the primary visit."""
    if protocol.primary is None:
        return enrolment.day0
    return enrolment.day0 + timedelta(days=(protocol.visit(protocol.primary.visit).closes_day or 0) + 1)


def preferred_by(enrolment: Enrolment) -> tuple[Preferred, ...]:
    """The days and times the person asked for, in their order."""
    asked = Availability.objects.filter(participant=enrolment.participant_id).values_list("preferred", flat=True).first() or []
    return _as_asked(asked)


def _as_asked(asked: Sequence[tuple[int, str]]) -> tuple[Preferred, ...]:
    return tuple(Preferred(weekday=int(weekday), at=time.fromisoformat(at)) for weekday, at in asked)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """What stands before a person is laid out: sessions of theirs, what they asked for, slots and absences of their site."""

    laid_out: bool
    preferred: tuple[Preferred, ...]
    has_slots: bool
    has_absences: bool


# Written out, as is what is laid out: both stand in every randomisation.
STANDING = """SELECT e.id, EXISTS (SELECT FROM participants_trainingsession s WHERE s.enrolment_id = e.id), a.preferred,
    EXISTS (SELECT FROM participants_slot l WHERE l.site_id = u.site_id AND l.cancelled_at IS NULL AND l.starts_at > %(at)s),
    EXISTS (SELECT FROM participants_absence w WHERE w.site_id = u.site_id AND w.lifted_at IS NULL)
FROM participants_enrolment e JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id
LEFT JOIN participants_availability a ON a.participant_id = p.id WHERE e.id = ANY(%(those)s)"""


def _standing(enrolments: Sequence[Enrolment], at: datetime) -> dict[int, _Standing]:
    """By enrolment, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"those": [enrolment.pk for enrolment in enrolments], "at": at})
        return {
            pk: _Standing(laid_out=laid_out, preferred=_as_asked(json.loads(asked or "[]")), has_slots=slots, has_absences=absences)
            for pk, laid_out, asked, slots, absences in cursor.fetchall()
        }


def _ends_on(enrolment: Enrolment, plan: SessionPlan) -> date:
    return calendar.week_closes_on(plan.weeks + plan.follow_up_weeks, enrolment.day0)


def _planned(
    enrolment: Enrolment, plan: SessionPlan, standing: _Standing, opening: Opening, places: Sequence[Place], *, at: datetime
) -> tuple[PlannedSession, ...]:
    """The sessions of somebody who has none, from the day after."""
    participant = enrolment.participant
    if standing.laid_out:
        raise Refused(f"The sessions of {participant} are laid out already.", code="already_laid_out")
    return calendar.plan_sessions(
        plan,
        day0=enrolment.day0,
        starts_on=local_day(at, participant.site.timezone) + timedelta(days=1),
        timezone=participant.site.timezone,
        preferred=standing.preferred,
        opening=opening,
        places=places,
    )


def _opening(
    enrolment: Enrolment, plan: SessionPlan, standing: _Standing, trainer: User | None, *, until: date, at: datetime
) -> tuple[Opening, tuple[Place, ...]]:
    """The hours that bind, and the free places of the site's slots to the end of a date; none for training that nobody supervises."""
    protocol, site = protocol_in_force(), enrolment.participant.site
    if plan.supervision == UNSUPERVISED or not standing.has_slots:
        asked = standing.has_absences or trainer is not None
        return (opening_at(protocol, site, trainer) if asked else usual_opening(protocol, site)), ()
    timetable = timetable_of(protocol, site)
    before = instant(until + timedelta(days=1), time(0), site.timezone)
    places = free_places(site, timetable, minutes=plan.minutes, after=at, before=before, trainer=trainer)
    return timetable.opening(trainer), places


def _keep(
    enrolment: Enrolment, plan: SessionPlan, planned: Sequence[PlannedSession], verb: str, trainer: User | None, *, by: Actor, at: datetime
) -> QuerySet[TrainingSession]:
    """Kept, with what is told of them; answers the sessions, read once somebody wants them."""
    rows.keep(verb, [rows.Laid(enrolment=enrolment, sessions=planned)], plan, trainer, by=by, at=at)
    return enrolment.sessions.filter(session_no__in=[p.no for p in planned])


@action
def move(session: TrainingSession, *, on: date, clock: time, by: Actor, at: datetime, reason: str = "") -> TrainingSession:
    """A session moves within its trial week under the rest rule; `planned_on` keeps the day first promised.

    `on` and `clock` are the site's date and wall-clock time. A session cancelled by the site stands again; a missed one stays missed
    until it is made up.
    """
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.PLAN_SESSIONS)
    check_trains(participant)
    opening = opening_at(protocol_in_force(), participant.site, session.trainer_planned)
    rules = move_rules(session.enrolment, plan_of(session), opening, at=at)
    check_move(session, on, clock, rules)
    stand_at(session, instant(on, clock, rules.timezone))
    session.save(update_fields=WHERE_IT_STANDS)
    audit.record(
        "session.moved", about=participant.trial_id, by=by, at=at, reason=reason,
        detail={"session_no": session.session_no, "to": session.at.isoformat()},
    )  # fmt: skip
    return session


WHERE_IT_STANDS = ["rescheduled_at", "status", "reason", "reason_class", "slot"]


def check_move(session: TrainingSession, on: date, clock: time, rules: MoveRules) -> None:
    """The calendar's rules, and no other slot of the session's trainer at that time."""
    siblings = laid(list(session.enrolment.sessions.all()), rules.timezone)
    sentence = refusal_to_move(siblings, session.session_no, on=on, at=clock, rules=rules)
    if sentence is None and session.trainer_planned is not None:
        begins = instant(on, clock, rules.timezone)
        ends = begins + timedelta(minutes=max(1, rules.minutes))
        others = [s for s in slots_near(begins, ends, trainer=session.trainer_planned) if s.pk != session.slot_id]
        sentence = refusal_beside(session, begins, [as_rule(s) for s in others])
    if sentence:
        raise Refused(sentence, code="move_refused", way_out=("See the free slots", f"{session.get_absolute_url()}move/"))


def refusal_beside(session: TrainingSession, begins: datetime, slots: Sequence[SlotRule]) -> str | None:
    """Why a session outside any slot can't be held beside these of its trainer; None where it can."""
    own = SlotRule(starts_at=begins, minutes=max(1, session.planned_minutes), capacity=1, trainer=str(session.trainer_planned or ""))
    return refusal_to_open(own, slots)


def stand_at(session: TrainingSession, instant: datetime) -> None:
    """Where a session now stands; back at its planned instant it was never moved. Elsewhere than before it has left its slot."""
    if instant != session.at:
        session.slot = None
    session.rescheduled_at = None if instant == session.planned_at else instant
    if session.status == Status.CANCELLED_BY_SITE:
        session.status, session.reason, session.reason_class = Status.SCHEDULED, "", ""


@action
def assign_trainer(enrolment: Enrolment, *, trainer: User, by: Actor, at: datetime, session_nos: Sequence[int] | None = None) -> int:
    """A trainer of the site takes a person's coming sessions, all or those named; says how many. They leave slots of another trainer."""
    participant = enrolment.participant
    check(by, Permission.PLAN_SESSIONS, at_site=participant.site)
    if not allowed(trainer, Permission.RECORD_SESSION, at_site=participant.site):
        raise Refused(f"{trainer} may not record sessions at {participant.site.code}.", code="no_trainer")
    moves.lock(participant)
    coming = enrolment.sessions.filter(status=Status.SCHEDULED, started_at=None)
    if session_nos is not None:
        coming = coming.filter(session_no__in=list(session_nos))
    own = Slot.objects.filter(trainer=trainer).values("pk")
    taken = coming.update(trainer_planned=trainer, slot=Case(When(slot__in=own, then=F("slot")), default=None))
    detail = {"trainer": trainer.actor, "sessions": taken}
    audit.record("sessions.trainer_assigned", about=participant.trial_id, by=by, at=at, detail=detail)
    return taken


def check_movable(session: TrainingSession) -> None:
    if not movable(session):
        raise Refused(f"{words(session)} is closed, so it can't be changed here.", code="session_closed")
