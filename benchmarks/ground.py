"""What the jobs stand on: the loaded trial, raw connections beside Django's, and people by the thousand.

The people are written by the owner with triggers off, behind the actions' backs: they are the ground of a measurement, never a trial.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from django.db import connection

from trials.actions import protocol as protocols
from trials.actions import schemes, staff
from trials.actors import Machine
from trials.domain.roles import Role
from trials.models import Scheme, Site, User
from trials.queries import protocol_in_force

SHELL = Machine("shell")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIMERICK = Path(__file__).resolve().parents[1] / "trials/protocols/limerick.toml"

# What every action tells the database before it writes; the raw side tells it the same, in the same transaction.
SAID = (
    "said AS MATERIALIZED (SELECT set_config('uplift.actor', %(actor)s, true), set_config('uplift.at', %(at)s::text, true),"
    " set_config('uplift.reason', '', true))"
)


def load_trial(*edits: tuple[str, str]) -> Site:
    """The Limerick trial, with room and with these words of its protocol exchanged, and randomisation open; its first site."""
    text = LIMERICK.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    text = text.replace("sample_size = 44", "sample_size = 100000").replace("target = 22", "target = 50000")
    protocols.load_protocol(text, by=SHELL, at=AT)
    drawer, approver = (_engaged(role) for role in (Role.UNBLINDED_STATISTICIAN, Role.MANAGER))
    schemes.draw_scheme(by=drawer, at=AT)
    schemes.approve_scheme(by=approver, at=AT)
    return Site.objects.order_by("pk")[0]


def _engaged(role: Role) -> User:
    return staff.invite(username=role.value, name=role.words, role=role, site=None, by=SHELL, at=AT).invitation.user


def raw() -> psycopg.Connection:
    """A bare connection as the application role; every statement commits by itself."""
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def scheme() -> Scheme:
    return Scheme.objects.get()


@contextmanager
def filling() -> Iterator[psycopg.Connection]:
    """The owner, with triggers and foreign keys off until the block ends; the tables are analysed then."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("SET session_replication_role = replica")
        yield owner
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def statements(step: Callable[[], object]) -> int:
    """How many statements a step sends on Django's connection, without the marks of its transactions."""
    count = 0

    def counting(execute: Callable[..., object], statement: str, *told: object) -> object:
        nonlocal count
        count += not statement.startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))
        return execute(statement, *told)

    with connection.execute_wrapper(counting):
        step()
    return count


UNITS = """INSERT INTO trials_unit (trial_id, site_id) SELECT 'B-' || lpad(n::text, 7, '0'), %(site)s
    FROM generate_series(%(first)s::int, %(last)s::int) n RETURNING id"""
PEOPLE = """INSERT INTO participants_participant (unit_id, status, screened_on, screened_at, age, sex, language)
    SELECT id, %(status)s, %(on)s, %(at)s, 25, CASE id %% 2 WHEN 0 THEN 'F' ELSE 'M' END, 'en'
    FROM trials_unit WHERE trial_id BETWEEN %(from)s AND %(to)s"""
SCREENINGS = """INSERT INTO participants_screening (participant_id, at, answers, outcome, exclusion_category, exclusion_reason,
    exclusion_reasons, protocol_digest) SELECT p.id, %(at)s, '{}', 'eligible', '', '', '[]', %(digest)s FROM mine p"""
CONSENTS = """INSERT INTO participants_consent (participant_id, version, signed_on, at, void_reason)
    SELECT p.id, '1', %(on)s, %(at)s, '' FROM mine p"""
AVAILABILITY = """INSERT INTO participants_availability (participant_id, preferred, channel, at)
    SELECT p.id, '[[0, "18:00"], [3, "07:30"]]', 'email', %(at)s FROM mine p"""
ALLOCATIONS = """INSERT INTO trials_allocation (unit_id, stratum_key, factors, arm, dummy_arm, code, at, protocol_digest, source,
    code_digest, previous_hash, hash) SELECT p.unit_id, 'site=LIM|sex=' || p.sex, '{}', %(arm)s, %(arm)s, 'B' || p.id, %(at)s, %(digest)s,
    'imported', '', '', '' FROM mine p"""
ENROLMENTS = """INSERT INTO participants_enrolment (participant_id, allocation_id, randomised_at, randomised_on, day0)
    SELECT p.id, a.id, %(at)s, %(on)s, %(on)s FROM mine p JOIN trials_allocation a ON a.unit_id = p.unit_id"""
MINE = """CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT p.* FROM participants_participant p JOIN trials_unit u ON u.id = p.unit_id
    WHERE u.trial_id BETWEEN %(from)s AND %(to)s"""


def fill_people(owner: psycopg.Connection, site: Site, count: int, *, first: int = 1, at: datetime, arm: str = "") -> None:
    """So many consenting people from trial id B-<first> on; with an arm they are randomised, and no session is planned."""
    last = first + count - 1
    told = {
        "site": site.pk, "first": first, "last": last, "from": f"B-{first:07}", "to": f"B-{last:07}", "at": at, "on": at.date(),
        "digest": protocol_in_force().digest, "arm": arm, "status": "randomised" if arm else "consented",
    }  # fmt: skip
    owner.execute("DROP TABLE IF EXISTS mine")
    steps = [UNITS, PEOPLE, MINE, SCREENINGS, CONSENTS, AVAILABILITY, *([ALLOCATIONS, ENROLMENTS] if arm else [])]
    for step in steps:
        owner.execute(step, told)


SESSIONS = """INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on, status,
    missed_before_done, reason, reason_class, held_on, started_at, ended_at, paused_seconds, planned_minutes, delivery,
    supervision, group_size,
    setting, equipment, rpe_scale, ended_early, ended_early_reason, client_digest, note)
    SELECT e.id, n, (n - 1) / 2 + 1, 'intervention', %(on)s::date + (n * 3), (%(on)s::date + (n * 3) + time '18:00') AT TIME ZONE 'UTC',
        %(on)s::date + (n * 3) + 6, 'attended', false, '', '', %(on)s::date + (n * 3),
        (%(on)s::date + (n * 3) + time '18:00') AT TIME ZONE 'UTC', (%(on)s::date + (n * 3) + time '18:50') AT TIME ZONE 'UTC', 0, 60,
        'in_person', 'one_to_one', 1, 'gym', '', 'CR10', false, '', '', ''
    FROM mine m JOIN participants_enrolment e ON e.participant_id = m.id, generate_series(1, %(sessions)s::int) n"""
SETS = """INSERT INTO participants_exerciseset (session_id, exercise_no, exercise, set_no, set_kind, planned_reps, planned_reps_max,
    planned_load_kg, done_reps, done_load_kg, sides, load_model, substitute_for, substitute_reason, load_rule, load_why)
    SELECT s.id, x, (%(exercises)s::text[])[x], k, 'working', 8, 12, 40 + x, 8 + (s.session_no + k + s.id) %% 5, 40 + x, 1,
    'external', '', '', '', ''
    FROM mine m JOIN participants_enrolment e ON e.participant_id = m.id JOIN participants_trainingsession s ON s.enrolment_id = e.id,
    generate_series(1, 8) x, generate_series(1, %(sets)s::int) k"""
SESSIONS_EACH, EXERCISES_EACH, SETS_EACH = 16, 8, 2


def fill_trained(owner: psycopg.Connection, site: Site, count: int, *, first: int = 1, on: date, arm: str, sets: int = SETS_EACH) -> int:
    """So many people who held all their 16 sessions of 8 exercises x 2 sets, or so many; answers how many sets were written."""
    fill_people(owner, site, count, first=first, at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC), arm=arm)
    protocol = protocol_in_force()
    plan = protocol.plan_of(arm)
    assert plan is not None
    told = {"on": on, "sessions": SESSIONS_EACH, "exercises": [e.code for e in plan.exercises][:8], "sets": sets}
    owner.execute(SESSIONS, told)
    owner.execute(SETS, told)
    return count * SESSIONS_EACH * EXERCISES_EACH * sets


def training_arm() -> str:
    """The code of the arm that trains."""
    protocol = protocol_in_force()
    return next(arm.code for arm in protocol.arms if protocol.plan_of(arm.code) is not None)
