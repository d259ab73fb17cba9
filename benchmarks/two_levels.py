"""The dose report written by hand in SQL, sets to session to person: the limit that the recomputation is held against.

It makes the sums a session and the figures a person that the report makes, for people who held every session they were due: no loads are
carried to missed sessions, nobody stopped, and nothing is rounded or kept. Written without a look at the project's own statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import psycopg

from outcomes.domain.text import rounded

BARE = """WITH per_session AS (SELECT s.enrolment_id, s.status, s.closes_on,
        sum(x.planned_reps * x.planned_load_kg * x.sides) FILTER (WHERE x.set_kind = 'working') AS planned,
        sum(x.done_reps * x.done_load_kg * x.sides) FILTER (WHERE x.set_kind = 'working') AS done
    FROM participants_trainingsession s LEFT JOIN participants_exerciseset x ON x.session_id = s.id GROUP BY s.id)
SELECT u.trial_id, count(*) FILTER (WHERE p.closes_on < %(on)s) AS sessions_due,
    count(*) FILTER (WHERE p.status IN ('attended', 'made_up')) AS sessions_attended, sum(p.planned) AS planned_volume_kg,
    sum(p.done) AS done_volume_kg
FROM per_session p JOIN participants_enrolment e ON e.id = p.enrolment_id JOIN participants_participant q ON q.id = e.participant_id
JOIN trials_unit u ON u.id = q.unit_id GROUP BY u.trial_id ORDER BY u.trial_id COLLATE "C" """

_SAME = """WITH tested AS MATERIALIZED (SELECT participant_id, exercise, e1rm_kg, tested_on,
        lead(tested_on, 1, 'infinity') OVER (PARTITION BY participant_id, exercise ORDER BY tested_on) AS until
    FROM participants_strengthtest WHERE voided_at IS NULL AND e1rm_kg IS NOT NULL),
sets AS (SELECT x.session_id, x.planned_reps, CASE WHEN s.held THEN coalesce(x.done_reps, 0) ELSE 0 END AS done_reps, x.sides,
        x.planned_load_kg AS planned_kg, CASE WHEN s.held AND x.done_reps >= 1 THEN x.done_load_kg END AS done_kg,
        coalesce(nullif(x.substitute_for, ''), x.exercise) AS planned_as, x.substitute_for = '' AS own, t.e1rm_kg
    FROM participants_exerciseset x
    JOIN (SELECT s.id, s.held_on, e.participant_id, s.status IN ('attended', 'made_up') AS held
        FROM participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id) s ON s.id = x.session_id
    LEFT JOIN tested t ON t.participant_id = s.participant_id AND t.exercise = x.exercise AND t.tested_on <= s.held_on
        AND s.held_on < t.until
    WHERE x.set_kind = 'working' AND x.load_model = 'external' AND x.planned_reps IS NOT NULL {sets_of} OFFSET 0),
per_session AS (SELECT session_id, sum(planned_reps * sides * planned_kg) AS planned, sum(done_reps * sides * done_kg) AS done,
        count(*) AS sets_planned, count(*) FILTER (WHERE done_reps >= 1) AS sets_done, sum(planned_reps) AS reps_planned,
        sum(done_reps) AS reps_done, sum(planned_kg) FILTER (WHERE own AND done_kg IS NOT NULL AND planned_kg > 0) AS load_planned,
        sum(done_kg) FILTER (WHERE own AND planned_kg > 0) AS load_done,
        avg(done_kg / planned_kg) FILTER (WHERE own AND planned_kg > 0) AS load_ratio,
        sum(done_reps * done_kg / e1rm_kg) FILTER (WHERE e1rm_kg <> 0) AS intensity,
        sum(done_reps) FILTER (WHERE done_kg IS NOT NULL AND e1rm_kg <> 0) AS intensity_reps,
        count(*) FILTER (WHERE done_kg IS NOT NULL AND e1rm_kg <> 0) AS intensity_sets,
        bool_or(done_reps < planned_reps OR (own AND done_kg < planned_kg)) AS reduced,
        count(DISTINCT planned_as) AS types, count(DISTINCT CASE WHEN own AND done_reps >= 1 THEN planned_as END) AS types_done
    FROM sets GROUP BY session_id),
due AS (SELECT s.*, s.status IN ('attended', 'made_up') AS held,
        greatest(0, floor((extract(epoch FROM s.ended_at - s.started_at) - s.paused_seconds + 30) / 60)) AS minutes
    FROM participants_trainingsession s WHERE s.phase = 'intervention' AND s.closes_on < %(on)s {sessions_of}),
per_person AS (SELECT d.enrolment_id, count(*) AS sessions_due, count(*) FILTER (WHERE held) AS sessions_attended,
        count(*) FILTER (WHERE status IN ('missed', 'scheduled')) AS sessions_missed,
        count(*) FILTER (WHERE status = 'cancelled_by_site') AS cancelled, count(*) FILTER (WHERE status = 'not_delivered') AS undelivered,
        count(*) FILTER (WHERE held AND ended_early) AS sessions_ended_early, count(*) FILTER (WHERE status = 'scheduled') AS unrecorded,
        count(*) FILTER (WHERE held AND reduced) AS sessions_modified, sum(sets_done) FILTER (WHERE held) AS sets_done,
        sum(sets_planned) FILTER (WHERE held) AS sets_asked, sum(sets_planned) AS sets_planned,
        sum(reps_done) FILTER (WHERE held) AS reps_done,
        sum(reps_planned) FILTER (WHERE held) AS reps_asked, sum(reps_planned) AS reps_planned, sum(load_done) AS load_done,
        sum(load_planned) AS load_planned, sum(planned) AS planned, sum(done) FILTER (WHERE held) AS done,
        sum(minutes) FILTER (WHERE held) AS minutes, avg(session_rpe) FILTER (WHERE held) AS rpe,
        count(DISTINCT rpe_scale) FILTER (WHERE held AND session_rpe IS NOT NULL) AS scales, sum(intensity) AS intensity,
        sum(intensity_reps) AS intensity_reps, sum(intensity_sets) AS intensity_sets,
        sum(least(load_ratio, 1)) FILTER (WHERE held) / count(*) AS followed_load,
        sum(least(reps_done::numeric / reps_planned, 1)) FILTER (WHERE held) / count(*) AS followed_reps,
        sum(types_done::numeric / types) FILTER (WHERE held) / count(*) AS followed_types
    FROM due d LEFT JOIN per_session p ON p.session_id = d.id GROUP BY d.enrolment_id)
SELECT u.trial_id, sessions_due, sessions_attended, sessions_missed, cancelled AS sessions_cancelled_by_site,
    sessions_attended::numeric / sessions_due AS attendance,
    sessions_attended::numeric / nullif(sessions_due - cancelled, 0) AS attendance_excl_site,
    sessions_attended::numeric / nullif(sessions_due - cancelled - undelivered, 0) AS attendance_on_treatment,
    sessions_ended_early, unrecorded AS sessions_unrecorded, sessions_modified, sets_done / sets_asked AS sets_compliance,
    reps_done / reps_asked AS reps_compliance, load_done / load_planned AS load_compliance, sets_done / sets_planned AS sets_delivered,
    reps_done / reps_planned AS reps_delivered, planned AS planned_volume_kg, done AS done_volume_kg, done / planned AS rdi,
    minutes AS minutes_total, CASE WHEN scales = 1 THEN rpe END AS mean_session_rpe, intensity / intensity_reps AS mean_relative_intensity,
    intensity_sets, sessions_attended::numeric / sessions_due AS frequency_adherence, followed_load AS intensity_adherence,
    followed_reps AS time_adherence, followed_types AS type_adherence
FROM per_person p JOIN participants_enrolment e ON e.id = p.enrolment_id JOIN participants_participant q ON q.id = e.participant_id
JOIN trials_unit u ON u.id = q.unit_id ORDER BY u.trial_id COLLATE "C" """
SAME = _SAME.format(sets_of="", sessions_of="")
OF_PERSON = _SAME.format(
    sets_of="AND x.session_id = ANY(ARRAY(SELECT id FROM participants_trainingsession WHERE enrolment_id = %(enrolment)s))",
    sessions_of="AND s.enrolment_id = %(enrolment)s",
)


def limit(raw: psycopg.Connection, statement: str, on: object, **told: object) -> Callable[[], list[tuple[Any, ...]]]:
    """The statement's rows, read to the end."""
    return lambda: raw.execute(statement, {"on": on, **told}).fetchall()  # type: ignore[call-overload, no-any-return]


def check(raw: psycopg.Connection, statement: str, on: object, people: Iterable[Mapping[str, object]]) -> None:
    """Every figure that the limit makes stands in the report, equal in all its four decimals."""
    found = raw.execute(statement, {"on": on})  # type: ignore[call-overload]
    assert found.description is not None
    names = [column.name for column in found.description]
    for told, row in zip(found.fetchall(), people, strict=True):
        for name, value in zip(names, told, strict=True):
            ours = row[name]
            assert (_number(value) == _number(ours)) if name != "trial_id" else value == ours, (told[0], name, value, ours)


def _number(value: object) -> Decimal | None:
    return None if value is None else rounded(Decimal(str(value)), 4)
