"""Somebody can't come to a session: said by the person alone, told to who may know, taken back until staff have acted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from participants.actions import links, messages, sessions, withdrawal
from participants.actions.sessions import coming
from participants.models import CannotCome, CapturedMail, Message, PersonalLink, TrainingSession
from participants.queries.appointments import notice_of, of_person
from tests.participants.training import in_both_arms, randomised, session_of
from trials.actions import staff
from trials.domain.roles import Role
from trials.models import Event
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO = 8  # on Thu 26 Mar, 07:30, in trial week 1 (23 to 29 Mar) with session 7 on the Monday at 18:00


@pytest.fixture
def people(cast, at, settings):
    settings.UPLIFT_SMTP_URL = ""
    found = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(found.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def person(people):
    return people.trains


@pytest.fixture
def session(person) -> TrainingSession:
    return session_of(person, NO)


def told(kind: str = "cannot_come") -> set[str]:
    return set(Message.objects.filter(kind=kind).values_list("to", flat=True))


def states(kind: str) -> set[str]:
    return set(Message.objects.filter(kind=kind).values_list("status", flat=True))


def send(at: datetime) -> None:
    messages.send_due(kinds=coming.kinds(), at=at)


def test_saying_so_is_kept_and_the_session_stays_as_planned(person, session, at) -> None:
    before = TrainingSession.objects.filter(pk=session.pk).values().get()
    said = sessions.say_cannot_come(session, by=person, at=at)
    assert (said.for_at, said.said_at, said.wish_at, said.taken_back_at) == (session.at, at, None, None)
    assert TrainingSession.objects.filter(pk=session.pk).values().get() == before
    event = Event.objects.get(verb="session.cannot_come")
    assert (event.about, event.actor, event.detail) == (person.trial_id, person.actor, {"session_no": NO, "wish": ""})


def test_the_trainer_and_the_coordinators_of_the_site_are_told_where_to_find_another_time(person, session, cast, at) -> None:
    wish = coming.other_times(session, at=at)[0]
    sessions.say_cannot_come(session, wish=wish, by=person, at=at)
    assert told() == {cast.coordinator.actor, cast.trainer.actor}
    send(at)
    mails = CapturedMail.objects.all()
    assert {mail.to for mail in mails} == {cast.coordinator.email, cast.trainer.email}
    assert {mail.subject for mail in mails} == {f"{person} can't come on Thu 26 Mar, 07:30"}
    wall = wish.astimezone(cast.first.zone)
    for mail in mails:
        assert f"/participants/{person}/sessions/{NO}/move/" in mail.body
        assert f"They would like {wall:%a} {wall.day} {wall:%b}, {wall:%H:%M} instead." in mail.body


def test_a_second_press_tells_nobody_again(person, session, at) -> None:
    first = sessions.say_cannot_come(session, by=person, at=at)
    second = sessions.say_cannot_come(session, wish=coming.other_times(session, at=at)[0], by=person, at=at + HOUR)
    assert (second.pk, second.wish_at) == (first.pk, None)
    assert (CannotCome.objects.count(), Message.objects.filter(kind="cannot_come").count()) == (1, 2)


@pytest.mark.parametrize("who", ["coordinator", "trainer", "manager", "waits"])
def test_only_the_person_says_whether_they_come(people, session, cast, at, who) -> None:
    by = people.waits if who == "waits" else getattr(cast, who)
    with pytest.raises(Refused, match="Only the person") as refused:
        sessions.say_cannot_come(session, by=by, at=at)
    assert refused.value.status == 403
    sessions.say_cannot_come(session, by=people.trains, at=at)
    with pytest.raises(Refused, match="Only the person"):
        sessions.take_back_cannot_come(session, by=by, at=at)
    assert CannotCome.objects.get().taken_back_at is None


@pytest.mark.parametrize("who", ["coordinator", "trainer"])
@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.SAFETY_CLINICIAN, Role.BLINDED_STATISTICIAN])
def test_whoever_is_blind_in_another_role_is_told_nothing(person, session, cast, at, who, role) -> None:
    user = getattr(cast, who)
    staff.give_role(user, role=role, site=None if role is Role.BLINDED_STATISTICIAN else cast.first, by=cast.manager, at=at)
    sessions.say_cannot_come(session, by=person, at=at)
    assert told() == {cast.coordinator.actor, cast.trainer.actor} - {user.actor}


def test_whoever_became_blind_or_left_before_the_message_went_out_is_told_nothing(person, session, cast, at) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    staff.give_role(cast.coordinator, role=Role.ASSESSOR, site=cast.first, by=cast.manager, at=at)
    staff.end_access(cast.trainer, reason="Left", by=cast.manager, at=at)
    send(at + HOUR)
    assert (states("cannot_come"), CapturedMail.objects.count()) == ({"dropped"}, 0)


def closed_by(how: str, person, session, cast) -> datetime:
    """Staff act on the session, or it is over; answers the moment afterwards."""
    by, before, begins = cast.coordinator, session.at - 2 * HOUR, session.at
    if how == "moved":
        sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=by, at=before)
        return before
    if how == "cancelled":
        sessions.cancel_by_site(session, reason="trainer_ill", by=by, at=before)
        return before
    if how == "missed":
        sessions.mark_missed(session, reason="illness", by=by, at=before)
        return before
    if how == "begun":
        sessions.start(session, by=by, at=before)
        return before
    if how == "stopped":
        withdrawal.stop_training(person, reason="time", by=by, at=before)
        return before
    return begins


HOW = ["moved", "cancelled", "missed", "begun", "stopped", "over"]


@pytest.mark.parametrize("how", HOW)
def test_it_is_taken_back_only_until_staff_have_acted(person, session, cast, at, how) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    now = closed_by(how, person, session, cast)
    with pytest.raises(Refused) as refused:
        sessions.take_back_cannot_come(session, by=person, at=now)
    assert refused.value.code in ("nothing_said", "session_closed")
    assert CannotCome.objects.get().taken_back_at is None
    assert not Event.objects.filter(verb="session.can_come").exists()


@pytest.mark.parametrize("how", [h for h in HOW if h != "moved"])
def test_nothing_is_said_of_what_is_over_begun_or_given_up(person, session, cast, at, how) -> None:
    now = closed_by(how, person, session, cast)
    with pytest.raises(Refused, match="begun or was changed"):
        sessions.say_cannot_come(session, by=person, at=now)
    assert (CannotCome.objects.count(), Message.objects.filter(kind="cannot_come").count()) == (0, 0)


def test_what_staff_moved_is_answered_and_the_new_time_can_be_spoken_of(person, session, cast, at) -> None:
    first = sessions.say_cannot_come(session, by=person, at=at)
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=cast.coordinator, at=at)
    moved = session_of(person, NO)
    assert notice_of(moved) is None
    second = sessions.say_cannot_come(moved, by=person, at=at)
    assert (second.for_at, second.pk == first.pk) == (datetime(2026, 3, 27, 9, 0, tzinfo=UTC), False)
    assert notice_of(session_of(person, NO)) == second


def test_what_staff_acted_on_before_the_message_went_out_is_not_told(person, session, cast, at) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=cast.coordinator, at=at)
    send(at + HOUR)
    assert (states("cannot_come"), CapturedMail.objects.count()) == ({"dropped"}, 0)


def test_whoever_was_told_is_told_that_it_was_taken_back(person, session, cast, at) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    send(at)
    back = sessions.take_back_cannot_come(session, by=person, at=at + HOUR)
    assert (back.taken_back_at, notice_of(session_of(person, NO))) == (at + HOUR, None)
    send(at + HOUR)
    assert (told("can_come"), states("can_come")) == ({cast.coordinator.actor, cast.trainer.actor}, {"sent"})
    assert CapturedMail.objects.filter(subject=f"{person} comes after all on Thu 26 Mar, 07:30").count() == 2
    assert sessions.say_cannot_come(session, by=person, at=at + 2 * HOUR).pk != back.pk
    assert Message.objects.filter(kind="cannot_come").count() == 4


def test_what_is_taken_back_before_anybody_was_told_tells_nobody(person, session, at) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    sessions.take_back_cannot_come(session, by=person, at=at + timedelta(seconds=5))
    for moment in (at + HOUR, at + 2 * HOUR):
        send(moment)
    assert (states("cannot_come"), states("can_come"), CapturedMail.objects.count()) == ({"dropped"}, {"dropped"}, 0)


def test_taking_back_what_was_never_said_is_refused(person, session, at) -> None:
    with pytest.raises(Refused, match="nothing to take back"):
        sessions.take_back_cannot_come(session, by=person, at=at)


def taken_by_a_move(session: TrainingSession, when: datetime, by, at: datetime) -> bool:
    wall = when.astimezone(session.enrolment.participant.site.zone)
    try:
        with transaction.atomic():
            sessions.move(session, on=wall.date(), clock=wall.time(), by=by, at=at)
            transaction.set_rollback(True)
    except Refused:
        return False
    return True


def test_the_times_proposed_are_those_that_a_move_takes(person, session, cast, at) -> None:
    """Every day of the trial week at every time of day that is looked at, tried out by the step that staff take."""
    proposed = coming.other_times(session, at=at)
    asked = [
        datetime.combine(date(2026, 3, 23) + n * DAY, clock, tzinfo=cast.first.zone) for n in range(7) for clock in (time(7, 30), time(18))
    ]
    every = [moment.astimezone(UTC) for moment in asked if moment != session.at]
    assert list(proposed) == [moment for moment in every if taken_by_a_move(session, moment, cast.coordinator, at)]
    assert 0 < len(proposed) < len(every)


def test_a_slot_with_a_free_place_is_proposed_and_a_full_one_is_not(people, person, session, cast, at) -> None:
    own = {"by": cast.coordinator, "at": at}
    starts = datetime(2026, 3, 27, 11, 0, tzinfo=UTC)
    slot = sessions.open_slot(cast.first, trainer=cast.trainer, starts_at=starts, minutes=60, capacity=1, **own)
    assert starts in coming.other_times(session, at=at)
    other = people.trains
    while other == people.trains or not TrainingSession.objects.filter(enrolment__participant=other).exists():
        other = randomised(cast.first, by=cast.coordinator, at=at)
    assert slot.sessions.get().enrolment.participant == other  # laid out into it
    assert starts not in coming.other_times(session, at=at)


def test_a_wish_that_is_not_among_the_times_is_refused_and_nothing_is_said(person, session, at) -> None:
    beside = datetime(2026, 3, 24, 7, 30, tzinfo=UTC)  # the day after session 7
    with pytest.raises(Refused, match="not free any more"):
        sessions.say_cannot_come(session, wish=beside, by=person, at=at)
    assert (CannotCome.objects.count(), told()) == (0, set())


def test_the_database_keeps_one_statement_a_time_made_and_taken_back_before_it(person, session, at) -> None:
    sessions.say_cannot_come(session, by=person, at=at)
    for name, facts in (
        ("cannot_come_said_once", {"for_at": session.at, "said_at": at}),
        ("cannot_come_said_before", {"for_at": session.at + DAY, "said_at": session.at + DAY}),
        ("cannot_come_taken_back_in_time", {"for_at": session.at + DAY, "said_at": at, "taken_back_at": at - HOUR}),
        ("cannot_come_taken_back_in_time", {"for_at": session.at + DAY, "said_at": at, "taken_back_at": session.at + DAY}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            CannotCome.objects.create(session=session, **facts)


def test_a_link_to_appointments_lasts_to_the_end_of_the_last_trial_week(person, cast, at) -> None:
    minted = sessions.link_to_appointments(person, by=cast.coordinator, at=at)
    last = max(s.closes_on for s in TrainingSession.objects.filter(enrolment__participant=person))
    end = datetime.combine(last + DAY, time(0), tzinfo=cast.first.zone)
    assert (minted.link.visit, minted.link.expires_at) == (links.APPOINTMENTS, end)
    assert links.find(minted.code, at=end - HOUR) == minted.link
    assert links.find(minted.token, at=end) is None
    with pytest.raises(Refused, match="no appointments ahead"):
        sessions.link_to_appointments(person, by=cast.coordinator, at=end)


def test_who_has_no_appointments_gets_no_link(people, cast, at) -> None:
    with pytest.raises(Refused, match="no appointments ahead"):
        sessions.link_to_appointments(people.waits, by=cast.coordinator, at=at)
    withdrawal.stop_training(people.trains, reason="time", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="no appointments ahead"):
        sessions.link_to_appointments(people.trains, by=cast.coordinator, at=at)
    assert not PersonalLink.objects.exists()


@pytest.mark.parametrize("who", ["trainer", "assessor", "pi", "other_coordinator"])
def test_who_sends_no_messages_makes_no_link(person, cast, at, who) -> None:
    with pytest.raises(Refused, match="Your role may not"):
        sessions.link_to_appointments(person, by=getattr(cast, who), at=at)


def test_the_list_is_in_order_of_time_and_costs_the_same_whatever_was_said(person, at) -> None:
    counts = []
    for number in (0, NO, NO + 2):
        if number:
            sessions.say_cannot_come(session_of(person, number), by=person, at=at)
        with CaptureQueriesContext(connection) as captured:
            rows = of_person(person)
            said = [s.session_no for s in rows if notice_of(s)]
        counts.append(len(captured))
    assert (counts, said) == ([2, 2, 2], [NO, NO + 2])
    assert [s.at for s in rows] == sorted(s.at for s in rows)
