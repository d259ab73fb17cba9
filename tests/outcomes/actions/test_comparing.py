"""The calendar, gone through person by person, and the outbox, filled in sets: they agree, and a row that is not there is missed."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import alerts, comparing, reminders
from outcomes.queries import due, expected
from participants.actions import baseline, sessions
from participants.models import Message
from participants.queries import outbox
from tests.outcomes.actions.test_reminders import first_follow_up, noon
from tests.outcomes.actions.test_session_messages import BEAT, DAY, HOUR, first, noon_after, people
from tests.participants.training import session_of
from trials import blinding
from trials.queries import protocol_in_force

__all__ = ["first", "people"]
MINUTE = timedelta(minutes=1)


def test_person_by_person_asks_for_just_what_the_sweep_finds_on_every_day(people, first, coordinator, at, monkeypatch) -> None:
    """Two ways to the same messages: whatever the one asks for at a quarter past, the other has queued."""
    monkeypatch.setattr(expected, "PATIENCE", timedelta(0))
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    visit, second, kinds = first_follow_up(), session_of(people.trains, 2), set()
    sessions.mark_missed(second, reason="not_known", by=coordinator, at=second.at + 12 * HOUR)
    days = (visit.opens_day - 1, visit.opens_day, visit.opens_day + 2, visit.closes_day, visit.closes_day + 1)
    moments = [noon(people.trains, day) for day in days]
    moments += [first.at - HOUR, first.at - 20 * HOUR, noon_after(second), laid[0].planned_at - 6 * DAY, at + 2 * HOUR]
    for moment in moments:
        swept = {(who, d.kind, d.event_key) for who, d in due.at_site(people.trains.site, protocol_in_force(), moment)}
        assert {(who, d.kind, d.event_key) for who, d in expected.lacking(moment)} == swept, moment
        kinds |= {kind for _, kind, _ in swept}
    assert kinds == {"invitation", "nudge", "last_call", "session_day_before", "session", "missed_session", "deferred_start"}


def test_a_row_that_never_came_to_be_is_missed_and_told_until_it_is_there(people, coordinator, clinician, monitor, at, monkeypatch) -> None:
    opens = noon(people.trains, first_follow_up().opens_day)
    monkeypatch.setattr("trials.clock.now", lambda: opens)
    reminders.queue_due(by=BEAT, at=opens - 14 * MINUTE)
    assert comparing.compare_outbox(by=BEAT, at=opens) == outbox.lacking() == 0
    lost = Message.objects.filter(kind="invitation", to=people.trains.actor)
    Message.objects.filter(pk=lost.get().pk).update(event="lost")
    assert comparing.compare_outbox(by=BEAT, at=opens) == outbox.lacking() == 1
    reader = Client()
    reader.force_login(monitor)
    assert "1 message should be here by the calendar and is not" in reader.get("/messages/").content.decode()
    baseline.set_availability(people.trains, preferred=[], channel="email", by=coordinator, at=opens - MINUTE)
    assert comparing.compare_outbox(by=BEAT, at=opens) == 0
    assert comparing.compare_outbox(by=BEAT, at=opens + 15 * MINUTE) == 1
    reminders.queue_due(by=BEAT, at=opens)
    assert comparing.compare_outbox(by=BEAT, at=opens + 15 * MINUTE) == outbox.lacking() == 0
    assert "by the calendar" not in reader.get("/messages/").content.decode()


def test_whose_messages_an_alert_holds_lacks_none_of_them(people, coordinator, at) -> None:
    visit = first_follow_up()
    later = noon(people.trains, visit.opens_day + 2)
    reminders.queue_due(by=BEAT, at=later - 2 * DAY)
    before = {(who, d.kind) for who, d in expected.lacking(later)}
    alerts.raise_concern(people.trains, text="Low today", by=coordinator, at=later - HOUR)
    after = {(who, d.kind) for who, d in expected.lacking(later)}
    assert before - after == {(str(people.trains), "nudge")}


def test_comparing_costs_the_same_for_one_and_for_two(people, at) -> None:
    opens = noon(people.trains, first_follow_up().opens_day)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            expected.lacking(opens)
        return len(captured)

    both = cost()
    people.waits.availability.channel = "none"
    people.waits.availability.save()
    assert cost() == both
