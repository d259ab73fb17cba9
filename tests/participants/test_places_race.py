"""Two laid out at once for the last place of a slot: one has it; with the locks off the database refuses the second whole."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from participants.actions import sessions
from participants.actions.sessions import plan
from participants.models import Participant, TrainingSession
from tests.cast import hire, load_trial
from tests.participants.test_places import MONDAY
from tests.participants.training import randomised
from tests.trials.test_allocation_race import race
from trials import blinding


@pytest.fixture
def rush(committing, at):
    """Two at once for the one place on the evening that both asked for: what became of each, and who has the place."""
    load_trial(at=at)
    cast = hire(at=at)
    people: list[Participant] = []
    while len(people) < 2:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        people += [] if person.enrolment.sessions.exists() else [person]
    offered = blinding.deferred_plan_for(people[0].enrolment.allocation)
    own = {"by": cast.coordinator, "at": at}
    slot = sessions.open_slot(cast.first, trainer=cast.trainer, starts_at=MONDAY, minutes=60, capacity=1, **own)

    def run() -> tuple[list[str], int, list[int]]:
        told: list[str] = []

        def step(client: int, _turn: int) -> None:
            try:
                sessions.lay_out(people[client].enrolment, plan=offered, **own)
                told.append("laid out")
            except DatabaseError as fault:
                told.append(str(fault).split("\n")[0])

        race(2, 1, step)
        laid = sorted(p.enrolment.sessions.count() for p in people)
        return sorted(told), TrainingSession.objects.filter(slot=slot).count(), laid

    return run


def test_two_at_once_on_the_last_place_are_both_laid_out_and_one_of_them_has_it(rush) -> None:
    assert rush() == (["laid out"] * 2, 1, [16, 16])


def test_with_the_locks_off_the_database_refuses_the_second_whole(rush, monkeypatch) -> None:
    counted, count = threading.Barrier(2), plan.free_places

    def together(*told, **more):
        found = count(*told, **more)
        counted.wait(timeout=30)
        return found

    monkeypatch.setattr(plan, "free_places", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    assert rush() == (["laid out", "slot_has_room"], 1, [0, 16])
