"""Who must be telephoned, as no messages reach them: without a channel or with an address refused, and questions open now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from outcomes.queries import sittings
from participants.domain.journey import Status
from participants.models import Participant
from participants.permissions import endings_of
from participants.post import channels
from participants.queries.people import endings_for
from trials import queries
from trials.models import User


@dataclass(frozen=True)
class Call:
    participant: Participant
    visit: str
    label: str
    closes_on: date | None


def of(user: User, at: datetime) -> list[Call]:
    """Open visits of the people this user may see who chose no messages, were never asked or have an address refused; soonest first."""
    protocol = queries.protocol_in_force()
    people = (
        Participant.objects.visible_to(user)
        .filter(status__in=[Status.CONSENTED, Status.RANDOMISED])
        .exclude(availability__channel__in=list(channels), availability__bounced_at=None)
        .select_related("unit__site", "enrolment")
        .prefetch_related(endings_for(user), "assessments")
    )
    calls = [
        Call(person, sitting.visit, sitting.label, sitting.window.closes_on)
        for person in people
        if endings_of(person).may_be_contacted
        for sitting in sittings.open_sittings(person, protocol, at=at)
    ]
    return sorted(calls, key=lambda c: (c.closes_on or date.max, c.participant.pk))
