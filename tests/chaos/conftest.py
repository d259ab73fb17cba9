"""Servers of their own, for tests that kill them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.chaos import servers
from tests.chaos.servers import Servers

_numbers = count(1)


@pytest.fixture(scope="module")
def _standing() -> Iterator[Servers]:
    with servers.standing() as ours:
        yield ours


@pytest.fixture
def own_servers(_standing, django_db_blocker) -> Iterator[Servers]:
    """A PostgreSQL with an empty trial's tables, to which the test's own connection goes, and a broker that keeps nothing on disk."""
    with django_db_blocker.unblock(), _standing.afresh(next(_numbers)) as ours:
        yield ours
