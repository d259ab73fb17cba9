"""A batch that takes long is looked at again: what may not go any more stays, and a message that can't be judged holds up no other."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from outcomes.actions import alerts, assessments, reminders
from outcomes.instruments import instruments
from participants.actions import baseline, identity, messages, withdrawal
from participants.actions.messages import Ahead, Notice, Text, claiming, sending
from participants.actions.messages.claiming import PAUSED_FOR
from participants.models import Enrolment, Message, PersonalLink, ProviderBucket
from participants.post import email
from tests.cast import hire, load_trial
from tests.conftest import AT
from tests.participants.people import NORA
from tests.participants.training import in_both_arms
from trials.actors import Machine
from trials.queries import protocol_in_force

BEAT = Machine("beat")
TEXT = Text("Hello", "Body", "Short")


@pytest.fixture
def asked(trial, coordinator, at, settings) -> tuple[list, datetime]:
    """Two people to whom a nudge is due at the same instant, in the order of their going, and that instant."""
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"
    found = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    people = [found.trains, found.waits]
    for person in people:
        baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=coordinator, at=at)
        identity.record_contact(person, NORA, by=coordinator, at=at)
    visit, policy = next(v for v in protocol_in_force().visits if v.kind == "follow_up" and v.instruments), protocol_in_force().reminders
    day0 = datetime.combine(Enrolment.objects.get(participant=people[0]).day0, datetime.min.time(), tzinfo=at.tzinfo)
    due = day0 + timedelta(days=visit.opens_day + policy.nudge_days[0], hours=12)
    notices = [Notice(to=p.actor, kind="nudge", event=f"sitting:{visit.code}:nudge-1", due_at=due) for p in people]
    messages.queue_all(notices, by=BEAT, at=due)
    return people, due


def sends_all(person, visit, by, at) -> None:
    for number, code in enumerate(visit.instruments):
        answers = {item.number: 0 for item in instruments[code].items}
        uuid = f"00000000-0000-0000-0000-{number:012d}"
        assessments.submit(person, visit=visit.code, instrument=code, answers=answers, client_uuid=uuid, by=person, at=at)


MEANWHILE = {
    "nothing": (lambda person, visit, by, at: None, ("sent", "")),
    "a death": (lambda person, visit, by, at: withdrawal.record_death(person, died_on=at.date(), by=by, at=at), ("dropped", "participation has ended")),
    "a withdrawal": (
        lambda person, visit, by, at: withdrawal.withdraw(person, scope="contact", reason="time", by=by, at=at),
        ("dropped", "participation has ended"),
    ),
    "an alert": (lambda person, visit, by, at: alerts.raise_concern(person, text="Low today", by=by, at=at), ("pending", "")),
    "answers": (sends_all, ("dropped", "no longer due")),
}  # fmt: skip


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_what_may_not_go_any_more_is_not_handed_over_in_a_batch_that_takes_long(asked, coordinator, monkeypatch, meanwhile) -> None:
    (_, last), at = asked
    (happens, expected), moment, handed = MEANWHILE[meanwhile], [0.0], []
    visit = next(v for v in protocol_in_force().visits if v.kind == "follow_up" and v.instruments)

    def hand_over(mail, line, **_: object) -> None:
        handed.append(mail.to)
        if len(handed) == 1:
            moment[0] += 1.1 * sending.LOOKED_AT_FOR
            happens(last, visit, coordinator, at)

    monkeypatch.setattr(sending, "monotonic", lambda: moment[0])
    monkeypatch.setattr(email, "send", hand_over)
    messages.send_due(kinds=reminders.kinds(), ahead=reminders.AHEAD, at=at)
    assert Message.objects.filter(to=last.actor, kind="nudge").values_list("status", "last_error").get() == expected
    assert handed.count(NORA["email"]) == (2 if meanwhile == "nothing" else 1)  # an alert's own mails go to staff
    assert PersonalLink.objects.filter(participant=last).count() == 1


def test_a_look_again_changes_nothing_and_counts_the_attempt_under_way_for_nothing(asked) -> None:
    _, at = asked
    Message.objects.update(attempts=claiming.MOST_ATTEMPTS - 1)
    kinds = {"nudge": (lambda message, at: True, lambda message, at: TEXT)}
    batch = messages.claim(kinds=kinds, by=BEAT, at=at, limit=2)
    before = list(Message.objects.order_by("pk").values())
    assert claiming.lapsed(batch, kinds=kinds, at=at) == set()
    type(batch[0].message.reader.availability).objects.update(channel="sms")
    assert claiming.lapsed(batch, kinds=kinds, at=at) == {c.message.pk for c in batch}
    assert list(Message.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("where", ["read for all", "judged alone"])
def test_a_message_of_which_nothing_can_be_said_waits_and_holds_up_no_other(asked, monkeypatch, where) -> None:
    (first, last), at = asked

    def fails(message) -> None:
        if message.to == first.actor:
            raise ValueError("nora@canary.example")

    def read(batch, at) -> None:
        for message in batch:
            message.facts = "half read"
            fails(message)

    def still_due(message, at) -> bool:
        fails(message)
        return where == "judged alone" or "facts" not in vars(message)

    monkeypatch.setattr(email, "send", lambda mail, line, **_: None)
    ahead = Ahead(read, lambda batch, by, at: None) if where == "read for all" else None
    assert messages.send_due(kinds={"nudge": (still_due, lambda message, at: TEXT)}, ahead=ahead, at=at) == {"sent": 1}
    assert Message.objects.values_list("status", "next_try_at", "attempts").get(to=first.actor) == ("pending", at + PAUSED_FOR, 0)


def test_two_senders_with_two_limits_never_wait_for_each_other(committing, settings) -> None:
    """One holds the limit of e-mail and wants that of text messages; the other's first message is a text message, its second a mail."""
    settings.UPLIFT_SMTP_PER_MINUTE = settings.UPLIFT_SMS_PER_MINUTE = 60
    load_trial(at=AT)
    staff = hire(at=AT).coordinator
    type(staff).objects.update(phone="+353 61 555 001")
    notices = [Notice(to=staff.actor, kind="nudge", event=f"e{n}", channel=way, due_at=AT) for n, way in enumerate(("sms", "email"))]
    messages.queue_all(notices, by=BEAT, at=AT)
    for way in ("sms", "email"):
        ProviderBucket.objects.create(channel=way, full_at=AT)
    claimed: list[int] = []

    def other() -> None:
        kinds = {"nudge": (lambda message, at: True, lambda message, at: TEXT)}
        claimed.append(len(messages.claim(kinds=kinds, by=BEAT, at=AT, limit=2)))
        connection.close()

    thread, buckets = threading.Thread(target=other), ProviderBucket.objects.select_for_update()
    with transaction.atomic():
        buckets.get(channel="email")
        thread.start()
        _until_somebody_waits()
        buckets.get(channel="sms")
    thread.join(30)
    assert claimed == [2]


def _until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[1]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waited")
