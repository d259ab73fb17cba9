"""Places in the slots of a site: locked, freed of whoever no longer trains, and counted, in a fixed number of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from participants.actions.sessions.common import Status
from participants.domain.opening import refusal_by_hours
from participants.domain.places import Place
from participants.models import Ending, Slot, TrainingSession
from participants.queries.hours import Timetable
from trials.models import Site, User


def free_places(
    site: Site, timetable: Timetable, *, minutes: int, after: datetime, before: datetime, trainer: User | None = None
) -> tuple[Place, ...]:
    """A place for each slot of the site with room for one more that begins within `(after, before)` and lasts `minutes` or longer.

    The slots stay locked until the transaction ends, in one order whoever asks, so that the last place is given once. A slot that the
    hours or an absence of its trainer refuse by now is left out. `trainer`: only their slots.
    """
    standing = Slot.objects.filter(site=site, cancelled_at=None, trainer__is_active=True, starts_at__gt=after, starts_at__lt=before)
    standing = standing.filter(ends_at__gte=F("starts_at") + timedelta(minutes=minutes))
    if trainer is not None:
        standing = standing.filter(trainer=trainer)
    slots = list(standing.select_for_update(of=("self",)).select_related("trainer").order_by("pk"))
    release(slots)
    taken = Counter(TrainingSession.objects.filter(slot__in=slots).values_list("slot", flat=True))
    return tuple(
        Place(slot=slot.pk, starts_at=slot.starts_at, trainer=slot.trainer_id)
        for slot in _held_then(slots, site, timetable)
        if taken[slot.pk] < slot.capacity
    )


def release(slots: Collection[Slot]) -> int:
    """The places that the end of somebody's training left over are given back; says how many. The caller holds the slots."""
    return TrainingSession.objects.filter(left_over(), slot__in=slots).update(slot=None)


def left_over() -> Q:
    """A session that won't be held, because its person's training has ended: each of the four ends does that."""
    ended = Ending.objects.filter(participant=OuterRef("enrolment__participant"), voided_at=None)
    return Q(status=Status.NOT_DELIVERED) | Q(Exists(ended), status=Status.SCHEDULED, started_at=None)


def _held_then(slots: Sequence[Slot], site: Site, timetable: Timetable) -> list[Slot]:
    openings = {slot.trainer_id: timetable.opening(slot.trainer) for slot in slots}
    walls = ((slot, slot.starts_at.astimezone(site.zone)) for slot in slots)
    return [s for s, at in walls if refusal_by_hours(at.date(), at.time(), s.minutes, openings[s.trainer_id]) is None]
