"""People at each step before randomisation, made by the trial's own actions."""

from __future__ import annotations

from datetime import datetime, timedelta

from participants.actions import baseline, consent, screening
from participants.models import Participant
from tests.participants.training import ELIGIBLE
from trials.models import Site, User
from trials.queries import protocol_in_force

BASELINE = {
    "ethnicity": "white_irish",
    "education": "bachelor",
    "employment": "student",
    "height_cm": "171",
    "mass_kg": "68,5",
    "diagnosis": "none",
    "diagnosis_how": "no_diagnosis",
    "ret_experience": "some",
    "activity": "3",
    "psychotropics": "no",
    "psychotherapy": "no",
    "preference": "none",
    "expectancy": "7",
}
NORA = {
    "given_name": "Nora",
    "family_name": "Canary",
    "born_on": "2000-05-01",
    "email": "nora@canary.example",
    "phone": "+353 61 555 019",
    "emergency_name": "Tom Canary",
    "emergency_phone": "061 555 020",
}


def eligible(site: Site, *, by: User, at: datetime, person: dict[str, str] | None = None, sex: str = "F") -> Participant:
    return screening.screen(site, answers=ELIGIBLE, person=person, sex=sex, by=by, at=at)


def consenting(site: Site, *, by: User, at: datetime, person: dict[str, str] | None = None, channel: str = "email") -> Participant:
    found = eligible(site, by=by, at=at - timedelta(minutes=30), person=person)
    today = at.astimezone(site.zone).date()
    consent.record_consent(found, version=protocol_in_force().consent_version, signed_on=today, by=by, at=at - timedelta(minutes=20))
    baseline.set_availability(found, preferred=[(1, "18:00")], channel=channel, by=by, at=at - timedelta(minutes=10))
    return found
