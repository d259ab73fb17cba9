"""Lay out schedules: `sessions.lay_out` for one person after another against one multi-row INSERT a person, the same commits; then
`sessions.lay_out_all` for 500 people at once against one multi-row INSERT for all of them, in one commit.

Those who are laid out at once ask for many different pairs of days and times, as people do.
"""

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
from trials.models import Event, RowVersion, Site

SIZES = {"small": (5, 6, 10), "full": (10, 17, 100)}  # blocks, schedules each, people laid out before (x1, x4, x16)
AT_ONCE = {"small": (3, 1, 100), "full": (5, 1, 500)}  # blocks, times each, people at once

RAW = f"""WITH {SAID},
laid AS (INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on, status,
    missed_before_done, reason, reason_class, paused_seconds, planned_minutes, delivery, supervision, group_size, setting,
    equipment, rpe_scale,
    ended_early, ended_early_reason, client_digest, note)
    SELECT e, n, w, p, d, t, c, 'scheduled', false, '', '', 0, 60, 'in_person', 'one_to_one', 1, 'gym', 'barbells',
    'CR10', false, '',
    '', '' FROM said, unnest(%(enrolments)s::bigint[],
    %(no)s::int[], %(week)s::int[], %(phase)s::text[], %(on)s::date[], %(planned)s::timestamptz[],
    %(closes)s::date[])
    AS s (e, n, w, p, d, t, c) RETURNING enrolment_id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'sessions.laid_out', about, %(actor)s, %(at)s, '', jsonb_build_object('sessions', count(*), 'closed', '[]'::jsonb, 'in_slots', 0),
    clock_timestamp()
FROM laid JOIN unnest(%(who)s::bigint[], %(abouts)s::text[]) AS whose (who, about) ON who = enrolment_id GROUP BY about"""
VARIED = """UPDATE participants_availability a SET preferred = jsonb_build_array(
    jsonb_build_array(a.participant_id % 7, (array['07:30', '12:15', '18:00'])[1 + a.participant_id % 3]),
    jsonb_build_array((a.participant_id + 2 + a.participant_id / 7 % 4) % 7, '17:30'))"""


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
    notes = {"sessions_each": len(shape), "seconds_for_500_one_by_one": round(500 * measured[0].subject_ms / 1000, 2)}
    return [Result("lay_out", "schedule", limit, size, stored[0], measured[0], sent, growth, notes), _at_once(size, site, arm)]


def _at_once(size: str, site: Site, arm: str) -> Result:
    """So many people in one step; the limit writes for others what the step made of the first."""
    blocks, each, many = AT_ONCE[size]
    turns = 3 * (blocks * each + 2) + 2
    with ground.filling() as owner:
        ground.fill_people(owner, site, turns * many, first=2_000_001, at=AT, arm=arm)
        owner.execute(VARIED)
    crowds = iter([list(_enrolments(2_000_000 + n * many, many)) for n in range(turns)])
    first = next(crowds)
    _lay_out_all(first)
    shape = [list(e.sessions.order_by("session_no")) for e in first]
    with ground.raw() as raw:
        measured = pairs.measure(lambda: _raw_all(raw, next(crowds), shape), lambda: _lay_out_all(next(crowds)), blocks=blocks, each=each)
    sent = ground.statements(lambda: _lay_out_all(next(crowds)))
    made = TrainingSession.objects.filter(enrolment__participant__unit__trial_id__gt="B-2000000")
    told = Event.objects.filter(verb="sessions.laid_out", about__gt="B-2000000")
    assert (made.count(), told.count()) == (turns * sum(map(len, shape)), turns * many)
    assert len({(s.planned_at.weekday(), s.planned_at.time()) for those in shape for s in those}) > 7
    limit = "one multi-row INSERT of the same sessions, with an event a person, for all of them"
    notes = {"people_at_once": many, "seconds": round(measured.subject_ms / 1000, 2)}
    return Result("lay_out_all", f"{many} schedules", limit, size, many * len(shape[0]), measured, sent, None, notes)


def _enrolments(after: int, count: int) -> Iterator[Enrolment]:
    names = [f"B-{n:07}" for n in range(after + 1, after + count + 1)]
    found = Enrolment.objects.filter(participant__unit__trial_id__in=names).select_related("participant__unit__site", "allocation")
    return iter(found.order_by("participant__unit__trial_id"))


def _lay_out(enrolment: Enrolment) -> Sequence[TrainingSession]:
    return sessions.lay_out(enrolment, plan=blinding.plan_for(enrolment.allocation), by=SHELL, at=AT)


def _lay_out_all(enrolments: Sequence[Enrolment]) -> None:
    plans = blinding.plans_for([e.allocation for e in enrolments])
    sessions.lay_out_all([(e, plans[e.allocation_id][0]) for e in enrolments], by=SHELL, at=AT)


def _raw(raw: psycopg.Connection, enrolment: Enrolment, shape: Sequence[TrainingSession]) -> None:
    _raw_all(raw, [enrolment], [shape])


def _raw_all(raw: psycopg.Connection, enrolments: Sequence[Enrolment], shapes: Sequence[Sequence[TrainingSession]]) -> None:
    those = [(e, s) for e, shape in zip(enrolments, shapes, strict=True) for s in shape]
    told = {
        "actor": SHELL.actor, "at": AT, "enrolments": [e.pk for e, _ in those], "who": [e.pk for e in enrolments],
        "abouts": [e.participant.trial_id for e in enrolments],
        "no": [s.session_no for _, s in those], "week": [s.week for _, s in those], "phase": [s.phase for _, s in those],
        "on": [s.planned_on for _, s in those], "planned": [s.planned_at for _, s in those], "closes": [s.closes_on for _, s in those],
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
