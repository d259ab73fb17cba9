"""An installation of which every process can be killed at any moment, and its broker frozen, with providers that take their time."""

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

import psycopg

from outcomes.queries.letters import OWN
from participants.actions.messages import LEASE
from tests.chaos.servers import PLANS, Servers, asked
from tests.journeys.conftest import Post, Stack, installation
from tests.participants.gateway import Door, Gateway
from tests.participants.gateway import standing as gateway_standing

WORDS = tuple(OWN[kind] for kind in ("invitation", "nudge", "last_call"))
PROGRAMS = ("web", "worker", "beat")
VICTIMS = (*PROGRAMS, *PLANS)
LONGEST_PAUSE = 1.0  # seconds a dead program stays dead
FROZEN_FOR = (2.5, 4.0)  # seconds: longer than anybody waits for the broker
STANDS_STILL = 120.0  # seconds in which nothing is handed over


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
        self.thinks = 0.1  # seconds before the text is asked for

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


class SlowDoor(Door):
    """A gateway for text messages that heeds the key, and thinks before and after it has taken a message."""

    def do_POST(self) -> None:  # noqa: N802
        time.sleep(0.03)
        super().do_POST()

    def send_response(self, code: int, message: str | None = None) -> None:
        time.sleep(0.03)
        super().send_response(code, message)


@dataclass
class Wreck:
    """A running installation and the hand that kills. `worker` and `beat` name the Celery apps of these two."""

    stack: Stack
    post: SlowPost
    gateway: Gateway
    servers: Servers
    chance: random.Random
    now: datetime
    worker: str = "config.celery"
    beat: str = "config.celery"
    kills: Counter[str] = field(default_factory=Counter)
    freezes: int = 0
    _due: dict[str, float] = field(default_factory=dict)
    _thaws_at: float | None = None

    def start(self, name: str) -> None:
        """Begin a program without waiting for it; what is not up yet may be killed all the same."""
        port = self.stack.address.rsplit(":", 1)[1]
        if name == "web":
            self.stack.start("web", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--threads=6", "--no-control-socket")
        elif name == "worker":
            words = ("--concurrency=1", "--without-mingle", "--without-gossip", "--loglevel=WARNING")
            self.stack.start("worker", "celery", f"--app={self.worker}", "worker", *words)
        else:
            words = ("--loglevel=WARNING", "--pidfile=", f"--schedule={self.stack.folder}/beat")
            self.stack.start("beat", "celery", f"--app={self.beat}", "beat", *words)

    def kill(self, name: str) -> None:
        """End a process without a warning, a program with all its children; it comes back after a pause."""
        if name in PLANS:
            self.servers.kill(name)
        else:
            self.stack.kill(name)
            self._due[name] = time.monotonic() + self.chance.random() * LONGEST_PAUSE
        self.kills[name] += 1
        if name in ("worker", "database"):
            self.moves_on(LEASE)  # whoever held a message no longer does

    def kill_one(self) -> None:
        """A victim drawn by lot; a worker's and the database's time has come when a message is on its way, if that is soon."""
        name = self.chance.choice([victim for victim in VICTIMS if not self.is_down(victim)])
        if name in ("worker", "database"):
            self.post.busy.clear()
            self.post.busy.wait(1)
            time.sleep(self.chance.random() * 0.25)
        self.kill(name)

    def is_down(self, name: str) -> bool:
        if name in PLANS:
            return self.servers.is_dead(name) or (name == "broker" and self._thaws_at is not None)
        return name in self._due

    def freeze_the_broker(self) -> None:
        """It stands still for longer than anybody waits for it, and then goes on as if nothing had been."""
        while self.is_down("broker"):
            self.revive()
            time.sleep(0.05)
        self.servers.freeze("broker")
        self.freezes += 1
        self._thaws_at = time.monotonic() + self.chance.uniform(*FROZEN_FOR)

    def revive(self, *, all_of_them: bool = False) -> None:
        """What has been dead, or frozen, for long enough goes on; of the servers the supervisor takes care."""
        self.servers.supervisor.tend()
        if self._thaws_at is not None and self._thaws_at <= time.monotonic():
            self.thaw()
        for name, due in list(self._due.items()):
            if all_of_them or due <= time.monotonic():
                del self._due[name]
                self.start(name)

    def thaw(self) -> None:
        if self._thaws_at is not None:
            self._thaws_at = None
            self.servers.thaw("broker")

    def moves_on(self, by: timedelta) -> None:
        """The clock of the trial stands in the database, which may have to come back first."""
        self.now += by
        until = time.monotonic() + STANDS_STILL
        while True:
            try:
                return self.stack.travel(self.now)
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the database did not come back\n" + self.servers.log.read_text()[-3000:]
                self.revive()
                time.sleep(0.05)

    def wait(self, until: Callable[[], bool], *, meanwhile: Callable[[], None], what: str, within: float = STANDS_STILL) -> None:
        """Until it is so; everything dead is revived, and the leases of the dead run out. It may take long as long as messages go out."""
        self.revive(all_of_them=True)
        stirred, handed_over = time.monotonic(), len(self.arrived)
        while not asked(until):
            self.revive()
            meanwhile()
            time.sleep(0.2)
            if len(self.arrived) > handed_over:
                stirred, handed_over = time.monotonic(), len(self.arrived)
            assert time.monotonic() < stirred + within, f"{what} did not happen, nothing came for {within:.0f} s\n{self.stack.logs()}"

    @property
    def arrived(self) -> list[Arrived]:
        """What the providers were given: mails, and text messages headed by how they begin."""
        texts = [body for _, body in list(self.gateway.asked)]
        return [*self.post.arrived, *(Arrived(b["to"], _head_of(b["text"]), b["id"], b["text"]) for b in texts)]


@contextmanager
def wreck(servers: Servers, *, seed: int, at: datetime, worker: str = "config.celery", beat: str = "config.celery") -> Iterator[Wreck]:
    """Web, worker and beat on those servers, with a mail server and a gateway on this machine."""
    post = SlowPost()
    with gateway_standing(SlowDoor) as gateway:
        more = {"UPLIFT_SMS_URL": gateway.url, "UPLIFT_SMS_TOKEN": "token", "UPLIFT_SMS_PER_MINUTE": "0"}
        with installation("", post, DATABASE_URL=servers.database, REDIS_URL=servers.broker, **more) as stack:
            running = Wreck(stack, post, gateway, servers, random.Random(seed), at, worker, beat)
            stack.travel(at)
            for name in PROGRAMS:
                running.start(name)
            try:
                yield running
            finally:
                running.thaw()


def _head_of(text: str) -> str:
    return next(own.subject for own in WORDS if text.startswith(own.short.partition("{")[0]))


def tell(sentence: str) -> None:
    sys.stderr.write(f"\n{sentence}")
