"""Many clients on one stratum over real connections: none lost, none double, no gap; with the lock off the same race loses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from tests.trials.allocating import MEN_AT_LIM, SHELL, WOMEN_AT_LIM, allocated, expected, manager, opened, unit
from trials import waiting
from trials.actions import allocation, schemes
from trials.models import Allocation, Event, Stratum, Unit
from trials.permissions import Refused


def race(clients: int, each: int, step: Callable[[int, int], None]) -> None:
    """`step(client, turn)` in as many threads as clients, each on a connection of its own, all starting together."""
    together = threading.Barrier(clients)

    def client(number: int) -> None:
        try:
            together.wait(timeout=30)
            for turn in range(each):
                step(number, turn)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client, number) for number in range(clients)]:
            done.result()


def test_sixteen_clients_on_one_stratum_lose_nothing_and_double_nothing(committing, at):
    clients, each = 16, 20
    scheme = opened(at)
    units = [[unit(f"P-{client:02}{turn:02}") for turn in range(each)] for client in range(clients)]
    aborted: list[tuple[int, str]] = []

    def step(client: int, turn: int) -> None:
        someone = units[client][turn]
        if (client + turn) % 4 == 0:
            with transaction.atomic():
                drawn = allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
                aborted.append((drawn.seq, drawn.arm))
                transaction.set_rollback(True)
        allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)

    race(clients, each, step)
    given = list(Allocation.objects.order_by("pk"))
    arms = expected(scheme, "site=LIM|sex=F", clients * each)
    assert len(aborted) == clients * each // 4
    assert [a.seq for a in given] == list(range(1, clients * each + 1))
    assert [a.arm for a in given] == arms
    assert aborted == [(seq, arms[seq - 1]) for seq, _ in aborted]
    assert {a.unit_id for a in given} == {u.pk for row in units for u in row}
    assert Stratum.objects.get().next_seq == clients * each + 1
    assert Event.objects.filter(verb="unit.allocated").count() == clients * each


def test_without_the_lock_the_same_race_loses(committing, at, monkeypatch):
    clients, each = 8, 5
    opened(at)
    allocated("P-FIRST", at)
    units = [[unit(f"P-{client:02}{turn:02}") for turn in range(each)] for client in range(clients)]
    lost: list[Unit] = []
    monkeypatch.setattr(allocation, "LOCK", "")

    def step(client: int, turn: int) -> None:
        try:
            allocation.allocate(units[client][turn], strata=WOMEN_AT_LIM, by=SHELL, at=at)
        except DatabaseError:
            lost.append(units[client][turn])

    race(clients, each, step)
    assert len(lost) > 0
    assert Allocation.objects.count() == 1 + clients * each - len(lost)


def test_one_person_on_eight_clients_is_randomised_once(committing, at):
    opened(at)
    someone, refusals = unit("P-001"), []

    def step(client: int, turn: int) -> None:
        strata = WOMEN_AT_LIM if client % 2 else MEN_AT_LIM
        try:
            allocation.allocate(someone, strata=strata, by=SHELL, at=at)
        except Refused as refused:
            refusals.append(refused.code)

    race(8, 1, step)
    assert refusals == ["already_randomised"] * 7
    given = Allocation.objects.get()
    assert list(Stratum.objects.values_list("key", "next_seq")) == [(given.stratum_key, 2)]


def test_a_stratum_that_stays_locked_is_busy_and_the_step_may_be_tried_again(committing, at, monkeypatch):
    scheme = opened(at)
    allocated("P-001", at)
    someone = unit("P-002")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Stratum.objects.select_for_update().get()
                held.set()
                release.wait(30)
        finally:
            connection.close()

    monkeypatch.setattr(waiting, "LOCK_TIMEOUT", "100ms")
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    with pytest.raises(Refused) as refused, transaction.atomic(), waiting.patiently():
        allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
    release.set()
    holder.join()
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    again = allocation.allocate(someone, strata=WOMEN_AT_LIM, by=SHELL, at=at)
    assert (again.seq, again.arm) == (2, expected(scheme, "site=LIM|sex=F", 2)[1])


def test_closing_waits_for_an_allocation_under_way(committing, at, monkeypatch):
    opened(at)
    inside, order = threading.Event(), []

    def allocate() -> None:
        try:
            with transaction.atomic():
                allocated("P-001", at)
                inside.set()
                order.append("allocated")
        finally:
            connection.close()

    at_work = threading.Thread(target=allocate)
    at_work.start()
    inside.wait(30)
    schemes.close_scheme(reason="complete", by=manager(), at=at)
    order.append("closed")
    at_work.join()
    assert order == ["allocated", "closed"]
    with pytest.raises(Refused, match="Randomisation is closed"):
        allocated("P-002", at)
