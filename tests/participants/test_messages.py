from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from participants.actions import messages, withdrawal
from participants.actions.messages import Notice, Text, sending
from participants.models import CapturedMail, Message, MessageAttempt
from participants.post import email
from tests.cast import hire, load_trial
from tests.participants.people import NORA, consenting
from trials.actors import Machine
from trials.models import Clock, Event
from trials.permissions import NotAllowed, Refused

BEAT, WORKER = Machine("beat"), Machine("worker")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WANTED = {"nudge": (lambda message, at: True, lambda message, at: Text("Hello", "Body"))}


@pytest.fixture
def person(trial, coordinator, at):
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)


@pytest.fixture
def queued(person, at) -> Message:
    messages.queue(to=person.actor, kind="nudge", event="sitting:week8:nudge-2", due_at=at, by=BEAT, at=at)
    return Message.objects.get()


@pytest.fixture
def posted(monkeypatch, settings):
    """What reached the mail server's door, and how it answers: the next of `posted.answers`, else it takes the message."""
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"

    class Posted(list):
        answers: list[Exception] = []

    box = Posted()

    def send(mail, server, *, sender, domain, timeout=10.0):
        box.append(mail)
        if box.answers:
            raise box.answers.pop(0)

    monkeypatch.setattr(email, "send", send)
    return box


def test_a_message_stands_once_however_often_the_sweep_asks(person, at) -> None:
    notice = Notice(to=person.actor, kind="nudge", event="sitting:week8:nudge-2", due_at=at)
    counts = [
        messages.queue_all(batch, by=BEAT, at=at)
        for batch in ([notice, notice], [notice], [], [notice, Notice(to="user:1", kind="alert", event="a", due_at=at)])
    ]
    assert counts == [1, 0, 0, 1]
    assert Message.objects.count() == 2


def test_a_due_message_goes_out_once_and_says_so(queued, posted, at) -> None:
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert [(m.to, m.subject, m.text, len(m.key)) for m in posted] == [("nora@canary.example", "Hello", "Body", 32)]
    kept = Message.objects.get()
    assert (kept.status, kept.sent_at, kept.attempts, kept.lease_token) == ("sent", at, 1, None)
    assert list(MessageAttempt.objects.values_list("outcome", "detail")) == [("sent", "")]


def test_what_is_not_due_or_of_another_kind_stays(person, posted, at) -> None:
    messages.queue(to=person.actor, kind="nudge", event="later", due_at=at + MINUTE, by=BEAT, at=at)
    messages.queue(to=person.actor, kind="unheard", event="now", due_at=at, by=BEAT, at=at)
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert list(Message.objects.values_list("status", flat=True)) == ["pending", "pending"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda p, by, at: withdrawal.withdraw(p, scope="contact", reason="time", by=by, at=at), "participation has ended"),
        (lambda p, by, at: withdrawal.record_death(p, died_on=at.date(), by=by, at=at), "participation has ended"),
        (lambda p, by, at: type(p.availability).objects.update(channel="none"), "this channel was not agreed to"),
        (lambda p, by, at: Message.objects.update(not_after=at), "its time is over"),
    ],
    ids=["withdrawn", "died", "call list", "too late"],
)
def test_it_is_asked_again_at_the_last_moment_whether_it_may_go(person, queued, posted, coordinator, at, spoil, why) -> None:
    spoil(person, coordinator, at)
    assert messages.send_due(kinds=WANTED, at=at) == {}
    kept = Message.objects.get()
    assert (kept.status, kept.last_error, list(posted)) == ("dropped", why, [])


def test_what_is_no_longer_due_is_dropped(queued, posted, at) -> None:
    assert messages.send_due(kinds={"nudge": (lambda m, a: False, WANTED["nudge"][1])}, at=at) == {}
    assert Message.objects.values_list("status", "last_error").get() == ("dropped", "no longer due")


def test_quiet_hours_hold_a_message_until_the_morning(queued, posted) -> None:
    night = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    assert messages.send_due(kinds=WANTED, at=night) == {}
    assert Message.objects.values_list("status", "next_try_at").get() == ("pending", datetime(2026, 3, 3, 8, 0, tzinfo=UTC))


def test_a_person_without_an_address_is_dropped(trial, coordinator, posted, at) -> None:
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    messages.queue(to=person.actor, kind="nudge", event="x", due_at=at, by=BEAT, at=at)
    assert messages.send_due(kinds=WANTED, at=at) == {"dropped": 1}
    assert Message.objects.values_list("status", "last_error").get() == ("dropped", "no address")


@pytest.mark.parametrize(
    ("answer", "counted", "status"),
    [
        (email.NotSent("the mail server answered 451"), "deferred", "pending"),
        (email.NotSent("the mail server answered 550", permanent=True), "refused", "dead"),
        (email.MaybeSent("the connection broke"), "unknown", "unknown"),
        (RuntimeError("nora@canary.example"), "faulty", "pending"),
        (Refused("closed", code="closed"), "dropped", "dropped"),
    ],
)
def test_each_answer_of_the_server_has_its_own_end(queued, posted, at, answer, counted, status) -> None:
    posted.answers = [answer]
    assert messages.send_due(kinds=WANTED, at=at) == {counted: 1}
    kept = Message.objects.get()
    assert (kept.status, kept.lease_token) == (status, None)
    assert "canary" not in kept.last_error + str(MessageAttempt.objects.values().get()) + str(list(Event.objects.values()))
    if status == "pending":
        assert at + timedelta(seconds=5) <= kept.next_try_at <= at + MINUTE


def test_an_outage_costs_a_message_no_attempt(queued, posted, at) -> None:
    posted.answers = [email.NotSent("the mail server cannot be reached", unreached=True) for _ in range(20)]
    for minute in range(20):
        assert messages.send_due(kinds=WANTED, at=at + minute * MINUTE) == {"unreached": 1}
    assert Message.objects.values_list("status", "attempts").get() == ("pending", 0)
    assert messages.send_due(kinds=WANTED, at=at + 20 * MINUTE) == {"sent": 1}


def test_an_unreadable_server_address_is_said_before_anything_is_claimed(queued, settings, at) -> None:
    settings.UPLIFT_SMTP_URL = "mail.example"
    with pytest.raises(email.BadAddress):
        messages.send_due(kinds=WANTED, at=at)
    assert Message.objects.values_list("status", "attempts").get() == ("pending", 0)


def test_the_outbox_stands_still_when_something_has_waited_too_long(queued, at, caplog, monkeypatch) -> None:
    from participants.queries import outbox
    from participants.tasks import watch_outbox
    from trials import clock

    assert [outbox.oldest_waiting(at + minutes * MINUTE) for minutes in (-1, 0, 5)] == [None, timedelta(0), 5 * MINUTE]
    assert [outbox.stands_still(at + minutes * MINUTE) for minutes in (15, 16)] == [False, True]
    for minutes in (15, 16):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: at + minutes * MINUTE)
        watch_outbox()
    assert [r.msg for r in caplog.records if r.name == "uplift.outbox"] == ["messages have been waiting for more than 15 minutes"]


def test_doubt_about_a_message_to_staff_sends_it_again(posted, coordinator, at) -> None:
    messages.queue(to=coordinator.actor, kind="nudge", event="alert:P-001/1", due_at=at, by=BEAT, at=at)
    posted.answers = [email.MaybeSent("broke")]
    assert messages.send_due(kinds=WANTED, at=at) == {"deferred": 1}
    assert messages.send_due(kinds=WANTED, at=at + MINUTE) == {"sent": 1}
    assert [m.to for m in posted] == ["coordinator@example.org"] * 2
    assert len({m.key for m in posted}) == 1


def test_eight_attempts_are_the_last(queued, posted, at) -> None:
    posted.answers = [email.NotSent("busy")] * 20
    moment = at
    for attempt in range(1, 12):
        messages.send_due(kinds=WANTED, at=moment)
        kept = Message.objects.get()
        if kept.status != "pending":
            break
        assert kept.attempts == attempt
        moment = datetime(2026, 3, 3 + attempt, 12, 0, tzinfo=UTC)
    assert (kept.status, kept.attempts, len(posted)) == ("dead", 8, 8)


def test_a_dead_sender_is_relieved_and_its_late_report_changes_nothing(queued, posted, at) -> None:
    [first] = messages.claim(kinds=WANTED, by=WORKER, at=at)
    assert messages.claim(kinds=WANTED, by=WORKER, at=at + messages.LEASE - timedelta(seconds=1)) == []
    later = at + messages.LEASE
    [second] = messages.claim(kinds=WANTED, by=WORKER, at=later)
    assert (second.message.pk, second.message.attempts, second.token == first.token) == (first.message.pk, 2, False)
    assert messages.close(first, outcome="refused", permanent=True, by=WORKER, at=later) is False
    assert Message.objects.get().status == "pending"
    assert messages.close(second, outcome="sent", by=WORKER, at=later) is True
    assert messages.close(second, outcome="refused", permanent=True, by=WORKER, at=later) is False
    assert (Message.objects.get().status, MessageAttempt.objects.count()) == ("sent", 3)


def test_a_message_that_kills_its_sender_dies_too(queued, posted, at) -> None:
    for attempt in range(8):
        assert messages.claim(kinds=WANTED, by=WORKER, at=at + attempt * messages.LEASE) != []
    assert messages.claim(kinds=WANTED, by=WORKER, at=at + 8 * messages.LEASE) == []
    assert Message.objects.values_list("status", "last_error").get() == ("dead", "too many attempts")


def test_two_senders_at_once_never_send_one_message_twice(committing, settings, monkeypatch) -> None:
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"
    load_trial(at=AT)
    cast = hire(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT, person=NORA)
    messages.queue_all([Notice(to=person.actor, kind="nudge", event=f"e{n}", due_at=AT) for n in range(30)], by=BEAT, at=AT)
    sent: list[str] = []
    start = threading.Barrier(3)
    monkeypatch.setattr(email, "send", lambda mail, server, **_: sent.append(mail.key))

    def work() -> None:
        start.wait()
        messages.send_due(kinds=WANTED, at=AT)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(sent), len(set(sent))) == (30, 30)
    assert Message.objects.filter(status="sent", attempts=1).count() == 30


def test_a_test_database_never_mails_a_real_address(queued, settings, at, monkeypatch) -> None:
    settings.UPLIFT_SMTP_URL = "smtp://192.0.2.1:25"
    monkeypatch.setattr(email, "send", lambda *args, **kwargs: pytest.fail("a message left the machine"))
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    captured = CapturedMail.objects.get()
    assert (captured.to, captured.subject, captured.body) == ("nora@canary.example", "Hello", "Body")
    assert captured.message_id == f"<{sending._key(queued)}@testserver>"


def test_a_real_trial_without_a_server_holds_its_mail(queued, settings, at, monkeypatch) -> None:
    settings.UPLIFT_SMTP_URL = ""
    monkeypatch.setattr(sending, "is_real", lambda: True)
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert Message.objects.values_list("status", "attempts").get() == ("pending", 0)


def test_a_message_is_sent_again_as_its_next_occurrence(queued, posted, coordinator, other_coordinator, at) -> None:
    with pytest.raises(Refused, match="still waiting"):
        messages.send_again(queued, by=coordinator, at=at)
    posted.answers = [email.MaybeSent("broke")]
    messages.send_due(kinds=WANTED, at=at)
    queued.refresh_from_db()
    with pytest.raises(NotAllowed):
        messages.send_again(queued, by=other_coordinator, at=at)
    again = messages.send_again(queued, by=coordinator, at=at)
    assert (again.occurrence, again.event) == (2, queued.event)
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    assert list(Message.objects.order_by("pk").values_list("occurrence", "status")) == [(1, "unknown"), (2, "sent")]


def test_the_database_of_the_tests_is_no_real_one(db) -> None:
    assert Clock.objects.get().kind == "test"
