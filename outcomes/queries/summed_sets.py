"""Every session with the sums of its sets: as they are kept with the session, or added up anew by the database from every set.

Both are the same columns of one statement, and to the last digit what `participants.domain.sums` makes of the sets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from django.db import connection

from outcomes.domain.records import SessionRecord, session_from, whole_minutes
from outcomes.domain.training import Kept
from participants.actions.sessions.rollup import SUMS as SUMS_KEPT
from participants.domain.sums import SHARE_PLACES, Prescribed, sums_from

CHUNK = 2000
NONE: frozenset[str] = frozenset()
ITEM, PAIR = "\x1f", "\x1e"  # between the items of a list, and between an exercise and its kilograms

# A 1RM counts from its test until the next one of that exercise; a voided test, and one without an estimate, never.
TESTED = """SELECT participant_id, exercise, e1rm_kg, tested_on AS since,
        lead(tested_on, 1, 'infinity') OVER (PARTITION BY participant_id, exercise ORDER BY tested_on) AS until
    FROM participants_strengthtest WHERE voided_at IS NULL AND e1rm_kg IS NOT NULL"""
# The division has ten places more than are kept, so that rounding twice never differs from rounding once.
SHARE = f"round(%s::numeric(44, {SHARE_PLACES + 10}) / %s, {SHARE_PLACES})"
LOAD_SHARE = f"CASE WHEN done_load = planned_load THEN 1 ELSE {SHARE % ('done_load', 'planned_load')} END"
# What a set brings is worked out once, before any sum: `OFFSET 0` keeps a term from being put back into every sum it stands in. A load is
# empty where it counts nowhere. The sets are sorted, so that the last of an exercise is the one whose load is prescribed onwards.
ADDED = f"""WITH tested AS MATERIALIZED ({TESTED}),
told AS (
    SELECT x.session_id, x.exercise_no, x.set_no, x.set_kind = 'working' AS working, x.sides, x.load_model, x.bodyweight_kg, x.exercise,
        x.planned_reps, x.planned_load_kg, x.substitute_for = '' AS own, t.e1rm_kg,
        x.set_kind = 'working' AND x.planned_reps IS NOT NULL AS planned,
        CASE WHEN held THEN coalesce(x.done_reps, CASE WHEN x.planned_reps IS NOT NULL THEN 0 END) END AS done_reps,
        coalesce(nullif(x.substitute_for, ''), nullif(x.exercise, ''), x.exercise_no::text) AS planned_exercise,
        CASE WHEN x.set_kind <> 'working' OR x.planned_reps IS NULL THEN NULL WHEN x.load_model = 'external' THEN x.planned_load_kg
            WHEN x.load_model <> 'reps_only' THEN x.bodyweight_kg + coalesce(x.planned_load_kg, 0) END AS planned_load,
        CASE WHEN x.set_kind <> 'working' OR NOT held OR x.done_reps < 1 OR x.done_reps IS NULL THEN NULL
            WHEN x.load_model = 'external' THEN x.done_load_kg
            WHEN x.load_model <> 'reps_only' THEN x.bodyweight_kg + coalesce(x.done_load_kg, 0) END AS done_load
    FROM participants_exerciseset x JOIN (SELECT s.id, s.held_on, s.status IN ('attended', 'made_up') AS held, e.participant_id
        FROM participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id) s ON s.id = x.session_id
    LEFT JOIN tested t ON t.participant_id = s.participant_id AND t.exercise = x.exercise AND s.held_on >= t.since AND s.held_on < t.until
    OFFSET 0
),
termed AS (
    SELECT *, planned AND own AND done_load IS NOT NULL AND planned_load > 0 AS followed,
        done_load IS NOT NULL AND load_model = 'external' AND e1rm_kg <> 0 AS intense
    FROM told ORDER BY session_id, exercise_no, set_no OFFSET 0
),
summed AS (
    SELECT session_id,
        sum(planned_reps * sides * planned_load) AS planned_volume_kg,
        sum(done_reps * sides * done_load) AS done_volume_kg,
        count(*) FILTER (WHERE planned) AS sets_planned,
        count(*) FILTER (WHERE planned AND done_reps >= 1) AS sets_done,
        coalesce(sum(planned_reps) FILTER (WHERE working), 0) AS reps_planned,
        coalesce(sum(done_reps) FILTER (WHERE planned), 0) AS reps_done,
        coalesce(sum(planned_load) FILTER (WHERE followed), 0) AS load_planned_kg,
        coalesce(sum(done_load) FILTER (WHERE followed), 0) AS load_done_kg,
        coalesce(sum({LOAD_SHARE}) FILTER (WHERE followed), 0) AS load_ratio_sum,
        count(*) FILTER (WHERE followed) AS load_sets,
        coalesce(sum(done_reps * sides) FILTER (WHERE done_load IS NOT NULL), 0) AS reps_loaded,
        coalesce(sum({SHARE % ("(done_reps * done_load)", "e1rm_kg")}) FILTER (WHERE intense), 0) AS intensity_weighted,
        coalesce(sum(done_reps) FILTER (WHERE intense), 0) AS intensity_reps,
        count(*) FILTER (WHERE intense) AS intensity_sets,
        coalesce(bool_or(coalesce(done_reps, 0) < planned_reps OR (followed AND done_load < planned_load)) FILTER (WHERE planned), false)
            AS reduced,
        string_agg(planned_exercise, chr(31)) FILTER (WHERE planned) AS exercises_planned,
        string_agg(planned_exercise, chr(31)) FILTER (WHERE planned AND own AND done_reps >= 1) AS exercises_done,
        string_agg(planned_exercise || chr(30) || planned_load_kg, chr(31)) FILTER (WHERE planned AND planned_load_kg IS NOT NULL) AS loads,
        string_agg(exercise || chr(30) || bodyweight_kg, chr(31)) FILTER (WHERE bodyweight_kg IS NOT NULL) AS body_mass_shares,
        NOT coalesce(bool_or(planned_load_kg IS NULL) FILTER (WHERE planned_reps IS NOT NULL AND load_model <> 'reps_only'), false)
            AS complete
    FROM termed GROUP BY session_id
)
"""
_HELD = "s.status IN ('attended', 'made_up')"
# Of a session what attendance and dose look at, and nothing else; clock times as the seconds between them.
FACTS = {
    "trial_id": "u.trial_id",
    **{name: f"s.{name}" for name in ("session_no", "planned_on", "status", "closes_on", "week", "phase", "held_on", "session_rpe")},
    "rpe_scale": f"CASE WHEN {_HELD} THEN s.rpe_scale ELSE '' END",
    "ended_early": f"CASE WHEN {_HELD} THEN s.ended_early END",
}
# What the dataset's rules look at beside these. A trainer without a code is told apart by number, as `StaffCodes` does.
CLOCKED = {
    "started_at": "s.started_at",
    "ended_at": "s.ended_at",
    "paused_seconds": f"CASE WHEN {_HELD} THEN s.paused_seconds END",
    "trainer": "coalesce(held_by.code, 'user:' || s.trainer_id, '')",
    "trainer_planned": "coalesce(planned_by.code, 'user:' || s.trainer_planned_id, '')",
}
READ = f"""SELECT {{facts}}, trunc(extract(epoch FROM s.ended_at - s.started_at))::int, CASE WHEN {_HELD} THEN s.paused_seconds ELSE 0 END,
    {_HELD} OR s.started_at IS NOT NULL, q.complete, q.loads::text, q.body_mass_shares::text,
    q.exercises_planned::text, q.exercises_done::text, {", ".join(f"q.{name}" for name in SUMS_KEPT)}
FROM participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id
JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id
LEFT JOIN {{sums}} q ON q.session_id = s.id
LEFT JOIN outcomes_provider held_by ON held_by.user_id = s.trainer_id
LEFT JOIN outcomes_provider planned_by ON planned_by.user_id = s.trainer_planned_id
ORDER BY u.trial_id COLLATE "C", s.session_no"""

Trained = tuple[str, tuple[SessionRecord, ...], dict[int, Kept] | None]


def trained(*, anew: bool = False, clocked: bool = False) -> Iterator[Trained]:
    """By trial id each person's sessions and, by number, what those with sets add up to; None where a session begun has no sums kept.

    With `clocked` their clock times and trainers too. One statement, a few thousand rows in memory. To be read inside a transaction:
    outside, the server first writes every row aside.
    """
    facts = FACTS | CLOCKED if clocked else FACTS
    statement = READ.format(facts=", ".join(facts.values()), sums="summed" if anew else "participants_sessionrollup")
    reads = (_parted, _parted_kg) if anew else (_listed, _listed_kg)
    with connection.chunked_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(ADDED + statement if anew else statement)
        for trial_id, rows in groupby(_rows(cursor), key=itemgetter(0)):
            yield trial_id, *_told(rows, tuple(facts), *reads)


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(CHUNK):
        yield from rows


def _told(
    rows: Iterable[tuple[Any, ...]],
    facts: tuple[str, ...],
    codes: Callable[[str], frozenset[str]],
    in_kg: Callable[[str], Mapping[str, Decimal]],
) -> tuple[tuple[SessionRecord, ...], dict[int, Kept] | None]:
    sessions, kept, whole = [], {}, True
    told, added = len(facts), len(facts) + 8
    for row in rows:
        elapsed, paused, begun, complete, loads, shares, planned, done = row[told:added]
        sessions.append(session_from(zip(facts, row, strict=False), minutes=None if elapsed is None else whole_minutes(elapsed, paused)))
        if complete is None:
            whole = whole and not begun
            continue
        sums = sums_from(
            zip(SUMS_KEPT, row[added:], strict=True),
            exercises_planned=codes(planned) if planned else NONE,
            exercises_done=codes(done) if done else NONE,
        )
        kept[row[1]] = Kept(sums, complete, partial(_prescribed, in_kg, loads, shares, complete))
    return tuple(sessions), kept if whole else None


def _prescribed(in_kg: Callable[[str], Mapping[str, Decimal]], loads: str | None, shares: str | None, complete: bool) -> Prescribed:
    return Prescribed(loads=in_kg(loads) if loads else {}, body_mass_shares=in_kg(shares) if shares else {}, complete=complete)


# Plans repeat themselves: equal texts are read once.
@lru_cache(maxsize=1024)
def _parted(text: str) -> frozenset[str]:
    return frozenset(text.split(ITEM))


@lru_cache(maxsize=1024)
def _listed(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=1024)
def _parted_kg(text: str) -> Mapping[str, Decimal]:
    return MappingProxyType({code: Decimal(kg) for code, kg in (pair.split(PAIR) for pair in text.split(ITEM))})


@lru_cache(maxsize=1024)
def _listed_kg(text: str) -> Mapping[str, Decimal]:
    return MappingProxyType({code: Decimal(kg) for code, kg in json.loads(text).items()})
