"""Who asks, for whom, when and how often changes no arm: a stratum's next arm is a function of seed, stratum and place alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from tests.trials.allocating import SHELL, WOMEN_AT_LIM, allocated, opened, staff, unit
from trials import entropy, streams
from trials.actions import allocation
from trials.domain.roles import Role
from trials.models import Allocation

pytestmark = pytest.mark.django_db

PERMUTATIONS = 200


def drawn(at, permutations: int = PERMUTATIONS) -> set[tuple[int, str, str]]:
    """What the next place of a stratum gives, asked in as many ways and each time taken back."""
    people = [SHELL, *[staff(f"c{i}", at, (Role.COORDINATOR, "LIM")) for i in range(4)], staff("m", at, (Role.MANAGER, None))]
    found = set()
    for i in range(permutations):
        by = people[i % 5]
        with transaction.atomic():
            someone = unit(f"P-{1000 - 3 * i:04}")
            for _ in range(i % 4):
                with transaction.atomic():
                    allocation.allocate(someone, strata=WOMEN_AT_LIM, by=by, at=at)
                    transaction.set_rollback(True)
            given = allocation.allocate(someone, strata=WOMEN_AT_LIM, by=by, at=at + timedelta(minutes=7 * i, microseconds=i))
            found.add((given.seq, given.arm, given.dummy_arm))
            transaction.set_rollback(True)
    return found


def test_the_arm_is_the_same_whoever_asks_whenever_and_however_often(at):
    opened(at)
    for i in range(3):
        allocated(f"P-{i}", at)
    found = drawn(at)
    assert len(found) == 1
    assert Allocation.objects.count() == 3
    later = allocated("P-LATER", at + timedelta(days=40))
    assert found == {(later.seq, later.arm, later.dummy_arm)}


@pytest.mark.parametrize("covert", ["person", "moment", "retries"])
def test_an_arm_that_hangs_on_something_else_is_caught(at, monkeypatch, covert):
    opened(at)
    write, tries = allocation._write, [0]

    def bent(row, *told_besides):
        tries[0] += 1
        told = {"person": row.unit.trial_id, "moment": row.at.isoformat(), "retries": str(tries[0])}[covert]
        if entropy.fresh("covert", told)[0] % 2:
            row.arm = next(arm for arm in streams.table_of(row.scheme)["arms"] if arm != row.arm)
        write(row, *told_besides)

    monkeypatch.setattr(allocation, "_write", bent)
    assert len(drawn(at, 40)) == 2
