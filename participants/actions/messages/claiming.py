"""Taking what is due: under a lease and a lock, re-checked at that moment, and within what its provider is given in a minute."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Q, When
from django.utils.crypto import salted_hmac

from participants import permissions
from participants.actions.messages.queueing import about, participant_of
from participants.domain import rate, reminders
from participants.models import Message, MessageAttempt, ProviderBucket
from participants.post import channels as all_channels
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action

LEASE = timedelta(seconds=150)  # longer than a task may run, and at least three time-outs of a provider
MOST_ATTEMPTS = 8
URGENT = ("alert", "drill", "canary")  # go before everything else, and are tried again soon
PAUSED_FOR = timedelta(minutes=15)  # a paused message is looked at again after this: the pause may be over sooner


@dataclass(frozen=True)
class Text:
    """What a message says; `short` is the same for a telephone, and empty for kinds that go to none. `letter` names the words used."""

    subject: str
    body: str
    short: str = ""
    letter: str = ""


StillDue = Callable[[Message, datetime], bool | datetime]  # an instant = held until then
Words = Callable[[Message, datetime], Text]
Kinds = Mapping[str, tuple[StillDue, Words]]


@dataclass(frozen=True)
class Claimed:
    message: Message
    token: uuid.UUID


@action
def claim(*, kinds: Kinds, by: Actor, at: datetime, channels: Collection[str] | None = None) -> Claimed | None:
    """Leases the next message that is due and still wanted, and drops those passed over that are not; None = nothing to do.

    A row that another sender is looking at is skipped. The attempt counts from here, so a message that kills its sender is dead
    after eight, too. Where a provider has no room in this minute its messages stay as they are, and those of others go on.
    """
    going = set(all_channels if channels is None else channels)
    while True:
        message = (
            Message.objects.filter(
                Q(lease_until=None) | Q(lease_until__lte=at),
                status="pending",
                kind__in=list(kinds),
                next_try_at__lte=at,
                channel__in=sorted(going),
            )
            .order_by(Case(When(kind__in=URGENT, then=0), default=1), "due_at", "pk")
            .select_for_update(skip_locked=True)
            .first()
        )
        if message is None:
            return None
        verdict = _verdict(message, kinds[message.kind][0], at)
        if isinstance(verdict, datetime):
            message.next_try_at = verdict
            message.save(update_fields=["next_try_at"])
        elif verdict is not None:
            _finish(message, *verdict, by=by, at=at)
        elif message.channel not in going:
            continue  # it follows its reader to a channel that is not going now, and waits there
        elif not _has_room(message.channel, at):
            going.discard(message.channel)
        else:
            return _lease(message, by=by, at=at)


def key_of(message: Message) -> str:
    """The same for every attempt; tells nothing about whom or what."""
    if message.reference:
        return message.reference
    natural = f"{message.to}|{message.kind}|{message.event}|{message.channel}|{message.occurrence}"
    return salted_hmac("uplift message", natural, algorithm="sha256").hexdigest()[:32]


def _lease(message: Message, *, by: Actor, at: datetime) -> Claimed:
    token, changed = uuid.uuid4(), ["attempts", "lease_token", "lease_until"]
    message.attempts += 1
    message.lease_token, message.lease_until = token, at + LEASE
    if all_channels[message.channel].reports and not message.reference:
        message.reference = key_of(message)  # known before the provider can tell anything of it
        changed.append("reference")
    message.save(update_fields=changed)
    detail = {"message": message.pk, "attempt": message.attempts}
    audit.record("message.claimed", about=about(message.to), by=by, at=at, detail=detail)
    return Claimed(message, token)


def _has_room(channel: str, at: datetime) -> bool:
    """Takes one of the provider's tokens, under the lock of their row: two senders at once never take the same."""
    per_minute = all_channels[channel].per_minute()
    if not per_minute:
        return True
    rows = ProviderBucket.objects.select_for_update()
    bucket = rows.filter(pk=channel).first()
    if bucket is None:
        ProviderBucket.objects.bulk_create([ProviderBucket(channel=channel, full_at=at)], ignore_conflicts=True)
        bucket = rows.get(pk=channel)
    full_at = rate.taken(bucket.full_at, per_minute, at)
    if full_at is None:
        return False
    ProviderBucket.objects.filter(pk=channel).update(full_at=full_at)
    return True


def _verdict(message: Message, still_due: StillDue, at: datetime) -> datetime | tuple[str, str] | None:
    """None = send it; an instant = not before then; (status, why) = it is over."""
    if message.attempts >= MOST_ATTEMPTS:
        return ("dead", "too many attempts")
    if message.not_after is not None and message.not_after <= at:
        return ("dropped", "its time is over")
    if message.to.startswith("participant:"):
        reached = _reached(message, at)
        if reached is not None:
            return reached
    wanted = still_due(message, at)
    if isinstance(wanted, datetime):
        return wanted
    return None if wanted else ("dropped", "no longer due")


def _reached(message: Message, at: datetime) -> datetime | tuple[str, str] | None:
    """The same of a participant: whether they may be written to, by the channel they agreed to, at this hour of their site."""
    participant = participant_of(message.to)
    if participant is None or not permissions.endings_of(participant).may_be_contacted:
        return ("dropped", "participation has ended")
    availability = getattr(participant, "availability", None)
    if availability is None or availability.channel not in all_channels:
        return ("dropped", "this channel was not agreed to")
    if availability.channel != message.channel and not _follow(message, availability.channel):
        return ("dropped", "it goes by another channel")
    if availability.bounced_at is not None:
        return ("dropped", all_channels[availability.channel].refused)
    if availability.paused_until is not None and availability.paused_until > at:
        return min(availability.paused_until, at + PAUSED_FOR)
    morning = reminders.allowed(at, queries.protocol_in_force().reminders, participant.site.zone)
    return morning if morning > at else None


def _follow(message: Message, channel: str) -> bool:
    """The reader agreed to another channel since: the message goes there, unless it stands there already."""
    same = Message.objects.filter(to=message.to, kind=message.kind, event=message.event, occurrence=message.occurrence)
    if same.filter(channel=channel).exists():
        return False
    message.channel = channel
    message.save(update_fields=["channel"])
    return True


def _finish(message: Message, status: str, why: str, *, by: Actor, at: datetime) -> None:
    message.status, message.last_error, message.lease_token, message.lease_until = status, why, None, None
    message.save(update_fields=["status", "last_error", "lease_token", "lease_until"])
    MessageAttempt.objects.create(message=message, at=at, outcome=status, detail=why)
    audit.record(f"message.{status}", about=about(message.to), by=by, at=at, detail={"message": message.pk, "why": why})
