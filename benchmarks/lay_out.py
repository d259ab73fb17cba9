"""Lay out 500 schedules: `sessions.lay_out` for one person after another against one multi-row INSERT a person; the same commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import psycopg

from benchmarks import ground, pairs
from benchmarks.ground import AT, SAID, SHELL
from benchmarks.result import Growth, Result
from participants.actions import sessions
from participants.models import Enrolment, TrainingSession
from trials import blinding
from trials.models import Event, RowVersion

SIZES = {"small": (5, 6, 10), "full": (10, 17, 100)}  # blocks, schedules each, people laid out before (x1, x4, x16)

RAW = f"""WITH {SAID},
laid AS (INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on, status,
    missed_before_done, reason, reason_class, paused_seconds, planned_minutes, delivery, supervision, group_size, setting,
    equipment, rpe_scale,
    ended_early, ended_early_reason, client_digest, note)
    SELECT %(enrolment)s, n, w, p, d, t, c, 'scheduled', false, '', '', 0, 60, 'in_person', 'one_to_one', 1, 'gym', 'barbells',
    'CR10', false, '',
    '', '' FROM said, unnest(%(no)s::int[], %(week)s::int[], %(phase)s::text[], %(on)s::date[], %(planned)s::timestamptz[],
    %(closes)s::date[])
    AS s (n, w, p, d, t, c) RETURNING id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'sessions.laid_out', %(about)s, %(actor)s, %(at)s, '', jsonb_build_object('sessions', count(*), 'closed', '[]'::jsonb),
    clock_timestamp()
FROM laid"""


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    turns, sizes, measured = blocks * each + 2, (least, 4 * least, 16 * least), []
    before, laid = 0, 0
    for people in sizes:
        with ground.filling() as owner:
            ground.fill_trained(owner, site, people - before, first=1_000_000 + before, on=AT.date(), arm=arm)
            ground.fill_people(owner, site, 3 * turns + 1, first=1 + laid, at=AT, arm=arm)
        fresh = _enrolments(laid, 3 * turns + 1)
        laid, before = laid + 3 * turns + 1, people
        shape = list(_lay_out(next(fresh)))
        with ground.raw() as raw:
            measured.append(
                pairs.measure(lambda: _raw(raw, next(fresh), shape), lambda: _lay_out(next(fresh)), blocks=blocks, each=each)  # noqa: B023
            )
    _check(laid, len(shape))
    with ground.filling() as owner:
        ground.fill_people(owner, site, 1, first=900_000, at=AT, arm=arm)
    one_more = next(_enrolments(899_999, 1))
    sent = ground.statements(lambda: _lay_out(one_more))
    stored = tuple(n * ground.SESSIONS_EACH for n in sizes)
    growth = Growth("sessions already there", stored, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    limit = "one multi-row INSERT of the same sessions, with its event, a person"
    notes = {"sessions_each": len(shape), "seconds_for_500": round(500 * measured[0].subject_ms / 1000, 2)}
    return [Result("lay_out", "schedule", limit, size, stored[0], measured[0], sent, growth, notes)]


def _enrolments(after: int, count: int) -> Iterator[Enrolment]:
    names = [f"B-{n:07}" for n in range(after + 1, after + count + 1)]
    found = Enrolment.objects.filter(participant__unit__trial_id__in=names).select_related("participant__unit__site", "allocation")
    return iter(found.order_by("participant__unit__trial_id"))


def _lay_out(enrolment: Enrolment) -> Sequence[TrainingSession]:
    return sessions.lay_out(enrolment, plan=blinding.plan_for(enrolment.allocation), by=SHELL, at=AT)


def _raw(raw: psycopg.Connection, enrolment: Enrolment, shape: Sequence[TrainingSession]) -> None:
    told = {
        "actor": SHELL.actor, "at": AT, "enrolment": enrolment.pk, "about": enrolment.participant.trial_id,
        "no": [s.session_no for s in shape], "week": [s.week for s in shape], "phase": [s.phase for s in shape],
        "on": [s.planned_on for s in shape], "planned": [s.planned_at for s in shape], "closes": [s.closes_on for s in shape],
    }  # fmt: skip
    raw.execute(RAW, told)


def _check(people: int, each: int) -> None:
    """Everybody has the plan's sessions once, on rising days with the plan's rest between them, kept in the history, with one event."""
    for trial_id in (f"B-{1:07}", f"B-{people:07}"):
        days = list(TrainingSession.objects.filter(enrolment__participant__unit__trial_id=trial_id).values_list("planned_on", flat=True))
        assert len(days) == each, f"{trial_id} has {len(days)} sessions, not {each}"
        assert all(later - earlier >= timedelta(days=2) for earlier, later in pairwise(days)), f"{trial_id}: no rest"
    made = TrainingSession.objects.filter(status="scheduled").count()
    kept = RowVersion.objects.filter(table_name="participants_trainingsession").count()
    events = Event.objects.filter(verb="sessions.laid_out").count()
    assert (made, kept, events) == (people * each, people * each, people), (made, kept, events)
