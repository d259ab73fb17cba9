"""The rules that a clinical record keeps, when it is made and after every correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Max, Model, QuerySet

from participants.domain import clinical as words
from participants.models import AdverseEvent, Concomitant, Deviation, Medication, Participant
from trials import queries
from trials.permissions import Refused

MOST_DOSE, MOST_WEEKLY, MOST_MINUTES = 100_000, 50, 1440


class BadRecord(Refused):
    """A record that can't be kept; `faults` has a sentence a field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()), code="bad_record", status=422)
        self.faults = dict(faults)


def check_event(event: AdverseEvent, *, today: date) -> None:
    """The rules that an event keeps after a correction too."""
    faults = listed(severity=(event.severity, words.SEVERITIES))
    faults |= listed_or_blank(action=(event.action, words.ACTIONS), outcome=(event.outcome, words.OUTCOMES), visit=(event.visit, visits()))
    faults |= words.event_faults(
        started_on=event.started_on,
        ended_on=event.ended_on,
        ongoing=event.ongoing,
        aware_on=event.aware_on,
        today=today,
        serious=event.serious,
        criteria=event.seriousness_criteria,
        grade=event.ctcae_grade,
    )
    if not event.term.strip():
        faults["term"] = "Say what happened in a few words."
    keep(faults)


def check_medication(medication: Medication) -> None:
    faults = words.period_faults(medication.started_on, medication.stopped_on, ongoing=medication.ongoing)
    faults |= words.amount_faults({"dose": medication.dose}, {"dose": MOST_DOSE})
    if not medication.drug.strip():
        faults["drug"] = "Enter the drug as it was named."
    keep(faults)


def check_concomitant(concomitant: Concomitant) -> None:
    faults = listed(kind=(concomitant.kind, words.CONCOMITANT)) | listed_or_blank(source_visit=(concomitant.source_visit, visits()))
    faults |= words.period_faults(concomitant.started_on, concomitant.stopped_on)
    faults |= words.amount_faults(
        {"sessions_per_week": concomitant.sessions_per_week, "minutes_per_session": concomitant.minutes_per_session},
        {"sessions_per_week": MOST_WEEKLY, "minutes_per_session": MOST_MINUTES},
    )
    keep(faults)


def check_deviation(deviation: Deviation, *, today: date) -> None:
    kinds = {"deviation": words.DEVIATIONS, "intercurrent_event": words.INTERCURRENT}
    faults = listed(kind=(deviation.kind, dict.fromkeys(kinds, "")))
    faults |= listed(category=(deviation.category, kinds.get(deviation.kind, {}))) | listed_or_blank(visit=(deviation.visit, visits()))
    if not deviation.occurred_on <= deviation.found_on <= today:
        faults["found_on"] = "It must have happened first, then been found, and not later than today."
    arms = {a.code: a.label for a in queries.protocol_in_force().arms}
    if (deviation.category == "wrong_arm") != bool(deviation.given_arm) or deviation.given_arm not in ("", *arms):
        faults["given_arm"] = "Name the arm that was given, for that category alone."
    keep(faults)


def follow(
    participant: Participant, *, category: str, occurred_on: date, description: str, source_record: str, at: datetime, given_arm: str = ""
) -> Deviation:
    """The deviation that follows from another record, within that record's own step; corrected and voided like any other."""
    today = at.astimezone(participant.site.zone).date()
    deviation = Deviation(
        participant=participant,
        dev_no=next_number(Deviation.objects.filter(participant=participant), "dev_no"),
        kind="deviation",
        category=category,
        occurred_on=occurred_on,
        found_on=today,
        given_arm=given_arm,
        description=description,
        source_record=source_record,
        at=at,
    )
    check_deviation(deviation, today=today)
    deviation.save()
    return deviation


def check_standing(row: AdverseEvent | Medication | Deviation) -> None:
    if row.voided_at is not None:
        raise Refused("This entry was voided; nothing more is recorded on it.", code="voided")


def visits() -> dict[str, str]:
    return {v.code: v.label for v in queries.protocol_in_force().visits}


def next_number(rows: QuerySet[Model], field: str) -> int:
    return (rows.aggregate(most=Max(field))["most"] or 0) + 1


def listed(**values: tuple[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: f"Choose one of: {', '.join(known)}." for name, (value, known) in values.items() if value not in known}


def listed_or_blank(**values: tuple[str, Mapping[str, str]]) -> dict[str, str]:
    return listed(**{name: pair for name, pair in values.items() if pair[0]})


def keep(faults: Mapping[str, str]) -> None:
    if faults:
        raise BadRecord(faults)
