"""Many phones at once: fifty that send while more and more answers are stored, then two hundred while reminders go out.

What a person waits matters here, so the longest of a hundred waits is told beside the ratio. None of what was acknowledged may be
missing, and every reminder must be at the mail server once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import quantiles

from django.conf import settings

from benchmarks import deliver, ground, pairs, phones
from benchmarks.desks import SENT, processor_seconds
from benchmarks.ground import SHELL
from benchmarks.result import Growth, Result
from benchmarks.submit import DRAFTS, LINKS, asked_at_baseline, draft_of, request_of, serve
from outcomes.models import Assessment
from participants.actions import identity
from participants.models import Message, Participant
from trials.launcher.folder import Folder
from trials.launcher.serving import free_port, programs
from trials.launcher.supervisor import Supervisor
from trials.models import Site
from trials.queries import protocol_in_force

FIFTY, TWO_HUNDRED = 50, 200
LANES = ("limit", "subject", "limit again")
# Blocks; submissions a block and lane; people with answers stored before (then x4, x16); reminders while two hundred send.
SIZES = {"small": (2, 40, 50, 30), "full": (5, 2_000, 2_500, 2_000)}
GOAL_MS = 300
LIMIT = "bare WSGI, one row inserted"


def run(size: str) -> list[Result]:
    blocks, each, stored, reminders = SIZES[size]
    hall = Hall(ground.load_trial(), each)
    with Supervisor() as supervisor:
        ports = serve(supervisor)
        web = supervisor.pids()["web"]
        grown = []
        for total in (stored, 4 * stored, 16 * stored):
            hall.store(total)
            grown.append(hall.send(ports, blocks, FIFTY, web))
        sizes = (stored, 4 * stored, 16 * stored)
        measured = [one.pairs for one in grown]
        growth = Growth(
            "people with answers stored", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0"
        )
        with reminding(supervisor, hall, reminders) as post:
            crowd = hall.send(ports, blocks, TWO_HUNDRED, web)
            with ground.raw() as raw:
                deliver.wait_until_sent(raw, meanwhile=supervisor.tend)
    hall.check()
    noted = post.noted.read_text().split()
    assert len(noted) == len(set(noted)) == reminders == Message.objects.filter(status="sent").count(), (len(noted), reminders)
    return [
        Result("fifty", "submission", f"{LIMIT}, {FIFTY} phones at once", size, 16 * stored, measured[-1], None, growth, grown[-1].notes),
        Result("crowd", "submission", f"{LIMIT}, {TWO_HUNDRED} phones at once", size, blocks * each, crowd.pairs, None, None,
               crowd.notes | {"phones": TWO_HUNDRED, "reminders_meanwhile": reminders, "lost": 0}),
    ]  # fmt: skip


class Sent:
    """One measurement: pairs, and what a person waited."""

    def __init__(self, measured: pairs.Pairs, waits: list[float], processor: float) -> None:
        cuts = quantiles(waits, n=100)
        self.pairs = measured
        self.notes = {
            "goal_p99_ms": GOAL_MS,
            "of_the_limits_throughput": round(measured.limit_ms / measured.subject_ms, 3),
            "p50_ms": round(1000 * cuts[49]),
            "p99_ms": round(1000 * cuts[98]),
            "processor_ms": round(1000 * processor, 1),
            "submissions": len(waits),
        }


class Hall:
    """People with a draft and a link each, taken one after the other; and those whose answers are stored already."""

    def __init__(self, site: Site, each: int) -> None:
        self.site, self.each, self.at = site, each, deliver.in_the_morning()
        self.numbers, self.sent, self.stored = count(1), 0, 0

    def store(self, total: int) -> None:
        """So many people in all whose forms were sent before."""
        with ground.filling() as owner:
            self._fill(owner, total - self.stored)
            for code in asked_at_baseline():
                owner.execute(SENT, {**draft_of(code), "at": self.at, "digest": protocol_in_force().digest})
        self.stored = total

    def send(self, ports: tuple[int, int], blocks: int, at_once: int, web: int) -> Sent:
        """Blocks of submissions, turn and turn about with the bare callable; the first block is for warming up."""
        names = self._with_drafts(len(LANES) * (blocks + 1) * self.each)
        times: dict[str, list[float]] = {lane: [] for lane in LANES}
        waits: list[float] = []
        spent = 0.0
        for turn in range(blocks + 1):
            for lane in (*LANES[turn % len(LANES) :], *LANES[: turn % len(LANES)]):
                path, port, expect = ("/me/send/", ports[0], 302) if lane == "subject" else ("/one", ports[1], 303)
                waited: list[float] = []
                before = processor_seconds(web)
                requests = [request_of(path, next(names)) for _ in range(self.each)]
                took = phones.send_all(port, requests, expect=expect, at_once=at_once, waited=waited)
                self.sent += self.each if lane == "subject" else 0
                if turn:
                    times[lane].append(took / self.each)
                if turn and lane == "subject":
                    waits += waited
                    spent += processor_seconds(web) - before
        measured = pairs.of_times(times["limit"], times["subject"], times["limit again"], each=1)
        return Sent(measured, waits, spent / len(waits))

    def others(self, many: int) -> None:
        """People with an address, who have not answered: reminders go to them."""
        with ground.filling() as owner:
            first, last = self._fill(owner, many)
        for person in Participant.objects.select_related("unit__site").filter(unit__trial_id__range=(first, last)):
            identity.record_contact(person, {"email": f"{person.trial_id.lower()}@people.example"}, by=SHELL, at=self.at)
        with ground.filling() as owner:
            told = {"kind": "invitation", "occurrence": 1, "at": self.at, "from": first, "to": last}
            owner.execute(deliver.QUEUED + " WHERE u.trial_id BETWEEN %(from)s AND %(to)s", told)

    def check(self) -> None:
        """Everything acknowledged is kept: both forms of each, scored."""
        for code in asked_at_baseline():
            kept = Assessment.objects.filter(instrument=code).exclude(sent_at=None)
            assert kept.count() == self.stored + self.sent, (code, kept.count(), self.stored, self.sent)
            assert set(kept.values_list("total", flat=True)) == {draft_of(code)["total"]}

    def _with_drafts(self, many: int) -> Iterator[str]:
        with ground.filling() as owner:
            first, _ = self._fill(owner, many)
            owner.execute(LINKS, {"at": self.at})
            for code in asked_at_baseline():
                owner.execute(DRAFTS, {**draft_of(code), "at": self.at, "digest": protocol_in_force().digest})
        return (f"B-{n:07}" for n in count(int(first.removeprefix("B-"))))

    def _fill(self, owner: ground.psycopg.Connection, many: int) -> tuple[str, str]:
        first = next(self.numbers)
        ground.fill_people(owner, self.site, many, first=first, at=self.at)
        self.numbers = count(first + many)
        return f"B-{first:07}", f"B-{first + many - 1:07}"


@contextmanager
def reminding(supervisor: Supervisor, hall: Hall, many: int) -> Iterator[deliver.Post]:
    """A worker and its ticks at work on so many reminders while the block runs."""
    hall.others(many)
    folder = Folder(Path(settings.UPLIFT_DATA))
    post = deliver.Post(free_port(0), folder.path / "noted")
    environment = {**os.environ, "UPLIFT_SMTP_URL": f"smtp://127.0.0.1:{post.port}", "UPLIFT_BASE_URL": "http://127.0.0.1:1"}
    for plan in (post.plan(folder), replace(programs(folder, environment, 0)[1], log=folder.log("bench-worker"))):
        supervisor.start(plan)
    supervisor.wait_ready("sink", within=30)
    with deliver.ticking():
        yield post
