"""Twenty desks randomise over REST at once: the whole step behind the launcher's web server against a bare WSGI callable behind the same.

What a person waits matters here, so the longest of a hundred waits is told beside the ratio; the goal is under 300 ms.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

from benchmarks import ground, pairs, phones, placing
from benchmarks.result import Result
from benchmarks.submit import serve
from outcomes.instruments import instruments
from trials import clock
from trials.actions import staff
from trials.domain.roles import Role
from trials.launcher.supervisor import Supervisor
from trials.models import Allocation, Site, Stratum, User
from trials.queries import protocol_in_force

DESKS = 20
SIZES = {"small": (3, 60), "full": (7, 200)}  # blocks, people each
LANES = ("limit", "subject", "limit again")
GOAL_MS = 300

VALUES = """INSERT INTO participants_baselinevalue (participant_id, variable, value, unit, measured_on, at)
    SELECT p.id, unnest(%(variables)s::text[]), '1', '', %(on)s, %(at)s FROM mine p"""
SENT = """INSERT INTO outcomes_assessment (participant_id, visit, instrument, instrument_version, answers, turns, missing, mode, respondent,
    language, started_at, completed_at, entered_at, sent_at, client_uuid, total, total_unrounded, n_answered, rule, severity,
    not_done_reason, body_digest, protocol_digest, historical)
    SELECT p.id, 'baseline', %(code)s, %(version)s, %(answers)s, '{}', '{}', 'web', 'participant', 'en', %(at)s, %(at)s, %(at)s, %(at)s,
    gen_random_uuid(), %(total)s, %(total)s, %(count)s, 'none', 'mild', '', %(digest)s, %(digest)s, false FROM mine p"""


def run(size: str) -> list[Result]:
    blocks, each = SIZES[size]
    slices = blocks + 1
    site, at = ground.load_trial(), clock.now()
    with ground.filling() as owner:
        ground.fill_people(owner, site, len(LANES) * slices * each + 2, at=at)
        protocol = protocol_in_force()
        owner.execute(VALUES, {"variables": [v.code for v in protocol.baseline], "on": at.date(), "at": at})
        for code in next(v.instruments for v in protocol.visits if v.code == "baseline"):
            owner.execute(SENT, {**_answers(code), "at": at, "digest": protocol.digest})
    names = (f"B-{n:07}" for n in count(1))
    token = _token(site)
    times: dict[str, list[float]] = {lane: [] for lane in LANES}
    waits: list[float] = []
    with Supervisor() as supervisor:
        ours, theirs = serve(supervisor)
        phones.send_all(ours, [_ours(next(names), token)], expect=200)  # the stratum is there now
        placing.raw_stratum(Stratum.objects.get())
        before = processor_seconds(supervisor.pids()["web"])
        for turn in range(slices):
            for lane in (*LANES[turn % len(LANES) :], *LANES[: turn % len(LANES)]):
                waited: list[float] = []
                port, request, expect = (ours, _for(token), 200) if lane == "subject" else (theirs, _raw, 303)
                took = phones.send_all(port, [request(next(names)) for _ in range(each)], expect=expect, at_once=DESKS, waited=waited)
                if turn:
                    times[lane].append(took / each)
                    waits += waited if lane == "subject" else []
        spent = processor_seconds(supervisor.pids()["web"]) - before
    _check(slices * each + 1, 2 * slices * each)
    measured = pairs.of_times(times["limit"], times["subject"], times["limit again"], each=1)
    cuts = quantiles(waits, n=100)
    notes = {
        "desks": DESKS,
        "processor_ms": round(1000 * spent / (slices * each), 1),
        "p50_ms": round(1000 * cuts[49]),
        "p99_ms": round(1000 * cuts[98]),
        "goal_p99_ms": GOAL_MS,
    }
    words = "bare WSGI, one statement: stratum moved on, allocation and event written (no enrolment, no sessions)"
    return [Result("desks", "randomisation", words, size, each, measured, None, None, notes)]


def _answers(code: str) -> dict[str, object]:
    instrument = instruments[code]
    given = {item.number: 0 if item.number == "9" else 1 for item in instrument.items}
    score = instrument.score(given)
    return {
        "code": code, "version": instrument.version, "answers": json.dumps(given), "total": score.total, "count": score.n_answered
    }  # fmt: skip


def _token(site: Site) -> str:
    now = clock.now()
    invited = staff.invite(username="desk", name="Desk", role=Role.COORDINATOR, site=site, by=ground.SHELL, at=now).invitation
    return staff.make_token(User.objects.get(pk=invited.user_id), name="desks", by=User.objects.get(pk=invited.user_id), at=now)[1]


def _for(token: str) -> Callable[[str], bytes]:
    return lambda trial_id: _ours(trial_id, token)


def _ours(trial_id: str, token: str) -> bytes:
    head = f"POST /api/v1/participants/{trial_id}/randomise/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    keys = f"Authorization: Bearer {token}\r\nIdempotency-Key: {uuid4()}\r\n"
    return f"{head}{keys}Content-Length: 2\r\n\r\n{{}}".encode()


def _raw(trial_id: str) -> bytes:
    body = f"uuid={uuid4()}&link={hashlib.sha256(trial_id.encode()).hexdigest()}&about={trial_id}"
    head = "POST /give HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def processor_seconds(pid: int) -> float:
    """What a web server and its workers have spent on a processor: unlike a wait it does not depend on who else is at work."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:13] for one in (pid, *workers)]
    return sum(int(user) + int(system) for user, system in ticks) / os.sysconf("SC_CLK_TCK")


def _check(ours: int, theirs: int) -> None:
    """Places 1 to n of every stratum, as many as were asked for on either side."""
    found = {True: 0, False: 0}
    for stratum in Stratum.objects.all():
        places = list(Allocation.objects.filter(stratum=stratum).order_by("seq").values_list("seq", flat=True))
        assert places == list(range(1, len(places) + 1)), f"{stratum.key}: the places are not 1 to {len(places)}"
        assert stratum.next_seq == len(places) + 1
        found[stratum.key == "raw"] += len(places)
    assert found == {False: ours, True: theirs}, found
