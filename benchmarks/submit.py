"""A person sends a sitting of two questionnaires: the whole application behind its web server against a bare WSGI callable behind the same.

The drafts are kept already, as on a phone that saves each answer; what is measured is the press of Send.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.test import Client

from benchmarks import bare, ground, pairs, phones
from benchmarks.result import Result
from outcomes.instruments import instruments
from outcomes.models import Assessment, AssessmentVersion
from outcomes.pages.whereabouts import COOKIE, SALT
from participants.models import PersonalLink
from trials import clock
from trials.launcher.folder import Folder
from trials.launcher.serving import ANSWERS_WITHIN, answers, free_port, programs
from trials.launcher.supervisor import Supervisor
from trials.models import Event
from trials.queries import protocol_in_force

SIZES = {"small": (7, 40), "full": (11, 150)}  # blocks, submissions each
LANES = ("same", "subject", "one", "same again", "one again")
CSRF = "uplift" * 5 + "ab"  # any 32 letters and figures: the same in cookie and form

LINKS = """INSERT INTO participants_personallink (participant_id, visit, token_digest, code_digest, created_at)
    SELECT p.id, 'baseline', encode(sha256(convert_to(u.trial_id, 'UTF8')), 'hex'), encode(sha256(convert_to('c' || u.trial_id,
    'UTF8')), 'hex'),
    %(at)s FROM mine p JOIN trials_unit u ON u.id = p.unit_id"""
DRAFTS = """INSERT INTO outcomes_assessment (participant_id, visit, instrument, instrument_version, answers, turns, missing, mode,
    respondent, language,
    started_at, total, total_unrounded, n_answered, rule, severity, not_done_reason, body_digest, protocol_digest, historical)
    SELECT p.id, 'baseline', %(code)s, %(version)s, %(answers)s, '{}', '{}', 'web', 'participant', 'en', %(at)s, %(total)s, %(total)s,
    %(count)s, '', '', '',
    '', %(digest)s, false FROM mine p"""


def run(size: str) -> list[Result]:
    blocks, each = SIZES[size]
    slices = blocks + 1
    site = ground.load_trial()
    at = clock.now()
    with ground.filling() as owner:
        ground.fill_people(owner, site, len(LANES) * slices * each + 1, at=at)
        owner.execute(LINKS, {"at": at})
        for code in asked_at_baseline():
            owner.execute(DRAFTS, {**draft_of(code), "at": at, "digest": protocol_in_force().digest})
    names = iter(f"B-{n:07}" for n in range(1, len(LANES) * slices * each + 1))
    times: dict[str, list[float]] = {lane: [] for lane in LANES}
    with Supervisor() as supervisor:
        ports = serve(supervisor)
        for turn in range(slices):
            for lane in (*LANES[turn % len(LANES) :], *LANES[: turn % len(LANES)]):
                path, port, expect = ("/me/send/", ports[0], 302) if lane == "subject" else ("/" + lane.split()[0], ports[1], 303)
                took = phones.send_all(port, [request_of(path, next(names)) for _ in range(each)], expect=expect)
                if turn:
                    times[lane].append(took / each)
    _check(slices * each)
    sent = ground.statements(lambda: _through_django(f"B-{len(LANES) * slices * each + 1:07}"))
    results = []
    for limit, words in (("same", "bare WSGI, one statement, the same rows"), ("one", "bare WSGI, one row inserted")):
        measured = pairs.of_times(times[limit], times["subject"], times[f"{limit} again"], each=1)
        notes = {"limit_a_second": round(1000 / measured.limit_ms), "subject_a_second": round(1000 / measured.subject_ms)}
        notes["of_the_limits_throughput"] = round(measured.limit_ms / measured.subject_ms, 2)
        results.append(Result("submit" if limit == "same" else "submit_one", "submission", words, size, each, measured, sent, None, notes))
    return results


def asked_at_baseline() -> tuple[str, ...]:
    return next(v.instruments for v in protocol_in_force().visits if v.code == "baseline")


def draft_of(code: str) -> dict[str, object]:
    instrument = instruments[code]
    given = {item.number: 0 if item.number == "9" else 1 for item in instrument.items}
    score = instrument.score(given)
    return {
        "code": code, "version": instrument.version, "answers": json.dumps(given), "total": score.total, "count": score.n_answered
    }  # fmt: skip


def serve(supervisor: Supervisor) -> tuple[int, int]:
    """The application and the bare callable, each behind the web server that the launcher starts: two workers."""
    folder = Folder(Path(settings.UPLIFT_DATA))
    ours, theirs = free_port(0), free_port(0)
    web = programs(folder, os.environ, ours)[0]
    words = [word.replace("config.wsgi:application", f"{bare.__name__}:application") for word in web.command]
    command = [word.replace(f":{ours}", f":{theirs}") for word in words]
    other = replace(web, name="bare", command=command, log=folder.log("bare"), ready=lambda: answers(theirs))
    for plan in (web, other):
        supervisor.start(plan)
        supervisor.wait_ready(plan.name, within=ANSWERS_WITHIN)
    return ours, theirs


def digest_of(trial_id: str) -> str:
    return hashlib.sha256(trial_id.encode()).hexdigest()


def request_of(path: str, trial_id: str) -> bytes:
    digest = digest_of(trial_id)
    given = json.dumps({str(n): 1 for n in range(1, 10)}, separators=(",", ":"))
    body = f"csrfmiddlewaretoken={CSRF}&uuid={uuid4()}&link={digest}&answers={given}"
    cookies = f"{settings.CSRF_COOKIE_NAME}={CSRF}; {COOKIE}={signing.dumps(digest, salt=SALT)}"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nCookie: {cookies}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _through_django(trial_id: str) -> None:
    phone = Client()
    phone.cookies[COOKIE] = signing.dumps(digest_of(trial_id), salt=SALT)
    answer = phone.post("/me/send/", {"uuid": str(uuid4())})
    assert answer["Location"] == "/me/receipt/", answer


def _check(each_lane: int) -> None:
    """Every submission kept both forms, verbatim and scored, once; the raw one left the same rows behind."""
    people = 3 * each_lane
    totals = {code: draft_of(code)["total"] for code in asked_at_baseline()}
    for code, total in totals.items():
        sent = Assessment.objects.filter(instrument=code).exclude(sent_at=None)
        assert sent.count() == people, (code, sent.count(), people)
        assert set(sent.values_list("total", flat=True)) == {total}
    one_row = 2 * each_lane
    assert AssessmentVersion.objects.count() == len(totals) * people + one_row
    assert Event.objects.filter(verb="assessment.sent").count() == len(totals) * people
    assert Event.objects.filter(verb="sitting.sent").count() == people
    assert PersonalLink.objects.count() == len(LANES) * each_lane + 1
