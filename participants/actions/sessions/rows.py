"""The rows of sessions as they are laid out, with what is told of them: one statement for any number of people under one plan.

Written out since it is most of what randomising costs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from participants.domain.calendar import PlannedSession
from participants.models import Enrolment, TrainingSession
from trials import audit
from trials.actors import Actor
from trials.domain.protocol.shape import SessionPlan
from trials.models import User

LAID_OUT = """WITH laid AS (
    INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on,
        trainer_planned_id, slot_id, note, planned_minutes, delivery, supervision, group_size, setting, equipment, rpe_scale,
        status, missed_before_done, reason, reason_class, paused_seconds, ended_early, ended_early_reason, client_digest)
    SELECT enrolment, session_no, week, phase, planned_on, planned_at, closes_on, trainer, slot, note,
        %(minutes)s, %(delivery)s, %(supervision)s, %(group_size)s, %(setting)s, %(equipment)s, %(rpe_scale)s,
        %(status)s, false, '', '', 0, false, '', ''
    FROM unnest(%(enrolments)s::bigint[], %(no)s::int[], %(week)s::int[], %(phase)s::text[], %(on)s::date[], %(planned)s::timestamptz[],
        %(closes)s::date[], %(trainers)s::bigint[], %(slots)s::bigint[], %(notes)s::text[])
    AS planned (enrolment, session_no, week, phase, planned_on, planned_at, closes_on, trainer, slot, note)
)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT %(verb)s, about, %(actor)s, %(at)s, '', detail::jsonb, clock_timestamp()
FROM unnest(%(abouts)s::text[], %(details)s::text[]) AS told (about, detail)"""


@dataclass(frozen=True, kw_only=True)
class Laid:
    """One person's sessions as planned."""

    enrolment: Enrolment
    sessions: Sequence[PlannedSession]


def keep(verb: str, people: Sequence[Laid], plan: SessionPlan, trainer: User | None, *, by: Actor, at: datetime) -> None:
    """Each as planned, in the place it found, else with the trainer named; one that found no open day of its week says so in its note.

    An event a person tells how many sessions there are, which of them lie on closed days, and how many stand in slots.
    """
    planned = [(laid.enrolment.pk, p) for laid in people for p in laid.sessions]
    of_all = audit.said(verb, about="", by=by, at=at)
    told = {
        "minutes": plan.minutes, "delivery": plan.delivery, "supervision": plan.supervision,
        "group_size": plan.group_size, "setting": plan.setting, "equipment": plan.equipment, "rpe_scale": plan.rpe_scale,
        "status": TrainingSession.Status.SCHEDULED.value, "enrolments": [pk for pk, _ in planned],
        "no": [p.no for _, p in planned], "week": [p.week for _, p in planned], "phase": [p.phase for _, p in planned],
        "on": [p.planned_on for _, p in planned], "planned": [p.planned_at for _, p in planned],
        "closes": [p.closes_on for _, p in planned],
        "trainers": [p.place.trainer if p.place else trainer and trainer.pk for _, p in planned],
        "slots": [p.place.slot if p.place else None for _, p in planned],
        "notes": [f"No open day in its week: {p.closed}. Cancel or move it." if p.closed else "" for _, p in planned],
        "abouts": [laid.enrolment.participant.trial_id for laid in people],
        "details": [json.dumps(_in_short(laid.sessions)) for laid in people],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LAID_OUT, told | {name: of_all[name] for name in ("verb", "actor", "at")})


def _in_short(sessions: Sequence[PlannedSession]) -> dict[str, object]:
    return {
        "sessions": len(sessions),
        "closed": [p.no for p in sessions if p.closed],
        "in_slots": sum(p.place is not None for p in sessions),
    }
