"""The outbox against real senders that are killed at any moment, and a real mail server that counts."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from participants.actions import messages
from participants.actions.messages import Notice
from participants.models import Message, MessageAttempt
from tests.cast import hire, load_trial
from tests.participants.people import NORA, consenting
from tests.participants.test_email import free_port
from trials.actors import Machine
from trials.launcher.clones import with_name

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SENDER = """
import sys, django
from datetime import datetime
django.setup()
from participants.actions import messages
kinds = {"nudge": (lambda message, at: True, lambda message, at: messages.Text(message.event, "Body"))}
print("ready", flush=True)
messages.send_due(kinds=kinds, at=datetime.fromisoformat(sys.argv[1]))
"""


class Counting:
    """Takes every message after a moment's thought, and remembers it even if the sender is gone by then."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        import asyncio

        message = message_from_bytes(envelope.content)
        self.taken.append((message["Subject"], message["Message-ID"]))
        await asyncio.sleep(0.05)
        return "250 OK"


@pytest.fixture
def counting():
    box = Counting()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def sender(database: str, port: int, at: datetime) -> subprocess.Popen[str]:
    outside = os.environ | {
        "DATABASE_URL": with_name(os.environ["DATABASE_URL"], database),
        "UPLIFT_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.Popen([sys.executable, "-c", SENDER, at.isoformat()], cwd=ROOT, env=outside, stdout=subprocess.PIPE, text=True)


def kill_senders(database: str, counting: Counting, *, kills: int, count: int) -> None:
    load_trial(at=AT)
    cast = hire(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT, person=NORA)
    events = [f"e{n:02d}" for n in range(count)]
    messages.queue_all([Notice(to=person.actor, kind="nudge", event=e, due_at=AT) for e in events], by=Machine("beat"), at=AT)
    chance, at = random.Random(11), AT
    for _ in range(kills):
        process = sender(database, counting.port, at)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1 + chance.random() * 0.6)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        at += messages.LEASE
    while Message.objects.filter(status="pending").exists() and at < AT + (kills + 5) * messages.LEASE:
        last = sender(database, counting.port, at)
        last.communicate(timeout=60)
        at += messages.LEASE
    received = Counter(subject for subject, _ in counting.taken)
    assert sorted(received) == sorted(events), "a message was lost"
    assert len(set(counting.taken)) == count, "one message went out under two ids"
    assert sum(received.values()) - count <= kills
    assert Message.objects.filter(status="sent").count() == count
    assert MessageAttempt.objects.filter(outcome="sent").count() == count


def test_killed_senders_lose_nothing_and_double_at_most_one_message_a_kill(committing, counting) -> None:
    kill_senders(committing, counting, kills=3, count=30)


@pytest.mark.long(minutes=2.5)
def test_thirty_killed_senders_lose_nothing(committing, counting) -> None:
    kill_senders(committing, counting, kills=30, count=300)
