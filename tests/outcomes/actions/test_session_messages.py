"""Messages about sessions: the day before, the hours before, after a missed one, and before deferred training begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from outcomes.actions import alerts, reminders
from participants.actions import baseline, identity, links, messages, sessions, withdrawal
from participants.models import CapturedMail, Message, TrainingSession
from tests.cast import LIMERICK, SHELL
from tests.outcomes.actions.test_reminders import FORBIDDEN
from tests.participants.people import NORA
from tests.participants.training import in_both_arms
from trials import blinding
from trials.actions.protocol import load_protocol
from trials.actors import Machine

BEAT = Machine("beat")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def people(trial, coordinator, at, settings):
    """One in each arm, both reached by e-mail, under the shipped protocol, which sends every message about sessions."""
    settings.UPLIFT_SMTP_URL = ""
    found = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    for person in (found.trains, found.waits):
        baseline.set_availability(person, preferred=[(1, "12:00")], channel="email", by=coordinator, at=at)
        identity.record_contact(person, NORA, by=coordinator, at=at)
    return found


@pytest.fixture
def first(people) -> TrainingSession:
    return TrainingSession.objects.filter(enrolment__participant=people.trains).order_by("session_no").first()


def sweep(at: datetime) -> None:
    reminders.queue_due(by=BEAT, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)


def about_sessions() -> list[tuple[str, str, str]]:
    kinds = ["session_day_before", "session", "missed_session", "deferred_start"]
    return list(Message.objects.filter(kind__in=kinds).order_by("due_at").values_list("to", "kind", "status"))


def noon_after(session: TrainingSession, days: int = 1) -> datetime:
    return datetime.combine(session.at.date() + timedelta(days=days), datetime.min.time(), tzinfo=UTC) + 12 * HOUR


def test_a_session_is_reminded_of_the_day_before_and_hours_before(people, first) -> None:
    eve = datetime.combine(first.at.astimezone(first.enrolment.participant.site.zone).date() - DAY, datetime.min.time(), tzinfo=UTC)
    sweep(eve + 15 * HOUR)
    assert about_sessions() == []
    for at in (eve + 18 * HOUR, eve + 18 * HOUR, first.at - HOUR, first.at - HOUR / 2):
        sweep(at)
    assert about_sessions() == [(people.trains.actor, "session_day_before", "sent"), (people.trains.actor, "session", "sent")]


def test_a_missed_session_is_asked_about_once(people, first, coordinator) -> None:
    sweep(noon_after(first))
    assert about_sessions() == []
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    for at in (noon_after(first), noon_after(first), noon_after(first) + DAY):
        sweep(at)
    assert about_sessions() == [(people.trains.actor, "missed_session", "sent")]


def test_a_session_missed_long_ago_is_not_asked_about(people, first, coordinator) -> None:
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    sweep(noon_after(first, days=6))
    assert "missed_session" not in {kind for _, kind, _ in about_sessions()}


@pytest.mark.parametrize("queued_before", [True, False])
def test_who_stopped_training_is_not_asked_about_a_missed_session(people, first, coordinator, queued_before) -> None:
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    if queued_before:
        reminders.queue_due(by=BEAT, at=noon_after(first))
    withdrawal.stop_training(people.trains, reason="time", by=coordinator, at=noon_after(first))
    sweep(noon_after(first))
    assert about_sessions() == ([(people.trains.actor, "missed_session", "dropped")] if queued_before else [])


def test_an_alert_holds_the_question_about_a_missed_session_and_no_reminder_of_the_next(people, first, coordinator, clinician) -> None:
    """Not queued while it is open; one queued before waits, and goes when the clinician lets it."""
    at = noon_after(first)
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=at)
    alert = alerts.raise_concern(people.trains, text="Low", by=coordinator, at=at)
    reminders.queue_due(by=BEAT, at=at)
    assert about_sessions() == []
    event = f"session:{first.session_no}:{first.at.astimezone(UTC):%Y%m%dT%H%MZ}"
    messages.queue(to=people.trains.actor, kind="missed_session", event=event, due_at=at, by=BEAT, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert about_sessions() == [(people.trains.actor, "missed_session", "pending")]
    following = TrainingSession.objects.filter(enrolment=first.enrolment, session_no=3).get()
    sweep(following.at - HOUR)
    assert (people.trains.actor, "session", "sent") in about_sessions()
    alerts.close_proved(alert, text="Talked to", release=True, by=clinician, at=following.at)
    messages.send_due(kinds=reminders.kinds(), at=noon_after(following))
    assert (people.trains.actor, "missed_session", "sent") in about_sessions()


@pytest.mark.parametrize(
    "changed", [{"status": "made_up"}, {"status": "scheduled"}, {"rescheduled_at": datetime(2026, 5, 5, 12, tzinfo=UTC)}]
)
def test_a_missed_session_that_is_none_any_more_is_not_spoken_of(people, first, coordinator, changed) -> None:
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    reminders.queue_due(by=BEAT, at=noon_after(first))
    held_on = first.at.date() if changed.get("status") == "made_up" else None
    TrainingSession.objects.filter(pk=first.pk).update(**changed, held_on=held_on)
    messages.send_due(kinds=reminders.kinds(), at=noon_after(first))
    assert about_sessions() == [(people.trains.actor, "missed_session", "dropped")]


def test_the_start_of_deferred_training_is_told_once_with_the_time_it_has_by_then(people, coordinator, at) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    start = laid[0].planned_at
    sweep(start - 8 * DAY)
    assert about_sessions() == []
    reminders.queue_due(by=BEAT, at=start - 6 * DAY)
    TrainingSession.objects.filter(pk=laid[0].pk).update(rescheduled_at=start + 2 * HOUR)
    for moment in (start - 6 * DAY, start - 5 * DAY):
        sweep(moment)
    assert about_sessions() == [(people.waits.actor, "deferred_start", "sent")]
    zone = people.waits.site.zone
    said = CapturedMail.objects.get(subject="Your appointments begin").body
    assert f"at {(start + 2 * HOUR).astimezone(zone):%H:%M}" in said
    assert f"at {start.astimezone(zone):%H:%M}" not in said


def test_a_start_that_is_called_off_is_not_told(people, coordinator, at) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    soon = laid[0].planned_at - 6 * DAY
    reminders.queue_due(by=BEAT, at=soon)
    TrainingSession.objects.filter(pk__in=[session.pk for session in laid]).update(status="cancelled_by_site")
    messages.send_due(kinds=reminders.kinds(), at=soon)
    assert about_sessions() == [(people.waits.actor, "deferred_start", "dropped")]


@pytest.mark.parametrize("queued_before", [True, False])
def test_where_the_site_calls_the_first_off_training_begins_with_the_second(people, coordinator, at, queued_before) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    soon = laid[0].planned_at - 3 * DAY
    if queued_before:
        reminders.queue_due(by=BEAT, at=soon)
    TrainingSession.objects.filter(pk=laid[0].pk).update(status="cancelled_by_site")
    for moment in (soon, soon + DAY):
        sweep(moment)
    assert about_sessions() == [(people.waits.actor, "deferred_start", "sent")]
    second = laid[1].planned_at.astimezone(people.waits.site.zone)
    assert f"{second:%A} {second.day} {second:%B}" in CapturedMail.objects.get(subject="Your appointments begin").body


def test_no_word_about_sessions_says_what_the_trial_is_about(people, first, coordinator, at) -> None:
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    for moment in (noon_after(first, days=-1) + 6 * HOUR, first.at - HOUR):
        sweep(moment)
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    sweep(noon_after(first))
    sweep(laid[0].planned_at - 6 * DAY)
    assert {"session_day_before", "session", "missed_session", "deferred_start"} <= {kind for _, kind, s in about_sessions() if s == "sent"}
    said = [mail.subject + re.sub(r"#t=[\w-]+|code: \w+", "", mail.body) for mail in CapturedMail.objects.all()]
    assert [text for text in said if FORBIDDEN.search(text)] == []


def test_nobody_is_reminded_of_what_they_said_they_can_not_come_to(people, first) -> None:
    sessions.say_cannot_come(first, by=people.trains, at=first.at - 5 * HOUR)
    for moment, state in ((first.at - 2 * HOUR, "pending"), (first.at + HOUR, "dropped")):
        sweep(moment)
        assert (people.trains.actor, "session", state) in about_sessions()
    assert not CapturedMail.objects.filter(subject="Your next appointment").exists()


def test_who_comes_after_all_is_reminded(people, first) -> None:
    sessions.say_cannot_come(first, by=people.trains, at=first.at - 5 * HOUR)
    sweep(first.at - 2 * HOUR)
    sessions.take_back_cannot_come(first, by=people.trains, at=first.at - 2 * HOUR)
    sweep(first.at - HOUR)
    assert (people.trains.actor, "session", "sent") in about_sessions()


def test_a_reminder_of_a_session_carries_a_link_to_the_appointments(people, first) -> None:
    sweep(first.at - HOUR)
    mail = CapturedMail.objects.get(subject="Your next appointment").body
    token = re.search(r"/me/\?for=appointments#t=([\w-]{43})\n", mail)[1]
    code = re.search(r"code: (\w{10})", mail)[1]
    assert links.find(token, at=first.at) == links.find(code, at=first.at)
    assert links.find(token, at=first.at).visit == links.APPOINTMENTS


def test_who_consents_is_welcomed_once_a_way_to_write_is_agreed_to_and_in_every_arm_alike(trial, coordinator, at, settings) -> None:
    settings.UPLIFT_SMTP_URL = ""
    text = LIMERICK.read_text(encoding="utf-8").replace('version = "1.0"', 'version = "1.1"', 1)
    load_protocol(text.replace("invitation = true\n", "welcome = true\ninvitation = true\n", 1), reason="Welcome", by=SHELL, at=at)
    found = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    sweep(at + HOUR)
    assert not Message.objects.filter(kind="welcome").exists()
    for person in (found.trains, found.waits):
        baseline.set_availability(person, preferred=[(1, "12:00")], channel="email", by=coordinator, at=at)
        identity.record_contact(person, NORA, by=coordinator, at=at)
    mistaken = found.waits.consents.get()
    for hours in (2, 3):
        sweep(at + hours * HOUR)
    told = Message.objects.filter(kind="welcome")
    assert set(told.values_list("to", "status")) == {(found.trains.actor, "sent"), (found.waits.actor, "sent")}
    body = CapturedMail.objects.filter(subject="Welcome to the study").first().body
    assert body.startswith("Hello,\n\nThank you for taking part (University of Limerick).\n\nWe write to you here")
    told.filter(to=found.waits.actor).update(status="pending")
    type(mistaken).objects.filter(pk=mistaken.pk).update(voided_at=at)
    sweep(at + 4 * HOUR)
    assert told.get(to=found.waits.actor).status == "dropped"
