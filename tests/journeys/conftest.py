"""The real thing for journeys: a fresh database, web server, worker, beat, SMTP server and a browser, all on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller

from tests import plugin
from tests.journeys.walking import Walker

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Post:
    """Keeps what arrives over SMTP."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, server, session, envelope):
        from email import message_from_bytes
        from email.policy import default

        mail = message_from_bytes(envelope.content, policy=default)
        self.mails.append((envelope.rcpt_tos[0], mail.get_body().get_content()))
        return "250 kept"


@dataclass
class Stack:
    """A running installation; `travel` moves its clock, `mail_to` waits for a message."""

    address: str
    database: str
    folder: Path
    post: Post
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *words: str) -> str:
        ran = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def travel(self, to: datetime) -> None:
        """The clock row itself: a shell command would need a second of interpreter start."""
        offset = round((to - datetime.now(UTC)).total_seconds())
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("UPDATE trials_clock SET offset_seconds = %s", [offset])

    def rows(self, sql: str, *given: object) -> list[tuple]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(sql, given or None).fetchall()

    def mail_to(self, who: str, *, containing: str = "", within: float = 45) -> str:
        until = time.monotonic() + within
        while time.monotonic() < until:
            for to, text in self.post.mails:
                if to == who and containing in text:
                    self.post.mails.remove((to, text))
                    return text
            time.sleep(0.2)
        raise AssertionError(f"no message to {who} within {within} s; arrived: {[m[0] for m in self.post.mails]}\n{self.logs()}")

    def logs(self) -> str:
        return "\n".join(p.read_text()[-1500:] for p in sorted(self.folder.glob("*.log")))

    def start(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()

    def start_web(self) -> None:
        port = self.address.rsplit(":", 1)[1]
        self.start(
            "web", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--threads=6", "--no-control-socket"
        )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if urllib.request.urlopen(f"{self.address}/healthz", timeout=2).status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the web server did not come up\n" + self.logs())

    def start_worker(self) -> None:
        self.start("worker", "celery", "--app=config.celery", "worker", "--concurrency=1", "--loglevel=WARNING")

    def start_beat(self) -> None:
        self.start("beat", "celery", "--app=config.celery", "beat", "--loglevel=WARNING", f"--schedule={self.folder}/beat")

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def installation(database: str, post: Post, **more: str) -> Iterator[Stack]:
    """Folder, keys, mail server and addresses of an installation on that database, nothing started yet; everything ends with the block.

    `more` goes into the environment: another server by its DATABASE_URL, too.
    """
    folder = Path(tempfile.mkdtemp(prefix="uplift-journey-"))
    shutil.copytree(Path(os.environ["UPLIFT_DATA"]) / "secrets", folder / "secrets")
    smtp = Controller(post, hostname="127.0.0.1", port=free_port())
    smtp.start()
    address = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "DATABASE_URL": plugin.with_name(plugin.APP_URL, database),
        "UPLIFT_DATA": str(folder),
        "UPLIFT_BASE_URL": address,
        "UPLIFT_SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
        "UPLIFT_DATABASE_KIND": "test",
        "UPLIFT_TEST_ENTROPY": "",
        **more,
    }
    environment.pop("COV_CORE_SOURCE", None)
    running = Stack(address, database, folder, post, environment)
    try:
        yield running
    finally:
        running.stop()
        smtp.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack() -> Iterator[Stack]:
    """An empty installation as `run` would make it, on a clone of its own."""
    database = plugin.clone("journey")
    try:
        with installation(database, Post()) as running:
            running.start_web()
            running.start_worker()
            running.start_beat()
            yield running
    finally:
        plugin.drop(database)


@pytest.fixture
def walk(browser, stack, request) -> Iterator:
    """walk("coordinator") is a person with a browser of their own; whatever went wrong in any of them fails the test at its end."""
    mode = getattr(request, "param", {"keyboard": False, "width": 1280})
    walkers: list[Walker] = []

    def begin(name: str) -> Walker:
        walker = Walker(name, browser, stack.address, **mode)
        walkers.append(walker)
        return walker

    yield begin
    faults = [fault for walker in walkers for fault in walker.faults]
    for walker in walkers:
        walker.close()
    assert faults == [], "\n".join(faults)


WAYS = [{"keyboard": False, "width": 1280}, {"keyboard": True, "width": 375}]


def in_days(at: datetime, days: float) -> datetime:
    return at + timedelta(days=days)
