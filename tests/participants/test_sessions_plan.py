"""Sessions are laid out at once, moved within their week, and given to a trainer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from participants.actions import baseline, sessions
from participants.models import TrainingSession
from tests.participants.training import done, hold, in_both_arms, randomised, session_of
from trials import blinding
from trials.models import Event, RowVersion
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


def test_randomisation_lays_out_every_session_of_the_arm_and_none_of_the_wait_list(people) -> None:
    laid = TrainingSession.objects.filter(enrolment__participant=people.trains)
    assert [(s.session_no, s.week, s.phase, s.planned_at, s.closes_on) for s in laid[:8]] == [
        (1, -2, "familiarisation", datetime(2026, 3, 3, 18, 0, tzinfo=UTC), date(2026, 3, 8)),
        (2, -2, "familiarisation", datetime(2026, 3, 5, 7, 30, tzinfo=UTC), date(2026, 3, 8)),
        (3, -1, "familiarisation", datetime(2026, 3, 9, 18, 0, tzinfo=UTC), date(2026, 3, 15)),
        (4, -1, "familiarisation", datetime(2026, 3, 12, 7, 30, tzinfo=UTC), date(2026, 3, 15)),
        (5, 0, "familiarisation", datetime(2026, 3, 16, 18, 0, tzinfo=UTC), date(2026, 3, 22)),
        (6, 0, "familiarisation", datetime(2026, 3, 19, 7, 30, tzinfo=UTC), date(2026, 3, 22)),
        (7, 1, "intervention", datetime(2026, 3, 23, 18, 0, tzinfo=UTC), date(2026, 3, 29)),
        (8, 1, "intervention", datetime(2026, 3, 26, 7, 30, tzinfo=UTC), date(2026, 3, 29)),
    ]
    assert laid.count() == 22
    assert {(s.status, s.rpe_scale, s.planned_minutes, s.supervision, s.note) for s in laid} == {
        ("scheduled", "BORG20", 60, "one_to_one", "")
    }
    assert not TrainingSession.objects.filter(enrolment__participant=people.waits).exists()


def test_a_public_holiday_moves_a_session_and_removes_none(people) -> None:
    easter, may = (session_of(people.trains, number) for number in (11, 19))
    assert (easter.planned_on, may.planned_on) == (date(2026, 4, 7), date(2026, 5, 5))


def test_laying_out_costs_the_same_few_statements_whatever_the_plan(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).waits
    plan = blinding.deferred_plan_for(person.enrolment.allocation)
    counts = []
    for weeks in (1, 16):
        shorter = dataclasses.replace(plan, weeks=weeks)
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                laid = sessions.lay_out(person.enrolment, plan=shorter, by=cast.coordinator, at=at)
            laid = list(laid)
            transaction.set_rollback(True)
        assert len(laid) == weeks * 2
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


def test_sessions_are_laid_out_once(people, coordinator, at) -> None:
    plan = blinding.plan_for(people.trains.enrolment.allocation)
    with pytest.raises(Refused, match="are laid out already"):
        sessions.lay_out(people.trains.enrolment, plan=plan, by=coordinator, at=at)
    assert TrainingSession.objects.filter(enrolment__participant=people.trains).count() == 22


def test_a_coordinator_of_another_site_lays_out_nothing(people, other_coordinator, at) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    with pytest.raises(NotAllowed):
        sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=other_coordinator, at=at)


def test_deferred_training_begins_after_the_window_of_the_primary_visit(people, coordinator, at) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    with pytest.raises(Refused, match=r"can begin on .* at the earliest, after the primary visit"):
        sessions.lay_out_deferred(people.waits.enrolment, plan=plan, starts_on=date(2026, 4, 1), by=coordinator, at=at)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    primary_closes = people.waits.enrolment.day0 + timedelta(days=_primary().closes_day)
    assert [s.session_no for s in laid] == list(range(1, 17))
    assert {s.phase for s in laid} == {"deferred"}
    assert laid[0].planned_on > primary_closes
    with pytest.raises(Refused, match="deferred sessions of .* are laid out already"):
        sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)


def _primary():
    from trials.queries import protocol_in_force

    protocol = protocol_in_force()
    return protocol.visit(protocol.primary.visit)


def test_a_move_keeps_the_day_first_promised(people, coordinator, at) -> None:
    moved = sessions.move(session_of(people.trains, 8), on=date(2026, 3, 27), clock=time(9, 0), by=coordinator, at=at, reason="exam")
    assert (moved.planned_on, moved.rescheduled_at, moved.status) == (
        date(2026, 3, 26), datetime(2026, 3, 27, 9, 0, tzinfo=UTC), "scheduled",
    )  # fmt: skip
    back = sessions.move(moved, on=date(2026, 3, 26), clock=time(7, 30), by=coordinator, at=at)
    assert back.rescheduled_at is None
    assert [e.detail for e in Event.objects.filter(verb="session.moved").order_by("pk")] == [
        {"session_no": 8, "to": "2026-03-27T09:00:00+00:00"}, {"session_no": 8, "to": "2026-03-26T07:30:00+00:00"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (date(2026, 3, 24), "Tue 24 Mar is too near to session 7 (Mon 23 Mar); a rest day must lie between two sessions."),
        (date(2026, 3, 30), "Session 8 belongs to trial week 1, Mon 23 Mar to Sun 29 Mar."),
    ],
)
def test_a_move_against_the_rules_is_refused_and_changes_nothing(people, coordinator, at, on: date, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        sessions.move(session_of(people.trains, 8), on=on, clock=time(9, 0), by=coordinator, at=at)
    session = session_of(people.trains, 8)
    assert (refused.value.sentence, refused.value.code) == (sentence, "move_refused")
    assert refused.value.way_out == ("See the free slots", f"{session.get_absolute_url()}move/")
    assert session.rescheduled_at is None


def test_a_session_cancelled_by_the_site_stands_again_where_it_is_moved(people, coordinator, at) -> None:
    sessions.cancel_by_site(session_of(people.trains, 8), reason="trainer_ill", by=coordinator, at=at)
    cancelled = session_of(people.trains, 8)
    assert (cancelled.status, cancelled.reason, cancelled.reason_class) == ("cancelled_by_site", "trainer_ill", "site")
    moved = sessions.move(cancelled, on=date(2026, 3, 28), clock=time(9, 0), by=coordinator, at=at)
    assert (moved.status, moved.reason, moved.reason_class) == ("scheduled", "", "")


def test_a_held_session_stays_where_it_was(people, cast, at) -> None:
    session = session_of(people.trains, 1)
    hold(session, done(10, "20", (1, 1)), by=cast.coordinator, at=session.planned_at)
    with pytest.raises(Refused, match="Session 1 is closed"):
        sessions.move(session, on=date(2026, 3, 8), clock=time(9, 0), by=cast.coordinator, at=session.planned_at + timedelta(hours=2))


def test_a_trainer_takes_the_coming_sessions_and_sees_the_person_from_then_on(people, coordinator, trainer, at) -> None:
    with pytest.raises(NotAllowed, match="trains with somebody else"):
        sessions.move(session_of(people.trains, 8), on=date(2026, 3, 27), clock=time(9, 0), by=trainer, at=at)
    assert sessions.assign_trainer(people.trains.enrolment, trainer=trainer, by=coordinator, at=at) == 22
    moved = sessions.move(session_of(people.trains, 8), on=date(2026, 3, 27), clock=time(9, 0), by=trainer, at=at)
    assert moved.trainer_planned == trainer


def test_nobody_who_may_not_record_sessions_becomes_a_trainer(people, coordinator, assessor, at) -> None:
    with pytest.raises(Refused, match="may not record sessions at LIM"):
        sessions.assign_trainer(people.trains.enrolment, trainer=assessor, by=coordinator, at=at)


def test_every_version_of_a_moved_session_is_kept_with_who_and_why(people, coordinator, at) -> None:
    session = session_of(people.trains, 8)
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=coordinator, at=at, reason="exam")
    last = RowVersion.objects.filter(table_name="participants_trainingsession", row_id=str(session.pk)).order_by("-pk").first()
    assert (last.actor, last.reason, last.old["rescheduled_at"], last.new["planned_on"]) == (coordinator.actor, "exam", None, "2026-03-26")


def test_many_are_laid_out_at_once_as_each_would_be_alone(cast, at) -> None:
    """The same days, notes and events, whatever each asked for, in as few statements for three as for one."""
    waiting, plan = _waiting(cast, at, 3)
    for person, asked in zip(waiting, ([(0, "18:00"), (3, "07:30")], [(1, "12:15")], [(5, "10:00"), (2, "19:45")]), strict=True):
        baseline.set_availability(person, preferred=asked, channel="email", by=cast.coordinator, at=at)
    made, spent = [], []
    for together in (False, True, None):
        with transaction.atomic():
            enrolments = [person.enrolment for person in waiting[: 1 if together is None else 3]]
            with CaptureQueriesContext(connection) as queries:
                if together is False:
                    counts = [len(sessions.lay_out(e, plan=plan, by=cast.coordinator, at=at)) for e in enrolments]
                else:
                    counts = [sessions.lay_out_all([(e, plan) for e in enrolments], by=cast.coordinator, at=at)]
            spent.append(len(queries))
            rows = TrainingSession.objects.filter(enrolment__in=enrolments).order_by("enrolment", "session_no")
            told = Event.objects.filter(verb="sessions.laid_out", about__in=[str(person) for person in waiting]).order_by("about")
            kept = (
                [{name: value for name, value in vars(row).items() if name not in ("_state", "id")} for row in rows],
                list(told.values_list("about", "actor", "at", "detail")),
            )
            made.append((sum(counts), kept))
            transaction.set_rollback(True)
    alone, together, one = made
    assert alone == together
    assert alone[0] == 3 * one[0] == len(alone[1][0]) > 30
    assert len({tuple(row["planned_at"] for row in alone[1][0] if row["enrolment_id"] == person.enrolment.pk) for person in waiting}) == 3
    assert spent[1] == spent[2]


def test_of_many_none_is_laid_out_where_one_has_sessions_or_a_role_may_not(cast, at) -> None:
    (first, second), plan = _waiting(cast, at, 2)
    sessions.lay_out(first.enrolment, plan=plan, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"The sessions of {first} are laid out already"):
        sessions.lay_out_all([(second.enrolment, plan), (first.enrolment, plan)], by=cast.coordinator, at=at)
    with pytest.raises(NotAllowed):
        sessions.lay_out_all([(second.enrolment, plan)], by=cast.assessor, at=at)
    assert not second.enrolment.sessions.exists()
    assert sessions.lay_out_all([(second.enrolment, None)], by=cast.coordinator, at=at) == 0


def _waiting(cast, at, count):
    """So many people of the arm without sessions, and the plan that the arm is offered later."""
    found = []
    while len(found) < count:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        if blinding.plan_for(person.enrolment.allocation) is None:
            found.append(person)
    return found, blinding.deferred_plan_for(found[0].enrolment.allocation)
