"""Who asks, for whom, when and how often changes no arm: a stratum's next arm is a function of seed, stratum and place alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from tests.cast import hire, load_trial, open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import consenting
from tests.taken_back import taken_back
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


def told_over_http(at, requests: int) -> set[str]:
    """What one person is given when the same request comes from elsewhere, each time taken back: another address, browser and key."""
    load_trial(at=at)
    cast = hire(at=at)
    open_randomisation(at=at)
    person = consenting(cast.first, by=cast.coordinator, at=at)
    complete(person, by=cast.coordinator, at=at)
    client, found = Client(), set()
    client.force_login(cast.coordinator)
    for i in range(requests):
        told = {
            "REMOTE_ADDR": f"10.{i}.{255 - i}.{7 * i % 256}",
            "HTTP_X_FORWARDED_FOR": f"192.0.2.{i}, 2001:db8::{i:x}",
            "HTTP_USER_AGENT": f"Browser/{i}",
            "HTTP_ACCEPT_LANGUAGE": ("en", "de", "es")[i % 3],
            "HTTP_IDEMPOTENCY_KEY": str(UUID(int=i * 2**64 + i)),
        }
        with taken_back():
            answer = client.post(f"/api/v1/participants/{person}/randomise/", "{}", "application/json", **told)
            assert answer.status_code == 200, answer.content
            given = Allocation.objects.get()
            found.add(f"{given.seq} {given.arm} {given.dummy_arm}")
    return found


def test_the_arm_is_the_same_from_wherever_the_request_comes(at):
    assert len(told_over_http(at, 40)) == 1


@pytest.mark.parametrize("covert", ["REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT", "HTTP_IDEMPOTENCY_KEY"])
def test_an_arm_that_hangs_on_the_request_is_caught(at, monkeypatch, covert):
    seen, post, write = [""], Client.post, allocation._write

    def posted(client, path, *told, **headers):
        seen[0] = headers[covert]
        return post(client, path, *told, **headers)

    def bent(row, *told_besides):
        if hashlib.sha256(seen[0].encode()).digest()[0] % 2:
            row.arm = next(arm for arm in streams.table_of(row.scheme)["arms"] if arm != row.arm)
        write(row, *told_besides)

    monkeypatch.setattr(Client, "post", posted)
    monkeypatch.setattr(allocation, "_write", bent)
    assert len(told_over_http(at, 12)) == 2
