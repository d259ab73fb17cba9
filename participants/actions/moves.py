"""The one place that changes a participant's status."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from participants.domain import journey
from participants.domain.journey import Status
from participants.models import Participant
from trials.permissions import Refused

LOCK = "SELECT status, age, sex FROM participants_participant WHERE id = %s FOR UPDATE"


def lock(participant: Participant) -> None:
    """The person's row, held until the transaction ends: whoever numbers, moves or ends it waits here. Written out: most steps begin so."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [participant.pk])
        _as_locked(participant, *cursor.fetchone())


def lock_all(people: Sequence[Participant]) -> None:
    """The rows of several people, in one order whoever asks, so that two who want the same ones never wait for each other in a ring."""
    rows = Participant.objects.select_for_update().filter(pk__in=[person.pk for person in people]).order_by("pk")
    locked = {pk: facts for pk, *facts in rows.values_list("pk", "status", "age", "sex")}
    for person in people:
        _as_locked(person, *locked[person.pk])


def _as_locked(participant: Participant, status: str, age: int | None, sex: str) -> None:
    """What was read before the lock may have changed."""
    participant.status, participant.age, participant.sex = status, age, sex
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
