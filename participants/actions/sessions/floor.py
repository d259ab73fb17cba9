"""The gym floor: begin a session, keep what was lifted set by set, end it. Each step may be sent twice and counts once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from participants.actions.sessions.common import (
    HELD,
    Status,
    check_may_record,
    check_reason,
    check_trains,
    day_of,
    laid,
    locked,
    move_rules,
    plan_of,
    words,
)
from participants.actions.sessions.figures import session_rating, whole
from participants.actions.sessions.loads import prescription_for
from participants.actions.sessions.plan import WHERE_IT_STANDS, stand_at
from participants.actions.sessions.rollup import keep_sums
from participants.actions.sessions.sets import LoggedSet, ask_about_loads, extra_set, keep, restate, write
from participants.domain.home import UNSUPERVISED
from participants.domain.moving import refusal_to_move
from participants.domain.opening import Opening
from participants.domain.wall_clock import local_day
from participants.models import ExerciseSet, LoadProposal, Participant, TrainingSession
from participants.queries.hours import opening_at
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Event, User
from trials.permissions import Permission, Refused
from trials.queries import protocol_in_force

LONGEST = timedelta(hours=12)


@action
def start(session: TrainingSession, *, by: Actor, at: datetime, started_at: datetime | None = None) -> TrainingSession:
    """A session begins: its prescription is frozen. On another day of its trial week it counts as moved there, under the same rules."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may_record(by, session, Permission.RECORD_SESSION)
    if session.started_at is not None and session.status != Status.MISSED:
        return session
    check_trains(participant)
    begins = started_at or at
    _check_startable(session, begins, at)
    if local_day(begins, participant.site.timezone) != day_of(session, participant.site.timezone):
        _move_to(session, begins)
    session.started_at, session.ended_at = begins, None
    session.trainer = by if isinstance(by, User) else None if isinstance(by, Participant) else session.trainer_planned
    session.save(update_fields=["started_at", "ended_at", "trainer", *WHERE_IT_STANDS])
    _freeze(session, at)
    audit.record("session.started", about=participant.trial_id, by=by, at=at, detail={"session_no": session.session_no})
    return session


def _check_startable(session: TrainingSession, begins: datetime, at: datetime) -> None:
    if session.status in (Status.CANCELLED_BY_SITE, Status.NOT_DELIVERED):
        raise Refused(
            f"{words(session)} is {session.get_status_display().replace('_', ' ')}.",
            code="session_closed",
            way_out=("Move session", f"{session.get_absolute_url()}move/"),
        )
    if session.status in HELD:
        raise Refused(f"{words(session)} was held already.", code="finished")
    if begins > at:
        raise Refused("A session can't begin in the future.", code="future", status=422)


def _move_to(session: TrainingSession, begins: datetime) -> None:
    """Held on another day of its trial week than planned.

    Where nobody supervises, neither opening hours nor days of rest bind it: it is told as it was done, on a day of its own.
    """
    site, alone = session.enrolment.participant.site, session.supervision == UNSUPERVISED
    opening = Opening() if alone else opening_at(protocol_in_force(), site)
    rules = move_rules(session.enrolment, plan_of(session), opening, at=begins - timedelta(days=1))
    rules = replace(rules, rest_days=0) if alone else rules
    wall = begins.astimezone(site.zone)
    siblings = laid(list(session.enrolment.sessions.all()), rules.timezone)
    sentence = refusal_to_move(siblings, session.session_no, on=wall.date(), at=wall.time(), rules=rules)
    if sentence:
        raise Refused(sentence, code="move_refused", way_out=("See the free slots", f"{session.get_absolute_url()}move/"))
    stand_at(session, begins)


def _freeze(session: TrainingSession, at: datetime) -> None:
    """The planned sets as rows, once, and what the rules proposed: later edits of the plan never rewrite them.

    Made up after all, its sets are open again.
    """
    if session.sets.exists():
        session.sets.filter(done_reps=0).update(done_reps=None)
        keep_sums([session])
        return
    prescribed = prescription_for(session, plan_of(session))
    ExerciseSet.objects.bulk_create(
        ExerciseSet(
            session=session,
            load_rule=prescribed.proposals[s.exercise].rule,
            load_why=prescribed.proposals[s.exercise].why,
            **{f.name: getattr(s, f.name) for f in fields(s)},
        )
        for s in prescribed.sets
    )
    numbers = {s.exercise: s.exercise_no for s in prescribed.sets}
    loads = {s.exercise: s.planned_load_kg for s in prescribed.sets}
    LoadProposal.objects.bulk_create(
        LoadProposal(
            session=session,
            exercise_no=numbers[code],
            exercise=code,
            rule=p.rule,
            why=p.why,
            load_kg=loads[code],
            reps_max=p.reps_max,
            at=at,
        )
        for code, p in prescribed.proposals.items()
        if code in numbers
    )
    keep_sums([session])


@action
def log(
    session: TrainingSession, *, sets: Sequence[LoggedSet], client_uuid: UUID, by: Actor, at: datetime, confirmed: bool = False
) -> TrainingSession:
    """Sets as done, beside what was prescribed. The same `client_uuid` counts once; with other content it is refused.

    An unlikely load asks to be confirmed (`code="confirm"`). The session counts as attended from its first working set on.
    """
    session = locked(session)
    participant = session.enrolment.participant
    check_may_record(by, session, Permission.RECORD_SESSION)
    digest = _digest(sets)
    if _came_before(session, client_uuid, digest):
        return session
    _check_open(session)
    rows = {(r.exercise_no, r.set_no): r for r in session.sets.all()}
    named = {r.exercise_no: r for r in reversed(list(rows.values()))}
    if not confirmed:
        ask_about_loads(session, sets, rows)
    for done in sets:
        row = rows.setdefault((done.exercise_no, done.set_no), extra_set(session, done, named))
        write(row, done)
    keep(rows.values())
    restate(session, rows.values())
    session.client_uuid, session.client_digest = client_uuid, digest
    session.save(update_fields=["client_uuid", "client_digest", "status", "held_on", "reason", "reason_class"])
    keep_sums([session])
    audit.record(
        "session.logged", about=participant.trial_id, by=by, at=at,
        detail={"session_no": session.session_no, "sets": len(sets), "client": str(client_uuid), "digest": digest, "confirmed": confirmed},
    )  # fmt: skip
    return session


def _digest(sets: Sequence[LoggedSet]) -> str:
    return hashlib.sha256(json.dumps([asdict(s) for s in sets], default=str, sort_keys=True).encode()).hexdigest()


def _came_before(session: TrainingSession, client_uuid: UUID, digest: str) -> bool:
    """Whether this very log was accepted before, even when others followed it."""
    logged = Event.objects.filter(about=session.enrolment.participant.trial_id, verb="session.logged", detail__client=str(client_uuid))
    known = logged.values_list("detail", flat=True).first()
    if known is None and not TrainingSession.objects.filter(client_uuid=client_uuid).exclude(pk=session.pk).exists():
        return False
    if known is None or (known["session_no"], known["digest"]) != (session.session_no, digest):
        raise Refused("This entry was sent before with other content. Reload the session and enter it again.", code="conflict")
    return True


def _check_open(session: TrainingSession) -> None:
    if session.started_at is None:
        raise Refused(f"{words(session)} has not begun.", code="not_started", way_out=("Open the session", session.get_absolute_url()))
    if session.ended_at is not None:
        raise Refused(f"{words(session)} is finished. Correct it with a reason instead.", code="finished")


@action
def finish(
    session: TrainingSession,
    *,
    by: Actor,
    at: datetime,
    ended_at: datetime | None = None,
    session_rpe: Decimal | None = None,
    soreness: int | None = None,
    paused_seconds: int = 0,
    warmup_minutes: int | None = None,
    working_minutes: int | None = None,
    cooldown_minutes: int | None = None,
    ended_early: bool = False,
    ended_early_reason: str = "",
    missed_reason: str = "",
    note: str = "",
) -> TrainingSession:
    """A session ends: planned sets without a figure were not done. Who came and did none has missed it, with a reason."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may_record(by, session, Permission.RECORD_SESSION)
    if session.ended_at is not None:
        return session
    _check_open(session)
    ends = ended_at or at
    _check_end(session, ends, at, paused_seconds)
    protocol = protocol_in_force()
    if ended_early:
        check_reason(protocol, ended_early_reason, what="the session ended early")
    session.sets.filter(done_reps=None).update(done_reps=0)
    if session.status not in HELD:
        session.reason_class = check_reason(protocol, missed_reason, what="no set was done")
        session.status, session.reason, session.missed_before_done = Status.MISSED, missed_reason, True
    session.ended_at, session.paused_seconds = ends, paused_seconds
    session.session_rpe = session_rating(session, session_rpe)
    session.soreness = None if soreness is None else whole(soreness, "Soreness", least=0, most=10)
    session.warmup_minutes, session.working_minutes, session.cooldown_minutes = (
        None if minutes is None else whole(minutes, "Minutes", least=0, most=720)
        for minutes in (warmup_minutes, working_minutes, cooldown_minutes)
    )
    session.ended_early, session.ended_early_reason = ended_early, ended_early_reason if ended_early else ""
    session.note = note or session.note
    session.save()
    keep_sums([session])
    detail = {"session_no": session.session_no, "status": session.status}
    audit.record("session.finished", about=participant.trial_id, by=by, at=at, detail=detail)
    return session


def _check_end(session: TrainingSession, ends: datetime, at: datetime, paused_seconds: int) -> None:
    if session.started_at is None or ends < session.started_at:
        raise Refused("A session ends after it began.", code="ends_before_start", status=422)
    if ends > at:
        raise Refused("A session can't end in the future.", code="future", status=422)
    length = ends - session.started_at
    if length > LONGEST:
        raise Refused("A session lasts 12 hours at most. Give the time it ended.", code="too_long", status=422)
    if not 0 <= paused_seconds <= length.total_seconds():
        raise Refused("The pause is longer than the session.", code="pause", status=422)
