"""Putting a recorded fact right: corrected with a reason, or voided when it should not be there. Never deleted.

The database keeps every earlier version; derived values are computed from the rows and so follow by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Model

from participants.actions import identity, moves
from participants.actions.clinical import BadRecord, checks
from participants.actions.sessions.rollup import keep_sums_of_person
from participants.domain import baseline, bounds
from participants.domain import clinical as words
from participants.domain.clocks import Seriousness
from participants.domain.journey import Status
from participants.models import AdverseEvent, BaselineValue, Concomitant, Consent, Deviation, Ending, Medication, Participant, StrengthTest
from trials import audit, queries
from trials.actors import Actor
from trials.audit import correction
from trials.permissions import Permission, Refused, check

Reader = Callable[[str], object]
LONGEST = 2000


def _text(given: str) -> str:
    if len(given) > LONGEST:
        raise ValueError(f"Shorten the text to {LONGEST} characters.")
    return given.strip()


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise ValueError("Enter the date as 2026-03-14.") from None


def _day_or_none(given: str) -> date | None:
    return _day(given) if given.strip() else None


def _moment(given: str) -> datetime:
    """A moment by the clock of the site; the zone is put in where the row is known."""
    try:
        return datetime.fromisoformat(given.strip()).replace(tzinfo=None)
    except ValueError:
        raise ValueError("Enter the moment as 2026-03-14 18:30.") from None


def _yes(given: str) -> bool:
    if given not in ("yes", "no"):
        raise ValueError("Choose yes or no.")
    return given == "yes"


def _number(given: str) -> Decimal | None:
    try:
        return bounds.read_number(given) if given.strip() else None
    except bounds.NotANumber:
        raise ValueError("Enter a number, like 62.5.") from None


def _whole(given: str) -> int | None:
    number = _number(given)
    if number is not None and number != number.to_integral_value():
        raise ValueError("Enter a whole number.")
    return None if number is None else int(number)


def _criteria(given: str) -> list[str]:
    chosen = {c for c in given.split("|") if c}
    if chosen - {s.value for s in Seriousness}:
        raise ValueError(f"Choose among: {', '.join(Seriousness)}.")
    return [s.value for s in Seriousness if s.value in chosen]


CORRECTABLE: dict[type[Model], dict[str, Reader]] = {
    AdverseEvent: {
        "category": _text,
        "term": _text,
        "description": _text,
        "started_on": _day,
        "ended_on": _day_or_none,
        "ongoing": _yes,
        "severity": _text,
        "ctcae_grade": _whole,
        "seriousness_criteria": _criteria,
        "action": _text,
        "outcome": _text,
        "visit": _text,
        "aware_at": _moment,
    },
    Medication: {
        "drug": _text,
        "atc": words.atc,
        "indication": _text,
        "dose": _number,
        "unit": _text,
        "frequency": _text,
        "route": _text,
        "started_on": _text,
        "stopped_on": _text,
        "ongoing": _yes,
        "change_reason": _text,
    },
    Concomitant: {
        "kind": _text,
        "description": _text,
        "started_on": _text,
        "stopped_on": _text,
        "sessions_per_week": _number,
        "minutes_per_session": _whole,
        "source_visit": _text,
    },
    Deviation: {"category": _text, "occurred_on": _day, "found_on": _day, "visit": _text, "given_arm": _text, "description": _text},
    Consent: {"version": _text, "signed_on": _day},
    BaselineValue: {"value": _text, "measured_on": _day},
    Ending: {"happened_on": _day, "reason": _text, "note": _text},
}
VOIDABLE: tuple[type[Model], ...] = (AdverseEvent, Medication, Concomitant, Deviation, Consent, Ending, StrengthTest)
Row = AdverseEvent | Medication | Concomitant | Deviation | Consent | BaselineValue | Ending | StrengthTest


@correction
def correct(row: Row, *, changes: Mapping[str, str], reason: str, by: Actor, at: datetime) -> Row:
    """The named fields get new values, each read from text by its own rule; the row must keep all rules afterwards.

    Refused: a field outside the allow-list, a voided row, no reason, nothing changed. The audit names fields, never values.
    """
    participant = _begin(row, reason, by)
    readers = CORRECTABLE.get(type(row))
    if readers is None:
        raise Refused("This entry can't be corrected here.", code="not_correctable")
    before = {name: getattr(row, name) for name in readers}
    _read(row, changes, readers)
    if isinstance(row, AdverseEvent):
        _settle(row, participant)
    changed = sorted(name for name in readers if getattr(row, name) != before[name])
    if not changed:
        raise Refused("Nothing is changed.", code="unchanged", status=422)
    _check(row, at.astimezone(participant.site.zone).date())
    row.save()
    _follow(row, participant)
    audit.record(
        "record.corrected",
        about=participant.trial_id,
        by=by,
        at=at,
        reason=reason,
        detail={"table": row._meta.db_table, "row": row.pk, "fields": changed},
    )
    return row


@correction
def void(row: Row, *, reason: str, by: Actor, at: datetime) -> Row:
    """An entry that should not be there counts no longer; it stays readable, with who, when and why."""
    participant = _begin(row, reason, by)
    if not isinstance(row, VOIDABLE) or isinstance(row, BaselineValue):
        raise Refused("This entry can be corrected, not voided.", code="not_voidable")
    row.voided_at, row.void_reason = at, reason.strip()
    row.save(update_fields=["voided_at", "void_reason"])
    _follow(row, participant)
    audit.record(
        "record.voided", about=participant.trial_id, by=by, at=at, reason=reason, detail={"table": row._meta.db_table, "row": row.pk}
    )
    return row


def _begin(row: Row, reason: str, by: Actor) -> Participant:
    participant: Participant = row.participant
    check(by, Permission.CORRECT, at_site=participant.site)
    moves.lock(participant)
    row.refresh_from_db()
    if not reason.strip():
        raise BadRecord({"reason": "Say why this is put right."})
    if getattr(row, "voided_at", None) is not None:
        raise Refused("This entry was already voided.", code="voided")
    return participant


def _read(row: Row, changes: Mapping[str, str], readers: Mapping[str, Reader]) -> None:
    faults: dict[str, str] = {}
    for name, given in changes.items():
        if name not in readers:
            faults[name] = f"{name} can't be corrected here."
            continue
        try:
            setattr(row, name, readers[name](given))
        except ValueError as fault:
            faults[name] = str(fault)
    if faults:
        raise BadRecord(faults)


def _settle(row: AdverseEvent, participant: Participant) -> None:
    """Seriousness follows the criteria, the day of awareness its moment."""
    row.serious = bool(row.seriousness_criteria)
    if row.aware_at.tzinfo is None:
        row.aware_at = row.aware_at.replace(tzinfo=participant.site.zone)
    row.aware_on = row.aware_at.astimezone(participant.site.zone).date()


def _check(row: Row, today: date) -> None:
    """The rules of the row's kind, then the table's own constraints."""
    if isinstance(row, AdverseEvent):
        checks.check_event(row, today=today)
    elif isinstance(row, Medication):
        checks.check_medication(row)
    elif isinstance(row, Concomitant):
        checks.check_concomitant(row)
    elif isinstance(row, Deviation):
        checks.check_deviation(row, today=today)
    elif isinstance(row, BaselineValue):
        _check_baseline(row)
    for name in ("signed_on", "measured_on", "happened_on"):
        day = getattr(row, name, None)
        if day is not None and day > today:
            raise BadRecord({name: "The day can't lie in the future."})
    try:
        row.validate_constraints()
    except ValidationError as refused:
        raise BadRecord({"": " ".join(refused.messages)}) from None


def _check_baseline(row: BaselineValue) -> None:
    variable = next((v for v in queries.protocol_in_force().baseline if v.code == row.variable), None)
    if variable is None:
        raise Refused(f"The protocol in force has no baseline variable {row.variable}.", code="unknown_variable")
    if not row.value:
        raise BadRecord({"value": f"{variable.label}: enter a value."})
    try:
        row.value = baseline.read(variable, row.value)
    except ValueError as fault:
        raise BadRecord({"value": str(fault)}) from None


def _follow(row: Row, participant: Participant) -> None:
    """What hangs on a test: the sums that its 1RM is in. On a consent: the age, and the status of whoever is not randomised yet."""
    if isinstance(row, StrengthTest):
        keep_sums_of_person(participant.pk)
    if not isinstance(row, Consent):
        return
    standing = participant.consents.filter(voided_at=None).order_by("signed_on").first()
    age = identity.age_at(participant, standing.signed_on if standing else participant.screened_on)
    if age is not None and age < 0:
        raise BadRecord({"signed_on": "The form can't be signed before the person was born."})
    if age is not None and age != participant.age:
        participant.age = age
        participant.save(update_fields=["age"])
    if standing is None and participant.status == Status.CONSENTED:
        moves.move(participant, Status.ELIGIBLE)
