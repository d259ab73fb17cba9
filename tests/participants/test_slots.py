"""Slots: opened within the hours of site and trainer, joined under their lock, never fuller than their places."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from participants.actions import hours, sessions, withdrawal
from participants.models import Room, Slot, TrainingSession
from tests.cast import engage
from tests.participants.training import in_both_arms, randomised, session_of
from trials import blinding
from trials.domain.roles import Role
from trials.models import Event, Site
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
FRIDAY_NINE = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # in trial week 1 of people randomised on 2 March


@pytest.fixture
def people(cast, at):
    """Three who train, all at the same times: session 8 on Thu 26 March, 07:30."""
    found = [in_both_arms(cast.first, by=cast.coordinator, at=at).trains]
    while len(found) < 3:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        if blinding.plan_for(person.enrolment.allocation) is not None:
            found.append(person)
    return found


@pytest.fixture
def opened(cast, at):
    def open_slot(starts_at: datetime = FRIDAY_NINE, **more: object) -> Slot:
        told = {"trainer": cast.trainer, "starts_at": starts_at, "minutes": 60, "capacity": 2, "by": cast.coordinator, "at": at}
        return sessions.open_slot(cast.first, **(told | more))  # type: ignore[arg-type]

    return open_slot


def joined(slot: Slot) -> list[str]:
    return sorted(slot.sessions.values_list("enrolment__participant__unit__trial_id", flat=True))


def test_sessions_join_a_slot_until_its_places_are_taken(people, opened, cast, at) -> None:
    slot = opened()
    for person in people[:2]:
        taken = sessions.join_slot(session_of(person, 8), slot=slot, by=cast.coordinator, at=at)
        assert (taken.at, taken.planned_on, taken.trainer_planned, taken.slot) == (FRIDAY_NINE, date(2026, 3, 26), cast.trainer, slot)
    with pytest.raises(Refused, match=r"All 2 places of this slot are taken\.") as refused:
        sessions.join_slot(session_of(people[2], 8), slot=slot, by=cast.coordinator, at=at)
    assert refused.value.code == "slot_refused"
    assert joined(slot) == [p.trial_id for p in people[:2]]
    assert session_of(people[2], 8).rescheduled_at is None
    sessions.change_places(slot, capacity=3, by=cast.coordinator, at=at)
    sessions.join_slot(session_of(people[2], 8), slot=slot, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="3 people have joined"):
        sessions.change_places(slot, capacity=2, by=cast.coordinator, at=at)
    assert list(Event.objects.filter(verb="session.joined_slot").values_list("about", flat=True)) == [p.trial_id for p in people]


def test_a_slot_at_the_time_promised_is_joined_without_a_move(people, opened, cast, at) -> None:
    taken = sessions.join_slot(session_of(people[0], 8), slot=opened(datetime(2026, 3, 26, 7, 30, tzinfo=UTC)), by=cast.coordinator, at=at)
    assert (taken.rescheduled_at, taken.slot_id is None) == (None, False)
    with pytest.raises(Refused, match="is in this slot already"):
        sessions.join_slot(taken, slot=taken.slot, by=cast.coordinator, at=at)


@pytest.mark.parametrize(
    ("starts_at", "minutes", "sentence"),
    [
        (datetime(2026, 3, 24, 9, 0, tzinfo=UTC), 60, "Tue 24 Mar is too near to session 7 (Mon 23 Mar); a rest day must lie between two sessions."),
        (datetime(2026, 3, 30, 8, 0, tzinfo=UTC), 60, "Session 8 belongs to trial week 1, Mon 23 Mar to Sun 29 Mar."),
        (FRIDAY_NINE, 45, "The session takes 60 minutes; this slot lasts 45."),
    ],
)  # fmt: skip
def test_a_slot_against_the_rules_is_refused_and_nothing_moves(people, opened, cast, at, starts_at, minutes, sentence) -> None:
    slot = opened(starts_at, minutes=minutes)
    with pytest.raises(Refused) as refused:
        sessions.join_slot(session_of(people[0], 8), slot=slot, by=cast.coordinator, at=at)
    assert refused.value.sentence == sentence
    assert joined(slot) == []


def test_a_slot_of_another_site_and_one_given_up_or_begun_take_nobody(people, opened, cast, at) -> None:
    away = engage("away", Role.TRAINER, cast.second, at=at)
    other = sessions.open_slot(cast.second, trainer=away, starts_at=FRIDAY_NINE, minutes=60, capacity=2, by=cast.other_coordinator, at=at)
    slot = opened()
    for told, given, when in (
        (f"This slot is at {cast.second}; {people[0]} trains at {cast.first}.", other, at),
        ("This slot has begun.", slot, FRIDAY_NINE),
    ):
        with pytest.raises(Refused) as refused:
            sessions.join_slot(session_of(people[0], 8), slot=given, by=cast.coordinator, at=when)
        assert refused.value.sentence == told
    sessions.cancel_slot(slot, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="was given up"):
        sessions.join_slot(session_of(people[0], 8), slot=slot, by=cast.coordinator, at=at)


def test_whoever_moves_cancels_or_gets_another_trainer_leaves_the_slot(people, opened, cast, at) -> None:
    slot, own = opened(capacity=9), {"by": cast.coordinator, "at": at}
    for person in people:
        sessions.join_slot(session_of(person, 8), slot=slot, **own)
    sessions.move(session_of(people[0], 8), on=date(2026, 3, 28), clock=time(9, 0), **own)
    sessions.cancel_by_site(session_of(people[1], 8), reason="trainer_ill", **own)
    assert joined(slot) == [people[2].trial_id]
    with pytest.raises(Refused, match="1 person has joined this slot"):
        sessions.cancel_slot(slot, **own)
    sessions.assign_trainer(people[2].enrolment, trainer=cast.trainer, **own)
    assert joined(slot) == [people[2].trial_id]
    sessions.assign_trainer(people[2].enrolment, trainer=engage("second", Role.TRAINER, cast.first, at=at), **own)
    assert joined(slot) == []


def test_a_session_gives_its_place_back_and_stands_where_it_was(people, opened, cast, at) -> None:
    slot = opened()
    taken = sessions.join_slot(session_of(people[0], 8), slot=slot, by=cast.coordinator, at=at)
    left = sessions.leave_slot(taken, by=cast.coordinator, at=at)
    assert (left.slot, left.at, joined(slot)) == (None, FRIDAY_NINE, [])
    with pytest.raises(Refused, match="is in no slot"):
        sessions.leave_slot(left, by=cast.coordinator, at=at)


def test_the_place_of_somebody_who_stopped_training_is_free_for_the_next(people, opened, cast, at) -> None:
    slot = opened(capacity=1)
    sessions.join_slot(session_of(people[0], 8), slot=slot, by=cast.coordinator, at=at)
    withdrawal.stop_training(people[0], reason="time", by=cast.coordinator, at=at)
    sessions.join_slot(session_of(people[1], 8), slot=slot, by=cast.coordinator, at=at)
    assert joined(slot) == [people[1].trial_id]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"capacity": 0}, "A slot lasts 1 to 720 minutes and has 1 to 99 places."),
        ({"minutes": 0}, "A slot lasts 1 to 720 minutes and has 1 to 99 places."),
        ({"starts_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC)}, "A slot begins in the future, within ten years."),
        ({"starts_at": datetime(2026, 4, 6, 9, 0, tzinfo=UTC)}, "The site is closed on Mon 6 Apr: Easter Monday."),
    ],
)
def test_a_slot_that_cannot_be_held_is_not_opened(opened, change, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(**change)
    assert refused.value.sentence == sentence
    assert not Slot.objects.exists()


def test_a_trainer_and_a_room_hold_one_slot_at_a_time(opened, cast, at) -> None:
    room = hours.add_room(cast.first, name=" Gym  1 ", by=cast.coordinator, at=at)
    second = engage("second", Role.TRAINER, cast.first, at=at)
    first = opened(room=room)
    with pytest.raises(Refused, match=r"Trainer is taken then by another slot\."):
        opened(FRIDAY_NINE + timedelta(minutes=30))
    with pytest.raises(Refused, match=r"Room Gym 1 is taken then by another slot\."):
        opened(FRIDAY_NINE + timedelta(minutes=30), trainer=second, room=room)
    opened(FRIDAY_NINE + timedelta(minutes=60), room=room)
    opened(trainer=second)
    sessions.cancel_slot(first, by=cast.coordinator, at=at)
    assert opened(room=room).pk


def test_who_may_not_plan_opens_nothing(opened, cast, at) -> None:
    for outsider in (cast.assessor, cast.other_coordinator, cast.manager):
        with pytest.raises(NotAllowed):
            opened(by=outsider)
    with pytest.raises(Refused, match="may not record sessions at LIM"):
        opened(trainer=cast.assessor)
    with pytest.raises(Refused, match="isn't at LIM"):
        opened(room=hours.add_room(cast.second, name="Gym", by=cast.manager, at=at))


def test_a_session_is_not_moved_beside_another_slot_of_its_trainer(people, opened, cast, at) -> None:
    opened()
    sessions.assign_trainer(people[0].enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=r"Trainer is taken then by another slot\."):
        sessions.move(session_of(people[0], 8), on=date(2026, 3, 27), clock=time(9, 30), by=cast.coordinator, at=at)
    assert sessions.move(session_of(people[0], 8), on=date(2026, 3, 27), clock=time(10, 0), by=cast.coordinator, at=at).rescheduled_at


def test_a_reopened_session_does_not_land_on_another(people, cast, at) -> None:
    own = {"by": cast.coordinator, "at": at}
    sessions.cancel_by_site(session_of(people[0], 8), reason="trainer_ill", **own)
    sessions.move(session_of(people[0], 7), on=date(2026, 3, 26), clock=time(7, 0), **own)
    with pytest.raises(Refused, match="Session 7 stands at that time now"):
        sessions.reopen(session_of(people[0], 8), reason="Wrong day", **own)


# What the database itself refuses, whoever writes.


def refused_by_database(name: str, step) -> None:
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        step()


def test_the_database_keeps_sessions_of_a_person_apart(people) -> None:
    first, second = session_of(people[0], 7), session_of(people[0], 8)
    near = TrainingSession.objects.filter(pk=second.pk)
    refused_by_database("sessions_of_a_person_apart", lambda: near.update(rescheduled_at=first.at + timedelta(minutes=59)))
    near.update(rescheduled_at=first.at + timedelta(minutes=60))
    near.update(rescheduled_at=first.at, status="cancelled_by_site")


def test_the_database_keeps_slots_apart_and_counts_their_places(people, opened, cast, at) -> None:
    slot = opened(room=Room.objects.create(site=cast.first, name="Gym"), capacity=1)
    twin = {
        "site": cast.first,
        "starts_at": FRIDAY_NINE + timedelta(minutes=59),
        "ends_at": FRIDAY_NINE + timedelta(hours=2),
        "capacity": 1,
    }
    refused_by_database("slots_of_a_trainer_apart", lambda: Slot.objects.create(trainer=cast.trainer, **twin))
    refused_by_database("slots_in_a_room_apart", lambda: Slot.objects.create(trainer=cast.pi, room=slot.room, **twin))
    refused_by_database("slot_has_a_place", lambda: Slot.objects.filter(pk=slot.pk).update(capacity=0))
    sessions.join_slot(session_of(people[0], 8), slot=slot, by=cast.coordinator, at=at)
    other = TrainingSession.objects.filter(pk=session_of(people[1], 8).pk)
    refused_by_database("slot_has_room", lambda: other.update(slot=slot, rescheduled_at=slot.starts_at))
    Slot.objects.filter(pk=slot.pk).update(capacity=2)
    refused_by_database("session_at_its_slot", lambda: other.update(slot=slot))
    other.update(slot=slot, rescheduled_at=slot.starts_at)
    for change in ({"capacity": 1}, {"cancelled_at": at}, {"starts_at": slot.starts_at - timedelta(minutes=1)}):
        refused_by_database("slot_keeps_its_people", lambda change=change: Slot.objects.filter(pk=slot.pk).update(**change))


def test_one_statement_that_fills_a_slot_twice_is_refused_whole(people, opened, cast) -> None:
    slot = opened(capacity=2)
    eighth = TrainingSession.objects.filter(pk__in=[session_of(p, 8).pk for p in people])
    refused_by_database("slot_has_room", lambda: eighth.update(slot=slot, rescheduled_at=slot.starts_at))
    assert joined(slot) == []


def test_hours_of_a_roster_make_sense_in_the_database_too(cast) -> None:
    with connection.cursor() as cursor:
        for weekday, opens, closes, name in (
            (7, "09:00", "10:00", "roster_weekday_known"),
            (0, "10:00", "09:00", "opens_before_it_closes"),
        ):
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                cursor.execute(
                    "INSERT INTO participants_rosterhours (site_id, trainer_id, weekday, opens, closes) VALUES (%s, %s, %s, %s, %s)",
                    [Site.objects.first().pk, cast.trainer.pk, weekday, opens, closes],
                )
