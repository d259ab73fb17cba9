"""A database of an earlier version comes along: what was recorded then is found where it belongs now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests import plugin
from tests.trials.allocating import allocated, opened, staff
from trials.domain.roles import Role
from trials.models import RowVersion, Unblinding

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEFORE = ("trials", "0003_two_people_and_caps")


@pytest.fixture
def as_owner(committing) -> Iterator[None]:
    """The test's own database, entered as its owner."""
    before = dict(connection.settings_dict)
    owner = dj_database_url.parse(plugin.OWNER_URL)
    connection.close()
    connection.settings_dict |= {"USER": owner["USER"], "PASSWORD": owner["PASSWORD"]}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= {key: before[key] for key in ("USER", "PASSWORD")}


def test_requests_for_an_arm_become_codes_broken_on_the_screen(as_owner) -> None:
    opened(AT)
    given, clinician = allocated("P-001", AT), staff("clinician", AT, (Role.SAFETY_CLINICIAN, None))
    call_command("migrate", *BEFORE, verbosity=0)
    old = MigrationLoader(connection).project_state([BEFORE]).apps.get_model("trials", "ArmRequest")
    old.objects.create(allocation_id=given.pk, user_id=clinician.pk, reason="Chest pain", at=AT)
    call_command("migrate", verbosity=0)
    moved = Unblinding.objects.get()
    assert (moved.allocation, moved.requester, moved.mode, moved.reader, moved.reason_code, moved.reason, moved.at, moved.told_at) == (
        given, clinician, "screen", "Clinician", "other", "Chest pain", AT, AT,
    )  # fmt: skip
    assert [v.operation for v in RowVersion.objects.filter(table_name="trials_unblinding")] == ["INSERT"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('trials_armrequest')")
        assert cursor.fetchone() == (None,)
