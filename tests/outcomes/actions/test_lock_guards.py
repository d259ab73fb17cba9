"""What the database itself keeps of the lock: which tables, in which order, by whose signatures; and that a lock waits for writes."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from outcomes.actions import locks
from outcomes.queries import changes
from participants.actions import screening
from tests.cast import SHELL
from tests.outcomes.locking import soft
from tests.participants.people import ELIGIBLE
from trials.audit import action

pytestmark = pytest.mark.django_db

DIGEST = "a" * 64


def triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'data_locked'")
        return {row[0] for row in cursor.fetchall()}


def test_every_table_of_the_dataset_but_those_of_safety_is_locked(trial) -> None:
    assert triggers() == {*changes.TABLES, "outcomes_provider"} - set(changes.UNLOCKED)


def test_the_database_itself_refuses_what_is_locked(world) -> None:
    soft(world)
    for table in sorted(triggers()):
        write = f"UPDATE {table} SET id = id" if table == "outcomes_provider" else f"INSERT INTO {table} DEFAULT VALUES"
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(write)
        assert refused.value.__cause__.sqlstate == "UL423", table
    locks.lift_lock(reason="Too early", by=world.manager, at=world.now + timedelta(hours=1))
    screening.screen(world.first, answers=ELIGIBLE, sex="F", by=world.coordinator, at=world.now + timedelta(hours=2))


def test_any_other_fault_of_the_database_stays_what_it_is(trial, at) -> None:
    @action
    def faulty(*, by, at) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(DatabaseError, match="division by zero"):
        faulty(by=SHELL, at=at)


def raw(statement: str, **values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


STEP = (
    "INSERT INTO trials_lockstep (number, move, reason, user_id, cut_at, cut_digest, at) "
    "VALUES (%(number)s, %(move)s, 'why', %(user)s, %(cut_at)s, %(digest)s, now())"
)
SIGNATURE = (
    "INSERT INTO trials_locksignature (follows_id, move, user_id, name, role, side, meaning, reason, cut_at, cut_digest, at) "
    "VALUES (%(follows)s, 'hard_locked', %(user)s, 'N', %(role)s, %(side)s, 'M', '', %(cut_at)s, %(digest)s, now())"
)


def test_the_database_keeps_the_order_of_the_lock_and_its_two_signatures(world) -> None:
    step = soft(world)
    cut_at = world.now + timedelta(hours=1)
    facts = {"user": world.pi.pk, "cut_at": cut_at, "digest": DIGEST}
    for number, move, rule in (
        (2, "unblinded", "lock_step_stands"), (2, "unlocked", "lock_step_stands"), (2, "hard_locked", "lock_step_is_signed"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError) as refused:
            raw(STEP, number=number, move=move, **facts)
        assert refused.value.__cause__.diag.constraint_name == rule
    with pytest.raises(IntegrityError, match="does not follow"):
        raw(STEP, number=3, move="lifted", **(facts | {"cut_at": None, "digest": ""}))
    with pytest.raises(IntegrityError, match="lock_role_is_of_its_side"):
        raw(SIGNATURE, follows=step.pk, role="coordinator", side="conduct", **facts)
    raw(SIGNATURE, follows=step.pk, role="pi", side="conduct", **facts)
    with pytest.raises(IntegrityError, match="lock_signed_once_a_person"):
        raw(SIGNATURE, follows=step.pk, role="blinded_statistician", side="statistics", **facts)
    with pytest.raises(IntegrityError, match="lock_signed_once_a_side"):
        raw(SIGNATURE, follows=step.pk, role="manager", side="conduct", **(facts | {"user": world.manager.pk}))
    with pytest.raises(IntegrityError, match="not signed"):
        raw(STEP, number=2, move="hard_locked", **facts)
    for change in ("UPDATE trials_locksignature SET name = 'X'", "DELETE FROM trials_lockstep"):
        with pytest.raises(DatabaseError, match="permission denied"):
            raw(change)


def test_a_lock_waits_for_the_writes_under_way(world) -> None:
    """A write shares a lock that the step of the lock needs alone."""
    with psycopg.connect(**_where()) as other:
        other.execute("SELECT pg_advisory_xact_lock_shared(%s)", [locks.ALONE])
        with pytest.raises(DatabaseError, match="lock timeout"), transaction.atomic():
            raw("SET LOCAL lock_timeout = '100ms'")
            soft(world)
    assert soft(world).number == 1


def _where() -> dict[str, object]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
