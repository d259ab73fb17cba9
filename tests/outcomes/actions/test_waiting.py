"""Somebody else holds a person's own row: whoever randomises that person is told to try again, and nothing has happened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from outcomes.actions.batches import randomise_batch
from outcomes.actions.randomisation import randomise
from participants.models import Participant
from tests.cast import hire, load_trial, open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import consenting
from trials import waiting
from trials.models import Allocation, AttemptOutcome
from trials.permissions import Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@contextmanager
def held(person: Participant) -> Iterator[None]:
    """The person's row under lock in another connection, as while somebody corrects it."""
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Participant.objects.select_for_update().get(pk=person.pk)
                holding.set()
                release.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(30)
    try:
        yield
    finally:
        release.set()
        holder.join()


def test_a_row_that_others_hold_is_busy_for_one_and_for_many(committing, monkeypatch) -> None:
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    people = [consenting(cast.first, by=cast.coordinator, at=AT) for _ in range(2)]
    for person in people:
        complete(person, by=cast.coordinator, at=AT)
    monkeypatch.setattr(waiting, "LOCK_TIMEOUT", "100ms")
    with held(people[0]):
        for step in (
            lambda: randomise(people[0], by=cast.coordinator, at=AT),
            lambda: randomise_batch([str(person) for person in people], by=cast.coordinator, at=AT),
        ):
            with pytest.raises(Refused) as refused:
                step()
            assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert list(AttemptOutcome.objects.order_by("attempt").values_list("kind", "code")) == [("busy", "busy")] * 3
    assert not Allocation.objects.exists()
    randomise(people[0], by=cast.coordinator, at=AT)
    assert Allocation.objects.count() == 1
