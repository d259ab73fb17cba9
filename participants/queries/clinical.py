"""Clinical records as they are read: a person's own, and the serious events whose clocks run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from participants.domain import clocks
from participants.domain.clocks import Clock, Relatedness, SeriousEvent
from participants.models import AdverseEvent, Participant
from trials.models import User
from trials.permissions import Permission, allowed, sites_where


@dataclass(frozen=True)
class Watched:
    """A serious event with its two clocks at an instant."""

    event: AdverseEvent
    sponsor: Clock
    ethics: Clock
    awaits_judgement: bool
    overdue: bool

    @property
    def open(self) -> bool:
        running = (clocks.State.RUNNING, clocks.State.OVERDUE)
        return self.awaits_judgement or self.sponsor.state in running or self.ethics.state in running

    @property
    def next_due(self) -> datetime | None:
        running = (clocks.State.RUNNING, clocks.State.OVERDUE)
        return min((c.due_at for c in (self.sponsor, self.ethics) if c.state in running and c.due_at), default=None)


def events_visible_to(user: User) -> QuerySet[AdverseEvent]:
    """Events of the people this user may see, where the clinical records may be read."""
    reach = sites_where(user, Permission.SEE_CLINICAL)
    events = AdverseEvent.objects.filter(participant__in=Participant.objects.visible_to(user).values("pk"))
    if reach is not None:
        events = events.filter(participant__unit__site__in=reach)
    return events.select_related("participant__unit__site", "session")


def watched(events: Iterable[AdverseEvent], at: datetime) -> list[Watched]:
    """Serious events that stand, each with its clocks, least time first; those with nothing left to do last."""
    found = [watch(e, at) for e in events if e.serious and e.voided_at is None]
    return sorted(found, key=lambda w: (not w.open, w.next_due or at + timedelta(days=3650), w.event.pk))


def watch(event: AdverseEvent, at: datetime) -> Watched:
    zone = event.participant.site.zone
    told = event.reported_ethics_on
    facts = SeriousEvent(
        serious=event.serious,
        aware_at=event.aware_at,
        related=Relatedness(event.related) if event.related else None,
        expected=event.expected,
        sponsor_at=event.reported_sponsor_at,
        ethics_at=None if told is None else max(event.aware_at, datetime.combine(told, time(0), tzinfo=zone)),
    )
    return Watched(event, clocks.sponsor(facts, at), clocks.ethics(facts, at), clocks.awaits_judgement(facts), clocks.overdue(facts, at))


def may_report_found_at_session(user: User, participant: Participant) -> bool:
    return allowed(user, Permission.SEE_SESSIONS, at_site=participant.site)
