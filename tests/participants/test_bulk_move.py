"""A trainer ill, a site shut: everybody it hits moves to the places that were shown, or nobody does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.actions import hours, sessions, withdrawal
from participants.actions.sessions.bulk import move_out, proposal_for
from participants.models import Slot, TrainingSession
from tests.participants.training import randomised, session_of
from trials import blinding
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY = datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC)  # session 8 is on Thursday, 07:30


def trainees(cast, at, count: int) -> list:
    found: list = []
    while len(found) < count:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        if blinding.plan_for(person.enrolment.allocation) is not None:
            found.append(person)
    return found


@pytest.fixture
def own(cast, at):
    return {"by": cast.coordinator, "at": at}


@pytest.fixture
def shut(cast, own):
    def record(starts_at: datetime = THURSDAY, ends_at: datetime = FRIDAY, **more: object):
        return hours.record_absence(cast.first, starts_at=starts_at, ends_at=ends_at, reason="Flood", **(own | more))

    return record


def places() -> list[tuple[str, int, datetime]]:
    moved = TrainingSession.objects.exclude(rescheduled_at=None).order_by("enrolment__participant__unit__trial_id", "session_no")
    return [(s.trial_id, s.session_no, s.at) for s in moved]


def test_everybody_moves_within_the_rules_when_the_site_is_shut(cast, at, own, shut) -> None:
    people = trainees(cast, at, 2)
    sessions.move(session_of(people[1], 8), on=date(2026, 3, 27), clock=time(9, 0), **own)
    absence = shut()
    proposal = proposal_for(absence, at=at)
    assert [(s.trial_id, s.session_no) for s in proposal.hit] == [(people[0].trial_id, 8)]
    moved = move_out(absence, seen=proposal.seen, **own)
    assert [(s.at, s.slot, s.planned_on) for s in moved] == [(datetime(2026, 3, 27, 7, 30, tzinfo=UTC), None, date(2026, 3, 26))]
    assert [(e.about, e.detail["to"]) for e in Event.objects.filter(verb="session.moved", detail__absence=absence.pk)] == [
        (people[0].trial_id, "2026-03-27T07:30:00+00:00")
    ]
    assert Event.objects.get(verb="sessions.moved_out").detail == {"absence": absence.pk, "sessions": 1}
    back = sessions.move(session_of(people[0], 8), on=date(2026, 3, 28), clock=time(7, 30), **own)
    assert back.at == datetime(2026, 3, 28, 7, 30, tzinfo=UTC)


def test_sessions_of_one_trainer_never_land_on_one_another(cast, at, own, shut) -> None:
    people = trainees(cast, at, 3)
    for person in people:
        sessions.assign_trainer(person.enrolment, trainer=cast.trainer, **own)
    absence = shut(trainer=cast.trainer)
    move_out(absence, seen=proposal_for(absence, at=at).seen, **own)
    assert [(who, no) for who, no, _ in places()] == [(p.trial_id, 8) for p in people]
    assert {on.date() for _, _, on in places()} == {date(2026, 3, 27)}
    slots = list(Slot.objects.order_by("starts_at"))
    assert [(s.trainer, s.capacity, s.sessions.count()) for s in slots] == [(cast.trainer, 1, 1)] * 3
    assert all(a.ends_at <= b.starts_at for a, b in zip(slots, slots[1:], strict=False))


def test_only_the_sessions_of_the_trainer_who_is_away_are_hit(cast, at, own, shut) -> None:
    first, second = trainees(cast, at, 2)
    sessions.assign_trainer(first.enrolment, trainer=cast.trainer, **own)
    assert [s.trial_id for s in proposal_for(shut(trainer=cast.trainer), at=at).hit] == [first.trial_id]
    withdrawal.stop_training(second, reason="time", **own)
    assert [s.trial_id for s in proposal_for(shut(), at=at).hit] == [first.trial_id]


def test_the_moments_of_an_absence_bind_and_not_its_days(cast, at, shut) -> None:
    trainees(cast, at, 1)
    ends = THURSDAY + timedelta(hours=8, minutes=30)
    hits = [len(proposal_for(shut(*when), at=at).hit) for when in ((ends, FRIDAY), (ends - timedelta(minutes=1), FRIDAY))]
    assert hits == [0, 1]


def test_where_one_finds_no_place_nobody_moves(cast, at, own, shut) -> None:
    stuck, free = trainees(cast, at, 2)
    sessions.move(session_of(free, 9), on=date(2026, 3, 31), clock=time(9, 0), **own)  # which leaves Sunday free for session 8
    before, absence = places(), shut()
    for first, last, reason in ((25, 26, "Audit"), (27, 29, "Fair")):
        starts_at, ends_at = (datetime(2026, 3, day, tzinfo=UTC) for day in (first, last))
        hours.record_absence(cast.first, starts_at=starts_at, ends_at=ends_at, reason=reason, **own)
    proposal = proposal_for(absence, at=at)
    assert [(s.who, s.session_no) for s in proposal.found.stuck] == [(stuck.trial_id, 8)]
    assert [any(reason in why for why in proposal.found.stuck[0].why) for reason in ("Flood", "Audit", "Fair")] == [True] * 3
    with pytest.raises(Refused, match=r"1 of 2 sessions have no place, so none was moved\."):
        move_out(absence, seen=proposal.seen, **own)
    assert places() == before


def test_nothing_is_moved_that_was_not_seen_or_is_called_off(cast, at, own, shut) -> None:
    person = trainees(cast, at, 1)[0]
    absence = shut()
    seen = proposal_for(absence, at=at).seen
    other = shut(FRIDAY, datetime(2026, 3, 28, tzinfo=UTC))
    with pytest.raises(Refused, match="changed since this was shown"):
        move_out(absence, seen=seen, **own)
    with pytest.raises(NotAllowed):
        move_out(absence, seen=seen, by=cast.other_coordinator, at=at)
    hours.lift_absence(other, **own)
    move_out(absence, seen=seen, **own)
    with pytest.raises(Refused, match="No session stands in this absence any more"):
        move_out(absence, seen=seen, **own)
    hours.lift_absence(absence, **own)
    with pytest.raises(Refused, match="was called off"):
        move_out(absence, seen=seen, **own)
    assert [(who, no) for who, no, _ in places()] == [(person.trial_id, 8)]


def test_all_or_none_even_when_a_fault_comes_in_the_middle(cast, at, own, shut, monkeypatch) -> None:
    trainees(cast, at, 2)
    absence = shut()
    seen, saved = proposal_for(absence, at=at).seen, []
    save = TrainingSession.save

    def failing(self, **told):
        saved.append(self.pk)
        if len(saved) == 2:
            raise RuntimeError("the line went")
        save(self, **told)

    monkeypatch.setattr(TrainingSession, "save", failing)
    with pytest.raises(RuntimeError):
        move_out(absence, seen=seen, **own)
    assert (len(saved), places()) == (2, [])


def test_a_proposal_costs_the_same_for_one_person_and_for_three(cast, at, shut) -> None:
    spent = []
    for count in (1, 2):
        trainees(cast, at, count)
        absence = shut()
        with CaptureQueriesContext(connection) as queries:
            proposal = proposal_for(absence, at=at)
        spent.append((len(queries), len(proposal.hit)))
        hours.lift_absence(absence, by=cast.coordinator, at=at)
    assert spent == [(spent[0][0], 1), (spent[0][0], 3)]
