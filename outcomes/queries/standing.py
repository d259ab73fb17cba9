"""Where the trial stands, pooled, in the few figures a home page shows; the same for blind eyes as for others."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from outcomes.models import Cut, Report
from participants.models import Enrolment, Participant
from trials.domain.protocol import Protocol
from trials.domain.roles import Permission
from trials.models import Site, User
from trials.permissions import allowed, sites_where
from trials.ui.words import moment


@dataclass(frozen=True)
class Figure:
    """One figure with the page that holds the whole of it."""

    label: str
    value: str
    url: str
    link: str


def of(user: User, protocol: Protocol, zone: str) -> list[Figure]:
    """What the user's roles may see: people counted at their sites, the last report, the last cut."""
    figures = []
    if allowed(user, Permission.SEE_FLOW):
        sites = _sites(user)
        assessed = Participant.objects.filter(unit__site__in=sites.values("pk")).count()
        randomised = Enrolment.objects.filter(participant__unit__site__in=sites.values("pk")).count()
        planned = _planned(protocol, {site.code for site in sites})
        figures.append(Figure(f"assessed, {randomised} randomised{planned}", str(assessed), "/flow/", "See flow"))
    if allowed(user, Permission.SEE_REPORTS):
        report = Report.objects.filter(kind="adherence", status=Report.Status.DONE).order_by("-as_of").first()
        figures.append(
            Figure("adherence and dose, last computed", moment(report.as_of, zone) if report else "Not yet", "/reports/", "See report")
        )
    if allowed(user, Permission.EXPORT_BLINDED):
        cut = Cut.objects.order_by("-at").first()
        figures.append(
            Figure("last cut of the dataset", moment(cut.at, "UTC", zone_named=True) if cut else "None yet", "/exports/", "See exports")
        )
    return figures


def _sites(user: User) -> QuerySet[Site]:
    reach = sites_where(user, Permission.SEE_FLOW)
    return Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)


def _planned(protocol: Protocol, codes: set[str]) -> str:
    """The sample size for the whole trial; for some of its sites the sum of their targets, where the protocol names them."""
    if codes >= {site.code for site in protocol.sites}:
        return f" of {protocol.sample_size} planned"
    targets = [site.target for site in protocol.sites if site.code in codes]
    return f" of {sum(t for t in targets if t)} planned here" if targets and all(targets) else ""
