"""Randomised people with their sessions, made by the trial's own steps."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from participants.actions import baseline, consent, enrolment, screening, sessions
from participants.actions.sessions import LoggedSet
from participants.models import Participant, TrainingSession
from participants.permissions import BaselineFacts
from tests.cast import open_randomisation
from trials import blinding
from trials.actors import Machine
from trials.models import Scheme, Site, User
from trials.queries import protocol_in_force

SHELL = Machine("shell")
ELIGIBLE = {
    "age": "25",
    "can_train": "yes",
    "medical_clearance": "no",
    "pregnant": "no",
    "trains_now": "0",
    "treatment_change": "none",
    "severe_illness": "no",
}
EVENINGS = ((0, "18:00"), (3, "07:30"))


def randomised(site: Site, *, by: User, at: datetime, sex: str = "F", preferred: Sequence[tuple[int, str]] = EVENINGS) -> Participant:
    """Screened, consenting and randomised within one hour; the baseline counts as complete."""
    if not Scheme.objects.exists():
        open_randomisation(at=at)
    person = screening.screen(site, answers=ELIGIBLE, sex=sex, by=by, at=at - timedelta(minutes=60))
    version, today = protocol_in_force().consent_version, at.astimezone(site.zone).date()
    consent.record_consent(person, version=version, signed_on=today, by=by, at=at - timedelta(minutes=50))
    baseline.set_availability(person, preferred=preferred, channel="none", by=by, at=at - timedelta(minutes=40))
    strata = (("site", site.code), ("sex", sex))
    enrolment.randomise(person, strata=strata, baseline=BaselineFacts(), by=by, at=at)
    return person


def in_both_arms(site: Site, *, by: User, at: datetime, **kwargs: object) -> SimpleNamespace:
    """One person who trains and one on the wait-list: people come until both arms have somebody."""
    found: dict[str, Participant] = {}
    while len(found) < 2:
        person = randomised(site, by=by, at=at, **kwargs)  # type: ignore[arg-type]
        trains = blinding.plan_for(person.enrolment.allocation) is not None
        found.setdefault("trains" if trains else "waits", person)
    return SimpleNamespace(**found)


def session_of(person: Participant, number: int) -> TrainingSession:
    return TrainingSession.objects.select_related("enrolment__participant__unit__site").get(
        enrolment__participant=person, session_no=number
    )


def done(reps: int, load: str | None, *places: tuple[int, int]) -> list[LoggedSet]:
    return [
        LoggedSet(exercise_no=exercise, set_no=number, done_reps=reps, done_load_kg=None if load is None else Decimal(load))
        for exercise, number in places
    ]


def hold(
    session: TrainingSession, sets: Sequence[LoggedSet], *, by: User, at: datetime, minutes: int = 50, **facts: object
) -> TrainingSession:
    """A whole session: begun on time, logged at once, ended after `minutes`."""
    sessions.start(session, by=by, at=at)
    sessions.log(session, sets=sets, client_uuid=uuid.uuid4(), by=by, at=at + timedelta(minutes=5))
    return sessions.finish(session, by=by, at=at + timedelta(minutes=minutes), **facts)  # type: ignore[arg-type]
