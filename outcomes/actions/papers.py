"""What is done with any kept report: who may have it, its PDF, and cancelling it while it is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from outcomes.actions import adherence_papers, arm_reports, checklists, closed_reports, kept_reports, person_reports, reports
from outcomes.actions.exports import check_may_export
from outcomes.models import Report
from outcomes.permissions import check_sees_by_arm, check_sees_sessions
from participants.models import Participant
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import NotAllowed, Permission, Refused, check

PAPERS: Mapping[str, Callable[[Report], Mapping[str, Any]]] = {
    adherence_papers.KIND: adherence_papers.paper_of,
    arm_reports.KIND: arm_reports.paper_of,
    closed_reports.KIND: closed_reports.paper_of,
    person_reports.KIND: person_reports.paper_of,
    **dict.fromkeys(checklists.KINDS.values(), checklists.paper_of),
}
NAMES = {
    adherence_papers.KIND: "adherence-and-dose",
    arm_reports.KIND: "training-by-arm",
    closed_reports.KIND: "closed-report",
    **{kind: f"report-{edition}" for edition, kind in checklists.KINDS.items()},
}


@action
def cancel_report(report: Report, *, by: Actor, at: datetime) -> Report:
    """A report that is no longer wanted, before it is done; what was computed of it is dropped."""
    check_may_have(by, report)
    held = Report.objects.select_for_update(skip_locked=True).filter(pk=report.pk).first()
    if held is None:
        raise Refused("A step of this report is being worked out. Cancel it in a moment.", code="busy", status=503)
    if held.status not in kept_reports.UNDER_WAY:
        raise Refused("This report is not under way any more.", code="not_under_way")
    held.status, held.finished_at = Report.Status.CANCELLED, at
    held.body = {name: value for name, value in held.body.items() if name in kept_reports.STARTS}
    held.save()
    audit.record("report.cancelled", about=f"report:{held.pk}", by=by, at=at)
    return held


def pdf(report: Report, *, viewer: Actor) -> bytes:
    """The PDF of a finished report, for who may have it."""
    check_may_have(viewer, report)
    paper_of = PAPERS.get(report.kind)
    if paper_of is None:
        raise Refused("There is no PDF of this kind of report.", code="no_pdf")
    if report.status != Report.Status.DONE:
        raise Refused("This report is not ready.", code="not_ready")
    return kept_reports.pdf_of(report, paper_of)


def name_of(report: Report) -> str:
    """What the PDF is called where it is saved: what and as of when, never who asked."""
    name = NAMES.get(report.kind) or f"{report.body['trial_id']}-training"
    return f"{name}-{report.as_of:%Y%m%dT%H%M%SZ}.pdf"


def found(pk: int, *, viewer: Actor) -> Report | None:
    """The report of this number; None also where there is one that the viewer may not have."""
    report = Report.objects.filter(pk=pk).first()
    if report is None:
        return None
    try:
        check_may_have(viewer, report)
    except NotAllowed:
        return None
    return report


def check_may_have(viewer: Actor, report: Report) -> None:
    """The same right as the page of its kind asks for."""
    if report.kind in checklists.KINDS.values():
        check_may_export(viewer, next(edition for edition, kind in checklists.KINDS.items() if kind == report.kind))
    elif report.kind == person_reports.KIND:
        person = Participant.objects.select_related("unit__site").get(unit__trial_id=report.body["trial_id"])
        check_sees_sessions(viewer, person.site)
    elif report.kind == reports.KIND:
        check(viewer, Permission.SEE_REPORTS)
    elif report.kind == adherence_papers.KIND:
        adherence_papers.check_reaches(viewer, report)
    else:
        check_sees_by_arm(viewer)
