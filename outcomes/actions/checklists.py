"""The trial report and its reporting checklists, made in the background: by arm for who may see arms, pooled for everybody else.

The blinded edition is made without reading an arm, a session or anything else that exists in one arm only.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from outcomes.actions import arm_reports, kept_reports
from outcomes.actions.exports import check_may_export
from outcomes.actions.kept_reports import asked, worked
from outcomes.checklists import checklists
from outcomes.domain.consort import BrokenSum, pooled
from outcomes.domain.results import compared, plan_of
from outcomes.domain.summary import visit_summary
from outcomes.domain.tables import consort_flow
from outcomes.domain.written.adjusting import adjusted, sensitivity
from outcomes.domain.written.editions import BLINDED, CLOSED, told
from outcomes.domain.written.facts import Change, Facts, days_of, grouped, set_sizes
from outcomes.domain.written.gathering import Gathered, gathered
from outcomes.exports import papers
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.closed import codes_of
from outcomes.exports.dataset import people
from outcomes.exports.mixed_model import mixed
from outcomes.exports.seen_blind import people_seen_blind
from outcomes.exports.trial_report import sections
from outcomes.instruments import instruments
from outcomes.models import Report
from outcomes.queries.guesses import indices
from trials import queries, statement
from trials.actors import Actor, Machine
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.domain.statement import paragraphs
from trials.domain.statement import statement as sentences
from trials.models import ProtocolVersion, User
from trials.permissions import Refused

KINDS = {CLOSED: "checklists_closed", BLINDED: "checklists_blinded"}


@action
def request_checklists(*, by: User, at: datetime) -> Report:
    """Ask for the pooled edition; a worker fills it and the last one stays until then. One request waits at a time."""
    return _requested(BLINDED, by, at)


@action
def request_checklists_by_arm(*, by: User, at: datetime) -> Report:
    """Ask for the edition by arm, for who may have the closed dataset; one request waits at a time."""
    return _requested(CLOSED, by, at)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: every checklist filled, as of the report's instant."""
    body_of = closed_body if report.kind == KINDS[CLOSED] else blinded_body
    return worked(report, "checklists", body_of, by=by, at=at, paper_of=paper_of)


def newest(edition: str, *, viewer: Actor) -> Report | None:
    """The last one of this edition that was finished, for who may have it."""
    check_may_export(viewer, edition)
    return kept_reports.newest(KINDS[edition])


def unfinished(edition: str, *, viewer: Actor) -> Report | None:
    """The last one of this edition that was asked for and is not done, for who may have it."""
    check_may_export(viewer, edition)
    return kept_reports.unfinished(KINDS[edition])


def closed_body(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The edition by arm."""
    return _told(closed_facts(protocol, as_of))


def blinded_body(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The pooled edition."""
    return _told(blinded_facts(protocol, as_of))


def closed_facts(protocol: Protocol, as_of: datetime) -> Facts:
    """By arm, as randomised."""
    found = _read(protocol, as_of, by_arm=True)
    participants = found.rows["participant"]
    return Facts(
        protocol=protocol,
        as_of=as_of,
        flow=_flow(protocol, found),
        groups=grouped(found.people, protocol, by_arm=True),
        visits=visit_summary(participants, found.forms, protocol=protocol, instruments=instruments, as_of=as_of),
        changes=_changes(),
        titles=_titles(),
        training=arm_reports.body_of(protocol, as_of),
        randomisation=paragraphs(sentences(statement.facts(), details=statement.all_closed())),
        effects=adjusted(protocol, participants, found.forms),
        sensitivity=sensitivity(protocol, participants, found.forms),
        mixed=mixed(protocol, participants, found.forms),
        compared=compared(plan_of(protocol), participants, found.forms),
        sets=set_sizes(participants),
        days=days_of(participants),
        recruited=Counter(str(row["site"]) for row in participants if row["randomised_at"]),
        guesses=tuple((group.whose.value, group.guesses) for group in indices(Machine("worker"))),
        by_arm=True,
    )


def blinded_facts(protocol: Protocol, as_of: datetime) -> Facts:
    """Of everybody, without reading an arm, a session or anything else that exists in one arm only."""
    found = _read(protocol, as_of, by_arm=False)
    everybody = visit_summary(found.rows["participant"], found.forms, protocol=protocol, instruments=instruments, as_of=as_of, pooled=True)
    return Facts(
        protocol=protocol,
        as_of=as_of,
        flow=pooled_reasons(pooled(_flow(protocol, found)), codes_of(protocol)),
        groups=grouped(found.people, protocol, by_arm=False),
        visits=everybody,
        days=days_of(found.rows["participant"]),
        changes=_changes(),
        titles=_titles(),
    )


def paper_of(report: Report) -> dict[str, Any]:
    """The sections of the page, then what was not recorded; the checklists themselves are files of their own."""
    body = report.body
    edition = "Closed edition, by arm as randomised." if report.kind == KINDS[CLOSED] else "Blinded edition: everybody together."
    lacking = body["unrecorded"] or ["Nothing was found missing."]
    return papers.paper(
        title=f"{body['trial']}: trial report",
        about=[body["title"], edition, *papers.made_with(report)],
        sections=[*body.get("sections", []), papers.section("Not recorded", text=lacking)],
        as_of=report.as_of,
        base=settings.UPLIFT_BASE_URL,
    )


def _told(facts: Facts) -> dict[str, Any]:
    return told(checklists.values(), facts) | {"sections": sections(facts)}


def _requested(edition: str, by: User, at: datetime) -> Report:
    check_may_export(by, edition)
    return asked(KINDS[edition], "checklists", by=by, at=at, paper=True, detail={"edition": edition})


def _read(protocol: Protocol, as_of: datetime, *, by_arm: bool) -> Gathered:
    read = people() if by_arm else people_seen_blind(clinical=True)
    return gathered(read, protocol, as_of, instruments=instruments, by_arm=by_arm)


def _flow(protocol: Protocol, found: Gathered) -> dict[str, Any]:
    try:
        return consort_flow(protocol, found.rows)
    except BrokenSum as broken:
        raise Refused(f"The flow does not add up. {broken}", code="broken_sum") from None


def _changes() -> tuple[Change, ...]:
    """Every version of the protocol that came into force, in order; days in the sites' zone where they share one."""
    zone = ZoneInfo(queries.zone_of_all()) if queries.zone_of_all() else UTC
    versions = ProtocolVersion.objects.order_by("in_force_from", "pk")
    return tuple(Change(version=v.version, on=v.in_force_from.astimezone(zone).date(), reason=v.reason) for v in versions)


def _titles() -> dict[str, str]:
    return {code: instrument.title for code, instrument in instruments.items()}
