"""What the application's own database role can't do: read a seed in clear, or change an allocation, an attempt or a code break."""

from __future__ import annotations

from base64 import b64encode

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from tests.trials.allocating import allocated, opened
from trials import sealing
from trials.models import Scheme

pytestmark = pytest.mark.django_db

OURS = [m for label in ("trials", "participants", "outcomes") for m in apps.get_app_config(label).get_models()]
FIXED = ("Allocation", "AllocationAnnotation", "Attempt", "AttemptOutcome", "Unblinding", "UnblindingStep", "SelfReport")
COLUMNS = [
    (model._meta.db_table, field.column)
    for model in OURS
    if model.__name__ in FIXED
    for field in model._meta.concrete_fields
]  # fmt: skip


def test_the_tables_are_those_of_the_office() -> None:
    assert {model.__name__ for model in OURS} >= set(FIXED)
    assert len(COLUMNS) > 50


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_column_of_what_was_given_or_asked_can_be_changed(table: str, column: str) -> None:
    refused(f'UPDATE {table} SET "{column}" = "{column}"')


@pytest.mark.parametrize("table", sorted({table for table, _ in COLUMNS}))
@pytest.mark.parametrize("how", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "ALTER TABLE {} DISABLE TRIGGER ALL", "DROP TABLE {}"])
def test_nothing_of_it_can_be_taken_away(table: str, how: str) -> None:
    refused(how.format(table))


def refused(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        cursor.execute(statement)


def everything_readable() -> bytes:
    """Every row that the role may read, in every table, history included, as text."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege(oid, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found).encode()


def spellings(secret: bytes) -> list[bytes]:
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), b64encode(secret).rstrip(b"=")]


def test_no_seed_stands_anywhere_in_clear(at) -> None:
    opened(at)
    for n in range(3):
        allocated(f"P-{n:03}", at)
    scheme = Scheme.objects.get()
    seed = sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=f"trials_scheme|{scheme.version}|seed")
    read = everything_readable()
    assert bytes(scheme.sealed_seed).hex().encode() in read  # sealed it is there, so that the search does look
    assert [text for part in (seed, seed[:32], seed[:16], seed[-16:]) for text in spellings(part) if text in read] == []
