"""When a site and its trainers can hold sessions: the protocol's hours and closures, and what staff keep of rosters, absences and slots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from participants.domain import slots as rules
from participants.domain.opening import Absence as Away
from participants.domain.opening import Opening, Roster
from participants.models import Absence, Room, RosterHours, Slot, TrainingSession
from trials.domain.protocol.shape import WEEKDAYS, OpeningHours, Protocol
from trials.domain.protocol.shape import Site as SiteOfProtocol
from trials.models import Site, User


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """All that a site keeps, read once: for pages that look at several trainers."""

    site: SiteOfProtocol | None  # None: the protocol in force doesn't know it, so it has no hours of its own
    hours: tuple[RosterHours, ...]
    absences: tuple[Absence, ...]

    def opening(self, trainer: User | None = None) -> Opening:
        """What a day and time at the site are measured against; a trainer's roster and absences too where one is named."""
        there = [a for a in self.absences if a.trainer is None or a.trainer == trainer]
        return Opening(
            hours=self.site.hours if self.site else (),
            closures=self.site.closures if self.site else (),
            roster=None if trainer is None else roster_of(trainer, [h for h in self.hours if h.trainer_id == trainer.pk]),
            absences=tuple(away(absence) for absence in there),
        )


def timetable_of(protocol: Protocol, site: Site, trainer: User | None = None, *, whole: bool = True) -> Timetable:
    """What the site keeps; not `whole`: of this trainer alone, or of none."""
    hours, kept = RosterHours.objects.filter(site=site, removed_at=None), Absence.objects.filter(site=site, lifted_at=None)
    if not whole:
        hours, kept = hours.filter(trainer=trainer), kept.filter(Q(trainer=None) | Q(trainer=trainer))
    return Timetable(
        site=_of_protocol(protocol, site),
        hours=tuple(hours) if whole or trainer else (),
        absences=tuple(kept.select_related("trainer", "site")),
    )


def _of_protocol(protocol: Protocol, site: Site) -> SiteOfProtocol | None:
    return next((s for s in protocol.sites if s.code == site.code), None)


def opening_at(protocol: Protocol, site: Site, trainer: User | None = None) -> Opening:
    """What a day and time at a site are measured against; a trainer's roster and absences too where one is named."""
    return timetable_of(protocol, site, trainer, whole=False).opening(trainer)


def usual_opening(protocol: Protocol, site: Site) -> Opening:
    """What the protocol says of a site at which no absence stands, for nobody's roster: without a query."""
    return Timetable(site=_of_protocol(protocol, site), hours=(), absences=()).opening()


def away(absence: Absence) -> Away:
    """An absence in the wall clock of its site."""
    begins, ends = (at.astimezone(absence.site.zone).replace(tzinfo=None) for at in (absence.starts_at, absence.ends_at))
    return Away(begins=begins, ends=ends, reason=absence.reason, who=str(absence.trainer) if absence.trainer else "")


def roster_of(trainer: User, hours: Iterable[RosterHours]) -> Roster:
    spans = [OpeningHours(days=(WEEKDAYS[h.weekday],), opens=h.opens, closes=h.closes) for h in hours]
    return Roster(trainer=str(trainer), hours=tuple(spans))


def rooms_of(site: Site) -> QuerySet[Room]:
    return Room.objects.filter(site=site)


def roster_at(site: Site) -> QuerySet[RosterHours]:
    """Hours that hold, by trainer and weekday."""
    standing = RosterHours.objects.filter(site=site, removed_at=None).select_related("trainer", "site")
    return standing.order_by("trainer__name", "trainer", "weekday", "opens")


def absences_at(site: Site, at: datetime) -> QuerySet[Absence]:
    """Absences that hold and are not over, the next first."""
    return Absence.objects.filter(site=site, lifted_at=None, ends_at__gt=at).select_related("trainer", "site")


def slots_between(site: Site, opens: datetime, closes: datetime) -> QuerySet[Slot]:
    """Standing slots of a site that begin in `[opens, closes)`, in order of time, each with its people counted as `joined`."""
    standing = Slot.objects.filter(site=site, cancelled_at=None, starts_at__gte=opens, starts_at__lt=closes)
    return standing.select_related("trainer", "room", "site").annotate(joined=Count("sessions"))


def slots_near(opens: datetime, closes: datetime, *, trainer: User | None, room: Room | None = None) -> list[Slot]:
    """Standing slots of a trainer or in a room that meet `[opens, closes)`."""
    needed = (Q(trainer=trainer) if trainer else Q(pk__in=[])) | (Q(room=room) if room else Q(pk__in=[]))
    return list(Slot.objects.filter(needed, cancelled_at=None, starts_at__lt=closes, ends_at__gt=opens).select_related("trainer", "room"))


def with_people(slots: QuerySet[Slot]) -> QuerySet[Slot]:
    joined = TrainingSession.objects.select_related("enrolment__participant__unit")
    return slots.prefetch_related(Prefetch("sessions", queryset=joined))


def as_rule(slot: Slot, people: Iterable[str] = ()) -> rules.Slot:
    """A slot as the pure rules see it."""
    return rules.Slot(
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        capacity=slot.capacity,
        trainer=str(slot.trainer),
        room=str(slot.room) if slot.room else "",
        people=tuple(people),
    )
