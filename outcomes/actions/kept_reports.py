"""The life of a report that is kept: asked for once at a time, worked out in the background, told again until a newer one is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from outcomes.models import Report
from trials import queries
from trials.domain.protocol import Protocol
from trials.models import User
from trials.permissions import Refused

UNDER_WAY = (Report.Status.WAITING, Report.Status.RUNNING)


def waiting(kind: str) -> Report | None:
    """The one of this kind that nobody has worked out yet."""
    return Report.objects.filter(kind=kind, status__in=UNDER_WAY).first()


def new(kind: str, *, by: User | None, at: datetime) -> Report:
    """One more of this kind, as of now, to be worked out."""
    return Report.objects.create(
        kind=kind,
        requested_by=by,
        requested_at=at,
        as_of=at,
        protocol_digest=queries.protocol_version_in_force().digest,
        code_version=settings.UPLIFT_VERSION,
        steps=1,
    )


def newest(kind: str) -> Report | None:
    """The last of this kind that was finished."""
    return Report.objects.filter(kind=kind, status=Report.Status.DONE).order_by("-as_of", "-pk").first()


def unfinished(kind: str) -> Report | None:
    """The last one asked for, unless it is done: under way, or failed."""
    last = Report.objects.filter(kind=kind).order_by("-pk").first()
    return last if last is not None and last.status != Report.Status.DONE else None


def locked(report: Report) -> Report:
    """The row itself, held until the transaction ends."""
    return Report.objects.select_for_update().get(pk=report.pk)


def work_out(report: Report, body_of: Callable[[Protocol, datetime], dict[str, Any]], *, at: datetime) -> None:
    """Its body under the protocol in force; what is refused leaves one sentence in place of figures."""
    try:
        protocol = queries.protocol_in_force()
        report.body, report.protocol_digest = body_of(protocol, report.as_of), protocol.digest
        report.status, report.failure = Report.Status.DONE, ""
    except Refused as refused:
        report.status, report.failure = Report.Status.FAILED, refused.sentence
    report.step, report.finished_at = 1, at
    report.save()
