"""Every set added up anew by the database: one row a session, to the last digit what `participants.domain.sums` makes of its sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from outcomes.domain.training import Kept
from participants.actions.sessions.rollup import SUMS as SUMS_KEPT
from participants.domain.sums import SHARE_PLACES, Prescribed, SessionSums

CHUNK = 2000
SEPARATOR = "\x1f"

# A 1RM counts from its test until the next one of that exercise; a voided test, and one without an estimate, never.
TESTED = """SELECT participant_id, exercise, e1rm_kg, tested_on AS since,
        lead(tested_on, 1, 'infinity') OVER (PARTITION BY participant_id, exercise ORDER BY tested_on) AS until
    FROM participants_strengthtest WHERE voided_at IS NULL AND e1rm_kg IS NOT NULL"""
# The division has ten places more than are kept, so that rounding twice never differs from rounding once.
SHARE = f"round(%s::numeric(44, {SHARE_PLACES + 10}) / %s, {SHARE_PLACES})"
LOAD_SHARE = f"CASE WHEN done_load = planned_load THEN 1 ELSE {SHARE % ('done_load', 'planned_load')} END"
INTENSE = "done_load IS NOT NULL AND load_model = 'external' AND e1rm_kg <> 0"
FOLLOWED = "planned AND done_load IS NOT NULL AND substitute_for = '' AND planned_load > 0"
# `OFFSET 0` keeps the terms of a set from being worked out once for every sum that they stand in.
SUMS = f"""WITH tested AS MATERIALIZED ({TESTED}),
told AS (
    SELECT x.session_id, x.exercise_no, x.set_no, x.set_kind = 'working' AS working, x.planned_reps IS NOT NULL AS planned,
        x.planned_reps, x.planned_load_kg, x.sides, x.load_model, x.substitute_for, x.exercise, x.bodyweight_kg, t.e1rm_kg,
        d.reps AS done_reps,
        coalesce(nullif(x.substitute_for, ''), nullif(x.exercise, ''), x.exercise_no::text) AS planned_exercise,
        CASE WHEN x.planned_reps IS NULL OR x.load_model = 'reps_only' THEN NULL WHEN x.load_model = 'external' THEN x.planned_load_kg
            ELSE x.bodyweight_kg + coalesce(x.planned_load_kg, 0) END AS planned_load,
        CASE WHEN d.reps IS NULL OR d.reps < 1 OR x.load_model = 'reps_only' THEN NULL WHEN x.load_model = 'external' THEN x.done_load_kg
            ELSE x.bodyweight_kg + coalesce(x.done_load_kg, 0) END AS done_load
    FROM participants_exerciseset x
    JOIN participants_trainingsession s ON s.id = x.session_id JOIN participants_enrolment e ON e.id = s.enrolment_id
    CROSS JOIN LATERAL (SELECT CASE WHEN s.status IN ('attended', 'made_up')
        THEN coalesce(x.done_reps, CASE WHEN x.planned_reps IS NOT NULL THEN 0 END) END AS reps) d
    LEFT JOIN tested t ON t.participant_id = e.participant_id AND t.exercise = x.exercise AND s.held_on >= t.since AND s.held_on < t.until
    OFFSET 0
),
summed AS (
    SELECT session_id,
        sum(planned_reps * planned_load * sides) FILTER (WHERE working) AS planned_volume_kg,
        sum(done_reps * done_load * sides) FILTER (WHERE working) AS done_volume_kg,
        count(*) FILTER (WHERE working AND planned) AS sets_planned,
        count(*) FILTER (WHERE working AND planned AND done_reps >= 1) AS sets_done,
        coalesce(sum(planned_reps) FILTER (WHERE working), 0) AS reps_planned,
        coalesce(sum(done_reps) FILTER (WHERE working AND planned), 0) AS reps_done,
        coalesce(sum(planned_load) FILTER (WHERE working AND {FOLLOWED}), 0) AS load_planned_kg,
        coalesce(sum(done_load) FILTER (WHERE working AND {FOLLOWED}), 0) AS load_done_kg,
        coalesce(sum({LOAD_SHARE}) FILTER (WHERE working AND {FOLLOWED}), 0) AS load_ratio_sum,
        count(*) FILTER (WHERE working AND {FOLLOWED}) AS load_sets,
        coalesce(sum(done_reps * sides) FILTER (WHERE working AND done_load IS NOT NULL), 0) AS reps_loaded,
        coalesce(sum({SHARE % ("(done_reps * done_load)", "e1rm_kg")}) FILTER (WHERE working AND {INTENSE}), 0) AS intensity_weighted,
        coalesce(sum(done_reps) FILTER (WHERE working AND {INTENSE}), 0) AS intensity_reps,
        count(*) FILTER (WHERE working AND {INTENSE}) AS intensity_sets,
        coalesce(bool_or(coalesce(done_reps, 0) < planned_reps OR ({FOLLOWED} AND done_load < planned_load))
            FILTER (WHERE working AND planned), false) AS reduced,
        string_agg(planned_exercise, chr(31)) FILTER (WHERE working AND planned) AS exercises_planned,
        string_agg(planned_exercise, chr(31))
            FILTER (WHERE working AND planned AND done_reps >= 1 AND substitute_for = '') AS exercises_done,
        coalesce(jsonb_object_agg(planned_exercise, planned_load_kg::text ORDER BY exercise_no, set_no)
            FILTER (WHERE working AND planned AND planned_load_kg IS NOT NULL), '{{}}') AS loads,
        coalesce(jsonb_object_agg(exercise, bodyweight_kg::text ORDER BY exercise_no, set_no)
            FILTER (WHERE bodyweight_kg IS NOT NULL), '{{}}') AS body_mass_shares,
        NOT bool_or(planned AND planned_load_kg IS NULL AND load_model <> 'reps_only') AS complete
    FROM told GROUP BY session_id
)
SELECT u.trial_id, s.session_no, q.planned_volume_kg, q.done_volume_kg, q.sets_planned, q.sets_done, q.reps_planned, q.reps_done,
    q.load_planned_kg, q.load_done_kg, q.load_ratio_sum, q.load_sets, q.reps_loaded, q.intensity_weighted, q.intensity_reps,
    q.intensity_sets, q.reduced, q.exercises_planned, q.exercises_done, q.loads::text, q.body_mass_shares::text, q.complete
FROM summed q JOIN participants_trainingsession s ON s.id = q.session_id JOIN participants_enrolment e ON e.id = s.enrolment_id
JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id
ORDER BY u.trial_id COLLATE "C", s.session_no"""


def summed_sets() -> Iterator[tuple[str, int, Kept]]:
    """Every session that has sets, by trial id and number, with what they add up to: one statement, a few thousand rows in memory."""
    with connection.chunked_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(SUMS)
        while rows := cursor.fetchmany(CHUNK):
            for trial_id, number, *told in rows:
                yield trial_id, number, _kept(told)


def _kept(told: list[Any]) -> Kept:
    *sums, planned, done, loads, shares, complete = told
    added = dict(zip(SUMS_KEPT, sums, strict=True))
    return Kept(
        sums=SessionSums(exercises_planned=_codes(planned), exercises_done=_codes(done), **added),
        prescribed=Prescribed(loads=in_kg(loads), body_mass_shares=in_kg(shares), complete=complete),
    )


def _codes(joined: str | None) -> set[str]:
    return set(joined.split(SEPARATOR)) if joined is not None else set()


@lru_cache(maxsize=1024)
def _listed(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=1024)
def _decimals(text: str) -> dict[str, Decimal]:
    return {code: Decimal(kg) for code, kg in json.loads(text).items()}


def in_kg(text: str) -> dict[str, Decimal]:
    """Kilograms by exercise, of a JSON object of texts; equal texts are read once."""
    return dict(_decimals(text)) if text != "{}" else {}


def codes(text: str) -> set[str]:
    """The codes of a JSON list; equal texts are read once."""
    return set(_listed(text))
