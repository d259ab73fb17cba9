"""Web server, worker, beat, broker and PostgreSQL are killed at random, and the broker is frozen, while people answer and reminders fall due.

Nothing acknowledged is lost. A message that was on its way may be handed over again, under the same key: a provider that heeds keys
delivers it once, plain e-mail may bring it twice; each such message is one that the outbox itself lists as doubtful.
"""

from __future__ import annotations

import random
import time

import pytest

from participants.actions import messages
from participants.models import Message
from tests.chaos.crowd import AT, DAY, Crowd, a_crowd, shake, tell_on
from tests.chaos.reckoning import asked_again, delivered_twice, in_doubt, lies, lost_answers, lost_messages
from tests.chaos.servers import Servers
from tests.chaos.wreck import VICTIMS, tell, wreck
from trials.actors import Machine

MOST_IN_DOUBT = 0.025


def nothing_is_lost(
    servers: Servers, *, kills: int, freezes: int, people: int, written_to: int, days: int, pauses: tuple[float, float], seed: int
) -> float:
    """All of it, with every promise held against it; answers the share of messages that a provider was given more than once."""
    began = time.monotonic()
    tell(f"chaos: seed {seed}, {kills} kills and {freezes} freezes, {people} people who answer and {written_to} more over {days} days")
    folk = a_crowd(people, days, seed=seed, only_written_to=written_to)
    with wreck(servers, seed=seed, at=AT) as running:
        crowd = Crowd(running, folk)
        try:
            shake(running, crowd, kills=kills, freezes=freezes, pauses=pauses)
        finally:
            crowd.hurry.set()
            crowd.phones.shutdown(cancel_futures=True)
        tell_on(running, crowd)
        again, sent = asked_again(running), Message.objects.filter(status="sent").count()
        tell(
            f"chaos: killed {dict(running.kills)}, {running.freezes} freezes; {len(running.arrived)} messages handed over, "
            f"{sent} marked as sent, {len(again)} handed over again; {sum(p.sent for p in crowd.everybody.values())} sittings sent, "
            f"{len(crowd.told_of_distress())} alerts; {time.monotonic() - began:.0f} s\n"
        )
        assert lost_answers(crowd) == []
        assert set(Message.objects.values_list("status", flat=True)) <= {"sent", "dropped"}
        assert lost_messages(crowd) == set()
        assert lies(crowd) == {}
        assert delivered_twice(crowd) == {}
        assert len(again) <= running.kills["worker"] + running.kills["database"]
        assert again <= in_doubt()
        assert all(p.sent or p.drops_out or p.quiet for p in crowd.everybody.values())
        assert set(running.kills) == set(VICTIMS)
        return len(again) / sent


def test_a_few_kills_lose_nothing(own_servers) -> None:
    nothing_is_lost(own_servers, kills=25, freezes=1, people=8, written_to=4, days=2, pauses=(0.1, 1.5), seed=20260302)


@pytest.mark.long(minutes=9)
def test_a_hundred_kills_lose_nothing(own_servers) -> None:
    seed = random.SystemRandom().randrange(10**6)
    share = nothing_is_lost(own_servers, kills=100, freezes=10, people=60, written_to=400, days=10, pauses=(0.2, 2.5), seed=seed)
    assert share <= MOST_IN_DOUBT


def test_a_worker_that_notes_before_it_sends_loses_messages_and_the_test_sees_it(own_servers) -> None:
    folk = a_crowd(4, 1, seed=1)
    messages.queue(to="machine:canary", kind="canary", event=f"canary:{AT:%Y%m%dT%HZ}", due_at=AT, by=Machine("beat"), at=AT)
    Message.objects.filter(kind="canary").update(status="dropped")  # this test is about people's mail
    with wreck(own_servers, seed=1, at=AT, worker="tests.chaos.careless") as running:
        crowd = Crowd(running, folk)
        running.post.thinks = 10.0
        assert running.post.busy.wait(60), "no mail on its way\n" + running.stack.logs()
        running.kill("worker")
        running.post.thinks = 0.0
        running.wait(lambda: crowd.has_been_dealt_with(0), meanwhile=lambda: None, what="the mail of the day")
        running.wait(lambda: len(running.post.arrived) == len(crowd.due_on(0)) - 1, meanwhile=lambda: None, what="all mail but one")
        assert len(lost_messages(crowd) & crowd.due_on(0)) == 1
        assert [marked - came for marked, came, _ in lies(crowd).values()] == [1]


def test_one_celery_task_a_message_loses_messages_and_the_test_sees_it(own_servers) -> None:
    """The negative control: two kills at a bad moment, and no outbox that is swept again. Afterwards all goes on as if nothing had been."""
    folk = a_crowd(6, 2, seed=1)
    with wreck(own_servers, seed=1, at=AT, worker="tests.chaos.plain", beat="tests.chaos.plain") as running:
        crowd = Crowd(running, folk)
        running.post.thinks = 10.0
        assert running.post.busy.wait(60), "no mail on its way\n" + running.stack.logs()
        for name in ("worker", "broker"):
            running.kill(name)
        running.post.thinks = 0.0
        running.wait(lambda: not running.is_down("broker"), meanwhile=lambda: None, what="the broker's return")
        running.moves_on(DAY)
        running.wait(lambda: not lost_messages(crowd) & crowd.due_on(1), meanwhile=lambda: None, what="the mail of the next day")
        lost, waiting = lost_messages(crowd) & crowd.due_on(0), Message.objects.filter(status="pending", kind="invitation")
        assert lost != set()
        running.wait(lambda: waiting.count() == len(lost), meanwhile=lambda: None, what="that the lost ones alone wait")
