"""How many messages a provider is given in a minute, by all senders together; what is over waits, and nothing is lost."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from participants.actions import messages
from participants.actions.messages import Notice, Text
from participants.domain.rate import capacity, interval
from participants.models import Message, ProviderBucket
from participants.post import email
from tests.cast import hire, load_trial
from tests.conftest import AT
from tests.participants.people import NORA, consenting
from trials.actors import Machine

BEAT = Machine("beat")
MINUTE = timedelta(minutes=1)
TO_STAFF = {kind: (lambda message, at: True, lambda message, at: Text("Hello", "Body", "Short")) for kind in ("nudge", "alert")}


@pytest.fixture
def mailed(monkeypatch, settings) -> list[str]:
    settings.UPLIFT_SMTP_URL, settings.UPLIFT_SMTP_PER_MINUTE = "smtp://127.0.0.1:2525", 12
    box: list[str] = []
    monkeypatch.setattr(email, "send", lambda mail, server, **_: box.append(mail.key))
    return box


def queue(to: str, count: int, *, kind: str = "nudge", channel: str = "email", due_at: datetime = AT) -> None:
    notices = [Notice(to=to, kind=kind, event=f"{kind}{channel}{n}", channel=channel, due_at=due_at) for n in range(count)]
    messages.queue_all(notices, by=BEAT, at=AT)


def test_what_is_over_the_limit_waits_as_it_is_and_goes_in_its_turn(coordinator, mailed) -> None:
    queue(coordinator.actor, 5)
    assert messages.send_due(kinds=TO_STAFF, at=AT) == {"sent": 2}  # a sixth of a minute's at once
    waiting = Message.objects.filter(status="pending")
    assert set(waiting.values_list("attempts", "next_try_at", "last_error")) == {(0, AT, "")}
    assert messages.send_due(kinds=TO_STAFF, at=AT) == {}
    counts = [messages.send_due(kinds=TO_STAFF, at=AT + n * interval(12)).get("sent", 0) for n in range(1, 5)]
    assert (counts, len(set(mailed)), waiting.count()) == ([1, 1, 1, 0], 5, 0)


def test_an_alert_has_the_first_token_and_a_full_provider_holds_up_no_other(coordinator, mailed, settings) -> None:
    settings.UPLIFT_SMTP_PER_MINUTE = settings.UPLIFT_SMS_PER_MINUTE = 1
    type(coordinator).objects.update(phone="+353 61 555 001")
    queue(coordinator.actor, 2)
    queue(coordinator.actor, 1, kind="alert", due_at=AT)
    queue(coordinator.actor, 2, channel="sms")
    assert messages.send_due(kinds=TO_STAFF, at=AT) == {"sent": 2}
    assert sorted(Message.objects.filter(status="sent").values_list("kind", "channel")) == [("alert", "email"), ("nudge", "sms")]


def test_no_limit_keeps_no_bucket(coordinator, mailed, settings) -> None:
    settings.UPLIFT_SMTP_PER_MINUTE = 0
    queue(coordinator.actor, 30)
    assert messages.send_due(kinds=TO_STAFF, at=AT) == {"sent": 30}
    assert ProviderBucket.objects.count() == 0


def test_a_message_that_is_not_wanted_costs_no_token(coordinator, mailed) -> None:
    queue(coordinator.actor, 3)
    unwanted = {"nudge": (lambda message, at: False, TO_STAFF["nudge"][1])}
    assert messages.send_due(kinds=unwanted, at=AT) == {}
    assert (Message.objects.filter(status="dropped").count(), ProviderBucket.objects.count()) == (3, 0)


@pytest.mark.parametrize("first", [True, False], ids=["no bucket yet", "a bucket that stands"])
def test_two_senders_together_never_exceed_the_limit_and_lose_nothing(committing, mailed, first) -> None:
    load_trial(at=AT)
    cast = hire(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT, person=NORA)
    if not first:
        ProviderBucket.objects.create(channel="email", full_at=AT - MINUTE)
    queue(person.actor, 9)
    for round_no, expected in enumerate((capacity(12), 1, 1)):
        start = threading.Barrier(2)
        threads = [threading.Thread(target=_work, args=(start, AT + round_no * interval(12))) for _ in range(2)]
        before = len(mailed)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(mailed) - before == expected
    assert (len(set(mailed)), Message.objects.filter(status="pending", attempts=0).count()) == (4, 5)


def _work(start: threading.Barrier, at: datetime) -> None:
    start.wait(30)
    messages.send_due(kinds=TO_STAFF, at=at)
    connection.close()
