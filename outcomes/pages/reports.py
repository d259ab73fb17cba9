"""Attendance, compliance and dose: three figures that are never one, each with its rule. Closed to whoever must not see arms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import randomisation_tests as tests
from outcomes.actions import reports as steps
from outcomes.actions.kept_reports import SETTLED
from outcomes.exports.columns import columns_of
from outcomes.models import Report
from outcomes.pages.guesses import shown
from outcomes.pages.plots import Figure, csv_asked
from outcomes.pages.randomisation_tests import hand_over, told
from outcomes.permissions import sees_by_arm
from outcomes.queries.guesses import indices
from trials import blinding, clock
from trials.models import Site, User
from trials.permissions import Permission, allowed, check, sites_where

NAMES = tuple(c.name for c in columns_of("adherence") if c.name not in ("trial_id", "arm", "rdi_rule"))
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
SHARES = ("attendance", "attendance_excl_site", "sets_compliance", "reps_compliance", "load_compliance", "rdi", "mean_relative_intensity")


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The last finished figures, for the sites whose arms and sessions the viewer may see."""
    user = cast(User, request.user)
    check(user, Permission.SEE_REPORTS)
    newest = steps.newest()
    waiting = Report.objects.filter(kind=steps.KIND).exclude(status__in=SETTLED).order_by("-pk").first()
    if waiting is not None and newest is not None and waiting.requested_at < newest.requested_at:
        waiting = None
    body: Mapping[str, Any] = newest.body if newest else {}
    codes = _sites_of(user)
    people = [_shown(row) for row in body.get("people", []) if row["site"] in codes]
    figure = _by_person(people)
    answer = csv_asked(request, [figure], file="adherence-and-dose")
    if answer is not None:
        return answer
    return render(
        request,
        "outcomes/reports.html",
        {
            "report": newest,
            "waiting": waiting,
            "people": people,
            "sees_people": allowed(user, Permission.SEE_PEOPLE),
            "csv": figure.csv,
            "unblindings": body.get("unblindings"),
            "rules": sorted(body.get("rules", {}).items()),
            "by_arm": sees_by_arm(user),
            "blinded": [shown(group) for group in indices(user)] if sees_by_arm(user) else [],
            "test": told(tests.newest()) if sees_by_arm(user) else None,
            "totals": _totals(body.get("totals", {})) if sees_by_arm(user) and newest else None,
        },
    )


@require_POST
def compute_report(request: HttpRequest) -> HttpResponse:
    """Asks for fresh figures; the page shows the last ones meanwhile."""
    report = steps.request_report(by=cast(User, request.user), at=clock.now())
    hand_over(report)
    messages.info(request, "Asked for fresh figures. You may leave this page.")
    return redirect("reports")


def _sites_of(user: User) -> set[str]:
    """Codes of the sites where the viewer may see both reports and arms."""
    reach = sites_where(user, Permission.SEE_REPORTS)
    sites = Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)
    return {site.code for site in sites if blinding.sees_arms(user, site)}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {f"{name}_percent": _percent(row.get(name)) for name in SHARES}


def _by_person(people: Sequence[Mapping[str, Any]]) -> Figure:
    """The table of the page, to four decimals, under the names of adherence.csv; flags are 1 and 0."""
    head = ("trial_id", "site", *NAMES, "sessions_unrecorded")
    return Figure(
        "people", "Attendance, compliance and dose by person", "", head, [tuple(_cell(p.get(name)) for name in head) for p in people]
    )


def _cell(value: Any) -> Any:
    """A share or kilograms, kept as text, as a number; anything else as it is."""
    if isinstance(value, bool):
        return int(value)
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value


def _totals(totals: Mapping[str, Any]) -> dict[str, Any]:
    return dict(totals) | {name: _percent(totals.get(name)) for name in ("mean_of_rdis", "ratio_of_sums")}


def _percent(text: Any) -> str:
    """A share as a whole percentage, half-up; empty where there was nothing to count."""
    if text is None:
        return ""
    return f"{int(Decimal(text) * 100 + Decimal('0.5'))} %"
