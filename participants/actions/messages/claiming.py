"""Taking what is due: under a lease and a lock, re-checked at that moment, and within what its provider is given in a minute."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DatabaseError
from django.db.models import Case, F, Q, When
from django.utils.crypto import salted_hmac

from participants import permissions
from participants.actions.messages.queueing import about, read_readers, reader_of
from participants.domain import rate, reminders
from participants.models import Message, MessageAttempt, ProviderBucket
from participants.post import channels as all_channels
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol.shape import Reminders

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
LEASE = timedelta(seconds=150)  # longer than a task may run, and at least three time-outs of a provider
MOST_ATTEMPTS = 8
URGENT = ("alert", "drill", "canary")  # go before everything else, and are tried again soon
log = logging.getLogger("uplift.outbox")
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
class Ahead:
    """What the two functions of the kinds ask for, for all messages of a batch at once; they find it with the message (`facts`).

    `read` runs before `still_due`, in the transaction of the claim. `write`, before the texts of what goes, in one of its own.
    """

    read: Callable[[Sequence[Message], datetime], None]
    write: Callable[[Sequence[Message], Actor, datetime], None]


@dataclass(frozen=True)
class Claimed:
    message: Message
    token: uuid.UUID


Verdict = datetime | tuple[str, str]  # not before then; or (status, why): it is over


@action
def claim(
    *, kinds: Kinds, by: Actor, at: datetime, channels: Collection[str] | None = None, limit: int = 1, ahead: Ahead | None = None
) -> list[Claimed]:
    """Leases the next messages that are due and still wanted, and drops those passed over that are not; empty = nothing to do.

    A row that another sender is looking at is skipped. The attempt counts from here. What a dead sender left behind goes alone: so a
    message that kills its sender is dead after eight attempts, and takes no other with it. Where a provider has no room in this
    minute its messages stay as they are, and those of others go on.
    """
    going = set(all_channels if channels is None else channels)
    while rows := _waiting(kinds, going, at, limit):
        _read(rows, ahead, at)
        policy = queries.protocol_in_force().reminders
        verdicts = {row.pk: _judged(row, kinds[row.kind][0], policy, at) for row in rows}
        _set_aside([(row, verdict) for row in rows if (verdict := verdicts[row.pk]) is not None], by=by, at=at)
        wanted = [row for row in rows if verdicts[row.pk] is None and row.channel in going]  # one may have followed its reader elsewhere
        ready: set[Message] = set()
        for channel, theirs in _by(wanted, lambda row: row.channel).items():
            room = _room(channel, len(theirs), at)
            ready.update(theirs[:room])
            if room < len(theirs):
                going.discard(channel)
        if ready:
            return _lease([row for row in wanted if row in ready], by=by, at=at)
    return []


def lapsed(held: Sequence[Claimed], *, kinds: Kinds, at: datetime, ahead: Ahead | None = None) -> set[int]:
    """Those of a batch under way that may not go any more as they stand: somebody died or withdrew since, or an alert holds them back.

    Changes nothing. Who holds them gives them back, and the next claim tells what becomes of each.
    """
    own = Message.objects.filter(pk__in=[c.message.pk for c in held], lease_token__in={c.token for c in held}, status="pending")
    rows = {row.pk: row for row in own}
    _read(list(rows.values()), ahead, at)
    policy, gone = queries.protocol_in_force().reminders, set()
    for message in (claimed.message for claimed in held):
        row = rows.get(message.pk)
        if row is None or row.channel != message.channel or _judged(row, kinds[row.kind][0], policy, at, held=True) is not None:
            gone.add(message.pk)
    return gone


def _read(rows: Sequence[Message], ahead: Ahead | None, at: datetime) -> None:
    """What the verdicts ask for, for all rows at once; where one of them can't be read, each reads its own."""
    read_readers(rows)
    try:
        if ahead is not None:
            ahead.read(rows, at)
    except DatabaseError:
        raise
    except Exception as fault:
        log.warning("a batch of messages was read one by one (%s)", type(fault).__name__)
        for row in rows:
            vars(row).pop("facts", None)


def _waiting(kinds: Kinds, going: Collection[str], at: datetime, limit: int) -> list[Message]:
    """The next rows that are due, under their locks."""
    due = Message.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=at),
        status="pending",
        kind__in=list(kinds),
        next_try_at__lte=at,
        channel__in=sorted(going),
    )
    first = Case(When(kind__in=URGENT, then=0), default=1)
    rows = list(due.order_by(first, "due_at", "pk").select_for_update(skip_locked=True)[:limit])
    left_behind = next((place for place, row in enumerate(rows) if row.lease_token is not None), len(rows))
    return rows[: left_behind or 1]


def key_of(message: Message) -> str:
    """The same for every attempt; tells nothing about whom or what."""
    if message.reference:
        return message.reference
    natural = f"{message.to}|{message.kind}|{message.event}|{message.channel}|{message.occurrence}"
    return salted_hmac("uplift message", natural, algorithm="sha256").hexdigest()[:32]


def _lease(ready: Sequence[Message], *, by: Actor, at: datetime) -> list[Claimed]:
    token, until = uuid.uuid4(), at + LEASE
    for message in ready:
        message.attempts += 1
        message.lease_token, message.lease_until = token, until
    Message.objects.filter(pk__in=[m.pk for m in ready]).update(attempts=F("attempts") + 1, lease_token=token, lease_until=until)
    unnamed = [m for m in ready if all_channels[m.channel].reports and not m.reference]
    for message in unnamed:
        message.reference = key_of(message)  # known before the provider can tell anything of it
    if unnamed:
        Message.objects.bulk_update(unnamed, ["reference"])
    told = [(about(m.to), {"message": m.pk, "attempt": m.attempts}) for m in ready]
    audit.record_each("message.claimed", told, by=by, at=at)
    return [Claimed(message, token) for message in ready]


def _room(channel: str, wanted: int, at: datetime) -> int:
    """Takes so many of the provider's tokens, or what there is, under the lock of their row: two senders never take the same."""
    per_minute = all_channels[channel].per_minute()
    if not per_minute:
        return wanted
    rows = ProviderBucket.objects.select_for_update().order_by("pk")
    bucket = {row.pk: row for row in rows}.get(channel)  # all of them, in one order whoever asks: no two senders wait for each other
    if bucket is None:
        ProviderBucket.objects.bulk_create([ProviderBucket(channel=channel, full_at=at)], ignore_conflicts=True)
        bucket = rows.get(pk=channel)
    full_at, room = bucket.full_at, 0
    while room < wanted and (after := rate.taken(full_at, per_minute, at)) is not None:
        full_at, room = after, room + 1
    if room:
        ProviderBucket.objects.filter(pk=channel).update(full_at=full_at)
    return room


def _judged(message: Message, still_due: StillDue, policy: Reminders, at: datetime, *, held: bool = False) -> Verdict | None:
    """The verdict, or a while to wait where there can be none: a fault with one message holds up no other."""
    try:
        return _verdict(message, still_due, policy, at, held=held)
    except DatabaseError:
        raise
    except Exception as fault:
        log.error("a message of kind %s waits, since nothing can be said of it (%s)", message.kind, type(fault).__name__)
        return at + PAUSED_FOR


def _verdict(message: Message, still_due: StillDue, policy: Reminders, at: datetime, *, held: bool) -> Verdict | None:
    """None = send it. One that is `held` has counted the attempt under way, and stays as it is."""
    if message.attempts >= MOST_ATTEMPTS and not held:
        return ("dead", "too many attempts")
    if message.not_after is not None and message.not_after <= at:
        return ("dropped", "its time is over")
    if message.to.startswith("participant:"):
        reached = _reached(message, policy, at, held=held)
        if reached is not None:
            return reached
    wanted = still_due(message, at)
    if isinstance(wanted, datetime):
        return wanted
    return None if wanted else ("dropped", "no longer due")


def _reached(message: Message, policy: Reminders, at: datetime, *, held: bool) -> Verdict | None:
    """The same of a participant: whether they may be written to, by the channel they agreed to, at this hour of their site."""
    participant = reader_of(message)
    if participant is None or not permissions.endings_of(participant).may_be_contacted:
        return ("dropped", "participation has ended")
    availability = getattr(participant, "availability", None)
    if availability is None or availability.channel not in all_channels:
        return ("dropped", "this channel was not agreed to")
    if availability.channel != message.channel and (held or not _follow(message, availability.channel)):
        return ("dropped", "it goes by another channel")
    if availability.bounced_at is not None:
        return ("dropped", all_channels[availability.channel].refused)
    if availability.paused_until is not None and availability.paused_until > at:
        return min(availability.paused_until, at + PAUSED_FOR)
    morning = reminders.allowed(at, policy, participant.site.zone)
    return morning if morning > at else None


def _follow(message: Message, channel: str) -> bool:
    """The reader agreed to another channel since: the message goes there, unless it stands there already."""
    same = Message.objects.filter(to=message.to, kind=message.kind, event=message.event, occurrence=message.occurrence)
    if same.filter(channel=channel).exists():
        return False
    message.channel = channel
    message.save(update_fields=["channel"])
    return True


def _set_aside(found: Sequence[tuple[Message, Verdict]], *, by: Actor, at: datetime) -> None:
    """What is held is looked at again then; what is over is told so, with its attempt: a few statements for each verdict."""
    for verdict, rows in _by(found, lambda pair: pair[1]).items():
        messages = [message for message, _ in rows]
        these = Message.objects.filter(pk__in=[m.pk for m in messages])
        if isinstance(verdict, datetime):
            these.update(next_try_at=verdict)
            continue
        status, why = verdict
        these.update(status=status, last_error=why, lease_token=None, lease_until=None)
        MessageAttempt.objects.bulk_create([MessageAttempt(message=m, at=at, outcome=status, detail=why) for m in messages])
        audit.record_each(f"message.{status}", [(about(m.to), {"message": m.pk, "why": why}) for m in messages], by=by, at=at)


def _by(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
