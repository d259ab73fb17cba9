"""Many at once for the places of one slot: never more than there are; with the locks off, the database still counts; without both, too many."""

from __future__ import annotations

import threading
from datetime import datetime

import psycopg
import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from participants.actions import sessions
from participants.actions.sessions import slots
from participants.actions.sessions.filling import lying_at
from participants.models import Participant, Slot, TrainingSession
from tests import plugin
from tests.cast import hire, load_trial
from tests.participants.test_fill_slot import EIGHTH
from tests.participants.test_slots import FRIDAY_NINE
from tests.participants.training import randomised, session_of
from tests.trials.test_allocation_race import race
from trials import blinding
from trials.permissions import Refused

CLIENTS, PLACES = 6, 2


@pytest.fixture
def six(committing, at):
    """The staff, and six people who train at the same times."""
    load_trial(at=at)
    cast = hire(at=at)
    people: list[Participant] = []
    while len(people) < CLIENTS:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        if blinding.plan_for(person.enrolment.allocation) is not None:
            people.append(person)
    return cast, people


@pytest.fixture
def rush(six, at):
    """Six people at once for a slot with two places: what became of each, and how many sessions are in the slot."""
    cast, people = six
    slot = opened(cast, FRIDAY_NINE, at)
    eighth = [session_of(person, 8) for person in people]

    def run() -> tuple[list[str], int]:
        told: list[str] = []

        def step(client: int, _turn: int) -> None:
            try:
                sessions.join_slot(eighth[client], slot=Slot.objects.get(pk=slot.pk), by=cast.coordinator, at=at)
                told.append("joined")
            except Refused as refused:
                told.append(refused.sentence)
            except DatabaseError as fault:
                told.append(str(fault).split("\n")[0])

        race(CLIENTS, 1, step)
        return sorted(told), TrainingSession.objects.filter(slot=slot).count()

    return run


@pytest.fixture
def fill(six, at):
    """Three at once fill a slot with two places where sessions stand already: what became of each, and how many are in it."""
    cast, _ = six

    def run() -> tuple[list[str], int]:
        slot, told = opened(cast, EIGHTH, at), []
        seen = lying_at(slot, viewer=cast.coordinator, at=at).seen

        def step(_client: int, _turn: int) -> None:
            try:
                sessions.fill_slot(Slot.objects.get(pk=slot.pk), seen=seen, by=cast.coordinator, at=at)
                told.append("filled")
            except Refused as refused:
                told.append(refused.sentence)

        race(3, 1, step)
        return sorted(told), TrainingSession.objects.filter(slot=slot).count()

    return run


def opened(cast, starts_at: datetime, at: datetime) -> Slot:  # type: ignore[no-untyped-def]
    return sessions.open_slot(
        cast.first, trainer=cast.trainer, starts_at=starts_at, minutes=60, capacity=PLACES, by=cast.coordinator, at=at
    )


@pytest.fixture
def unlocked(monkeypatch):
    """No row is locked, and everybody has counted the places before anybody writes."""
    counted = threading.Barrier(CLIENTS)
    count = slots.refusal_to_take

    def together(*told, **more):
        refusal = count(*told, **more)
        counted.wait(timeout=30)
        return refusal

    monkeypatch.setattr(slots, "refusal_to_take", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)


def test_six_at_once_for_two_places_are_two_in_the_slot_and_four_sentences_and_of_three_who_fill_one_it_is_one(rush, fill) -> None:
    assert rush() == (["All 2 places of this slot are taken."] * 4 + ["joined"] * 2, PLACES)
    assert fill() == (["No session stands at this time that could join."] * 2 + ["filled"], PLACES)


def test_with_the_locks_off_the_database_itself_counts(rush, unlocked) -> None:
    assert rush() == (["joined"] * 2 + ["slot_has_room"] * 4, PLACES)


def test_without_lock_and_guard_the_same_race_overfills_the_slot(rush, unlocked, committing) -> None:
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as owner:
        owner.execute("ALTER TABLE participants_trainingsession DISABLE TRIGGER session_fits_its_slot")
    assert rush() == (["joined"] * 6, 6)
