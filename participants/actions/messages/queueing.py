"""Putting messages into the outbox: each once, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, prefetch_related_objects

from participants.actions import reach
from participants.domain.phone import e164
from participants.models import Availability, Message, MessageAttempt, Participant
from participants.post import channels
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import Permission, Refused, check


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One message that is due now; `to` is an actor, `event` the natural key of what it speaks of."""

    to: str
    kind: str
    event: str
    due_at: datetime
    not_after: datetime | None = None
    channel: str = "email"
    occurrence: int = 1


@action
def queue(
    *,
    to: str,
    kind: str,
    event: str,
    due_at: datetime,
    by: Actor,
    at: datetime,
    not_after: datetime | None = None,
    channel: str = "email",
    occurrence: int = 1,
) -> bool:
    """Puts one message into the outbox unless it is there already; answers whether it is new."""
    notice = Notice(to=to, kind=kind, event=event, due_at=due_at, not_after=not_after, channel=channel, occurrence=occurrence)
    return queue_all([notice], by=by, at=at) == 1


@action
def queue_all(notices: Iterable[Notice], *, by: Actor, at: datetime) -> int:
    """Puts every message that is not there yet into the outbox, in one statement; answers how many were new."""
    rows = list(notices)
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO participants_message ("to", kind, event, channel, occurrence, due_at, not_after, status, attempts, next_try_at, '
            "last_error, created_at) SELECT t, k, e, c, o, d, n, 'pending', 0, d, '', %s FROM unnest(%s::text[], %s::text[], %s::text[], "
            "%s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[]) AS new (t, k, e, c, o, d, n) "
            'ON CONFLICT DO NOTHING RETURNING "to", kind, event',
            [
                at,
                [r.to for r in rows],
                [r.kind for r in rows],
                [r.event for r in rows],
                [r.channel for r in rows],
                [r.occurrence for r in rows],
                [r.due_at for r in rows],
                [r.not_after for r in rows],
            ],
        )
        fresh = cursor.fetchall()
    audit.record_each("message.queued", ((about(to), {"kind": kind, "event": event}) for to, kind, event in fresh), by=by, at=at)
    return len(fresh)


@action
def send_again(message: Message, *, by: Actor, at: datetime) -> Message:
    """The same message once more, as its next occurrence: for one that may not have arrived."""
    participant = participant_of(message.to)
    if participant is None:
        raise Refused("Only messages to participants are sent again by hand.", code="not_a_participant")
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    reach.check_may_be_messaged(participant, at)
    if message.status == Message.Status.PENDING:
        raise Refused("This message is still waiting to be sent.", code="pending")
    if message.not_after is not None and message.not_after <= at:
        raise Refused("The time for this message is over.", code="too_late")
    return queue_next(to=message.to, kind=message.kind, event=message.event, not_after=message.not_after, by=by, at=at)


@action
def drop_waiting(*, kind: str, event: str, why: str, by: Actor, at: datetime) -> int:
    """Messages of an event that wait are not sent any more; answers how many. One that a sender holds just now is left to it."""
    waiting = Message.objects.filter(kind=kind, event=event, status=Message.Status.PENDING, lease_token=None)
    found = list(waiting.select_for_update(skip_locked=True))
    MessageAttempt.objects.bulk_create([MessageAttempt(message=m, at=at, outcome="dropped", detail=why) for m in found])
    Message.objects.filter(pk__in=[m.pk for m in found]).update(status=Message.Status.DROPPED, last_error=why)
    audit.record_each("message.dropped", ((about(m.to), {"message": m.pk, "why": why}) for m in found), by=by, at=at)
    return len(found)


@action
def queue_next(*, to: str, kind: str, event: str, by: Actor, at: datetime, not_after: datetime | None = None) -> Message:
    """The same message anew, due at once, numbered after the ones before it by whatever channel; goes by the one agreed to now."""
    same = Message.objects.filter(to=to, kind=kind, event=event)
    channel = channels_of([to]).get(to, "email")
    message = Message.objects.create(
        to=to,
        kind=kind,
        event=event,
        channel=channel,
        occurrence=(same.aggregate(most=Max("occurrence"))["most"] or 0) + 1,
        due_at=at,
        not_after=not_after,
        next_try_at=at,
        created_at=at,
    )
    audit.record("message.queued_again", about=about(to), by=by, at=at, detail={"kind": kind, "event": event})
    return message


def channels_of(receivers: Iterable[str]) -> dict[str, str]:
    """How the participants among these receivers agreed to be reached; nobody who gets no messages is there."""
    ids = {to.partition(":")[2]: to for to in receivers if to.startswith("participant:")}
    agreed = Availability.objects.filter(participant__unit__trial_id__in=list(ids)).exclude(channel="none")
    return {ids[trial_id]: channel for trial_id, channel in agreed.values_list("participant__unit__trial_id", "channel")}


def ways_to(user: User) -> tuple[str, ...]:
    """By what staff hear of what can't wait: e-mail, and a text message where a gateway is set and their number known."""
    return ("email", "sms") if channels["sms"].is_set() and e164(user.phone) else ("email",)


def participant_of(actor: str) -> Participant | None:
    """The person behind "participant:P-014"; None for everybody else."""
    return _people([actor]).get(actor)


def read_readers(messages: Iterable[Message]) -> None:
    """Who reads these messages, with all that is asked of them before one may go: two statements, however many there are."""
    found = list(messages)
    people = _people({message.to for message in found})
    prefetch_related_objects(list(people.values()), "endings")
    for message in found:
        message.reader = people.get(message.to)


def reader_of(message: Message) -> Participant | None:
    """The person who reads a message, as read along with its batch; None where it goes to staff."""
    if "reader" not in vars(message):
        read_readers([message])
    return message.reader


def _people(actors: Collection[str]) -> dict[str, Participant]:
    ids = [actor.partition(":")[2] for actor in actors if actor.startswith("participant:")]
    read = Participant.objects.select_related("unit__site", "availability", "enrolment", "identity")
    return {person.actor: person for person in read.filter(unit__trial_id__in=ids)} if ids else {}


def about(to: str) -> str:
    """What the audit calls a receiver: a trial id, or the actor itself."""
    return to.removeprefix("participant:")
