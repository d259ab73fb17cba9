"""How the trial stands, and each site: recruitment, retention, completeness, alerts, reminders; training for who may see sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outcomes.instruments import instruments
from outcomes.pages.plots import Figure, csv_asked
from outcomes.permissions import sees_by_arm
from outcomes.queries import dashboard as reads
from outcomes.queries.dashboard import Dashboard
from trials import clock
from trials.domain.protocol import Protocol
from trials.models import Site, User
from trials.queries import protocol_in_force, zone_of_all
from trials.ui import plots
from trials.ui.words import MONTHS, moment


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """All the sites that the reader's flow counts; each table also as CSV."""
    user = cast(User, request.user)
    return _shown(request, user, reads.sites_seen_by(user), None)


@require_safe
def site_dashboard(request: HttpRequest, site: str) -> HttpResponse:
    """One site of them."""
    user = cast(User, request.user)
    found = reads.site_seen_by(user, site)
    if found is None:
        raise Http404
    return _shown(request, user, [found], found)


def _shown(request: HttpRequest, user: User, sites: list[Site], site: Site | None) -> HttpResponse:
    at = clock.now()
    told = reads.dashboard(user, sites, as_of=at)
    as_of = f"As of {moment(at, site or zone_of_all(), year=True, zone_named=True)}."
    figures = [figure for figure in _figures(told, protocol_in_force(), as_of) if figure.rows]
    answer = csv_asked(request, figures, file="dashboard" if site is None else f"dashboard-{site.code}")
    if answer is not None:
        return answer
    context = {
        "told": told,
        "site": site,
        "sites": sites if site is None and len(sites) > 1 else [],
        "figures": figures,
        "by_arm": sees_by_arm(user),
        "zone": site or zone_of_all(),
    }
    return render(request, "outcomes/dashboard.html", context)


def _figures(told: Dashboard, protocol: Protocol, as_of: str) -> list[Figure]:
    return [
        _recruitment(told, as_of), *_sites(told, as_of), _retention(told, as_of), _completeness(told, protocol, as_of),
        *_alerts(told, as_of),
        *_reminders(told, as_of), *_training(told, as_of),
    ]  # fmt: skip


def _recruitment(told: Dashboard, as_of: str) -> Figure:
    found = told.recruitment
    points = [(f"{MONTHS[int(m.month[5:]) - 1]} {m.month[2:4]}", m.total) for m in found.months]
    against = "no target is set" if found.target is None else f"{found.target} are wanted"
    described = f"{found.randomised} people randomised by the end of {len(points)} months; {against}."
    svg = plots.steps_to_target(points, found.target, title="Recruitment", unit="people randomised", described=described) if points else ""
    rule = f"People randomised by the end of each month. n = {found.randomised}; {against}. {as_of}"
    rows = [(m.month, m.randomised, m.total, found.target) for m in found.months]
    return Figure("recruitment", "Recruitment", rule, ("month", "randomised", "randomised_so_far", "target"), rows, svg)


def _sites(told: Dashboard, as_of: str) -> list[Figure]:
    """Nothing where the reader gets the sum alone, or one site is all there is."""
    if not told.by_site or len(told.sites) < 2:
        return []
    rows = [(s.name, s.screened, s.excluded, s.randomised, s.target) for s in told.recruitment.sites]
    wanted = [(s.name, s.randomised, s.target) for s in told.recruitment.sites if s.target]
    svg = plots.shares(wanted, title="Sites", described=f"People randomised of each site's target, {len(wanted)} sites.") if wanted else ""
    rule = f"People randomised at each site of its target; screened = assessed for eligibility. n = {told.recruitment.randomised}. {as_of}"
    return [Figure("sites", "Sites", rule, ("site", "screened", "excluded", "randomised", "target"), rows, svg)]


def _retention(told: Dashboard, as_of: str) -> Figure:
    found = told.retention
    lines = [("In the trial", found.staying), ("Withdrawn", found.withdrawn), ("Lost", found.lost), ("Died", found.died)]
    svg = plots.shares(
        [(name, n, found.randomised) for name, n in lines], title="Retention",
        described=f"{found.staying} of {found.randomised} are in the trial.",
    )  # fmt: skip
    rule = (
        f"Everybody randomised, each once: death counts before withdrawal, withdrawal before loss. Who stops training alone stays "
        f"in the trial. n = {found.randomised}. {as_of}"
    )
    rows = [(name, n, found.randomised) for name, n in lines] if found.randomised else []
    return Figure("retention", "Retention", rule, ("people", "count", "randomised"), rows, svg)


def _completeness(told: Dashboard, protocol: Protocol, as_of: str) -> Figure:
    labels = {visit.code: visit.label for visit in protocol.visits}
    names = [(labels[c.visit], _title(c.instrument), c) for c in told.completeness if c.expected]
    svg = plots.shares(
        [(f"{visit}, {title}", c.sent, c.expected) for visit, title, c in names], title="Completeness",
        described=f"Forms sent of those whose window has opened, {len(names)} rows.",
    )  # fmt: skip
    rule = (
        "Forms sent of everybody randomised whose window has opened, whoever has ended included. Open: nothing was sent yet. "
        f"Missing: it has closed and nothing was sent. n = {told.recruitment.randomised}. {as_of}"
    )
    rows = [(visit, title, c.expected, c.sent, c.open, c.missing) for visit, title, c in names]
    return Figure("completeness", "Completeness of each visit", rule, ("visit", "form", "expected", "sent", "open", "missing"), rows, svg)


def _title(code: str) -> str:
    return instruments[code].title if code in instruments else code


def _alerts(told: Dashboard, as_of: str) -> list[Figure]:
    found = told.alerts
    if found is None:
        return []
    rows = [
        ("Raised", found.raised), ("Open", found.open), ("Open, nobody reached yet", found.without_contact),
        ("Open, the time for first contact is over", found.overdue),
    ]  # fmt: skip
    return [
        Figure(
            "alerts", "Safety alerts", f"All that were raised; drills and imported ones are left out. {as_of}", ("alerts", "count"), rows
        )
    ]


def _reminders(told: Dashboard, as_of: str) -> list[Figure]:
    found = told.reminders
    if found is None:
        return []
    rows = [("Sent", found.sent), ("Waiting", found.waiting), ("Failed or not known", found.failed), ("No longer due", found.dropped)]
    return [
        Figure(
            "reminders",
            "Messages to participants",
            f"Due in the last 28 days, by what became of them. {as_of}",
            ("messages", "count"),
            rows,
        )
    ]


def _training(told: Dashboard, as_of: str) -> list[Figure]:
    found = told.training
    if found is None or not any(asdict(found).values()):
        return []
    lines = [
        ("Attended", found.attended), ("Missed", found.missed), ("Cancelled by the site", found.cancelled_by_site),
        ("Not delivered", found.not_delivered), ("Not recorded yet", found.unrecorded),
    ]  # fmt: skip
    total = sum(n for _, n in lines)
    svg = plots.shares(
        [(name, n, total) for name, n in lines], title="Training", described=f"{found.attended} of {total} sessions attended."
    )
    rule = f"Sessions planned in the last 28 days; attended = attended or made up. n = {total} sessions. {as_of}"
    return [Figure("training", "Training sessions", rule, ("sessions", "count", "planned"), [(name, n, total) for name, n in lines], svg)]
