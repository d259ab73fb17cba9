"""A database of an earlier version comes along: what was recorded then is found where it belongs now."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import dj_database_url
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests import plugin
from trials.launcher.clones import with_name
from trials.launcher.folder import ROOT
from trials.models import Cap, RowVersion, Scheme, Stratum, Unblinding

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEFORE = ("trials", "0003_two_people_and_caps")


def migrate(name: str, *to: str) -> None:
    """As the owner, in a process of its own."""
    url = with_name(plugin.OWNER_URL, name)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", *to, "--verbosity", "0"],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture
def earlier(request, django_db_blocker) -> Iterator[str]:
    """A database as an earlier version of the trial office left it, entered as its owner."""
    version = getattr(request, "param", BEFORE)
    name = f"t_{os.getpid()}_earlier"
    with plugin.CLONES.connect() as maker:
        maker.execute(f'CREATE DATABASE "{name}"')
    owner, before = dj_database_url.parse(plugin.OWNER_URL), dict(connection.settings_dict)
    try:
        migrate(name, *version)
        with django_db_blocker.unblock():
            connection.close()
            connection.settings_dict |= {"NAME": name, "USER": owner["USER"], "PASSWORD": owner["PASSWORD"]}
            yield name
    finally:
        with django_db_blocker.unblock():
            connection.close()
        connection.settings_dict |= {key: before[key] for key in ("NAME", "USER", "PASSWORD")}
        plugin.drop(name)


def test_requests_for_an_arm_become_codes_broken_on_the_screen(earlier) -> None:
    then = MigrationLoader(connection).project_state([BEFORE]).apps

    def made(model: str, **facts: object):
        return then.get_model("trials", model).objects.create(**facts)

    trial = made("Trial", code="T", title="T", created_at=AT)
    unit = made("Unit", trial_id="P-001", site=made("Site", trial=trial, code="LIM", name="Limerick", timezone="UTC"))
    given = made("Allocation", unit=unit, arm="RET", dummy_arm="WL", code="X", at=AT, protocol_digest="0", source="imported")
    clinician = made("User", username="clinician", name="Clinician", created_at=AT)
    made("ArmRequest", allocation=given, user=clinician, reason="Chest pain", at=AT)
    connection.close()
    migrate(earlier)
    moved = Unblinding.objects.get()
    assert (moved.allocation_id, moved.requester_id, moved.mode, moved.reader, moved.reason_code, moved.reason, moved.at, moved.told_at) == (
        given.pk, clinician.pk, "screen", "Clinician", "other", "Chest pain", AT, AT,
    )  # fmt: skip
    assert [v.operation for v in RowVersion.objects.filter(table_name="trials_unblinding")] == ["INSERT"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('trials_armrequest')")
        assert cursor.fetchone() == (None,)


FIRST = ("trials", "0002_guards")
PROTOCOL = "[trial]\nsample_size = 44\n"


@pytest.mark.parametrize("earlier", [FIRST], indirect=True)
def test_a_scheme_that_was_open_stays_open_and_who_is_randomised_is_counted(earlier) -> None:
    then = MigrationLoader(connection).project_state([FIRST]).apps

    def made(model: str, **facts: object):
        return then.get_model("trials", model).objects.create(**facts)

    trial = made("Trial", code="T", title="T", created_at=AT)
    made("ProtocolVersion", trial=trial, version="1", digest="0" * 64, text=PROTOCOL, in_force_from=AT)
    site, other = (made("Site", trial=trial, code=code, name=code, timezone="UTC") for code in ("LIM", "DUB"))
    scheme = made("Scheme", trial=trial, version=1, table={}, protocol_digest="0", sealed_seed=b"x", opened_at=AT)
    made("Event", verb="scheme.opened", about="scheme:1", actor="user:7", at=AT)
    stratum = made("Stratum", scheme=scheme, key="all", next_seq=3, sealed_state=b"x", sealed_dummy_state=b"x")
    for place in (1, 2):
        unit = made("Unit", trial_id=f"P-00{place}", site=site)
        told = {"arm": "A", "dummy_arm": "A", "code": f"X{place}", "at": AT, "protocol_digest": "0"}
        made("Allocation", unit=unit, scheme=scheme, stratum=stratum, seq=place, **told)
    connection.close()
    migrate(earlier)
    kept = Scheme.objects.get()
    assert (kept.status, kept.drawn_by, kept.approved_by, kept.drawn_at, kept.commitment) == ("open", "machine:uplift", "user:7", AT, "")
    assert {cap.site_id: (cap.most, cap.given) for cap in Cap.objects.all()} == {None: (44, 2), site.pk: (None, 2), other.pk: (None, 0)}
    assert (Stratum.objects.get().last_hash, Stratum.objects.get().closed_at) == ("", None)
