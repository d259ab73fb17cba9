"""What an allocation writes into the database's log: as much at the hundredth as at the tenth, whatever the method."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import LIMERICK, SHELL, load_trial, open_randomisation, roomy
from trials.actions import allocation
from trials.models import Site, Unit


def written(step: Callable[[], object]) -> int:
    """Bytes of write-ahead log that a step makes, in one stretch of the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        before = cursor.fetchone()[0]
        step()
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", [before])
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("method", ["permuted_blocks", "minimisation"])
def test_the_hundredth_allocation_writes_as_much_as_the_tenth(committing, at, method) -> None:
    """Statements exactly, write-ahead log nearly: the first change of a page after a checkpoint, and a page that fills up, cost more once.

    So the least of a few neighbours is taken; and nobody else writes on a server of tests for long.
    """
    text = roomy(LIMERICK.read_text())
    if method == "minimisation":
        text = text.replace('"permuted_blocks"', '"minimisation"').replace("multipliers = [2, 3]", 'p = "4/5"')
    load_trial(at=at, text=text)
    open_randomisation(at=at)
    site, strata = Site.objects.get(code="LIM"), (("site", "LIM"), ("sex", "F"))
    sent, logged = [], []
    for place in range(1, 131):
        unit = Unit.objects.create(trial_id=f"U-{place:04}", site=site)
        give = lambda unit=unit: allocation.allocate(unit, strata=strata, by=SHELL, at=at)  # noqa: E731
        with CaptureQueriesContext(connection) as captured:
            logged.append(written(give))
        sent.append(len(captured))
    assert set(sent[1:]) == {sent[1]}
    early, late = (min(logged[start : start + 20]) for start in (9, 109))
    assert abs(late - early) <= 0.02 * early
    assert early < 20_000
