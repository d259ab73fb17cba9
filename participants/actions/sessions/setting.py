"""Where a session is held: at the site with a trainer, as its plan says, or at home without one, as staff agree with the person."""

from __future__ import annotations

from datetime import datetime

from participants.actions.sessions.common import Status, check_may, check_trains, locked, plan_of, words
from participants.domain.home import REMEMBERED, UNSUPERVISED
from participants.domain.wall_clock import local_day
from participants.models import TrainingSession
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused

AT_HOME = {"supervision": UNSUPERVISED, "delivery": "home", "group_size": 1, "setting": "home", "equipment": ""}
WHERE = [*AT_HOME, "slot"]


@action
def hold_at_home(session: TrainingSession, *, reason: str, by: Actor, at: datetime) -> TrainingSession:
    """A session that the plan has supervised is done at home, and its person logs it by their link to appointments.

    A missed one can be made up so within its week. It gives its place in a slot back; its trainer stays the one to ask.
    """
    session = _open(session, reason, by)
    if session.supervision == UNSUPERVISED:
        raise Refused(f"{words(session)} is held without a trainer already.", code="at_home")
    check_trains(session.enrolment.participant)
    if local_day(at, session.enrolment.participant.site.timezone) - REMEMBERED > session.closes_on:
        raise Refused(f"The trial week of session {session.session_no} is over for more than seven days: nobody could log it.", code="over")
    _write(session, AT_HOME)
    _told("session.taken_home", session, reason, by=by, at=at)
    return session


@action
def hold_at_site(session: TrainingSession, *, reason: str, by: Actor, at: datetime) -> TrainingSession:
    """A session that was to be done at home is held at the site again as its plan says, at the time it has, as long as it isn't done."""
    session = _open(session, reason, by)
    plan = plan_of(session)
    if session.supervision != UNSUPERVISED:
        raise Refused(f"{words(session)} is held with a trainer already.", code="at_site")
    if plan.supervision == UNSUPERVISED:
        raise Refused(f"The plan has nobody supervise session {session.session_no}.", code="planned_alone")
    check_trains(session.enrolment.participant)
    _write(session, {name: getattr(plan, name) for name in AT_HOME})
    _told("session.taken_back_to_site", session, reason, by=by, at=at)
    return session


def can_change_place(session: TrainingSession) -> bool:
    """Not begun: planned, or missed and still to be made up."""
    return session.started_at is None and session.status in (Status.SCHEDULED, Status.MISSED)


def _open(session: TrainingSession, reason: str, by: Actor) -> TrainingSession:
    session = locked(session)
    check_may(by, session.enrolment.participant, Permission.PLAN_SESSIONS)
    if not reason.strip():
        raise Refused(f"Say why session {session.session_no} is held somewhere else.", code="no_reason", status=422)
    if session.status == Status.CANCELLED_BY_SITE:
        raise Refused(
            f"{words(session)} is cancelled. Plan it again first.",
            code="session_closed",
            way_out=("Plan session again", f"{session.get_absolute_url()}reopen/"),
        )
    if not can_change_place(session):
        raise Refused(f"{words(session)} has begun or is closed, so it can't be held somewhere else.", code="session_closed")
    return session


def _write(session: TrainingSession, facts: dict[str, object]) -> None:
    for name, value in facts.items():
        setattr(session, name, value)
    session.slot = None
    session.save(update_fields=WHERE)


def _told(verb: str, session: TrainingSession, reason: str, *, by: Actor, at: datetime) -> None:
    audit.record(verb, about=session.trial_id, by=by, at=at, reason=reason, detail={"session_no": session.session_no})
