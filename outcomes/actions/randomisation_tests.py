"""The randomisation test of a trial: asked for, drawn slice by slice in the background or in one go by the shell, and kept.

Every slice is a pure function of cut, seed and its number, so losing a worker costs one slice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from outcomes.actions.exports import as_of_now, frozen_files, take_cut
from outcomes.domain.randomisation_report import told
from outcomes.domain.text import instant
from outcomes.models import Cut, Report
from outcomes.permissions import check_sees_by_arm
from outcomes.queries.accrual import Frozen, frozen
from trials import audit, entropy, queries, streams
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.domain.randomisation import NotExact
from trials.domain.randomisation.retest import SEED_BYTES, SIDES, TWO_SIDED, Exact, RandomisationTest, Redraws, TooMany
from trials.models import User
from trials.permissions import Refused

KIND = "randomisation_test"
DRAWS = 9_999
FEWEST, MOST = 99, 999_999
SLICE = 60_000  # allocations drawn again at a time: a few seconds
EXACT_UP_TO = 5_000  # sequences gone through one by one
UNDER_WAY = (Report.Status.WAITING, Report.Status.RUNNING)


@action
def request_randomisation_test(
    *,
    visit: str,
    instrument: str,
    by: Actor,
    at: datetime,
    adjusted: bool = False,
    side: str = TWO_SIDED,
    draws: int = DRAWS,
    seed: str = "",
    cut_at: datetime | None = None,
) -> Report:
    """Ask for a test of the arms at a follow-up visit; without an instant the cut is taken when it begins. One waits at a time.

    `seed`, 64 hexadecimal digits or more, repeats an earlier test; left out, a fresh one is made.
    """
    check_sees_by_arm(by)
    protocol = queries.protocol_in_force()
    _check_question(protocol, visit, instrument, side, draws, seed)
    if Report.objects.filter(kind=KIND, status__in=UNDER_WAY).exists():
        raise Refused("A randomisation test is under way. Ask again when it is done.", code="under_way")
    question = {"visit": visit, "instrument": instrument, "adjusted": adjusted, "side": side, "draws": draws}
    report = Report.objects.create(
        kind=KIND,
        requested_by=by if isinstance(by, User) else None,
        requested_at=at,
        as_of=(cut_at or at).replace(microsecond=0),
        protocol_digest=protocol.digest,
        code_version=settings.UPLIFT_VERSION,
        steps=1,
    )
    fresh = entropy.fresh("randomisation test", f"{KIND}:{report.pk}").hex()
    report.body = {"question": question, "seed": seed.lower() or fresh, "cut_is_now": cut_at is None}
    report.save(update_fields=["body"])
    audit.record("randomisation_test.requested", about=_named(report), by=by, at=at, detail=question)
    return report


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: the next slice of a requested test; the last one finishes it. One sentence where there is no test."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.status not in UNDER_WAY:
        return report
    try:
        with transaction.atomic():
            _next_slice(report, by, at)
    except Refused as refused:
        report.status, report.failure, report.finished_at = Report.Status.FAILED, refused.sentence, at
    report.save()
    if report.status not in UNDER_WAY:
        audit.record("randomisation_test.computed", about=_named(report), by=by, at=at, detail={"status": report.status})
    return report


def newest() -> Report | None:
    """The last test that was finished."""
    return Report.objects.filter(kind=KIND, status=Report.Status.DONE).order_by("-pk").first()


def _next_slice(report: Report, by: Actor, at: datetime) -> None:
    body, question = report.body, report.body["question"]
    cut = _cut(report, by, at)
    version = queries.protocol_of(cut.protocol_digest)
    found = frozen(
        frozen_files(cut), version, cut_at=cut.at, visit=question["visit"], instrument=question["instrument"],
        adjusted=question["adjusted"], side=question["side"], viewer=by,
    )  # fmt: skip
    before = Redraws(*body.get("drawn", (0, 0, 0)))
    a_slice = max(1, SLICE // sum(len(stream.people) for stream in found.test.streams))
    draws = min(a_slice, question["draws"] - before.draws)
    drawn = before + found.test.redraw(bytes.fromhex(body["seed"]), draws, first=before.draws)
    body["drawn"] = [drawn.draws, drawn.extreme, drawn.undefined]
    report.step, report.steps = report.step + 1, -(-question["draws"] // a_slice)
    report.status = Report.Status.RUNNING
    if drawn.draws == question["draws"]:
        body["result"] = told(found.test, drawn, _exact(found.test)) | _made_with(report, found, cut)
        report.status, report.failure, report.finished_at = Report.Status.DONE, "", at


def _cut(report: Report, by: Actor, at: datetime) -> Cut:
    """The cut that was asked for; one as of now is taken by the first slice and stands for all."""
    if report.body["cut_is_now"] and report.step == 0:
        report.as_of = as_of_now(at)
    cut = take_cut(report.as_of, by=by, at=at)
    report.protocol_digest = cut.protocol_digest
    return cut


def _exact(test: RandomisationTest) -> Exact | None:
    """Where the sequences are few and their law is known."""
    try:
        return test.exact(EXACT_UP_TO)
    except (TooMany, NotExact):
        return None


def _made_with(report: Report, found: Frozen, cut: Cut) -> dict[str, Any]:
    """What it takes to repeat the test."""
    return {
        "schemes": [{"version": scheme.version, "method": scheme.table["method"]} for scheme in found.schemes],
        "code_digest": streams.code_digest(),
        "seed": report.body["seed"],
        "cut": instant(cut.at),
        "cut_digest": cut.digest,
    }


def _check_question(protocol: Protocol, visit: str, instrument: str, side: str, draws: int, seed: str) -> None:
    visits = {v.code: v for v in protocol.visits if v.kind != "baseline"}
    if visit not in visits:
        raise Refused(f"Choose a visit after randomisation: {', '.join(visits)}.", code="bad_visit", status=422)
    if instrument not in visits[visit].instruments:
        raise Refused(f"Choose an instrument of {visit}: {', '.join(visits[visit].instruments)}.", code="bad_instrument", status=422)
    if side not in SIDES or (side != TWO_SIDED and len(protocol.arms) > 2):
        raise Refused("Choose the side: two_sided, or with two arms greater or less.", code="bad_side", status=422)
    if not FEWEST <= draws <= MOST:
        raise Refused(f"Ask for {FEWEST} to {MOST:,} draws.", code="bad_draws", status=422)
    if seed and (len(seed) < 2 * SEED_BYTES or len(seed) > 1024 or not _hexadecimal(seed)):
        raise Refused(f"A seed has {2 * SEED_BYTES} hexadecimal digits or more, two a byte.", code="bad_seed", status=422)


def _hexadecimal(seed: str) -> bool:
    try:
        return bytes.fromhex(seed).hex() == seed.lower()
    except ValueError:
        return False


def _named(report: Report) -> str:
    return f"report:{report.pk}"
