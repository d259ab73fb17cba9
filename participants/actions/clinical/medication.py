"""Medication as dated periods of one dose; a change of dose is a new period that names the one before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from participants import permissions
from participants.actions import moves
from participants.actions.clinical import checks
from participants.actions.clinical.checks import BadRecord
from participants.domain import clinical as words
from participants.models import Medication, Participant
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused


@action
def record_medication(
    participant: Participant,
    *,
    drug: str,
    by: Actor,
    at: datetime,
    atc: str = "",
    indication: str = "",
    dose: Decimal | None = None,
    unit: str = "",
    frequency: str = "",
    route: str = "",
    started_on: str = "",
    stopped_on: str = "",
    ongoing: bool = False,
) -> Medication:
    """One drug at one dose over one period; dates may be partial."""
    permissions.check_may_record(by, participant, Permission.RECORD_CLINICAL)
    moves.lock(participant)
    medication = Medication(
        participant=participant,
        med_no=checks.next_number(Medication.objects.filter(participant=participant), "med_no"),
        drug=drug.strip(),
        atc=_atc(atc),
        indication=indication,
        dose=dose,
        unit=unit,
        frequency=frequency,
        route=route,
        started_on=started_on.strip(),
        stopped_on=stopped_on.strip(),
        ongoing=ongoing,
        at=at,
    )
    checks.check_medication(medication)
    medication.save()
    audit.record("medication.recorded", about=participant.trial_id, by=by, at=at, detail={"med_no": medication.med_no})
    return medication


@action
def change_dose(
    medication: Medication, *, dose: Decimal, changed_on: str, reason: str, by: Actor, at: datetime, unit: str = "", frequency: str = ""
) -> Medication:
    """A new dose from a day on: the old period ends there and a new row names it."""
    permissions.check_may_record(by, medication.participant, Permission.RECORD_CLINICAL)
    moves.lock(medication.participant)
    checks.check_standing(medication)
    if medication.stopped_on:
        raise Refused(f"Medication {medication.med_no} of {medication.participant} has ended.", code="ended")
    follows = Medication(
        participant=medication.participant,
        med_no=checks.next_number(Medication.objects.filter(participant=medication.participant), "med_no"),
        drug=medication.drug,
        atc=medication.atc,
        indication=medication.indication,
        dose=dose,
        unit=unit or medication.unit,
        frequency=frequency or medication.frequency,
        route=medication.route,
        started_on=changed_on.strip(),
        ongoing=medication.ongoing,
        change_of=medication,
        change_reason=reason,
        at=at,
    )
    medication.stopped_on, medication.ongoing = changed_on.strip(), False
    if not changed_on.strip():
        raise BadRecord({"changed_on": "Enter the day of the change, as far as it is known."})
    checks.check_medication(medication)
    checks.check_medication(follows)
    medication.save(update_fields=["stopped_on", "ongoing"])
    follows.save()
    audit.record(
        "medication.dose_changed", about=medication.participant.trial_id, by=by, at=at, reason=reason, detail={"med_no": follows.med_no}
    )
    return follows


@action
def stop_medication(medication: Medication, *, stopped_on: str, by: Actor, at: datetime, reason: str = "") -> Medication:
    """A drug is no longer taken from that day on."""
    permissions.check_may_record(by, medication.participant, Permission.RECORD_CLINICAL)
    checks.check_standing(medication)
    if medication.stopped_on:
        raise Refused(f"Medication {medication.med_no} of {medication.participant} has ended.", code="ended")
    if not stopped_on.strip():
        raise BadRecord({"stopped_on": "Enter the day it was stopped, as far as it is known."})
    medication.stopped_on, medication.ongoing, medication.change_reason = stopped_on.strip(), False, reason or medication.change_reason
    checks.check_medication(medication)
    medication.save(update_fields=["stopped_on", "ongoing", "change_reason"])
    audit.record(
        "medication.stopped", about=medication.participant.trial_id, by=by, at=at, reason=reason, detail={"med_no": medication.med_no}
    )
    return medication


def _atc(text: str) -> str:
    try:
        return words.atc(text)
    except ValueError as fault:
        raise BadRecord({"atc": str(fault)}) from None
