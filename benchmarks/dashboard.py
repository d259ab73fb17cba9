"""The dashboard and the flow of a large trial: whole pages as the trial manager gets them, against one raw statement that reads the same.

Twenty thousand people, four in five randomised, over two years at two sites; five visits of two forms, seven in eight of them sent; sixteen
sessions for half. The promise is 300 ms on the server, whatever the machine, and the same statements for any number of people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
from django.test import Client

from benchmarks import ground, pairs
from benchmarks.result import Growth, Result
from outcomes.actions import kept_flows
from outcomes.models import Assessment
from participants.models import Participant
from trials import clock
from trials.actions import staff
from trials.domain.roles import Role
from trials.models import Site, User

SIZES = {"small": (3, 2, (1200, 2400)), "full": (5, 4, (1250, 5000, 20000))}  # blocks, pages each, people
PROMISED_MS = 300
NOW = datetime(2028, 3, 1, 12, 0, tzinfo=UTC)
SPREAD_DAYS = 700

SCATTER = """UPDATE participants_enrolment e SET randomised_on = %(on)s::date + (e.id %% %(days)s)::int,
    randomised_at = %(at)s::timestamptz + (e.id %% %(days)s) * interval '1 day', day0 = %(on)s::date + 21 + (e.id %% %(days)s)::int
    FROM mine m WHERE m.id = e.participant_id"""
UNDECIDED = """DELETE FROM participants_enrolment e USING mine m WHERE m.id = e.participant_id AND m.id %% 5 = 0"""
UNALLOCATED = """DELETE FROM trials_allocation a USING mine m WHERE a.unit_id = m.unit_id AND m.id %% 5 = 0"""
ENDINGS = """INSERT INTO participants_ending (participant_id, kind, scope, happened_on, reason, note, at, void_reason)
    SELECT m.id, k, CASE k WHEN 'withdrawal' THEN 'contact' ELSE '' END, e.day0 + 20, 'other', '', %(at)s, ''
    FROM mine m JOIN participants_enrolment e ON e.participant_id = m.id,
    LATERAL (SELECT CASE m.id %% 2 WHEN 0 THEN 'withdrawal' ELSE 'loss' END) x (k)
    WHERE m.id %% 9 = 0"""
FORMS = """INSERT INTO outcomes_assessment (participant_id, visit, instrument, instrument_version, answers, missing, turns, mode,
    respondent, language, started_at, sent_at, completed_at, entered_at, total, total_unrounded, n_answered, rule, severity,
    not_done_reason, body_digest, protocol_digest, historical)
    SELECT m.id, v, i, '1', '{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1}'::jsonb
        || CASE i WHEN 'phq9' THEN '{"8": 0, "9": 0}' ELSE '{}' END::jsonb, '{}', '{}',
        'web', 'participant', 'en', %(at)s, %(at)s, %(at)s, %(at)s, 7, 7, 7, '', '', '', '', 'x', false
    FROM mine m JOIN participants_enrolment e ON e.participant_id = m.id,
    unnest(ARRAY['baseline', 'week1', 'week4', 'week8', 'week12']) WITH ORDINALITY t (v, n), unnest(ARRAY['phq9', 'gad7']) i
    WHERE (m.id + n) %% 8 > 0"""
MESSAGES = """INSERT INTO participants_message ("to", kind, event, channel, occurrence, due_at, status, attempts, next_try_at, last_error,
    delivery, created_at) SELECT 'participant:' || u.trial_id, 'nudge', 'visit:week' || n, 'email', 1,
    %(now)s::timestamptz - n * interval '1 day', 'sent', 1, %(now)s, '', '', %(now)s
    FROM mine m JOIN trials_unit u ON u.id = m.unit_id, generate_series(1, 2) n"""
RAW = """SELECT (SELECT array_agg(x) FROM (SELECT u.site_id, e.randomised_on, e.day0, count(*) FROM participants_enrolment e
        JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id GROUP BY 1, 2, 3) x),
    (SELECT array_agg(x) FROM (SELECT u.site_id, s.outcome, count(*) FROM participants_participant p JOIN trials_unit u ON u.id = p.unit_id
        LEFT JOIN participants_screening s ON s.participant_id = p.id GROUP BY 1, 2) x),
    (SELECT count(*) FROM participants_ending g WHERE g.voided_at IS NULL),
    (SELECT array_agg(x) FROM (SELECT a.visit, a.instrument, count(*), count(*) FILTER (WHERE e.day0 < %(on)s::date - 98)
        FROM outcomes_assessment a JOIN participants_enrolment e ON e.participant_id = a.participant_id
        WHERE a.sent_at IS NOT NULL GROUP BY 1, 2) x),
    (SELECT count(*) FROM participants_message WHERE due_at > %(now)s::timestamptz - interval '28 days' AND "to" LIKE 'participant:%%')"""


def run(size: str) -> list[Result]:
    blocks, each, sizes = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    manager = _engaged("benchmark_manager")
    pages = {name: _page(manager, f"/{name}/") for name in ("dashboard", "flow")}
    clock.now = lambda: NOW  # type: ignore[assignment]
    results, people = [], 0
    measured: dict[str, list[pairs.Pairs]] = {name: [] for name in pages}
    sent: dict[str, list[int]] = {name: [] for name in pages}
    with ground.raw() as raw:
        limit = lambda: raw.execute(RAW, {"now": NOW, "on": NOW.date()}).fetchall()  # noqa: E731
        for wanted in sizes:
            with ground.filling() as owner:
                _fill(owner, site, wanted - people, first=people + 1, arm=arm)
            people = wanted
            assert Participant.objects.count() == people
            told = pages["dashboard"]().decode()
            randomised = people - people // 5
            assert f"of {randomised}" in told, "the page does not count everybody randomised"
            assert Assessment.objects.count() > 6 * randomised
            kept_flows.count_flows(by=ground.SHELL, at=NOW + timedelta(hours=people))
            for name, page in pages.items():
                measured[name].append(pairs.measure(limit, page, blocks=blocks, each=each, warm=1))
                sent[name].append(ground.statements(page))
    for name in pages:
        assert len(set(sent[name])) == 1, f"the statements of {name} grow with the people: {sent[name]}"
        found = measured[name]
        growth = Growth("people", sizes, tuple(m.subject_ms for m in found), tuple(m.limit_ms for m in found), "1")
        notes = {"promised_ms": PROMISED_MS, "kept": int(found[-1].subject_ms < PROMISED_MS)}
        limit_is = "one raw statement that counts what the dashboard counts"
        results.append(Result(name, "page", limit_is, size, people, found[-1], sent[name][-1], growth, notes))
    return results


def _fill(owner: psycopg.Connection, site: Site, count: int, *, first: int, arm: str) -> None:
    ground.fill_people(owner, site, count, first=first, at=ground.AT, arm=arm)
    told = {"on": ground.AT.date(), "at": ground.AT, "now": NOW, "days": SPREAD_DAYS}
    for step in (UNDECIDED, UNALLOCATED, SCATTER, ENDINGS, FORMS, MESSAGES):
        owner.execute(step, told)


def _engaged(name: str) -> User:
    return staff.invite(
        username=name, name="Benchmark Manager", role=Role.MANAGER, site=None, by=ground.SHELL, at=ground.AT
    ).invitation.user


def _page(user: User, address: str) -> Callable[[], bytes]:
    """The page's bytes, asked for over and over by somebody who is logged in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    def asked() -> bytes:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code
        return answer.content

    return asked
