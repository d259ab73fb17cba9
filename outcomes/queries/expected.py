"""Which messages should stand in the outbox by now and don't: worked out person by person, another way than the sweep finds them.

The sweep asks in sets, by ranges of dates; here each person's own calendar is gone through. Where both agree nothing is lacking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, QuerySet

from outcomes.models import Alert
from outcomes.queries import sittings
from outcomes.queries.due import BASELINE_CHASE, NOT_DURING_AN_ALERT
from participants.domain import reminders
from participants.domain.journey import Status
from participants.domain.reminders import Due, Sitting, Training
from participants.models import Consent, Message, Participant, TrainingSession
from participants.permissions import endings_of
from participants.post import channels
from trials.domain.protocol import Protocol
from trials.models import LockStep
from trials.queries import protocol_in_force

PATIENCE = timedelta(minutes=15)  # the sweep runs every ten seconds
AT_ONCE = 500


def lacking(at: datetime) -> list[tuple[str, Due]]:
    """(trial id, message) of everything due for a quarter of an hour at least that no row stands for; nothing while the data are locked."""
    if LockStep.objects.soft_lock_in_force().exists():
        return []
    protocol, found = protocol_in_force(), []
    for person in _people().iterator(chunk_size=AT_ONCE):
        found += [(person.trial_id, due) for due in _expected(person, protocol, at) if due.due_at <= at - PATIENCE]
    there = Message.objects.filter(to__in={f"participant:{who}" for who, _ in found}, event__in={due.event_key for _, due in found})
    known = set(there.values_list("to", "kind", "event")) if found else set()
    return [(who, due) for who, due in found if (f"participant:{who}", due.kind, due.event_key) not in known]


def _people() -> QuerySet[Participant]:
    """Whoever agreed to messages and takes part, with their whole calendar, in a constant number of statements a chunk."""
    people = Participant.objects.filter(status__in=[Status.CONSENTED, Status.RANDOMISED], availability__channel__in=list(channels))
    return people.select_related("unit__site", "enrolment", "availability").prefetch_related(
        "endings",
        "assessments",
        Prefetch("consents", Consent.objects.filter(voided_at=None).order_by("at")),
        Prefetch("alerts", Alert.objects.filter(historical=False)),
        Prefetch("enrolment__sessions", TrainingSession.objects.order_by("session_no")),
    )


def _expected(person: Participant, protocol: Protocol, at: datetime) -> Iterator[Due]:
    """What is due to one person; nothing to whom something changed a moment ago that the next sweep may not have seen."""
    kept, ends, policy, zone = person.availability, endings_of(person), protocol.reminders, person.site.zone
    changed = [kept.at, *(consent.at for consent in person.consents.all())]
    if not ends.may_be_contacted or kept.bounced_at is not None or (kept.paused_until is not None and kept.paused_until > at - PATIENCE):
        return
    if max(changed) > at - PATIENCE:
        return
    held = any(alert.released_at is None or alert.released_at > at - PATIENCE for alert in person.alerts.all())
    consented_at = next((consent.at for consent in person.consents.all()), None)
    found = [*reminders.due(policy, zone, at, consented_at=consented_at)]
    for sitting in sittings.open_sittings(person, protocol, at=at):
        asked = _asked(person, sitting.visit, sitting.window.opens_on, sitting.window.closes_on)
        endless = sitting.window.closes_on is None
        found += reminders.due(replace(policy, last_call_days=None) if endless else policy, zone, at, sittings=asked)
    if not ends.training_stopped:
        found += reminders.due(policy, zone, at, trainings=_trainings(person))
    yield from (due for due in found if not (held and due.kind in NOT_DURING_AN_ALERT))


def _asked(person: Participant, visit: str, opens: date, closes: date | None) -> list[Sitting]:
    """A visit as reminders know it; a baseline is chased for a fortnight from consent on."""
    if closes is not None:
        return [Sitting(visit, opens, closes)]
    return [Sitting(visit, consent.signed_on, consent.signed_on + BASELINE_CHASE) for consent in person.consents.all()]


def _trainings(person: Participant) -> list[Training]:
    enrolment = sittings.enrolment_of(person)
    sessions = [] if enrolment is None else list(enrolment.sessions.all())
    deferred = [s for s in sessions if s.phase == TrainingSession.Phase.DEFERRED and s.status != TrainingSession.Status.CANCELLED_BY_SITE]
    return [
        Training(
            str(session.session_no),
            session.at,
            missed=session.status == TrainingSession.Status.MISSED,
            begins_deferred=session in deferred[:1],
        )
        for session in sessions
        if session.status in (TrainingSession.Status.SCHEDULED, TrainingSession.Status.MISSED)
    ]
