"""Adherence and dose as of an instant, computed in the background and kept: a figure once told can be told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from outcomes.actions.exports import last_change
from outcomes.domain.case import Case
from outcomes.domain.derive import figures
from outcomes.domain.dose import Dose, pooled
from outcomes.domain.facts import Person
from outcomes.domain.forms import Training
from outcomes.domain.text import rounded
from outcomes.domain.training import sessions_of, sets_of
from outcomes.exports.closed import rules_of
from outcomes.exports.dataset import people
from outcomes.models import Report
from participants.queries.self_reports import counts
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import User
from trials.permissions import Permission, Refused, check

KIND = "adherence"
AT_LEAST_EVERY = timedelta(hours=24)  # sessions fall due by the calendar, also when nobody changes a row
PLACES = 4


@action
def request_report(*, by: User, at: datetime) -> Report:
    """Ask for fresh figures; a worker computes them and the last ones stay until then. One request waits at a time."""
    check(by, Permission.SEE_REPORTS)
    waiting = Report.objects.filter(kind=KIND, status__in=[Report.Status.WAITING, Report.Status.RUNNING]).first()
    if waiting is not None:
        return waiting
    report = _new(by, at)
    audit.record("report.requested", about=f"report:{report.pk}", by=by, at=at)
    return report


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: attendance, compliance and dose of everybody with sessions, as of the report's instant."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.status == Report.Status.DONE:
        return report
    try:
        protocol = queries.protocol_in_force()
        report.body = body_of(protocol, report.as_of)
        report.protocol_digest = protocol.digest
        report.status, report.failure = Report.Status.DONE, ""
    except Refused as refused:
        report.status, report.failure = Report.Status.FAILED, refused.sentence
    report.step, report.steps, report.finished_at = 1, 1, at
    report.save()
    audit.record("report.computed", about=f"report:{report.pk}", by=by, at=at, detail={"status": report.status})
    return report


@action
def compute_due(*, by: Actor, at: datetime) -> list[Report]:
    """Every requested report, and one more where records changed since the last one or a day has gone by."""
    waiting = list(Report.objects.filter(kind=KIND, status=Report.Status.WAITING).order_by("pk"))
    if not waiting and _is_due(at):
        waiting = [_new(None, at)]
    made = [compute(report, by=by, at=at) for report in waiting]
    audit.record("reports.swept", about="trial", by=by, at=at, detail={"computed": len(made)}) if made else None
    return made


def newest() -> Report | None:
    """The last figures that were finished."""
    return Report.objects.filter(kind=KIND, status=Report.Status.DONE).order_by("-as_of", "-pk").first()


def body_of(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The snapshot: a row a person without their arm, the figures over all who train, the rules, and unblindings of the whole trial."""
    rows, doses = [], []
    for person in people():
        case = Case(person, protocol, as_of)
        if person.arm and case.trains and not person.rows_left_out:
            row, dose = _row(case, person)
            rows.append(row)
            doses.append(dose)
    together = pooled(doses)
    totals = {name: _text(value) for name, value in vars(together).items()}
    return {"people": rows, "totals": totals, "rules": rules_of(protocol), "unblindings": counts()}


def _row(case: Case, person: Person) -> tuple[dict[str, Any], Dose]:
    sessions = sessions_of(case)
    kept, given = figures(case, Training(sessions, sets_of(case, sessions)))
    row: dict[str, Any] = {"trial_id": person.trial_id, "site": person.site}
    for found in (kept, given):
        row |= {name: _text(getattr(found, name)) for name in found.__dataclass_fields__}
    row["intervention_stopped"] = case.stopped_on is not None
    return row, given


def _text(value: object) -> object:
    """Decimals as text, so that a snapshot never loses a digit to binary fractions."""
    return str(rounded(value, PLACES).normalize()) if isinstance(value, Decimal) else value


def _new(by: User | None, at: datetime) -> Report:
    digest = queries.protocol_version_in_force().digest
    return Report.objects.create(
        kind=KIND, requested_by=by, requested_at=at, as_of=at, protocol_digest=digest, code_version=settings.UPLIFT_VERSION, steps=1
    )


def _is_due(at: datetime) -> bool:
    last = newest()
    changed = last_change()
    return last is None or at - last.as_of >= AT_LEAST_EVERY or (changed is not None and changed > last.as_of)
