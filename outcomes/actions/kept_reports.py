"""The life of a report that is kept: asked for once at a time, worked out in the background, told again until a newer one is done.

One that has a paper is worked out in two steps, so that it can be cancelled in between: its figures, then its PDF.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from outcomes.exports import papers
from outcomes.models import Report
from trials import audit, queries
from trials.actors import Actor
from trials.domain.protocol import Protocol
from trials.models import User
from trials.permissions import Refused

UNDER_WAY = (Report.Status.WAITING, Report.Status.RUNNING)
SETTLED = (Report.Status.DONE, Report.Status.CANCELLED)
DIGEST = "pdf_sha256"
STARTS = ("trial_id", "reach")
"""What a body says from the start, and goes on saying when a report is cancelled: whom it is about, how far its asker sees."""
Paper = Mapping[str, Any]
Reach = Mapping[str, Any]


def of(kind: str, about: str = "", reach: Reach | None = None) -> QuerySet[Report]:
    """The reports of this kind; `about` a person where the kind has one a person, `reach` where it has one for each that viewers have."""
    found = Report.objects.filter(kind=kind)
    found = found.filter(body__trial_id=about) if about else found
    return found if reach is None else found.filter(body__reach=reach)


def waiting(kind: str, about: str = "", reach: Reach | None = None) -> Report | None:
    """The one of this kind that nobody has worked out yet."""
    return of(kind, about, reach).filter(status__in=UNDER_WAY).first()


def new(
    kind: str,
    *,
    by: User | None,
    at: datetime,
    paper: bool = False,
    about: str = "",
    reach: Reach | None = None,
    as_of: datetime | None = None,
) -> Report:
    """One more of this kind, as of now or `as_of`, to be worked out; with a `paper` where typst is installed."""
    return Report.objects.create(
        kind=kind,
        requested_by=by,
        requested_at=at,
        as_of=as_of or at,
        protocol_digest=queries.protocol_version_in_force().digest,
        code_version=settings.UPLIFT_VERSION,
        steps=2 if paper and papers.available() else 1,
        body=({"trial_id": about} if about else {}) | ({} if reach is None else {"reach": reach}),
    )


def asked(
    kind: str,
    word: str,
    *,
    by: User,
    at: datetime,
    about: str = "",
    reach: Reach | None = None,
    as_of: datetime | None = None,
    paper: bool = False,
    detail: Mapping[str, Any] | None = None,
) -> Report:
    """The one of this kind that waits already, else a new one, with the event `<word>.requested`: a worker works it out."""
    report = waiting(kind, about, reach)
    if report is None:
        report = new(kind, by=by, at=at, paper=paper, about=about, reach=reach, as_of=as_of)
        told = {"report": report.pk} if about else detail
        audit.record(f"{word}.requested", about=about or f"report:{report.pk}", by=by, at=at, detail=told)
    return report


def worked(
    report: Report,
    word: str,
    body_of: Callable[[Protocol, datetime], dict[str, Any]],
    *,
    by: Actor,
    at: datetime,
    paper_of: Callable[[Report], Paper] | None = None,
) -> Report:
    """Its next step, with the event `<word>.computed`; one that is finished, failed or cancelled stays as it is."""
    report = locked(report)
    if report.status in UNDER_WAY:
        work_out(report, body_of, at=at, paper_of=paper_of)
        audit.record(f"{word}.computed", about=f"report:{report.pk}", by=by, at=at, detail={"status": report.status})
    return report


def newest(kind: str, about: str = "", reach: Reach | None = None) -> Report | None:
    """The last of this kind that was finished."""
    return of(kind, about, reach).filter(status=Report.Status.DONE).order_by("-as_of", "-pk").first()


def unfinished(kind: str, about: str = "", reach: Reach | None = None) -> Report | None:
    """The last one asked for, unless it is done or cancelled: under way, or failed."""
    last = of(kind, about, reach).order_by("-pk").first()
    return last if last is not None and last.status not in SETTLED else None


def locked(report: Report) -> Report:
    """The row itself, held until the transaction ends."""
    return Report.objects.select_for_update().get(pk=report.pk)


def work_out(
    report: Report,
    body_of: Callable[[Protocol, datetime], dict[str, Any]],
    *,
    at: datetime,
    paper_of: Callable[[Report], Paper] | None = None,
) -> None:
    """The next step: its body under the protocol in force, then its PDF; what is refused leaves one sentence in place of figures."""
    try:
        if report.step == 0:
            protocol = queries.protocol_in_force()
            with transaction.atomic():
                report.body, report.protocol_digest = body_of(protocol, report.as_of), protocol.digest
        elif paper_of is not None:
            _keep_pdf(report, papers.pdf(paper_of(report), at=report.as_of))
        report.step, report.failure = report.step + 1, ""
        report.status = Report.Status.DONE if report.step >= report.steps else Report.Status.RUNNING
    except Refused as refused:  # figures without a PDF are a report all the same
        report.status = Report.Status.DONE if report.step else Report.Status.FAILED
        report.step, report.failure = report.steps, refused.sentence
    report.finished_at = None if report.status == Report.Status.RUNNING else at
    report.save()


def pdf_of(report: Report, paper_of: Callable[[Report], Paper]) -> bytes:
    """The PDF of a finished report: the kept file, or made again from the kept figures, which gives the same bytes."""
    path = path_of(report)
    kept = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(kept).hexdigest() == report.body.get(DIGEST):
        return kept
    if not papers.available():
        sentence = "A PDF needs typst, which is not installed here: UPLIFT_EXTRA=report ./uplift run adds it. Take the CSV files."
        raise Refused(sentence, code="no_library")
    return papers.pdf(paper_of(report), at=report.as_of)


def path_of(report: Report) -> Path:
    """Where the PDF lies; the name says nothing of kind, person or arm."""
    return Path(settings.UPLIFT_DATA) / "papers" / f"report-{report.pk}.pdf"


def _keep_pdf(report: Report, made: bytes) -> None:
    path = path_of(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(made)
    beside.rename(path)
    report.body = report.body | {DIGEST: hashlib.sha256(made).hexdigest()}
