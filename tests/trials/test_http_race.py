"""64 clients over HTTP on the last places of a stratum, some aborted after the draw, the server killed: none lost, none doubled, no gap."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime

import psycopg
import pytest

from tests import plugin
from tests.chaos.racing import faults, leave_room, like, of_the_seed, order_of_all, race, ready_trial, served, start, tokens
from tests.chaos.wreck import tell
from tests.fresh import seed_of
from trials.models import Allocation

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLIENTS = 64
PLACES = (0, 1, 2, 8, 63, 64)


def rounds_of_races(database: str, *, rounds: int, seed: bytes) -> None:
    """Every number of places in every round, on one server and one ever longer list."""
    chance, person, first = random.Random(seed), ready_trial(AT), 1
    own, aborted, busy = tokens(AT), 0, 0
    with served(database, AT) as stack:
        for _ in range(rounds):
            for places in chance.sample(PLACES, len(PLACES)):
                names, before = like(person, database, first, CLIENTS), Allocation.objects.count()
                first += CLIENTS
                leave_room(database, places)
                heard = race(stack, own, names, clients=CLIENTS, chance=chance)
                assert faults(stack, heard, places=places, before=before) == [], f"{places} places, seed {seed.hex()}\n{stack.logs()}"
                aborted += sum(a.aborted for a in heard.values())
                busy += sum(a.busy for a in heard.values())
    given = order_of_all()
    assert given == [*enumerate(of_the_seed(len(given)), 1)]
    assert len(given) == Allocation.objects.count() == rounds * sum(PLACES)
    assert aborted >= rounds * 8
    tell(f"{rounds} rounds: {Allocation.objects.count()} places given, {aborted} requests aborted after the draw, {busy} told to try again")


def test_none_is_lost_and_none_doubled_on_the_last_places(committing):
    rounds_of_races(committing, rounds=10, seed=b"race")


@pytest.mark.long(minutes=15)
def test_none_is_lost_and_none_doubled_on_the_last_places_in_200_rounds(committing):
    rounds_of_races(committing, rounds=200, seed=seed_of("race"))


@pytest.mark.parametrize("guarded", [True, False], ids=["places are unique", "and they need not be"])
def test_without_the_locks_the_same_race_fails(committing, guarded):
    """With the locks off people are lost; where the database does not guard the places either, they are given twice."""
    person, own = ready_trial(AT), tokens(AT)
    with served(committing, AT, door="tests.chaos.unlocked") as stack:
        if not guarded:
            with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as owner:
                owner.execute("DROP INDEX allocation_place_once")
        names = like(person, committing, 1, CLIENTS)
        leave_room(committing, CLIENTS)
        heard = race(stack, own, names, clients=CLIENTS, chance=random.Random(1))
        found = faults(stack, heard, places=CLIENTS, before=0)
    assert found
    if guarded:
        assert any(sentence.startswith("neither an arm nor a refusal") for sentence in found)
    else:
        assert any(sentence.startswith("places are not 1 to") for sentence in found)


def on_one_stratum(database: str, *, clients: int, each: int, seed: bytes) -> None:
    person, own, chance = ready_trial(AT), tokens(AT), random.Random(seed)
    names = like(person, database, 1, clients * each)
    with served(database, AT) as stack:
        heard = race(stack, own, names, clients=clients, chance=chance, aborts=0.05)
        assert faults(stack, heard, places=len(names), before=0) == [], stack.logs()
    assert sum(a.aborted for a in heard.values()) == round(len(names) * 0.05)


def test_eight_clients_go_on_and_on_on_one_stratum(committing):
    on_one_stratum(committing, clients=8, each=20, seed=b"eight")


@pytest.mark.long(minutes=2)
def test_eight_clients_randomise_500_each_on_one_stratum(committing):
    on_one_stratum(committing, clients=8, each=500, seed=seed_of("eight"))


def killed_in_the_middle(database: str, *, kills: int, people: int, seed: bytes) -> None:
    """The web server dies without a warning while clients wait for an arm, and comes back; whoever was cut off asks again."""
    person, own, chance = ready_trial(AT), tokens(AT), random.Random(seed)
    names = like(person, database, 1, people)
    with served(database, AT) as stack:
        step = people // (kills + 1)

        def kill() -> None:
            for number in range(1, kills + 1):
                until = threading.Event()
                while Allocation.objects.count() < number * step:
                    until.wait(0.02)
                stack.kill("web")
                start(stack)

        heard = race(stack, own, names, clients=32, chance=chance, meanwhile=kill)
        assert faults(stack, heard, places=people, before=0) == [], stack.logs()
    cut_off = sum(a.cut_off > 0 for a in heard.values())
    assert cut_off >= kills
    tell(f"{kills} kills cut {cut_off} of {people} clients off; every one of them has one arm")


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(committing):
    killed_in_the_middle(committing, kills=2, people=64, seed=b"kill")


@pytest.mark.long(minutes=1)
def test_a_server_killed_twenty_times_loses_and_doubles_nothing(committing):
    killed_in_the_middle(committing, kills=20, people=640, seed=seed_of("kill"))
