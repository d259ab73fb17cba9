"""A session that did not take place, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from participants.actions.sessions.common import REOPENED, Status, check_may, check_reason, check_told, day_of, locked, words
from participants.actions.sessions.plan import check_movable
from participants.domain.wall_clock import day_in_words, local_day
from participants.models import TrainingSession
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused
from trials.queries import protocol_in_force


@action
def mark_missed(session: TrainingSession, *, reason: str, by: Actor, at: datetime, note: str = "") -> TrainingSession:
    """The person did not come: from the session's own day on, with one of the protocol's reasons. It can still be made up in its week."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.RECORD_SESSION)
    check_movable(session)
    reason_class = check_reason(protocol_in_force(), reason, what=f"session {session.session_no} was missed")
    on = day_of(session, participant.site.timezone)
    if local_day(at, participant.site.timezone) < on:
        raise Refused(
            f"{words(session)} is on {day_in_words(on)}; until then it can be moved.",
            code="not_yet",
            way_out=("Move session", f"{session.get_absolute_url()}move/"),
        )
    session.status, session.reason, session.reason_class, session.missed_before_done = Status.MISSED, reason, reason_class, True
    session.note = note or session.note
    session.save(update_fields=["status", "reason", "reason_class", "missed_before_done", "note"])
    audit.record("session.missed", about=participant.trial_id, by=by, at=at, reason=reason, detail={"session_no": session.session_no})
    return session


@action
def cancel_by_site(session: TrainingSession, *, reason: str, by: Actor, at: datetime, note: str = "") -> TrainingSession:
    """The site could not hold it (closed, trainer ill): not the person's miss. It stays in the planned dose and can be moved.

    Its place in a slot is free again.
    """
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.PLAN_SESSIONS)
    check_movable(session)
    if not reason.strip():
        raise Refused(f"Say why the site cancels session {session.session_no}.", code="no_reason", status=422)
    session.status, session.reason, session.reason_class, session.slot = Status.CANCELLED_BY_SITE, reason, "site", None
    session.note = note or session.note
    session.save(update_fields=["status", "reason", "reason_class", "note", "slot"])
    audit.record("session.cancelled", about=participant.trial_id, by=by, at=at, reason=reason, detail={"session_no": session.session_no})
    return session


@action
def reopen(session: TrainingSession, *, reason: str, by: Actor, at: datetime) -> TrainingSession:
    """A miss or cancellation recorded in error is taken back: the session is planned again, as if it had not been said."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.CORRECT)
    check_told(reason)
    if session.status not in REOPENED:
        raise Refused(f"{words(session)} is neither missed nor cancelled.", code="session_open")
    ends = session.at + timedelta(minutes=session.planned_minutes)
    others = session.enrolment.sessions.filter(status=Status.SCHEDULED).exclude(pk=session.pk)
    if there := next((o for o in others if o.at < ends and session.at < o.at + timedelta(minutes=o.planned_minutes)), None):
        raise Refused(
            f"Session {there.session_no} stands at that time now. Move it first.",
            code="place_taken",
            way_out=("Move session", f"{there.get_absolute_url()}move/"),
        )
    session.status, session.reason, session.reason_class, session.missed_before_done = Status.SCHEDULED, "", "", False
    session.save(update_fields=["status", "reason", "reason_class", "missed_before_done"])
    audit.record("session.reopened", about=participant.trial_id, by=by, at=at, reason=reason, detail={"session_no": session.session_no})
    return session
