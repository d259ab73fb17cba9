"""The one place that changes a participant's status."""

from __future__ import annotations

from collections.abc import Sequence

from participants.domain import journey
from participants.domain.journey import Status
from participants.models import Participant
from trials.permissions import Refused


def lock(participant: Participant) -> Participant:
    """The person's row, held until the transaction ends: whoever numbers, moves or ends it waits here."""
    locked = Participant.objects.select_for_update(of=("self",)).select_related("unit__site").get(pk=participant.pk)
    _as_locked(participant, locked)
    return locked


def lock_all(people: Sequence[Participant]) -> None:
    """The rows of several people, in one order whoever asks, so that two who want the same ones never wait for each other in a ring."""
    rows = Participant.objects.select_for_update(of=("self",)).filter(pk__in=[person.pk for person in people]).order_by("pk")
    locked = {row.pk: row for row in rows}
    for person in people:
        _as_locked(person, locked[person.pk])


def _as_locked(participant: Participant, locked: Participant) -> None:
    """What was read before the lock may have changed."""
    participant.status, participant.age, participant.sex = locked.status, locked.age, locked.sex
    for read in ("endings", "consents"):
        getattr(participant, "_prefetched_objects_cache", {}).pop(read, None)


def move(participant: Participant, target: Status) -> None:
    """One step of the journey; a step outside the table of moves is refused."""
    source = Status(participant.status)
    if source is target:
        return
    try:
        journey.move(source, target)
    except journey.NoSuchMove:
        raise Refused(f"{participant} is {source} and can't become {target}.", code="wrong_status") from None
    participant.status = target.value
    participant.save(update_fields=["status"])
