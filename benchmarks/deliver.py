"""Reminders end to end: claimed, worked off by the launcher's Celery worker, written, over SMTP, marked as sent.

The limit claims batches of rows by one statement, sends them by smtplib on one connection, and marks them by another statement, with the
same attempts and events; its text is ready made, and it has no queue, no re-check, no address to open and no link to mint.
"""

from __future__ import annotations

import os
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep

import psycopg
from django.conf import settings

from benchmarks import ground, pairs
from benchmarks.ground import SHELL
from benchmarks.result import Result
from config.celery import app
from participants.actions import identity
from participants.models import Message, MessageAttempt, Participant, PersonalLink
from trials import clock
from trials.actions import office
from trials.launcher.folder import Folder
from trials.launcher.processes import Plan
from trials.launcher.serving import free_port, programs
from trials.launcher.supervisor import Supervisor
from trials.models import Event

SIZES = {"small": (3, 60), "full": (5, 2_000)}  # blocks, reminders each
LANES = ("limit", "subject", "limit again")
BATCH = 500
PATIENCE = 300.0
TASKS = 2  # one for each process of the worker

QUEUED = """INSERT INTO participants_message ("to", kind, event, channel, occurrence, due_at, status, attempts, next_try_at, last_error,
    created_at) SELECT 'participant:' || u.trial_id, %(kind)s, 'sitting:baseline:invitation', 'email', %(occurrence)s, %(at)s, 'pending', 0,
    %(at)s, '', %(at)s FROM participants_participant p JOIN trials_unit u ON u.id = p.unit_id"""
CLAIM = f"""WITH {ground.SAID},
mine AS (SELECT m.id FROM said, participants_message m WHERE m.status = 'pending' AND m.kind = 'raw' AND m.next_try_at <= %(at)s
    AND (m.lease_until IS NULL OR m.lease_until <= %(at)s) ORDER BY m.due_at, m.id LIMIT %(batch)s FOR UPDATE OF m SKIP LOCKED),
claimed AS (UPDATE participants_message m SET lease_token = gen_random_uuid(), lease_until = %(until)s, attempts = m.attempts + 1
    FROM mine WHERE m.id = mine.id RETURNING m.id, m."to", m.occurrence),
told AS (INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at) SELECT 'message.claimed', substr("to", 13),
    %(actor)s, %(at)s, '', jsonb_build_object('message', id, 'attempt', 1), clock_timestamp() FROM claimed)
SELECT id, occurrence FROM claimed"""
MARK = f"""WITH {ground.SAID},
done AS (UPDATE participants_message m SET status = 'sent', sent_at = %(at)s, lease_token = NULL, lease_until = NULL FROM said
    WHERE m.id = ANY(%(ids)s) AND m.status = 'pending' RETURNING m.id, m."to"),
tried AS (INSERT INTO participants_messageattempt (message_id, at, outcome, detail) SELECT id, %(at)s, 'sent', '' FROM done)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at) SELECT 'message.sent', substr("to", 13), %(actor)s, %(at)s,
    '', jsonb_build_object('message', id, 'held', true, 'status', 'sent'), clock_timestamp() FROM done"""
TEXT = "From: {sender}\r\nTo: {to}\r\nSubject: Your questions are open\r\nMessage-ID: <raw-{key}@bench.example>\r\n\r\n" + "Hello,\r\n" * 30


@dataclass(frozen=True)
class Post:
    """Where mail goes, and what of it has been noted there."""

    port: int
    noted: Path

    def plan(self, folder: Folder) -> Plan:
        words = ["-m", "benchmarks.sink", str(self.port), str(self.noted)]
        here = Path(__file__).resolve().parents[1]
        return Plan("sink", words, folder.log("sink"), dict(os.environ), here, ready=self._answers)

    def _answers(self) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=2) as line:
                return line.noop()[0] == 250
        except OSError:
            return False


def run(size: str) -> list[Result]:
    blocks, each = SIZES[size]
    _people(each)
    folder = Folder(Path(settings.UPLIFT_DATA))
    post = Post(free_port(0), folder.path / "noted")
    environment = {**os.environ, "UPLIFT_SMTP_URL": f"smtp://127.0.0.1:{post.port}", "UPLIFT_BASE_URL": "http://127.0.0.1:1"}
    worker = replace(programs(folder, environment, 0)[1], log=folder.log("bench-worker"))
    times: dict[str, list[float]] = {lane: [] for lane in LANES}
    with Supervisor() as supervisor, ground.raw() as raw:
        for plan in (post.plan(folder), worker):
            supervisor.start(plan)
        supervisor.wait_ready("sink", within=30)
        for turn, lanes in enumerate(_turns(blocks + 1)):
            for place, lane in enumerate(lanes):
                occurrence = len(LANES) * turn + place + 1
                with ground.filling() as owner:
                    owner.execute(
                        QUEUED, {"kind": "invitation" if lane == "subject" else "raw", "occurrence": occurrence, "at": clock.now()}
                    )
                took = _ours(raw, supervisor) if lane == "subject" else _raw(raw, post)
                if turn:  # the first is for warming up
                    times[lane].append(took / each)
    _check((blocks + 1) * each, post)
    measured = pairs.of_times(times["limit"], times["subject"], times["limit again"], each=1)
    said = "raw claim in batches, smtplib on one connection, marked by one statement a batch; no queue, no re-check, no link"
    notes = {
        "limit_a_second": round(1000 / measured.limit_ms),
        "of_the_limits_throughput": round(measured.limit_ms / measured.subject_ms, 3),
        "subject_a_second": round(1000 / measured.subject_ms),
    }
    return [Result("deliver", "reminder", said, size, each, measured, None, None, notes)]


def _people(count: int) -> None:
    """Consenting, with an address each, at an hour at which messages may go."""
    site = ground.load_trial()
    at = in_the_morning()
    with ground.filling() as owner:
        ground.fill_people(owner, site, count, at=at)
    for person in Participant.objects.select_related("unit__site"):
        identity.record_contact(person, {"email": f"{person.trial_id.lower()}@people.example"}, by=SHELL, at=at)


def in_the_morning() -> datetime:
    """The clock stands where messages may go."""
    now = datetime.now(UTC)
    office.set_clock(now.replace(hour=10, minute=0) + timedelta(days=1), by=SHELL, at=now)
    return clock.now()


def _turns(count: int) -> Iterator[tuple[str, ...]]:
    for turn in range(count):
        yield (*LANES[turn % len(LANES) :], *LANES[: turn % len(LANES)])


def _ours(raw: psycopg.Connection, supervisor: Supervisor) -> float:
    """Seconds from the first tick of the clockwork until the last is marked."""
    began = perf_counter()
    with ticking():
        wait_until_sent(raw, meanwhile=supervisor.tend)
    return perf_counter() - began


@contextmanager
def ticking() -> Iterator[None]:
    """The clockwork, every second where beat has five: one task for each process of the worker."""
    enough = threading.Event()

    def tick_on() -> None:
        while True:
            for _ in range(TASKS):
                app.send_task("outcomes.tasks.send_due", expires=5)
            if enough.wait(1.0):
                return

    clockwork = threading.Thread(target=tick_on)
    clockwork.start()
    try:
        yield
    finally:
        enough.set()
        clockwork.join()


def wait_until_sent(raw: psycopg.Connection, *, meanwhile: Callable[[], object]) -> None:
    until = perf_counter() + PATIENCE
    while True:
        left = raw.execute("SELECT count(*) FROM participants_message WHERE kind = 'invitation' AND status = 'pending'").fetchone()
        if left == (0,):
            return
        assert perf_counter() < until, f"{left} reminders were not sent in time"
        meanwhile()
        sleep(0.005)


def _raw(raw: psycopg.Connection, post: Post) -> float:
    began = perf_counter()
    sender = settings.UPLIFT_MAIL_FROM
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as line:
        while True:
            at = clock.now()
            told = {"actor": SHELL.actor, "at": at, "until": at + timedelta(seconds=150), "batch": BATCH}
            claimed = raw.execute(CLAIM, told).fetchall()
            if not claimed:
                return perf_counter() - began
            for pk, _ in claimed:
                to = f"b-{pk}@people.example"
                line.sendmail(sender, [to], TEXT.format(sender=sender, to=to, key=pk))
            raw.execute(MARK, {"actor": SHELL.actor, "at": at, "ids": [pk for pk, _ in claimed]})


def _check(ours: int, post: Post) -> None:
    """Each once at the mail server, marked, with its attempt, its events and, of ours, a link that opens."""
    wanted = {"invitation": ours, "raw": 2 * ours}
    for kind, count in wanted.items():
        sent = Message.objects.filter(kind=kind, status="sent", attempts=1, lease_token=None)
        assert sent.count() == Message.objects.filter(kind=kind).count() == count, (kind, sent.count(), count)
    assert MessageAttempt.objects.filter(outcome="sent").count() == 3 * ours
    assert Event.objects.filter(verb="message.sent").count() == Event.objects.filter(verb="message.claimed").count() == 3 * ours
    assert PersonalLink.objects.count() == ours
    noted = post.noted.read_text().split()
    assert len(noted) == len(set(noted)) == 3 * ours, (len(noted), len(set(noted)), 3 * ours)
