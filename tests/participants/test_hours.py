"""What a site keeps of its timetable, and what planning and moving make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from participants.actions import hours, sessions
from participants.models import RosterHours, TrainingSession
from participants.queries.hours import absences_at, opening_at, rooms_of, roster_at
from tests.participants.training import in_both_arms, session_of
from trials import blinding
from trials.models import Event
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
THURSDAY = datetime(2026, 3, 26, 0, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)


@pytest.fixture
def own(cast, at):
    return {"by": cast.coordinator, "at": at}


@pytest.fixture
def person(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at).trains


def test_coordinator_and_manager_keep_the_timetable_and_nobody_else(cast, at) -> None:
    for keeper, name in ((cast.coordinator, "Gym 1"), (cast.manager, "Gym 2")):
        hours.add_room(cast.first, name=name, by=keeper, at=at)
    for other in (cast.trainer, cast.assessor, cast.pi, cast.monitor, cast.safety_clinician, cast.other_coordinator):
        with pytest.raises(NotAllowed):
            hours.add_room(cast.first, name="Gym 3", by=other, at=at)
        with pytest.raises(NotAllowed):
            hours.record_absence(cast.first, starts_at=THURSDAY, ends_at=FRIDAY, reason="Flood", by=other, at=at)
        with pytest.raises(NotAllowed):
            hours.keep_hours(cast.first, trainer=cast.trainer, weekday=0, opens=time(9), closes=time(12), by=other, at=at)
    assert [r.name for r in rooms_of(cast.first)] == ["Gym 1", "Gym 2"]
    assert Event.objects.filter(verb="room.added").count() == 2


@pytest.mark.parametrize(("name", "sentence"), [("  ", "Name the room."), ("gym 1", "LIM has a room gym 1 already.")])
def test_a_room_has_a_name_of_its_own(cast, own, name: str, sentence: str) -> None:
    hours.add_room(cast.first, name="Gym 1", **own)
    with pytest.raises(Refused) as refused:
        hours.add_room(cast.first, name=name, **own)
    assert refused.value.sentence == sentence


def test_hours_of_a_trainer_do_not_overlap_and_can_be_taken_off(cast, own) -> None:
    morning = hours.keep_hours(cast.first, trainer=cast.trainer, weekday=3, opens=time(9), closes=time(12), **own)
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=3, opens=time(18), closes=time(0), **own)
    for opens, closes, sentence in (
        (time(11), time(13), "Trainer has hours at that time already. Take those off first."),
        (time(23), time(0), "Trainer has hours at that time already. Take those off first."),
        (time(13), time(13), "The hours begin before they end."),
    ):
        with pytest.raises(Refused) as refused:
            hours.keep_hours(cast.first, trainer=cast.trainer, weekday=3, opens=opens, closes=closes, **own)
        assert refused.value.sentence == sentence
    with pytest.raises(Refused, match="Choose a weekday"):
        hours.keep_hours(cast.first, trainer=cast.trainer, weekday=7, opens=time(9), closes=time(12), **own)
    with pytest.raises(Refused, match="may not record sessions at LIM"):
        hours.keep_hours(cast.first, trainer=cast.assessor, weekday=1, opens=time(9), closes=time(12), **own)
    hours.take_off_hours(morning, **own)
    hours.take_off_hours(morning, **own)
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=3, opens=time(11), closes=time(13), **own)
    assert [(h.weekday, h.opens, h.closes) for h in roster_at(cast.first)] == [(3, time(11), time(13)), (3, time(18), time(0))]
    assert Event.objects.filter(verb="roster.hours_removed").count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": " "}, "Say why, in a few words."),
        ({"ends_at": THURSDAY}, "An absence ends after it begins, within a year."),
        ({"ends_at": datetime(2028, 1, 1, tzinfo=UTC)}, "An absence ends after it begins, within a year."),
        (
            {"starts_at": datetime(2026, 3, 1, tzinfo=UTC), "ends_at": datetime(2026, 3, 2, tzinfo=UTC)},
            "An absence that is over moves nothing.",
        ),
    ],
)
def test_an_absence_makes_sense(cast, own, change, sentence: str) -> None:
    told = {"starts_at": THURSDAY, "ends_at": FRIDAY, "reason": "Flood"} | change
    with pytest.raises(Refused) as refused:
        hours.record_absence(cast.first, **told, **own)
    assert refused.value.sentence == sentence


def test_a_move_into_an_absence_is_refused_until_it_is_lifted(cast, own, person) -> None:
    noon = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    absence = hours.record_absence(cast.first, starts_at=FRIDAY, ends_at=noon, reason="burst pipe", **own)
    with pytest.raises(Refused) as refused:
        sessions.move(session_of(person, 8), on=date(2026, 3, 27), clock=time(11, 30), **own)
    assert refused.value.sentence == "The site is closed Fri 27 Mar, 00:00 to Fri 27 Mar, 12:00: burst pipe."
    assert sessions.move(session_of(person, 8), on=date(2026, 3, 27), clock=time(12, 0), **own).rescheduled_at == noon
    hours.lift_absence(absence, **own)
    hours.lift_absence(absence, **own)
    assert sessions.move(session_of(person, 8), on=date(2026, 3, 27), clock=time(11, 30), **own)
    assert (list(absences_at(cast.first, THURSDAY)), Event.objects.filter(verb="absence.lifted").count()) == ([], 1)


def test_a_trainers_hours_and_absences_bind_the_sessions_that_are_theirs(cast, own, person) -> None:
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=4, opens=time(9), closes=time(12), **own)
    move = {"on": date(2026, 3, 27), "clock": time(12, 0)} | own
    assert sessions.move(session_of(person, 8), **move)
    sessions.assign_trainer(person.enrolment, trainer=cast.trainer, **own)
    with pytest.raises(Refused, match=r"Trainer is there 09:00 to 12:00 on Fri 27 Mar; 12:00 to 13:00 doesn't fit\."):
        sessions.move(session_of(person, 8), **move)
    ill = hours.record_absence(
        cast.first, trainer=cast.trainer, starts_at=FRIDAY, ends_at=datetime(2026, 3, 28, tzinfo=UTC), reason="ill", **own
    )
    with pytest.raises(Refused, match=r"Trainer is away Fri 27 Mar, 00:00 to Sat 28 Mar, 00:00: ill\."):
        sessions.move(session_of(person, 8), **(move | {"clock": time(9, 0)}))
    assert opening_at(protocol_in_force(), cast.first).absences == ()
    hours.lift_absence(ill, **own)
    assert sessions.move(session_of(person, 8), **(move | {"clock": time(9, 0)}))


def test_sessions_are_laid_out_around_absences_and_a_trainers_hours(cast, at, own) -> None:
    waits = in_both_arms(cast.first, by=cast.coordinator, at=at).waits
    plan = blinding.deferred_plan_for(waits.enrolment.allocation)
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=1, opens=time(9), closes=time(12), **own)
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=4, opens=time(9), closes=time(12), **own)
    sessions.lay_out(waits.enrolment, plan=plan, trainer=cast.trainer, **own)
    laid = TrainingSession.objects.filter(enrolment=waits.enrolment)
    assert {s.planned_on.weekday() for s in laid} == {1, 4}
    assert {s.planned_at.astimezone(cast.first.zone).time() for s in laid} == {time(11, 0)}
    assert RosterHours.objects.count() == 2


def test_no_session_is_laid_out_on_a_day_the_site_is_shut(cast, at, own) -> None:
    hours.record_absence(cast.first, starts_at=THURSDAY, ends_at=FRIDAY, reason="Flood", **own)
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    week = TrainingSession.objects.filter(enrolment__participant=person, week=1)
    assert [(s.planned_on, s.note) for s in week] == [(date(2026, 3, 23), ""), (date(2026, 3, 27), "")]
