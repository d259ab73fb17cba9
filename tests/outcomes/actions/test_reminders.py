from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from outcomes.actions import alerts, assessments, reminders
from outcomes.instruments import instruments
from outcomes.queries import call_list, due
from participants.actions import baseline, identity, links, messages, reach, withdrawal
from participants.models import CapturedMail, Enrolment, Message, TrainingSession
from tests.participants.people import NORA, consenting
from tests.participants.training import in_both_arms
from trials.actors import Machine
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

BEAT = Machine("beat")
DAY = timedelta(days=1)
FORBIDDEN = re.compile(r"exercise|training|resistance|depress|anxi|mood|phq|gad|score|arm\b|group|wait-?list|control", re.IGNORECASE)


@pytest.fixture
def people(trial, coordinator, at):
    """One in each arm, both reached by e-mail."""
    found = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    for person in (found.trains, found.waits):
        baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=coordinator, at=at)
        identity.record_contact(person, NORA, by=coordinator, at=at)
    return found


def first_follow_up():
    return next(v for v in protocol_in_force().visits if v.kind == "follow_up" and v.instruments)


def noon(person, day: int) -> datetime:
    """Midday of a day counted from the person's day 0."""
    return datetime.combine(Enrolment.objects.get(participant=person).day0, datetime.min.time(), tzinfo=UTC) + timedelta(days=day, hours=12)


def of_sittings() -> list[tuple[str, str]]:
    return sorted(Message.objects.exclude(kind="session").values_list("to", "kind"))


def test_a_sweep_queues_each_invitation_once_and_the_same_in_every_arm(people) -> None:
    visit = first_follow_up()
    opens = noon(people.trains, visit.opens_day)
    reminders.queue_due(by=BEAT, at=opens - DAY)
    assert of_sittings() == []
    reminders.queue_due(by=BEAT, at=opens)
    reminders.queue_due(by=BEAT, at=opens + timedelta(seconds=10))
    assert of_sittings() == sorted([(people.trains.actor, "invitation"), (people.waits.actor, "invitation")])


def test_who_has_sent_everything_or_left_is_not_reminded(people, coordinator) -> None:
    visit = first_follow_up()
    opens = noon(people.trains, visit.opens_day)
    for code in visit.instruments:
        answers = {item.number: 0 for item in instruments[code].items}
        assessments.submit(
            people.trains, visit=visit.code, instrument=code, answers=answers, client_uuid=uuid4(), by=people.trains, at=opens
        )
    withdrawal.withdraw(people.waits, scope="contact", reason="time", by=coordinator, at=opens)
    reminders.queue_due(by=BEAT, at=opens + timedelta(minutes=1))
    assert of_sittings() == []


def test_nobody_is_nudged_while_an_alert_is_open(people, coordinator) -> None:
    visit = first_follow_up()
    opens = noon(people.trains, visit.opens_day)
    reminders.queue_due(by=BEAT, at=opens)
    alerts.raise_concern(people.trains, text="Low today", by=coordinator, at=opens)
    later = opens + protocol_in_force().reminders.nudge_days[0] * DAY
    reminders.queue_due(by=BEAT, at=later)
    assert [m for m in of_sittings() if m[1] == "nudge"] == [(people.waits.actor, "nudge")]
    alerts.raise_concern(people.waits, text="Low today", by=coordinator, at=later)
    messages.send_due(kinds=reminders.kinds(), at=later)
    assert Message.objects.values_list("status", "last_error").get(kind="nudge") == ("pending", "")


def test_held_messages_go_once_the_clinician_lets_them(people, coordinator, clinician) -> None:
    """Held while the alert is open and after a closing that says so; sent once it is let go; over when its time is over."""
    visit = first_follow_up()
    opens = noon(people.waits, visit.opens_day)
    later = opens + protocol_in_force().reminders.nudge_days[0] * DAY
    reminders.queue_due(by=BEAT, at=later)
    alert = alerts.raise_concern(people.waits, text="Low today", by=coordinator, at=later)
    nudge = Message.objects.filter(kind="nudge", to=people.waits.actor)
    messages.send_due(kinds=reminders.kinds(), at=later)
    assert list(nudge.values_list("status", "next_try_at")) == [("pending", later + reminders.HELD_FOR)]
    alerts.close_proved(alert, text="Talked to", release=False, by=clinician, at=later)
    messages.send_due(kinds=reminders.kinds(), at=later + reminders.HELD_FOR)
    reminders.queue_due(by=BEAT, at=later + reminders.HELD_FOR)
    assert list(nudge.values_list("status", flat=True)) == ["pending"]
    alerts.release_messages(alert, by=clinician, at=later + reminders.HELD_FOR)
    messages.send_due(kinds=reminders.kinds(), at=later + 2 * reminders.HELD_FOR)
    assert list(nudge.values_list("status", flat=True)) == ["sent"]


@pytest.mark.parametrize("ends", ["death", "contact"])
def test_a_death_or_a_withdrawal_of_contact_stops_every_message_at_claim(people, coordinator, ends) -> None:
    """Queued before, stopped when its turn comes; the other person's goes out, so it is not the sender that stood still."""
    visit = first_follow_up()
    opens = noon(people.trains, visit.opens_day)
    reminders.queue_due(by=BEAT, at=opens)
    session = TrainingSession.objects.filter(enrolment__participant=people.trains, status="scheduled").order_by("planned_at").last()
    starts = f"session:{session.session_no}:{session.planned_at.astimezone(UTC):%Y%m%dT%H%MZ}"
    messages.queue(to=people.trains.actor, kind="session", event=starts, due_at=opens, by=BEAT, at=opens)
    if ends == "death":
        withdrawal.record_death(people.trains, died_on=opens.date(), by=coordinator, at=opens)
    else:
        withdrawal.withdraw(people.trains, scope="contact", reason="time", by=coordinator, at=opens)
    messages.send_due(kinds=reminders.kinds(), at=opens)
    of_hers = Message.objects.filter(to=people.trains.actor).order_by("kind")
    assert list(of_hers.values_list("kind", "status", "last_error")) == [
        ("invitation", "dropped", "participation has ended"),
        ("session", "dropped", "participation has ended"),
    ]
    assert set(Message.objects.filter(to=people.waits.actor).values_list("status", flat=True)) == {"sent"}


def test_a_session_is_announced_and_a_moved_one_anew(people, coordinator) -> None:
    session = TrainingSession.objects.filter(enrolment__participant=people.trains, status="scheduled").order_by("planned_at").first()
    eve = session.planned_at - timedelta(hours=protocol_in_force().reminders.session_before_hours or 0)
    reminders.queue_due(by=BEAT, at=eve - DAY)
    assert not Message.objects.filter(kind="session").exists()
    reminders.queue_due(by=BEAT, at=session.planned_at - timedelta(hours=2))
    first = Message.objects.get(kind="session")
    assert (first.to, first.not_after) == (people.trains.actor, session.planned_at)
    TrainingSession.objects.filter(pk=session.pk).update(rescheduled_at=session.planned_at + timedelta(hours=1))
    reminders.queue_due(by=BEAT, at=session.planned_at - timedelta(hours=1))
    assert Message.objects.filter(kind="session").count() == 2
    messages.send_due(kinds=reminders.kinds(), at=session.planned_at - timedelta(hours=1))
    assert sorted(Message.objects.filter(kind="session").values_list("status", "last_error")) == [
        ("dropped", "no longer due"),
        ("sent", ""),
    ]


@pytest.mark.parametrize("moved_by", [timedelta(0), timedelta(minutes=45), timedelta(days=6, hours=-2)])
def test_a_session_that_was_announced_is_not_read_again_by_the_next_sweep(people, moved_by) -> None:
    """The database spells reader and event of a session as its messages do, moved or not, in winter and in summer."""
    session = TrainingSession.objects.filter(enrolment__participant=people.trains, status="scheduled").order_by("planned_at").last()
    starts = session.planned_at + moved_by
    TrainingSession.objects.filter(pk=session.pk).update(rescheduled_at=starts if moved_by else None)
    at, protocol = starts - timedelta(hours=2), protocol_in_force()
    policy = replace(protocol.reminders, session_day_before=time(8), session_before_hours=3, quiet_from=time(0), quiet_to=time(0))
    planned = [due.at_site(people.trains.site, replace(protocol, reminders=policy), at) for _ in range(2)]
    (told,) = ((to, d) for to, d in planned[0] if d.kind == "session")
    assert told[1].event_key == f"session:{session.session_no}:{starts:%Y%m%dT%H%MZ}"
    messages.queue(to=f"participant:{told[0]}", kind="session_day_before", event=told[1].event_key, due_at=at, by=BEAT, at=at)
    assert [d.kind for _, d in due.at_site(people.trains.site, replace(protocol, reminders=policy), at)].count("session") == 1
    messages.queue(to=f"participant:{told[0]}", kind="session", event=told[1].event_key, due_at=at, by=BEAT, at=at)
    assert "session" not in {d.kind for _, d in planned[1]}


def test_a_sweep_is_planned_for_the_days_it_looks_at_and_nothing_after_it_is(people, at, monkeypatch) -> None:
    """PostgreSQL would come to keep one plan for any days, which reads the sessions of everybody instead of those of the days."""
    seen = []

    def setting() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            return cursor.fetchone()[0]

    monkeypatch.setattr(due, "at_site", lambda *_: seen.append(setting()) or ())
    with transaction.atomic():
        reminders.queue_due(by=BEAT, at=at)
        transaction.set_rollback(True)
    assert set(seen) == {"force_custom_plan"}
    assert setting() == "auto"


def test_who_stopped_the_training_hears_of_no_session(people, coordinator, at) -> None:
    session = TrainingSession.objects.filter(enrolment__participant=people.trains).order_by("planned_at").first()
    withdrawal.stop_training(people.trains, reason="time", by=coordinator, at=at)
    reminders.queue_due(by=BEAT, at=session.planned_at - timedelta(hours=1))
    assert not Message.objects.filter(kind="session").exists()


def test_no_text_says_what_the_trial_is_about_and_the_link_in_it_works(people, settings) -> None:
    settings.UPLIFT_SMTP_URL = ""
    visit = first_follow_up()
    policy = protocol_in_force().reminders
    days = [visit.opens_day, visit.opens_day + policy.nudge_days[0], visit.closes_day - (policy.last_call_days or 0)]
    for day in days:
        reminders.queue_due(by=BEAT, at=noon(people.waits, day))
        messages.send_due(kinds=reminders.kinds(), at=noon(people.waits, day))
    session = TrainingSession.objects.filter(enrolment__participant=people.trains).order_by("planned_at").first()
    reminders.queue_due(by=BEAT, at=session.planned_at - timedelta(hours=2))
    messages.send_due(kinds=reminders.kinds(), at=session.planned_at - timedelta(hours=2))
    mails = list(CapturedMail.objects.order_by("pk"))
    assert {m.kind for m in Message.objects.filter(status="sent")} == {"invitation", "nudge", "last_call", "session", "session_day_before"}
    said = [m.subject + re.sub(r"#t=[\w-]+|code: \w+", "", m.body) for m in mails]
    assert [text for text in said if FORBIDDEN.search(text)] == []
    invitation = next(m for m in mails if m.subject == "Your questions are open")
    token = re.search(r"#t=([\w-]{43})", invitation.body).group(1)
    code = re.search(r"code: (\w{10})", invitation.body).group(1)
    at = noon(people.waits, visit.opens_day)
    assert links.find(token, at=at) == links.find(code, at=at) is not None
    assert links.find(token, at=noon(people.waits, visit.closes_day)) is not None
    assert links.find(token, at=noon(people.waits, visit.closes_day + 1)) is None


def test_a_link_is_sent_again_on_request_while_the_visit_is_open(people, coordinator, other_coordinator, settings) -> None:
    settings.UPLIFT_SMTP_URL = ""
    visit = first_follow_up()
    opens = noon(people.trains, visit.opens_day)
    with pytest.raises(NotAllowed):
        reminders.resend_link(people.trains, visit=visit.code, by=other_coordinator, at=opens)
    with pytest.raises(Refused, match="nothing to answer at this visit now"):
        reminders.resend_link(people.trains, visit=visit.code, by=coordinator, at=opens - DAY)
    reminders.resend_link(people.trains, visit=visit.code, by=coordinator, at=opens)
    reminders.resend_link(people.trains, visit=visit.code, by=coordinator, at=opens)
    messages.send_due(kinds=reminders.kinds(), at=opens)
    assert (CapturedMail.objects.count(), people.trains.links.filter(revoked_at=None).count()) == (2, 2)


@pytest.mark.parametrize("state", ["paused", "bounced"])
def test_a_sweep_passes_over_whom_messages_do_not_reach_now(people, coordinator, state) -> None:
    opens = noon(people.trains, first_follow_up().opens_day)
    if state == "paused":
        reach.pause_messages(people.trains, until=opens.date() + DAY, by=coordinator, at=opens)
    else:
        reach.mark_bounced(people.trains, channel="email", by=BEAT, at=opens)
    reminders.queue_due(by=BEAT, at=opens)
    assert of_sittings() == [(people.waits.actor, "invitation")]
    with pytest.raises(Refused) as refused:
        reminders.resend_link(people.trains, visit=first_follow_up().code, by=coordinator, at=opens)
    assert refused.value.code == state
    reminders.queue_due(by=BEAT, at=opens + DAY)
    assert ((people.trains.actor, "invitation") in of_sittings()) == (state == "paused")


def test_whose_address_is_refused_is_to_be_called(people, coordinator) -> None:
    opens = noon(people.trains, first_follow_up().opens_day)
    assert call_list.of(coordinator, opens) == []
    reach.mark_bounced(people.trains, channel="email", by=BEAT, at=opens)
    assert {call.participant for call in call_list.of(coordinator, opens)} == {people.trains}


def test_a_baseline_is_invited_after_consent_and_not_chased_for_ever(trial, coordinator, at, settings) -> None:
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)
    for day in range(40):
        reminders.queue_due(by=BEAT, at=at + day * DAY)
    assert sorted(Message.objects.values_list("to", "kind")) == [
        (person.actor, "invitation"),
        (person.actor, "nudge"),
        (person.actor, "nudge"),
    ]


def test_an_alert_names_nothing_but_the_trial_id(trial, coordinator, clinician, at, settings) -> None:
    settings.UPLIFT_SMTP_URL = ""
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)
    alerts.raise_concern(person, text="Very low", by=coordinator, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    mails = {(m.subject, m.body) for m in CapturedMail.objects.all()}
    assert mails == {("Please look: P-001", "P-001 needs you. Open the safety desk:\n\nhttp://testserver/safety/\n")}
