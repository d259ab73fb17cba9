"""Find and queue what is due among a million sessions: `reminders.queue_due` against one raw statement on the partial index.

One sweep every two minutes of a working day; each finds the few sessions that have come within the protocol's hours since the last.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import psycopg

from benchmarks import ground, pairs
from benchmarks.ground import SHELL
from benchmarks.result import Growth, Result
from outcomes.actions import reminders
from participants.models import Message, TrainingSession
from trials.models import Event, RowVersion
from trials.queries import protocol_in_force

SIZES = {"small": (5, 4, 20_000), "full": (9, 5, 62_500)}  # blocks, sweeps each, sessions (then x4, x16)
PEOPLE_IN = 20  # sessions a person
A_DAY = 1_440  # sessions that begin within 24 hours, whatever the trial's length: the density stays, the past and the future grow
ONE_KIND = ('session_day_before = "17:00"\nsession_before_hours = 3', "session_before_hours = 24")  # the limit finds one message a session
STEP = timedelta(minutes=2)
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=ground.UTC)

SESSIONS = """INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on, status,
    missed_before_done, reason, reason_class, paused_seconds, planned_minutes, delivery, supervision, group_size, setting,
    equipment, rpe_scale,
    ended_early, ended_early_reason, client_digest, note)
    SELECT e.id, n, n, 'intervention', t::date, t, t::date + 6, 'scheduled', false, '', '', 0, 60, 'in_person', 'one_to_one', 1,
    'gym', '', 'CR10',
        false, '', '', ''
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM participants_enrolment) e,
    generate_series(1, %(each)s::int) n,
    LATERAL (SELECT %(middle)s::timestamptz + interval '30 seconds'
        + interval '1 minute' * (e.place + (n - 1) * %(total)s / %(each)s - %(total)s / 2)) x (t)"""

RAW = f"""WITH {ground.SAID},
due AS (SELECT 'participant:' || u.trial_id AS recipient, s.session_no, s.planned_at AS starts
    FROM said, participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id
    JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id
    JOIN participants_availability a ON a.participant_id = p.id AND a.channel = 'email'
    WHERE s.status = 'scheduled' AND s.planned_at > %(at)s AND s.planned_at <= %(until)s
    AND NOT EXISTS (SELECT FROM participants_ending g WHERE g.participant_id = p.id AND g.voided_at IS NULL)),
fresh AS (INSERT INTO participants_message ("to", kind, event, channel, occurrence, due_at, not_after, status, attempts,
    next_try_at, last_error,
    created_at) SELECT recipient, 'session', 'session:' || session_no || ':' || to_char(starts AT TIME ZONE 'UTC',
    'YYYYMMDD"T"HH24MI"Z"'), 'email',
    1, starts - %(before)s::interval, starts, 'pending', 0, starts - %(before)s::interval, '', %(at)s FROM due d
    WHERE NOT EXISTS (SELECT FROM participants_message m WHERE m."to" = d.recipient AND m.kind = 'session'
        AND m.event = 'session:' || session_no || ':' || to_char(starts AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI"Z"'))
    ON CONFLICT DO NOTHING RETURNING "to", event)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'message.queued', substr("to", 13), %(actor)s, %(at)s, '', jsonb_build_object('kind', 'session', 'event', event), clock_timestamp()
FROM fresh"""


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(ONE_KIND), ground.training_arm()
    sizes, measured, sent, queued = (least, 4 * least, 16 * least), [], 0, 0
    for total in sizes:
        with ground.filling() as owner:
            owner.execute("TRUNCATE participants_trainingsession, participants_message, row_version, trials_event CASCADE")
            known = owner.execute("SELECT count(*) FROM participants_enrolment").fetchone()
            assert known is not None
            missing = total // PEOPLE_IN - int(known[0])
            long_ago = MORNING - timedelta(days=2_000)  # no questionnaire is open: the sweep's sessions are measured
            ground.fill_people(owner, site, missing, first=int(known[0]) + 1, at=long_ago, arm=arm)
            owner.execute(SESSIONS, {"each": PEOPLE_IN, "middle": MORNING, "total": total})
        reminders.queue_due(by=SHELL, at=MORNING)  # what has become due before
        clock = (MORNING + STEP * n for n in count(1))
        with ground.raw() as raw:
            measured.append(
                pairs.measure(lambda: _raw(raw, next(clock)), lambda: _sweep(next(clock)), blocks=blocks, each=each)  # noqa: B023
            )
        sent = ground.statements(lambda: _sweep(next(clock)))  # noqa: B023
        queued = _check(next(clock) - STEP)
    growth = Growth("sessions in the table", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    limit = "one raw statement: found by the partial index, messages and events written"
    notes = {"due_within_the_day": A_DAY, "new_a_sweep": int(STEP.total_seconds() // 60), "queued": queued}
    return [Result("sweep", "sweep", limit, size, sizes[-1], measured[-1], sent, growth, notes)]


def _sweep(at: datetime) -> int:
    return reminders.queue_due(by=SHELL, at=at)


def _raw(raw: psycopg.Connection, at: datetime) -> None:
    before = timedelta(hours=_hours())
    raw.execute(RAW, {"actor": SHELL.actor, "at": at, "until": at + before, "before": before})


def _hours() -> int:
    hours = protocol_in_force().reminders.session_before_hours
    assert hours is not None
    return hours


def _check(at: datetime) -> int:
    """Whichever side swept, everything due by `at` is in the outbox once, with one event and one row of history each."""
    due = TrainingSession.objects.filter(planned_at__gt=MORNING, planned_at__lte=at + timedelta(hours=_hours())).count()
    queued = Message.objects.count()
    kept = RowVersion.objects.filter(table_name="participants_message").count()
    events = Event.objects.filter(verb="message.queued").count()
    assert (queued, kept, events) == (due, due, due), (due, queued, kept, events)
    return queued
