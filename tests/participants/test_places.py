"""Sessions are laid out into slots with free places, where the site has some."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from participants.actions import hours, sessions, withdrawal
from participants.models import Participant, Slot
from tests.cast import engage
from tests.participants.training import in_both_arms, randomised, session_of
from trials import blinding
from trials.domain.roles import Role
from trials.models import Event

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = datetime(2026, 3, 23, 18, 0, tzinfo=UTC), datetime(2026, 3, 24, 9, 0, tzinfo=UTC)  # of trial week 1; 18:00 is asked for


@pytest.fixture
def opened(cast, at):
    def open_slot(starts_at: datetime = MONDAY, **more: object) -> Slot:
        told = {"trainer": cast.trainer, "starts_at": starts_at, "minutes": 60, "capacity": 1, "by": cast.coordinator, "at": at}
        return sessions.open_slot(cast.first, **(told | more))  # type: ignore[arg-type]

    return open_slot


@pytest.fixture
def waits(cast, at):
    """Somebody of the wait-list, none of whose sessions are laid out, and the plan offered to them later."""
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).waits
    return SimpleNamespace(enrolment=person.enrolment, plan=blinding.deferred_plan_for(person.enrolment.allocation))


def where(person: Participant, number: int) -> tuple[datetime, datetime | None, int | None, int | None]:
    found = session_of(person, number)
    return found.planned_at, found.rescheduled_at, found.slot_id, found.trainer_planned_id


def test_randomisation_gives_places_until_they_are_taken_and_then_the_next_best_one(cast, opened, at) -> None:
    """The first takes the evening asked for, the second a place on another day, the third stands as without slots."""
    evening, morning = opened(), opened(TUESDAY)
    people: list[Participant] = []
    while len(people) < 3:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        people += [person] if person.enrolment.sessions.exists() else []
    assert [where(person, 7) for person in people] == [
        (MONDAY, None, evening.pk, cast.trainer.pk), (TUESDAY, None, morning.pk, cast.trainer.pk), (MONDAY, None, None, None),
    ]  # fmt: skip
    assert [where(person, 8)[2] for person in people] == [None] * 3
    assert [p.enrolment.sessions.count() for p in people] == [22] * 3
    laid = Event.objects.filter(verb="sessions.laid_out").order_by("pk")
    assert [(e.about, e.detail["in_slots"]) for e in laid] == [(p.trial_id, placed) for p, placed in zip(people, (1, 1, 0), strict=True)]


def test_only_slots_that_can_be_held_and_are_long_enough_are_taken(cast, opened, waits, at) -> None:
    own, other = {"by": cast.coordinator, "at": at}, engage("T-9", Role.TRAINER, cast.first, at=at)
    gone = engage("T-8", Role.TRAINER, cast.first, at=at)
    opened(MONDAY - timedelta(hours=4), minutes=45)
    opened(MONDAY + timedelta(minutes=60), trainer=other)
    opened(MONDAY, trainer=gone)
    sessions.cancel_slot(opened(MONDAY), **own)
    hours.record_absence(cast.first, trainer=other, starts_at=MONDAY, ends_at=MONDAY + timedelta(days=1), reason="Leave", **own)
    gone.is_active = False
    gone.save()
    assert {s.slot_id for s in sessions.lay_out(waits.enrolment, plan=waits.plan, **own)} == {None}


def test_who_is_given_a_trainer_takes_their_places_alone_and_nobody_takes_one_for_training_at_home(cast, opened, waits, at) -> None:
    own, other = {"by": cast.coordinator, "at": at}, engage("T-9", Role.TRAINER, cast.first, at=at)
    opened(MONDAY)
    theirs = opened(TUESDAY, trainer=other)
    laid = {}
    for name, offer, trainer in (("theirs", waits.plan, other), ("home", dataclasses.replace(waits.plan, supervision="none"), None)):
        with transaction.atomic():
            laid[name] = [s.slot_id for s in sessions.lay_out(waits.enrolment, plan=offer, trainer=trainer, **own) if s.slot_id]
            transaction.set_rollback(True)
    assert laid == {"theirs": [theirs.pk], "home": []}


def test_the_place_of_somebody_who_stopped_training_is_given_to_the_next(cast, opened, waits, at) -> None:
    slot, own = opened(), {"by": cast.coordinator, "at": at}
    first = in_both_arms(cast.first, **own).trains
    assert session_of(first, 7).slot == slot
    withdrawal.stop_training(first, reason="time", **own)
    laid = sessions.lay_out(waits.enrolment, plan=waits.plan, **own)
    assert [s.planned_on for s in laid if s.slot_id == slot.pk] == [date(2026, 3, 23)]
    assert session_of(first, 7).slot is None


def test_deferred_training_takes_places_of_its_own_weeks(cast, opened, waits, at) -> None:
    first = opened(datetime(2026, 6, 8, 17, 0, tzinfo=UTC))
    laid = sessions.lay_out_deferred(waits.enrolment, plan=waits.plan, by=cast.coordinator, at=at)
    assert [(s.phase, s.planned_at) for s in laid if s.slot_id == first.pk] == [("deferred", datetime(2026, 6, 8, 17, 0, tzinfo=UTC))]


def test_places_cost_the_same_few_statements_however_many_weeks_and_slots_there_are(cast, opened, waits, at) -> None:
    counts = []
    for weeks, slots in ((1, 1), (16, 1), (16, 3)):
        for number in range(Slot.objects.count(), slots):
            opened(TUESDAY + timedelta(days=7 * number))
        shorter = dataclasses.replace(waits.plan, weeks=weeks, familiarisation_weeks=0)
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                laid = sessions.lay_out(waits.enrolment, plan=shorter, by=cast.coordinator, at=at)
            laid = list(laid)
            transaction.set_rollback(True)
        assert sum(s.slot_id is not None for s in laid) == slots
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 16
