"""REST of the dashboards: counts of everybody together, of all sites or one; the closed report by arm; two cuts compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import closed_reports, comparisons
from outcomes.api import find
from outcomes.api.shapes import ReportAnswer
from outcomes.models import Report
from outcomes.queries import dashboard as reads
from outcomes.queries.dashboard import Dashboard
from trials import clock
from trials.api.doors import Shape, read, step
from trials.models import User


class DashboardAnswer(s.Serializer[Any]):
    """A part that the reader may not see is null; `sites` of `recruitment` are empty where the reader gets the sum alone."""

    as_of = s.DateTimeField()
    sites = s.ListField(child=s.CharField(), help_text="Codes of the sites counted.")
    whole = s.BooleanField(help_text="Whether these are all the trial's sites.")
    recruitment = s.SerializerMethodField(
        help_text="Months with people randomised, sites, screened, excluded, randomised, target, a month."
    )
    retention = s.SerializerMethodField(help_text="Everybody randomised, each once.")
    completeness = s.SerializerMethodField(help_text="By visit and instrument: expected, sent, open, missing.")
    alerts = s.SerializerMethodField(allow_null=True)
    reminders = s.SerializerMethodField(allow_null=True, help_text="Messages to participants due in the last 28 days.")
    training = s.SerializerMethodField(allow_null=True, help_text="Sessions planned in the last 28 days.")
    dose = s.SerializerMethodField(allow_null=True, help_text="From the last finished report, with its own as_of.")

    def get_recruitment(self, told: Dashboard) -> dict[str, Any]:
        return asdict(told.recruitment) | ({} if told.by_site else {"sites": []})

    def get_retention(self, told: Dashboard) -> dict[str, Any]:
        return asdict(told.retention)

    def get_completeness(self, told: Dashboard) -> list[dict[str, Any]]:
        return [asdict(row) for row in told.completeness]

    def get_alerts(self, told: Dashboard) -> dict[str, Any] | None:
        return _part(told.alerts)

    def get_reminders(self, told: Dashboard) -> dict[str, Any] | None:
        return _part(told.reminders)

    def get_training(self, told: Dashboard) -> dict[str, Any] | None:
        return _part(told.training)

    def get_dose(self, told: Dashboard) -> dict[str, Any] | None:
        return _part(told.dose)


class CompareCuts(Shape):
    first_at = s.DateTimeField(help_text="Instant of the earlier cut.")
    second_at = s.DateTimeField()


class ComparisonAnswer(s.Serializer[Any]):
    rows = s.SerializerMethodField(help_text="Each row that differs: file, key, kind, cells (column, before, after), steps (who, at, why).")

    def get_rows(self, found: list[comparisons.Told]) -> list[dict[str, Any]]:
        return [asdict(told.change) | {"steps": [asdict(step) for step in told.steps]} for told in found]


class ClosedReportAnswer(s.ModelSerializer[Report]):
    body = s.JSONField(
        help_text="By arm: course, completeness, harms, and lines of the report's tables (table, arm, visit, instrument, ...)."
    )

    class Meta:
        model = Report
        fields = ["id", "as_of", "protocol_digest", "code_version", "body"]


def dashboard(user: User) -> Dashboard:
    """How the trial stands now, over the sites that the reader's flow counts."""
    return reads.dashboard(user, reads.sites_seen_by(user), as_of=clock.now())


def site_dashboard(user: User, site: str) -> Dashboard:
    """How one site stands now."""
    found = reads.site_seen_by(user, site)
    if found is None:
        raise Http404
    return reads.dashboard(user, [found], as_of=clock.now())


def closed_report(user: User) -> Report:
    """The closed report as last worked out, for who may see figures by arm."""
    newest = closed_reports.newest(viewer=user)
    if newest is None:
        raise Http404
    return newest


def _part(part: Any) -> dict[str, Any] | None:
    return None if part is None else asdict(part)


urlpatterns = [
    path("dashboard/", read(dashboard, answer=DashboardAnswer, name="dashboard")),
    path("dashboard/<str:site>/", read(site_dashboard, answer=DashboardAnswer, name="site_dashboard")),
    path("closed-report/", read(closed_report, answer=ClosedReportAnswer, name="closed_report")),
    step("cuts/", comparisons.compare_cuts, find=find.nobody, shape=CompareCuts, answer=ComparisonAnswer),
    step("closed-report/", closed_reports.request_closed_report, find=find.nobody, answer=ReportAnswer),
]
