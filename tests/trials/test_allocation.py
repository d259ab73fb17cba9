"""An allocation is the next place of its stratum's list, drawn at that moment, written once and never touched again."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import open_randomisation
from tests.trials.allocating import MEN_AT_LIM, SHELL, TEXT, WOMEN_AT_LIM, allocated, expected, load, manager, opened, staff, unit
from trials import forcing, queries, sealing, streams, waiting
from trials.actions import allocation, schemes
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.stream import next_arm, open_stream
from trials.domain.roles import Role
from trials.models import Allocation, Clock, Event, RowVersion, Scheme, Stratum
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


def test_arms_and_sham_arms_follow_the_lists_of_the_sealed_seed(at):
    scheme = opened(at)
    women = [allocated(f"P-{i:03}", at) for i in range(1, 31)]
    men = [allocated(f"P-{i:03}", at, strata=MEN_AT_LIM) for i in range(31, 41)]
    assert [a.arm for a in women] == expected(scheme, "site=LIM|sex=F", 30)
    assert [a.arm for a in men] == expected(scheme, "site=LIM|sex=M", 10)
    assert [a.dummy_arm for a in women] == expected(scheme, "site=LIM|sex=F", 30, dummy=True)
    assert [a.seq for a in women] == list(range(1, 31))


def test_an_allocation_keeps_all_that_it_came_from(at):
    scheme = opened(at)
    made = allocated("P-001", at)
    kept = Allocation.objects.get()
    assert made == kept
    assert (kept.scheme, kept.stratum_key, kept.factors, kept.at, kept.source) == (
        scheme, "site=LIM|sex=F", {"site": "LIM", "sex": "F"}, at, "live",
    )  # fmt: skip
    assert (kept.protocol_digest, kept.code_digest) == (scheme.protocol_digest, streams.code_digest())


def test_arms_keep_the_order_of_the_protocol_through_the_database(at):
    scheme = opened(at, TEXT.replace("[arms.RET]", "[arms.TRAINING]"))
    scheme.refresh_from_db()
    assert scheme.table["arms"] == [["TRAINING", 1], ["WL", 1]]
    arms = [allocated(f"P-{i:03}", at).arm for i in range(1, 13)]
    assert arms == expected(scheme, "site=LIM|sex=F", 12)


def test_a_big_stick_trial_keeps_its_bound(at):
    opened(at, TEXT.replace('method = "permuted_blocks"', 'method = "big_stick"').replace("multipliers = [2, 3]", "bound = 2"))
    arms = [allocated(f"P-{i:03}", at).arm for i in range(1, 41)]
    leads = {abs(2 * arms[:i].count("RET") - i) for i in range(1, 41)}
    assert leads == {0, 1, 2}


MINIMISING = TEXT.replace('method = "permuted_blocks"', 'method = "minimisation"').replace("multipliers = [2, 3]", 'p = "4/5"')


def test_minimisation_follows_its_law_with_one_stream_for_the_whole_trial(at):
    scheme = opened(at, MINIMISING)
    method = scheme_from(queries.protocol_in_force().allocation_table())
    seed = sealing.open_sealed("seed", scheme.sealed_seed, context="trials_scheme|1|seed")
    state, people = open_stream(method, seed=seed, stratum="all"), [WOMEN_AT_LIM, MEN_AT_LIM, WOMEN_AT_LIM] * 8
    for i, strata in enumerate(people):
        given = allocated(f"P-{i:03}", at, strata=strata)
        arm, state = next_arm(method, state, dict(strata))
        assert (given.arm, given.seq, given.stratum_key) == (arm, i + 1, "all")


def test_a_level_that_the_open_scheme_does_not_know_is_refused(at):
    opened(at, MINIMISING)
    with pytest.raises(Refused) as refused:
        allocated("P-001", at, strata=(("site", "LIM"), ("sex", "Q")))
    assert refused.value.code == "no_level"
    assert str(refused.value) == "The open scheme can't place this person: sex has no level 'Q', only F, M, X."


def test_a_step_that_was_rolled_back_gives_the_same_arm_again(at):
    opened(at)
    someone, tries = unit("P-001"), []
    for _ in range(3):
        with transaction.atomic():
            drawn = allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
            tries.append((drawn.seq, drawn.arm, drawn.dummy_arm))
            transaction.set_rollback(True)
    assert not Allocation.objects.exists()
    final = allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
    assert set(tries) == {(final.seq, final.arm, final.dummy_arm)}


def test_codes_are_unlike_each_other_and_tell_no_place(at):
    opened(at)
    codes = [allocated(f"P-{i:03}", at).code for i in range(1, 21)]
    assert len(set(codes)) == 20
    assert {len(code) for code in codes} == {10}
    assert codes != sorted(codes)
    assert codes != sorted(codes, reverse=True)


def test_nothing_in_the_database_holds_an_arm_that_is_not_given_yet(at):
    scheme = opened(at)
    allocated("P-001", at)
    seed = sealing.open_sealed("seed", scheme.sealed_seed, context="trials_scheme|1|seed")
    state = Stratum.objects.get()
    opened_state = sealing.open_sealed("seed", state.sealed_state, context="trials_stratum|1|site=LIM|sex=F|state|2")
    history = "".join(str(v.old) + str(v.new) for v in RowVersion.objects.all())
    held = bytes(scheme.sealed_seed) + bytes(state.sealed_state) + bytes(state.sealed_dummy_state)
    assert not [secret for secret in (seed, opened_state[16:80]) if secret in held or secret.hex() in history]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trials_allocation")
        assert cursor.fetchone() == (1,)


def test_the_sealed_state_has_one_length_whatever_the_place_in_a_block(at):
    opened(at)
    lengths = set()
    for i in range(1, 15):
        allocated(f"P-{i:03}", at)
        lengths.add(len(Stratum.objects.get().sealed_state))
    assert len(lengths) == 1


def test_a_state_put_back_by_hand_does_not_open(at):
    opened(at)
    allocated("P-001", at)
    earlier = Stratum.objects.get()
    allocated("P-002", at)
    Stratum.objects.update(sealed_state=earlier.sealed_state)
    with pytest.raises(sealing.CannotUnseal):
        allocated("P-003", at)


def test_every_allocation_costs_the_same_statements(at):
    opened(at)
    counts = []
    for i in range(1, 41):
        someone = unit(f"P-{i:03}")
        with CaptureQueriesContext(connection) as statements:
            allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
        counts.append(len(statements))
    assert counts[0] == counts[1] + 3
    assert set(counts[1:]) == {6}


def test_randomisation_is_refused_before_it_is_opened(at):
    load(at)
    with pytest.raises(Refused) as refused:
        allocated("P-001", at)
    assert (refused.value.code, str(refused.value)) == (
        "randomisation_not_open",
        "Randomisation is not open yet: the unblinded statistician draws a scheme, the trial manager approves it.",
    )


def test_nobody_is_randomised_twice(at):
    opened(at)
    first = allocated("P-001", at)
    with pytest.raises(Refused) as refused:
        allocation.allocate(first.unit, strata=MEN_AT_LIM, by=SHELL, at=at)
    assert (refused.value.code, str(refused.value)) == ("already_randomised", "P-001 is already randomised.")
    assert not Stratum.objects.filter(key="site=LIM|sex=M").exists()


def test_other_faults_of_the_database_are_not_hidden(at, monkeypatch):
    opened(at)
    allocated("P-001", at)
    monkeypatch.setattr(allocation.entropy, "code", lambda kind, key: Allocation.objects.get().code)
    with pytest.raises(DatabaseError, match="trials_allocation_code"):
        allocated("P-002", at)
    monkeypatch.setattr(waiting, "LOCK_TIMEOUT", "soon")
    with pytest.raises(DatabaseError, match="lock_timeout"), transaction.atomic(), waiting.patiently():
        pytest.fail("a step began without knowing how long it waits")


def test_a_closed_scheme_gives_no_more_arms_and_a_new_one_starts_other_streams(at):
    first = opened(at)
    allocated("P-001", at)
    with pytest.raises(Refused, match="Say why randomisation is closed"):
        schemes.close_scheme(reason=" ", by=manager(), at=at)
    schemes.close_scheme(reason="recruitment is complete", by=manager(), at=at)
    with pytest.raises(Refused) as refused:
        allocated("P-002", at)
    assert (refused.value.code, str(refused.value)) == ("randomisation_closed", "Randomisation is closed.")
    second = open_randomisation(at=at)
    assert second.version == 2
    assert expected(first, "site=LIM|sex=F", 40) != expected(second, "site=LIM|sex=F", 40)
    assert allocated("P-003", at).arm == expected(second, "site=LIM|sex=F", 1)[0]


def test_a_coordinator_randomises_at_the_own_site_alone(at):
    opened(at)
    coordinator = staff("c", at, (Role.COORDINATOR, "LIM"))
    other = next(s for s in Scheme.objects.get().trial.sites.all() if s.code != "LIM")
    allocation.allocate(unit("P-001"), strata=WOMEN_AT_LIM, by=coordinator, at=at)
    with pytest.raises(NotAllowed):
        allocation.allocate(unit("P-002", other.code), strata=(("site", other.code), ("sex", "F")), by=coordinator, at=at)


def test_the_audit_tells_who_and_when_but_no_arm(at):
    opened(at)
    made = allocated("P-001", at)
    event = Event.objects.get(verb="unit.allocated")
    assert (event.about, event.actor, event.at, event.detail) == ("P-001", "machine:shell", at, {})
    assert [(v.operation, v.actor) for v in RowVersion.objects.filter(table_name="trials_allocation", row_id=str(made.pk))] == [
        ("INSERT", "machine:shell")
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trials_allocation SET arm = 'WL'",
        "DELETE FROM trials_allocation",
        "TRUNCATE trials_allocation",
        "DELETE FROM trials_stratum",
        "DELETE FROM trials_scheme",
        "UPDATE trials_unblinding SET reason = ''",
        "DELETE FROM trials_unblinding",
        "UPDATE trials_unblindingstep SET kind = 'told'",
        "DELETE FROM trials_unblindingstep",
    ],
)
def test_the_application_cannot_change_what_was_given(at, statement):
    opened(at)
    allocated("P-001", at)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_test_can_give_an_arm_and_the_stream_goes_on_as_if_it_had_not(at):
    opened(at)
    drawn = expected(Scheme.objects.get(), "site=LIM|sex=F", 3)
    other = {"RET": "WL", "WL": "RET"}
    with forcing.arms({"P-002": other[drawn[1]]}):
        given = [allocated(trial_id, at).arm for trial_id in ("P-001", "P-002", "P-003")]
    assert given == [drawn[0], other[drawn[1]], drawn[2]]


def test_outside_a_test_database_no_arm_can_be_given(at, monkeypatch):
    opened(at)
    monkeypatch.setattr(Clock.objects, "filter", lambda **kind: Clock.objects.none())
    with forcing.arms({"P-002": "RET"}), pytest.raises(ImproperlyConfigured, match="marked test only"):
        allocated("P-001", at)
    assert not Allocation.objects.exists()
    assert allocated("P-002", at).arm == expected(Scheme.objects.get(), "site=LIM|sex=F", 1)[0]
