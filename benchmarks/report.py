"""Adherence and dose of everybody over a million sets: `reports.compute` against hand-written SQL, sets to session to person.

The raw side stores its figures as the same kind of snapshot, in one statement. What both tell of a person - sessions due, attended,
volume planned and done - must be equal.
"""

from __future__ import annotations

import resource
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import psycopg

from benchmarks import ground, pairs
from benchmarks.ground import SAID, SHELL
from benchmarks.result import Growth, Result
from outcomes.actions import reports
from outcomes.models import Report
from participants.actions import sessions
from participants.models import ExerciseSet
from trials.queries import protocol_in_force

SIZES = {"small": (3, 1, 10), "full": (3, 1, 244)}  # blocks, reports each, people (then x4, x16); 256 sets a person
AFTER_ALL = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

RAW = f"""WITH {SAID},
per_session AS (SELECT s.enrolment_id, s.id, s.status, s.closes_on,
        sum(x.planned_reps * x.planned_load_kg * x.sides) FILTER (WHERE x.set_kind = 'working') AS planned,
        sum(x.done_reps * x.done_load_kg * x.sides) FILTER (WHERE x.set_kind = 'working') AS done
    FROM said, participants_trainingsession s LEFT JOIN participants_exerciseset x ON x.session_id = s.id GROUP BY s.id),
per_person AS (SELECT u.trial_id, count(*) FILTER (WHERE p.closes_on < %(at)s::date) AS due,
        count(*) FILTER (WHERE p.status IN ('attended', 'made_up')) AS attended, sum(p.planned) AS planned, sum(p.done) AS done
    FROM per_session p JOIN participants_enrolment e ON e.id = p.enrolment_id JOIN participants_participant q ON q.id = e.participant_id
    JOIN trials_unit u ON u.id = q.unit_id GROUP BY u.trial_id),
kept AS (INSERT INTO outcomes_report (kind, as_of, protocol_digest, code_version, body, requested_at, status, step, steps,
    finished_at, failure)
    SELECT 'raw', %(at)s, %(digest)s, '', jsonb_build_object('people', jsonb_agg(jsonb_build_object('trial_id', trial_id, 'due', due,
        'attended', attended, 'planned', planned, 'done', done, 'attendance', round(attended * 100.0 / nullif(due, 0), 4),
        'rdi', round(done / nullif(planned, 0), 4)) ORDER BY trial_id)), %(at)s, 'done', 1, 1, %(at)s, '' FROM per_person RETURNING id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'report.computed', 'report:' || id, %(actor)s, %(at)s, '', '{{"status": "done"}}', clock_timestamp() FROM kept"""


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, measured, stored = 0, [], []
    clock = (AFTER_ALL + timedelta(minutes=n) for n in count())
    digest = protocol_in_force().digest
    began_with = _peak_mb()
    with ground.raw() as raw:
        for wanted in (least, 4 * least, 16 * least):
            with ground.filling() as owner:
                ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm)
            people = wanted
            sessions.rebuild_sums(by=SHELL, at=AFTER_ALL)
            limit, subject = lambda: _raw(raw, next(clock), digest), lambda: _compute(next(clock))
            measured.append(pairs.measure(limit, subject, blocks=blocks, each=each, warm=1 if wanted == least else 0))
            stored.append(ExerciseSet.objects.count())
            _check(people)
    growth = Growth("sets", tuple(stored), tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    notes = {"people": people, "peak_memory_grew_mb": round(_peak_mb() - began_with)}
    sent = ground.statements(lambda: _compute(next(clock)))
    words = "two-level SQL in one statement, its figures kept as a snapshot"
    return [Result("report", "report", words, size, stored[-1], measured[-1], sent, growth, notes)]


def _compute(at: datetime) -> None:
    reports.compute_due(by=SHELL, at=at + timedelta(days=2 * Report.objects.filter(kind=reports.KIND).count()))


def _raw(raw: psycopg.Connection, at: datetime, digest: str) -> None:
    raw.execute(RAW, {"actor": SHELL.actor, "at": at, "digest": digest})


def _check(people: int) -> None:
    """Everybody stands in both snapshots with the same attendance and the same volume."""
    ours, theirs = reports.newest(), Report.objects.filter(kind="raw").order_by("-pk").first()
    assert ours is not None
    assert theirs is not None
    rows, raws = ours.body["people"], theirs.body["people"]
    assert len(rows) == len(raws) == people, (len(rows), len(raws), people)
    for row, other in zip(rows, raws, strict=True):
        told = (row["trial_id"], row["sessions_due"], row["sessions_attended"], Decimal(str(row["planned_volume_kg"])))
        assert told == (other["trial_id"], other["due"], other["attended"], Decimal(str(other["planned"]))), (row, other)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
