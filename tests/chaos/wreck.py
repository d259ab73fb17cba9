"""An installation whose web server, worker, beat and broker can be killed at any moment, with a mail server that takes its time."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

from participants.actions.messages import LEASE
from tests.journeys.conftest import Post, Stack, installation
from trials.launcher import valkey
from trials.launcher.processes import Process

VICTIMS = ("web", "worker", "beat", "broker")
LONGEST_PAUSE = 1.0  # seconds a dead process stays dead
STANDS_STILL = 90.0  # seconds without a sweep that get something done


@dataclass(frozen=True)
class Arrived:
    to: str
    subject: str
    message_id: str
    text: str


class SlowPost(Post):
    """A mail server with delays where a sender may die: before the text is taken, and between taking and saying so."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Arrived] = []
        self.busy = threading.Event()
        self.thinks = 0.15  # seconds before the text is asked for

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.busy.set()
        envelope.rcpt_tos.append(address)
        await asyncio.sleep(self.thinks)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=default)
        self.arrived.append(Arrived(envelope.rcpt_tos[0], mail["Subject"], mail["Message-ID"], mail.get_body().get_content()))
        await asyncio.sleep(0.05)
        self.busy.clear()
        return "250 kept"


@dataclass
class Wreck:
    """A running installation and the hand that kills. `worker` names the worker's Celery app."""

    stack: Stack
    post: SlowPost
    broker: Process
    chance: random.Random
    now: datetime
    worker: str = "config.celery"
    kills: Counter[str] = field(default_factory=Counter)
    _due: dict[str, float] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Begin a process without waiting for it; what is not up yet may be killed all the same."""
        port = self.stack.address.rsplit(":", 1)[1]
        celery = ("celery", f"--app={self.worker if name == 'worker' else 'config.celery'}")
        if name == "broker":
            self.broker = Process(self.broker.plan)
        elif name == "web":
            self.stack.start("web", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--threads=6", "--no-control-socket")
        elif name == "worker":
            self.stack.start("worker", *celery, "worker", "--concurrency=1", "--without-mingle", "--without-gossip", "--loglevel=WARNING")
        else:
            self.stack.start("beat", *celery, "beat", "--loglevel=WARNING", "--pidfile=", f"--schedule={self.stack.folder}/beat")

    def kill(self, name: str) -> None:
        """End a process and all its children without a warning; it comes back after a pause."""
        if name == "broker":
            self.broker.kill()
        else:
            self.stack.kill(name)
        self.kills[name] += 1
        self._due[name] = time.monotonic() + self.chance.random() * LONGEST_PAUSE
        if name == "worker":
            self.moves_on(LEASE)  # whoever held a message no longer does

    def kill_one(self, name: str | None = None) -> None:
        """A victim drawn by lot; a worker's and a web server's time has come when they are at work, if that is soon."""
        name = name or self.chance.choice([victim for victim in VICTIMS if victim not in self._due])
        if name == "worker":
            self.post.busy.clear()
            self.post.busy.wait(3)
            time.sleep(self.chance.random() * 0.25)
        self.kill(name)

    def revive(self, *, all_of_them: bool = False) -> None:
        for name, due in list(self._due.items()):
            if all_of_them or due <= time.monotonic():
                del self._due[name]
                self.start(name)

    def moves_on(self, by: timedelta) -> None:
        self.now += by
        self.stack.travel(self.now)

    def wait(self, until: Callable[[], bool], *, meanwhile: Callable[[], None], what: str, within: float = STANDS_STILL) -> None:
        """Until it is so; everything dead is revived, and the leases of the dead run out."""
        self.revive(all_of_them=True)
        began = time.monotonic()
        while not until():
            meanwhile()
            time.sleep(0.3)
            assert time.monotonic() < began + within, f"{what} did not happen within {within:.0f} s\n{self.stack.logs()}"


@contextmanager
def wreck(database: str, *, seed: int, at: datetime, worker: str = "config.celery") -> Iterator[Wreck]:
    """Web, worker and beat on that database, with a broker of their own that keeps nothing on disk."""
    post = SlowPost()
    with installation(database, post) as stack:
        broker = valkey.Valkey(stack.folder, stack.folder, stack.folder / "broker.log", valkey.binary(), durable=False)
        stack.environment["REDIS_URL"] = f"redis+socket://{broker.socket}"
        running = Wreck(stack, post, Process(broker.plan(stack.environment)), random.Random(seed), at, worker)
        try:
            stack.travel(at)
            for name in ("web", "worker", "beat"):
                running.start(name)
            yield running
        finally:
            running.broker.kill()


def tell(sentence: str) -> None:
    sys.stderr.write(f"\n{sentence}")
