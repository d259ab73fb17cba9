"""The rows of sessions as they are laid out: one statement, written out since it is most of what randomising costs."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from participants.domain.calendar import PlannedSession
from participants.models import Enrolment, TrainingSession
from trials.domain.protocol.shape import SessionPlan
from trials.models import User

LAID_OUT = """INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on,
        trainer_planned_id, slot_id, note, planned_minutes, delivery, supervision, group_size, setting, equipment, rpe_scale,
        status, missed_before_done, reason, reason_class, paused_seconds, ended_early, ended_early_reason, client_digest)
    SELECT %(enrolment)s, session_no, week, phase, planned_on, planned_at, closes_on, trainer, slot, note,
        %(minutes)s, %(delivery)s, %(supervision)s, %(group_size)s, %(setting)s, %(equipment)s, %(rpe_scale)s,
        %(status)s, false, '', '', 0, false, '', ''
    FROM unnest(%(no)s::int[], %(week)s::int[], %(phase)s::text[], %(on)s::date[], %(planned)s::timestamptz[], %(closes)s::date[],
        %(trainers)s::bigint[], %(slots)s::bigint[], %(notes)s::text[])
    AS planned (session_no, week, phase, planned_on, planned_at, closes_on, trainer, slot, note)"""


def keep(enrolment: Enrolment, plan: SessionPlan, planned: Sequence[PlannedSession], trainer: User | None) -> None:
    """Each as planned, in the place it found, else with the trainer named; one that found no open day of its week says so in its note."""
    told = {
        "enrolment": enrolment.pk, "minutes": plan.minutes, "delivery": plan.delivery, "supervision": plan.supervision,
        "group_size": plan.group_size, "setting": plan.setting, "equipment": plan.equipment, "rpe_scale": plan.rpe_scale,
        "status": TrainingSession.Status.SCHEDULED.value,
        "no": [p.no for p in planned], "week": [p.week for p in planned], "phase": [p.phase for p in planned],
        "on": [p.planned_on for p in planned], "planned": [p.planned_at for p in planned], "closes": [p.closes_on for p in planned],
        "trainers": [p.place.trainer if p.place else trainer and trainer.pk for p in planned],
        "slots": [p.place.slot if p.place else None for p in planned],
        "notes": [f"No open day in its week: {p.closed}. Cancel or move it." if p.closed else "" for p in planned],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LAID_OUT, told)
