"""Adherence and dose as a paper: the last figures that were finished, of the sites that its asker sees, with their own instant."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from outcomes.actions import kept_reports, reports
from outcomes.actions.kept_reports import asked, worked
from outcomes.exports import adherence_figures, papers
from outcomes.models import Report
from outcomes.permissions import sees_by_arm
from trials import blinding, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import Site, User
from trials.permissions import NotAllowed, Permission, Refused, check, sites_where

KIND = "adherence_paper"


@action
def request_adherence_paper(*, by: User, at: datetime) -> Report:
    """Ask for the last figures as PDF, for the sites one sees; a worker makes it. One request waits at a time for each such reach."""
    check(by, Permission.SEE_REPORTS)
    figures = reports.newest()
    if figures is None:
        raise Refused(
            "There are no figures yet to make a PDF of. Compute the report first.",
            code="no_figures",
            way_out=("See the report", "/reports/"),
        )
    return asked(KIND, "adherence_paper", by=by, at=at, reach=reach_of(by), as_of=figures.as_of, paper=True)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: what the page says of the figures of the report's instant, then its PDF."""
    return worked(report, "adherence_paper", partial(_body, report), by=by, at=at, paper_of=paper_of)


def reach_of(user: User) -> dict[str, Any]:
    """`sites`: codes of those where the user may see both reports and arms; `over_all`: whether totals over every site are theirs."""
    reach = sites_where(user, Permission.SEE_REPORTS)
    sites = Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)
    return {"sites": sorted(site.code for site in sites if blinding.sees_arms(user, site)), "over_all": sees_by_arm(user)}


def check_reaches(viewer: Actor, report: Report) -> None:
    """A paper is for whoever sees all that it tells, not for the one who asked alone."""
    check(viewer, Permission.SEE_REPORTS)
    told = report.body["reach"]
    if isinstance(viewer, User):
        seen = reach_of(viewer)
        if not set(told["sites"]) <= set(seen["sites"]) or told["over_all"] > seen["over_all"]:
            raise NotAllowed("This paper tells of sites or totals that are not for you.")


def newest(viewer: User) -> Report | None:
    """The last paper that tells just what this viewer sees."""
    return kept_reports.newest(KIND, reach=reach_of(viewer))


def unfinished(viewer: User) -> Report | None:
    return kept_reports.unfinished(KIND, reach=reach_of(viewer))


def paper_of(report: Report) -> dict[str, Any]:
    body = report.body
    return papers.paper(
        title=body["title"], about=body["about"], sections=body["sections"], as_of=report.as_of, base=settings.UPLIFT_BASE_URL,
        rules=body["rules"],
    )  # fmt: skip


def _body(report: Report, _protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """Under the protocol and the version of the program that the figures were made by, not those of today."""
    figures = kept_reports.of(reports.KIND).filter(status=Report.Status.DONE, as_of=as_of).latest("pk")
    protocol, reach = queries.protocol_of(figures.protocol_digest), report.body["reach"]
    sites = f"Sites: {', '.join(reach['sites'])}." if reach["sites"] else "No site."
    return {
        "reach": reach,
        "title": f"{protocol.code}: adherence and dose",
        "about": [protocol.title, sites, *papers.made_with(figures)],
        "sections": adherence_figures.sections(figures.body, **reach),
        "rules": figures.body["rules"],
    }
