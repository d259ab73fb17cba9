"""Adherence and dose as of an instant, computed in the background and kept: a figure once told can be told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from sys import intern
from typing import Any

from django.db import transaction

from outcomes.actions import kept_reports
from outcomes.actions.kept_reports import asked, worked
from outcomes.domain.adherence import Adherence
from outcomes.domain.case import Case
from outcomes.domain.derive import figures
from outcomes.domain.dose import Dose, for_pool, pooled
from outcomes.domain.facts import Person
from outcomes.domain.records import SessionRecord
from outcomes.domain.text import rounded
from outcomes.domain.training import Kept, Sums, sessions_of
from outcomes.exports import trained
from outcomes.exports.closed import rules_of
from outcomes.exports.trained import sums_of_person
from outcomes.models import Report
from outcomes.queries.changes import last_change
from participants.actions import sessions
from participants.queries.self_reports import counts
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import Event, User
from trials.permissions import Permission, check

KIND = "adherence"
CHECKED = "rollups.checked"
AT_LEAST_EVERY = timedelta(hours=24)  # sessions fall due by the calendar, also when nobody changes a row
PLACES = 4
Told = tuple[Case, list[SessionRecord], Sums]


@action
def request_report(*, by: User, at: datetime) -> Report:
    """Ask for fresh figures; a worker computes them and the last ones stay until then. One request waits at a time."""
    check(by, Permission.SEE_REPORTS)
    return asked(KIND, "report", by=by, at=at)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: attendance, compliance and dose of everybody with sessions, as of the report's instant."""
    return worked(report, "report", body_of, by=by, at=at)


@action
def compute_due(*, by: Actor, at: datetime) -> list[Report]:
    """Every requested report, and one more where records changed since the last one or a day has gone by."""
    waiting = list(Report.objects.filter(kind=KIND, status=Report.Status.WAITING).order_by("pk"))
    if not waiting and _is_due(at):
        waiting = [kept_reports.new(KIND, by=None, at=at)]
    made = [compute(report, by=by, at=at) for report in waiting]
    audit.record("reports.swept", about="trial", by=by, at=at, detail={"computed": len(made)}) if made else None
    return made


def newest() -> Report | None:
    """The last figures that were finished."""
    return kept_reports.newest(KIND)


def body_of(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The snapshot: a row a person without their arm, the figures over all who train, the rules, and unblindings of the whole trial.

    Read from the sums kept with each session; `recomputed` has the database add up every set and gives the same to the last digit.
    """
    with transaction.atomic():
        return snapshot(protocol, _told(protocol, as_of, trained.people()))


def recomputed(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The same snapshot from every set anew."""
    with transaction.atomic():
        return snapshot(protocol, _told(protocol, as_of, trained.people(anew=True)))


@action
def check_kept_sums(*, by: Actor, at: datetime) -> int:
    """How many people's figures differ between the kept sums and the sets. Where any does, every sum is made anew."""
    protocol = queries.protocol_in_force()
    read, anew = ({row["trial_id"]: row for row in body(protocol, at)["people"]} for body in (body_of, recomputed))
    different = sum(read.get(trial_id) != row for trial_id, row in anew.items()) + len(read.keys() - anew.keys())
    audit.record(CHECKED, about="trial", by=by, at=at, detail={"people": len(anew), "different": different})
    if different:
        sessions.rebuild_sums(by=by, at=at)
    return different


def check_is_due(at: datetime) -> bool:
    """Whether a day has gone by since the kept sums were last compared with the sets."""
    last = Event.objects.filter(verb=CHECKED).order_by("-at").values_list("at", flat=True).first()
    return last is None or at - last >= AT_LEAST_EVERY


def counts_in(case: Case) -> bool:
    """Whether a person stands in the figures: randomised to training, and not withdrawn with everything."""
    return bool(case.person.arm) and case.trains and not case.person.rows_left_out


def snapshot(protocol: Protocol, told: Iterable[Told]) -> dict[str, Any]:
    """The snapshot of people's sessions with their sums, whoever added them up."""
    rows, doses = [], []
    for case, found, sums in told:
        kept, given = figures(case, found, sums)
        rows.append(_row(case, kept, given))
        doses.append(for_pool(given))
    totals = {name: _text(value) for name, value in vars(pooled(doses)).items()}
    return {"people": rows, "totals": totals, "rules": rules_of(protocol), "unblindings": counts()}


def _told(protocol: Protocol, as_of: datetime, people: Iterable[tuple[Person, Mapping[int, Kept] | None]]) -> Iterator[Told]:
    for person, kept in people:
        case = Case(person, protocol, as_of)
        if counts_in(case):
            found = sessions_of(case)
            yield case, found, sums_of_person(case, found, kept)


def _row(case: Case, kept: Adherence, given: Dose) -> dict[str, Any]:
    row: dict[str, Any] = {"trial_id": case.person.trial_id, "site": case.person.site}
    for found in (kept, given):
        row |= {name: _text(getattr(found, name)) for name in found.__dataclass_fields__}
    row["intervention_stopped"] = case.stopped_on is not None
    return row


def _text(value: object) -> object:
    """Decimals as text, so that a snapshot never loses a digit to binary fractions; equal texts are one, for thousands of people."""
    return intern(str(rounded(value, PLACES).normalize())) if isinstance(value, Decimal) else value


def _is_due(at: datetime) -> bool:
    last = newest()
    changed = last_change()
    return last is None or at - last.as_of >= AT_LEAST_EVERY or (changed is not None and changed > last.as_of)
