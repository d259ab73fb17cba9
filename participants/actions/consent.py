"""Signed consent: which version, on which day."""

from __future__ import annotations

from datetime import date, datetime

from participants import permissions
from participants.actions import identity, moves
from participants.domain.journey import Status
from participants.models import Consent, Participant
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Refused


@action
def record_consent(participant: Participant, *, version: str, signed_on: date, by: Actor, at: datetime) -> Consent:
    """An eligible person signed the form in force; age is from now on the age at consent."""
    permissions.check_may_consent(by, participant)
    moves.lock(participant)
    _check(version, signed_on, at.astimezone(participant.site.zone).date())
    moves.move(participant, Status.CONSENTED)
    consent = Consent.objects.create(participant=participant, version=version, signed_on=signed_on, at=at)
    age = identity.age_at(participant, signed_on)
    if age is not None and age < 0:
        raise Refused("The form can't be signed before the person was born.", code="bad_date", status=422)
    if age is not None:
        participant.age = age
        participant.save(update_fields=["age"])
    audit.record(
        "consent.recorded", about=participant.trial_id, by=by, at=at, detail={"version": version, "signed_on": signed_on.isoformat()}
    )
    return consent


def _check(version: str, signed_on: date, today: date) -> None:
    in_force = queries.protocol_in_force().consent_version
    if version != in_force:
        raise Refused(
            f"The consent form in force is version {in_force}; version {version} can't be signed.", code="bad_version", status=422
        )
    if signed_on > today:
        raise Refused("The form can't be signed in the future.", code="bad_date", status=422)
