"""The one door: an arm for whoever may know it, nothing for everybody else, and blindness wins where roles meet."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.trials.allocating import SHELL, allocated, opened, staff
from trials import blinding, queries
from trials.blinding import CONCEALED
from trials.domain.roles import BETRAYS_ARM, Permission, Role, leaves_blind
from trials.models import Allocation, Site
from trials.permissions import sites_where

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Participant:
    trial_id: str

    @property
    def actor(self) -> str:
        return f"participant:{self.trial_id}"


@pytest.fixture
def here_and_there(at) -> tuple[Allocation, Allocation]:
    """One allocation at each of the two sites."""
    opened(at)
    there = Site.objects.exclude(code="LIM").get().code
    return allocated("P-001", at), allocated("P-002", at, site=there, strata=(("site", there), ("sex", "F")))


def what_is_seen(viewer: object, allocations: tuple[Allocation, ...]) -> list[bool]:
    shown = [blinding.arm_for(viewer, a) for a in allocations]
    seen = [arm is not CONCEALED for arm in shown]
    assert [arm for arm in shown if arm is not CONCEALED] == [a.arm for a, yes in zip(allocations, seen, strict=True) if yes]
    assert set(blinding.arms_seen_by(viewer)) == {a for a, yes in zip(allocations, seen, strict=True) if yes}
    assert [blinding.told_for(viewer, a) is not CONCEALED for a in allocations] == seen
    return seen


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        ([(Role.COORDINATOR, "LIM")], [True, False]),
        ([(Role.TRAINER, "LIM")], [True, False]),
        ([(Role.PI, None)], [True, True]),
        ([(Role.MANAGER, None)], [True, True]),
        ([(Role.MONITOR, None)], [True, True]),
        ([(Role.UNBLINDED_STATISTICIAN, None)], [True, True]),
        ([(Role.ASSESSOR, "LIM")], [False, False]),
        ([(Role.BLINDED_STATISTICIAN, None)], [False, False]),
        ([(Role.SAFETY_CLINICIAN, None)], [False, False]),
        ([], [False, False]),
        ([(Role.COORDINATOR, "LIM"), (Role.ASSESSOR, "LIM")], [False, False]),
        ([(Role.PI, None), (Role.ASSESSOR, "LIM")], [False, True]),
        ([(Role.PI, None), (Role.SAFETY_CLINICIAN, None)], [False, False]),
    ],
)
def test_each_role_sees_the_arms_it_may_know(at, here_and_there, roles, seen):
    viewer = staff("someone", at, *roles)
    assert what_is_seen(viewer, here_and_there) == seen
    assert [blinding.sees_arms(viewer, a.unit.site) for a in here_and_there] == seen
    assert blinding.sees_arms(viewer) == (any(seen) and Role.ASSESSOR not in [role for role, _ in roles])


def test_participants_know_their_own_arm_and_no_other(here_and_there):
    assert what_is_seen(Participant("P-001"), here_and_there) == [True, False]
    assert not blinding.sees_arms(Participant("P-001"))


def test_the_shell_may_know_arms(here_and_there):
    assert what_is_seen(SHELL, here_and_there) == [True, True]


def test_a_machine_named_like_a_participant_gains_nothing_by_it(here_and_there):
    assert what_is_seen(Participant(""), here_and_there) == [False, False]


def test_what_is_concealed_is_false_and_empty():
    assert (bool(CONCEALED), str(CONCEALED), f"{CONCEALED}") == (False, "", "")


def test_before_a_protocol_is_loaded_every_role_that_could_be_blind_is(at):
    assert not blinding.sees_arms(staff("someone", at, (Role.PI, None), (Role.ASSESSOR, None)))
    assert blinding.sees_arms(staff("pi", at, (Role.PI, None)))


def test_machinery_gets_the_plans_of_the_arm(at, here_and_there):
    protocol = queries.protocol_in_force()
    for given in here_and_there:
        assert blinding.plan_for(given) == protocol.plan_of(given.arm)
        assert blinding.deferred_plan_for(given) == protocol.deferred_plan_of(given.arm)
        assert blinding.dummy_arm_for(given) == given.dummy_arm


def test_what_is_told_is_the_protocols_word(at, here_and_there):
    pi = staff("pi", at, (Role.PI, None))
    assert blinding.told_for(pi, here_and_there[0]) == queries.protocol_in_force().arm(here_and_there[0].arm)


def test_looking_at_many_arms_reads_roles_and_protocol_once(at, here_and_there, django_assert_num_queries):
    pi = staff("pi", at, (Role.PI, None))
    blinding.sees_arms(pi)
    given = list(Allocation.objects.select_related("unit__site"))
    with django_assert_num_queries(0):
        assert [blinding.arm_for(pi, a) for a in given] == [a.arm for a in given]


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        ([(Role.SAFETY_CLINICIAN, None)], [True, True]),
        ([(Role.PI, None)], [True, True]),
        ([(Role.COORDINATOR, "LIM")], [True, False]),
        ([(Role.MONITOR, None)], [True, True]),
        ([(Role.ASSESSOR, "LIM")], [False, False]),
        ([(Role.BLINDED_STATISTICIAN, None)], [False, False]),
        ([(Role.SAFETY_CLINICIAN, None), (Role.ASSESSOR, "LIM")], [False, True]),
        ([(Role.PI, None), (Role.BLINDED_STATISTICIAN, None)], [False, False]),
        ([], [False, False]),
    ],
)
def test_one_arm_is_told_to_whoever_neither_assesses_nor_analyses(at, here_and_there, roles, told):
    viewer = staff("someone", at, *roles)
    assert [blinding.may_be_told(viewer, a.unit.site) for a in here_and_there] == told
    offered = [viewer in blinding.readers_at(a.unit.site, at) for a in here_and_there]
    assert offered == told


NEVER_BLIND = (Permission.SEE_SESSIONS, Permission.SEE_CLINICAL, Permission.SEE_MESSAGES, Permission.SEE_AUDIT, Permission.RANDOMISE)


def test_a_second_role_opens_nothing_where_the_first_is_blind(at, here_and_there):
    both = staff("both", at, (Role.COORDINATOR, "LIM"), (Role.ASSESSOR, "LIM"))
    assert [sites_where(both, permission) for permission in NEVER_BLIND] == [set()] * len(NEVER_BLIND)
    lim = Site.objects.get(code="LIM")
    assert [sites_where(both, p) for p in (Permission.SEE_PEOPLE, Permission.SEE_SCORES, Permission.SCREEN)] == [{lim.pk}] * 3


def test_blind_at_one_site_is_not_blind_at_another(at, here_and_there):
    both = staff("both", at, (Role.PI, None), (Role.ASSESSOR, "LIM"))
    elsewhere = set(Site.objects.exclude(code="LIM").values_list("pk", flat=True))
    assert [sites_where(both, p) for p in (Permission.SEE_SESSIONS, Permission.SEE_CLINICAL)] == [elsewhere, elsewhere]
    assert sites_where(both, Permission.SEE_PEOPLE) is None
    everywhere = staff("everywhere", at, (Role.PI, None), (Role.BLINDED_STATISTICIAN, None))
    assert [sites_where(everywhere, permission) for permission in NEVER_BLIND] == [set()] * len(NEVER_BLIND)


def test_a_role_that_the_protocol_leaves_open_is_not_blind(at, here_and_there, monkeypatch):
    monkeypatch.setattr("trials.permissions._blind_roles", lambda: frozenset({Role.BLINDED_STATISTICIAN}))
    both = staff("both", at, (Role.COORDINATOR, "LIM"), (Role.ASSESSOR, "LIM"))
    assert sites_where(both, Permission.SEE_SESSIONS) == {Site.objects.get(code="LIM").pk}


@pytest.mark.parametrize("permission", sorted(BETRAYS_ARM))
def test_what_betrays_an_arm_is_never_left_to_blind_eyes(permission):
    assert not leaves_blind(permission)
