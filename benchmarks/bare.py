"""The limit of a submission and of an allocation over HTTP: a WSGI callable without a framework, one statement a request.

`POST /same` writes what a whole submission writes, `POST /one` inserts one row; `POST /give` moves the stratum `raw` on and writes an
allocation and its event. Served by the same web server as the application.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import psycopg

_kept = threading.local()
Start = Callable[[str, list[tuple[str, str]]], object]

SAME = """WITH said AS MATERIALIZED (SELECT set_config('uplift.actor', %(actor)s, true), set_config('uplift.at', %(at)s::text, true),
    set_config('uplift.reason', '', true)),
who AS (SELECT p.id, u.trial_id FROM said, participants_personallink l JOIN participants_participant p ON p.id = l.participant_id
    JOIN trials_unit u ON u.id = p.unit_id WHERE l.token_digest = %(digest)s AND l.revoked_at IS NULL FOR UPDATE OF p),
sent AS (UPDATE outcomes_assessment a SET sent_at = %(at)s, completed_at = %(at)s, entered_at = %(at)s, client_uuid = gen_random_uuid(),
    body_digest = %(digest)s, missing = '{}', rule = 'none', severity = 'mild' FROM who
    WHERE a.participant_id = who.id AND a.visit = 'baseline' AND a.sent_at IS NULL RETURNING a.id, a.answers, a.missing, a.instrument),
kept AS (INSERT INTO outcomes_assessmentversion (assessment_id, answers, missing, actor, reason, at)
    SELECT id, answers, missing, %(actor)s, '', %(at)s FROM sent RETURNING assessment_id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT e.verb, who.trial_id, %(actor)s, %(at)s, '', e.detail, clock_timestamp() FROM who,
    (SELECT 'assessment.sent' AS verb, jsonb_build_object('visit', 'baseline', 'instrument', instrument, 'mode', 'web') AS detail FROM sent
     UNION ALL SELECT 'sitting.sent', '{"forms": 2, "visit": "baseline"}') e"""
ONE = """INSERT INTO outcomes_assessmentversion (assessment_id, answers, missing, actor, reason, at)
    SELECT a.id, %(answers)s, '{}', %(actor)s, '', %(at)s FROM participants_personallink l JOIN outcomes_assessment a
    ON a.participant_id = l.participant_id AND a.instrument = 'phq9' WHERE l.token_digest = %(digest)s"""

GIVE = """WITH said AS MATERIALIZED (SELECT set_config('uplift.actor', %(actor)s, true), set_config('uplift.at', %(at)s::text, true),
    set_config('uplift.reason', '', true)),
held AS (SELECT s.* FROM said, trials_stratum s WHERE s.key = 'raw' FOR UPDATE OF s),
moved AS (UPDATE trials_stratum s SET next_seq = s.next_seq + 1, sealed_state = s.sealed_state, sealed_dummy_state = s.sealed_dummy_state
    FROM held WHERE s.id = held.id RETURNING s.id),
given AS (INSERT INTO trials_allocation (unit_id, scheme_id, stratum_id, seq, stratum_key, factors, arm, dummy_arm, code, at,
    protocol_digest, source, code_digest, sealed_draw, previous_hash, hash)
    SELECT u.id, held.scheme_id, held.id, held.next_seq, 'raw', '{"sex": "F", "site": "LIM"}', 'ret', 'ret',
    'R' || u.id, %(at)s, %(digest)s, 'live', %(digest)s, held.sealed_state, held.last_hash, %(digest)s
    FROM held JOIN moved ON moved.id = held.id, trials_unit u WHERE u.trial_id = %(about)s
    RETURNING unit_id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'unit.allocated', %(about)s, %(actor)s, %(at)s, '', '{}', clock_timestamp() FROM given"""


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """303 once the rows are kept, 400 for a body that is not a submission."""
    if environ["REQUEST_METHOD"] != "POST":
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    try:
        statement, told = _read(environ)
    except (KeyError, ValueError):
        start("400 Bad Request", [("Content-Length", "0")])
        return []
    _connection().execute(statement, told)
    start("303 See Other", [("Location", "/me/receipt/"), ("Content-Length", "0")])
    return []


def _read(environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    form = parse_qs(body.decode(), strict_parsing=True)
    UUID(form["uuid"][0])
    digest = form["link"][0]
    if len(digest) != 64:
        raise ValueError("no digest of a link")
    told: dict[str, Any] = {"actor": "participant:bare", "at": datetime.now(UTC), "digest": digest}
    if environ["PATH_INFO"] == "/give":
        return GIVE, told | {"about": form["about"][0]}
    if environ["PATH_INFO"] == "/same":
        return SAME, told
    answers = json.loads(form["answers"][0])
    if any(value not in (0, 1, 2, 3) for value in answers.values()):
        raise ValueError("no such answer")
    return ONE, told | {"answers": json.dumps(answers)}


def _connection() -> psycopg.Connection:
    if not hasattr(_kept, "connection"):
        _kept.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection: psycopg.Connection = _kept.connection
    return connection
