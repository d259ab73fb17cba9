"""Fixtures of all tests: rolled-back tests use `db`; tests that commit ask for `committing`, a clone of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from tests import plugin
from tests.chromium import browser, phone, playwright
from tests.site import server, site

__all__ = ["browser", "phone", "playwright", "server", "site"]

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
settings.register_profile("short", derandomize=True, deadline=None)
settings.register_profile("long", derandomize=False, print_blob=True, deadline=None, max_examples=2000)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """The short form repeats itself; the long one looks elsewhere each time and prints what it found."""
    settings.load_profile("long" if config.getoption("--long") else "short")
    from tests import quick

    quick.passwords()
    quick.static_files()


def pytest_collection_finish() -> None:
    from tests import quick

    quick.collected()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    from tests import prepared

    prepared.enter(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    from tests import prepared

    try:
        return (yield)
    finally:
        prepared.leave()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> None:
    """The clone stands already; Django creates and flushes nothing."""


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def committing(django_db_blocker) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """A fresh database for one test that commits (threads, processes, a live server); its name."""
    from django.db import connections

    name = plugin.clone("own")
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = before
            plugin.drop(name)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the shared reference data."""
    path = Path(os.environ.get("UPLIFT_REFERENCE", ""))
    assert (path / "data").is_dir(), "UPLIFT_REFERENCE does not name the reference folder"
    return path


@pytest.fixture
def trial(db):  # type: ignore[no-untyped-def]
    """The Limerick trial, loaded by its action; randomisation is not open yet."""
    from tests import prepared

    return prepared.trial()


@pytest.fixture
def cast(trial):  # type: ignore[no-untyped-def]
    """One person a role, invited by action; a second coordinator at the other site who must see nothing of the first."""
    from tests import prepared

    return prepared.cast()


@pytest.fixture
def coordinator(cast):  # type: ignore[no-untyped-def]
    return cast.coordinator


@pytest.fixture
def trainer(cast):  # type: ignore[no-untyped-def]
    return cast.trainer


@pytest.fixture
def assessor(cast):  # type: ignore[no-untyped-def]
    return cast.assessor


@pytest.fixture
def pi(cast):  # type: ignore[no-untyped-def]
    return cast.pi


@pytest.fixture
def clinician(cast):  # type: ignore[no-untyped-def]
    return cast.safety_clinician


@pytest.fixture
def manager(cast):  # type: ignore[no-untyped-def]
    return cast.manager


@pytest.fixture
def monitor(cast):  # type: ignore[no-untyped-def]
    return cast.monitor


@pytest.fixture
def blinded_statistician(cast):  # type: ignore[no-untyped-def]
    return cast.blinded_statistician


@pytest.fixture
def unblinded_statistician(cast):  # type: ignore[no-untyped-def]
    return cast.unblinded_statistician


@pytest.fixture
def other_coordinator(cast):  # type: ignore[no-untyped-def]
    return cast.other_coordinator


@pytest.fixture
def stand_at(db):  # type: ignore[no-untyped-def]
    """Moves the test database's clock, so that doors and tasks read this moment."""
    from datetime import timedelta

    from tests.cast import SHELL
    from trials.actions import office

    def move(moment: datetime) -> None:
        office.set_clock(moment + timedelta(seconds=1), by=SHELL, at=datetime.now(UTC))

    return move
