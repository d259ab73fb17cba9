"""The closed report for the data monitoring committee, worked out in the background: for who may see figures by arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from math import isfinite
from typing import Any

from django.conf import settings

from outcomes.actions import kept_reports
from outcomes.actions.kept_reports import asked, worked
from outcomes.domain.closed_report import counts, course, harms
from outcomes.domain.facts import Person
from outcomes.domain.results import compared, plan_of, tables
from outcomes.domain.summary import visit_summary
from outcomes.domain.written.facts import grouped
from outcomes.domain.written.gathering import gathered
from outcomes.exports import closed_figures, papers
from outcomes.exports.dataset import people
from outcomes.exports.figures import Figure
from outcomes.instruments import instruments
from outcomes.models import Report
from outcomes.permissions import check_sees_by_arm
from trials import queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import User
from trials.ui.words import moment

KIND = "closed_report"
ROWS_AT = "/reports/closed/"


@action
def request_closed_report(*, by: User, at: datetime) -> Report:
    """Ask for fresh figures by arm; a worker computes them and the last ones stay until then. One request waits at a time."""
    check_sees_by_arm(by)
    return asked(KIND, "closed_report", by=by, at=at, paper=True)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: the figures as of the report's instant, then their PDF."""
    return worked(report, "closed_report", body_of, by=by, at=at, paper_of=paper_of)


def newest(*, viewer: Actor) -> Report | None:
    """The last figures that were finished, for who may see them."""
    check_sees_by_arm(viewer)
    return kept_reports.newest(KIND)


def figures_of(report: Report) -> list[Figure]:
    """Its tables and drawings, in the words of the protocol that they were made by."""
    as_of = f"As of {moment(report.as_of, queries.zone_of_all(), year=True, zone_named=True)}, as randomised."
    return closed_figures.figures(report.body, queries.protocol_of(report.protocol_digest), as_of)


def paper_of(report: Report) -> dict[str, Any]:
    """The figures of the page."""
    protocol = queries.protocol_of(report.protocol_digest)
    return papers.paper(
        title=f"{protocol.code}: closed report",
        about=[protocol.title, "By arm, for the data monitoring committee alone.", *papers.made_with(report)],
        sections=[papers.section("Figures", figures=(replace(figure, rows_at=ROWS_AT) for figure in figures_of(report)))],
        as_of=report.as_of,
        base=settings.UPLIFT_BASE_URL,
    )


def body_of(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """Course, completeness, harms and the report's tables by arm; figures as numbers, not rounded."""
    alerted: Counter[str] = Counter()
    found = gathered(_counting(alerted), protocol, as_of, instruments=instruments, by_arm=True)
    rows = found.rows["participant"]
    names = {arm.code: arm.label or arm.code for arm in protocol.arms}
    visits = visit_summary(rows, found.forms, protocol=protocol, instruments=instruments, as_of=as_of)
    return {
        "arms": names,
        "course": [asdict(one) for one in course(tuple(names), rows)],
        "harms": [asdict(one) for one in harms(grouped(found.people, protocol, by_arm=True), {names[a]: n for a, n in alerted.items()})],
        "completeness": [
            {name: row[name] for name in ("arm", "visit", "instrument", "n_expected", "n_done", "n_partial", "n_scored")} for row in visits
        ],
        "counts": list(counts(compared(plan_of(protocol), rows, found.forms))),
        "lines": [
            [*list(vars(line).values())[:-1], kept(line.value)] for line in tables(plan_of(protocol), rows, found.baseline, found.forms)
        ],
    }


def kept(value: float) -> float | str:
    """A figure as JSON can keep it: a number needed may be infinite, which is a word."""
    return value if isfinite(value) else "infinite" if value > 0 else "-infinite"


def _counting(alerted: Counter[str]) -> Iterator[Person]:
    """Everybody, and on the way how many of each arm had a safety alert since randomisation."""
    for person in people():
        if person.arm and person.randomised_at is not None and not person.rows_left_out:
            since = person.randomised_at
            alerted[person.arm] += any(a["raised_at"] is not None and a["raised_at"] >= since for a in person.alerts)  # type: ignore[operator]
        yield person
