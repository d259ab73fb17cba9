"""A replay finds what was changed about an envelope, whoever changed it."""

from __future__ import annotations

import psycopg
import pytest

from tests import plugin
from tests.cast import hire, load_trial, open_randomisation
from tests.conftest import AT
from tests.house.lived import standing_in
from tests.outcomes.actions.test_batches import ready
from tests.outcomes.actions.test_envelopes import TEXT, enter, envelope
from tests.trials.test_proof import verified
from trials.actions import envelopes

TAMPERED = {
    "an arm": ("UPDATE trials_allocation SET arm = CASE arm WHEN 'RET' THEN 'WL' ELSE 'RET' END WHERE source = 'backup'", "the arm is not the one drawn"),
    "a moment": ("UPDATE trials_allocation SET at = at + interval '1 minute' WHERE source = 'backup'", "was changed"),
    "a use": ("DELETE FROM trials_envelopeuse", "was randomised by an envelope that is gone"),
    "a report": ("DELETE FROM trials_envelopereport", "was skipped at site=LIM|sex=F"),
}  # fmt: skip


@pytest.fixture(scope="module")
def entered(django_db_blocker):
    """A database of its own in which envelope 1 is missing and somebody was randomised by envelope 2."""
    name = plugin.clone("envelopes")
    with django_db_blocker.unblock(), standing_in(name):
        load_trial(at=AT, text=TEXT)
        staff = hire(at=AT)
        open_randomisation(at=AT)
        envelopes._print(staff.first, by=staff.unblinded_statistician, at=AT)
        (person,) = ready(staff, AT, 1)
        envelopes.report_envelope(envelope(1).code, kind="missing", reason="Lost", by=staff.coordinator, at=AT)
        enter(person, 2, staff, AT)
        assert verified()[0] == 0
    yield name
    plugin.drop(name)


@pytest.mark.parametrize("what", TAMPERED)
def test_a_change_is_found_by_the_replay(entered, django_db_blocker, what):
    change, says = TAMPERED[what]
    name = plugin.clone("tampered", of=entered)
    try:
        with django_db_blocker.unblock(), standing_in(name):
            with psycopg.connect(plugin.with_name(plugin.OWNER_URL, name), autocommit=True) as owner:
                owner.execute("SET session_replication_role = replica")
                owner.execute(change)
            code, said = verified()
        assert (code, says in said) == (1, True), said
    finally:
        plugin.drop(name)
