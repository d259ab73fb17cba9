"""A report worked out to its end, step by step, as the worker does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from outcomes.actions.kept_reports import UNDER_WAY
from outcomes.models import Report
from trials.actors import Machine


def worked_out(compute: Callable[..., Report], report: Report, *, at: datetime) -> Report:
    while report.status in UNDER_WAY:
        report = compute(report, by=Machine("worker"), at=at)
    return report
