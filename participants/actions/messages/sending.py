"""Sending what is queued: claim under a lease, deliver outside any transaction, report by token."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import connection
from django.db.models import F

from participants.actions import identity, reach
from participants.actions.messages.claiming import MOST_ATTEMPTS, URGENT, Ahead, Claimed, Kinds, Words, claim, lapsed
from participants.actions.messages.claiming import key_of as _key
from participants.actions.messages.queueing import about, reader_of
from participants.models import CapturedMail, Message
from participants.post import channels, email
from participants.post.shape import BadAddress, HandOver, MaybeSent, NotSent, Outgoing
from trials import audit, entropy
from trials.actors import Actor, Machine
from trials.audit import action, outermost
from trials.models import Clock, Unblinding, User
from trials.permissions import Refused

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
URGENT_WAIT = timedelta(minutes=5)
ROUND = 50
HANDED_OVER_WITHIN = 10.0  # seconds: what a sender has claimed by then and not begun with is given back, far within its lease
LOOKED_AT_FOR = 1.0  # seconds: what waits longer in a batch is asked again whether it may go
WORKER = Machine("worker")
log = logging.getLogger("uplift.outbox")

# The attempt, the end of the lease where it is still held by this token, and what was meant.
CLOSED = f"""WITH {audit.SAID},
tried AS (INSERT INTO participants_messageattempt (message_id, at, outcome, detail, segments, letter)
    SELECT %(message)s, %(at)s, %(outcome)s, %(why)s, %(segments)s::smallint, %(letter)s FROM said),
held AS (UPDATE participants_message SET status = %(status)s, sent_at = coalesce(%(sent_at)s::timestamptz, sent_at),
    last_error = %(why)s, next_try_at = coalesce(%(next_try_at)s::timestamptz, next_try_at), attempts = attempts - %(given_back)s,
    lease_token = NULL, lease_until = NULL
    FROM said WHERE id = %(message)s AND lease_token IS NOT DISTINCT FROM %(token)s AND status = 'pending' RETURNING id),
told AS (INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at) SELECT %(verb)s, %(about)s, %(actor)s, %(at)s,
    %(reason)s, %(detail)s::jsonb || jsonb_build_object('held', EXISTS (SELECT FROM held)), clock_timestamp() FROM said)
SELECT EXISTS (SELECT FROM held)"""
NAMED = {"email": "address", "phone": "telephone number"}


def send_due(*, kinds: Kinds, at: datetime, by: Actor = WORKER, limit: int = ROUND, ahead: Ahead | None = None) -> dict[str, int]:
    """Sends what is due: claimed in batches, handed over by one connection, each closed right after it; counts by outcome.

    A batch that takes long is looked at again every second, so that nothing is begun more than a second after a death or a withdrawal.
    `kinds` maps a kind to (still_due, text); `ahead` reads and writes for a whole batch what those ask for. A real trial holds the
    messages of a channel without a provider; an address of a provider that can't be read holds its messages, and raises `BadAddress`
    once the others have gone.
    """
    going, fault = _going()
    counts: dict[str, int] = {}
    left, enough = limit, monotonic() + HANDED_OVER_WITHIN
    with ExitStack() as lines:
        ways: dict[str, HandOver] = {}
        while left > 0 and going and (batch := claim(kinds=kinds, channels=going, limit=left, ahead=ahead, by=by, at=at)):
            left -= len(batch)
            looked_at, gone = monotonic(), set[int]()
            written, kept_back = _is_written(batch, ahead, by=by, at=at), []
            for place, claimed in enumerate(batch):
                if monotonic() > looked_at + LOOKED_AT_FOR:
                    looked_at, gone = monotonic(), lapsed(batch[place:], kinds=kinds, ahead=ahead, at=at)
                channel = claimed.message.channel
                if channel not in going or monotonic() > enough or claimed.message.pk in gone or _has_bounced(claimed.message):
                    kept_back.append(claimed)
                    continue
                if channel not in ways:
                    ways[channel] = _way(channel, lines, by=by, at=at)
                if not written:  # something is wrong with one of them, which is met by that one alone
                    _is_written([claimed], ahead, by=by, at=at)
                outcome = _send(claimed, kinds[claimed.message.kind][1], ways[channel], by=by, at=at)
                counts[outcome] = counts.get(outcome, 0) + 1
                if outcome in ("deferred", "unreached"):
                    going.discard(channel)  # the provider is not well: the next sweep tries again
            if kept_back:
                give_back(kept_back, by=by, at=at)
            if monotonic() > enough:
                break
    if fault is not None:
        raise fault
    return counts


@outermost
def close(
    claimed: Claimed,
    *,
    outcome: str,
    by: Actor,
    at: datetime,
    detail: str = "",
    permanent: bool = False,
    segments: int | None = None,
    letter: str = "",
) -> bool:
    """The sender's report: sent, deferred, unknown, refused or unreached. Answers whether the lease was still the sender's own.

    Otherwise it changes nothing; the attempt itself is kept in any case: it did happen. A server that is not there at all
    (`unreached`) costs the message none of its attempts: an outage of a day loses nothing. One statement, which is a transaction and
    says itself who acts: nothing else stands between two messages of a batch.
    """
    status, next_try_at = "pending", None
    if outcome in ("sent", "unknown", "dropped"):
        status = outcome
    elif outcome == "unreached":
        next_try_at = at + FIRST_WAIT
    elif permanent or claimed.message.attempts >= MOST_ATTEMPTS:
        status = "dead"
    else:
        next_try_at = at + _wait(claimed.message)
    meant = {"message": claimed.message.pk, "status": status}
    told = audit.said(f"message.{outcome}", about=about(claimed.message.to), by=by, at=at, detail=meant) | {
        "message": claimed.message.pk, "token": claimed.token, "outcome": outcome, "why": detail, "segments": segments, "letter": letter,
        "status": status, "sent_at": at if status == "sent" else None, "next_try_at": next_try_at,
        "given_back": int(outcome == "unreached"), "said_at": at.isoformat(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CLOSED, told)
        return bool(cursor.fetchone()[0])


@action
def give_back(kept: Sequence[Claimed], *, by: Actor, at: datetime) -> int:
    """What a sender claimed and did not try is anybody's again, and none of its attempts is spent; answers how much that was."""
    back = Message.objects.filter(pk__in=[c.message.pk for c in kept], lease_token__in={c.token for c in kept}, status="pending")
    given = back.update(attempts=F("attempts") - 1, lease_token=None, lease_until=None)
    audit.record_each("message.given_back", [(about(c.message.to), {"message": c.message.pk}) for c in kept], by=by, at=at)
    return given


@action
def capture(message: Outgoing, *, channel: str, by: Actor, at: datetime) -> CapturedMail:
    """What a demonstration or a test would have sent, kept for its captured-mail page."""
    if is_real():
        raise Refused("A real trial captures no mail.", code="real_trial")
    written = channels[channel].written(message)
    captured = CapturedMail.objects.create(to=message.to, subject=written.subject, body=written.body, message_id=written.message_id, at=at)
    audit.record("mail.captured", about=f"mail:{captured.pk}", by=by, at=at)
    return captured


def _going() -> tuple[set[str], BadAddress | None]:
    """The channels that messages go by now, and what is wrong with the address of another."""
    unset = [code for code, channel in channels.items() if not channel.is_set()]
    going, fault = set(channels), None
    if unset and is_real():
        going -= set(unset)
    for code, channel in channels.items():
        try:
            channel.check()
        except BadAddress as bad:
            going.discard(code)
            fault = bad
    return going, fault


def _is_written(batch: Sequence[Claimed], ahead: Ahead | None, *, by: Actor, at: datetime) -> bool:
    """Whether what the texts of these messages name is written: links to questions and appointments, stop addresses."""
    try:
        found = [claimed.message for claimed in batch]
        reach.have_stop_links({person.pk: person for m in found if (person := reader_of(m)) is not None}.values(), by=by, at=at)
        if ahead is not None:
            ahead.write(found, by, at)
    except Exception as fault:
        log.warning("a batch of messages was written one by one (%s)", type(fault).__name__)
        return False
    return True


def _send(claimed: Claimed, words: Words, hand_over: HandOver, *, by: Actor, at: datetime) -> str:
    """One message out of the door, outside any transaction; answers the outcome as it was closed."""
    message = claimed.message
    outcome, detail, permanent, segments, letter = "sent", "", False, None, ""
    try:
        address = _address(message)
        if not address:
            outcome, detail = "dropped", f"no {NAMED[channels[message.channel].contact]}"
        else:
            text = words(message, at)
            letter = text.letter
            segments = hand_over(Outgoing(address, text.subject, text.body, text.short, _key(message), _stop_url(message)))
    except NotSent as refused:
        outcome, detail, permanent = _word(refused), refused.why, refused.permanent
        if refused.bounced:
            _mark_bounced(message, by=by, at=at)
    except MaybeSent as broken:
        outcome, detail = ("unknown" if message.to.startswith("participant:") else "deferred"), str(broken)
    except Refused as refused:
        outcome, detail = "dropped", refused.code
    except Exception as fault:
        outcome, detail = "faulty", type(fault).__name__
    close(claimed, outcome=outcome, detail=detail, permanent=permanent, segments=segments, letter=letter, by=by, at=at)
    return outcome


def _way(code: str, lines: ExitStack, *, by: Actor, at: datetime) -> HandOver:
    """To the provider; in a demonstration or a test only to one on this machine, else onto the captured-mail page."""
    channel, real = channels[code], is_real()
    if channel.is_set() and (real or channel.on_this_machine()):
        return lines.enter_context(channel.line())

    def kept_here(message: Outgoing) -> int | None:
        if real:
            raise NotSent("no provider is set", unreached=True)
        capture(message, channel=code, by=by, at=at)
        return channel.written(message).segments

    return kept_here


def _word(refused: NotSent) -> str:
    if refused.unreached:
        return "unreached"
    return "refused" if refused.permanent else "deferred"


def is_real() -> bool:
    """Whether this database was made for a real trial, not for a demonstration or a test."""
    return bool(Clock.objects.get().kind == Clock.Kind.REAL)


def offered() -> tuple[str, ...]:
    """The channels that somebody can agree to: e-mail always, any other where it has a provider, or in a demonstration."""
    return tuple(code for code, channel in channels.items() if code == email.CHANNEL.code or channel.is_set() or not is_real())


def _address(message: Message) -> str:
    """Where the message goes: an e-mail address or a telephone number, as its channel has it; empty = there is none."""
    (kind, _, key), contact = message.to.partition(":"), channels[message.channel].contact
    if kind == "user":
        return User.objects.filter(pk=key, is_active=True).values_list(contact, flat=True).first() or ""
    if kind == "machine":
        return settings.UPLIFT_CANARY_TO or email.bare(settings.UPLIFT_MAIL_FROM)
    if kind == "outside":
        return Unblinding.objects.filter(code=key).values_list("recipient_email", flat=True).first() or ""
    participant = reader_of(message)
    return "" if participant is None else identity.read_along(participant).get(contact, "")


def _stop_url(message: Message) -> str:
    """Where a participant ends messages; nobody else's can be ended like that."""
    kind, _, trial_id = message.to.partition(":")
    return f"{settings.UPLIFT_BASE_URL}/me/stop/{reach.token_of(trial_id)}/" if kind == "participant" else ""


def _mark_bounced(message: Message, *, by: Actor, at: datetime) -> None:
    participant = reader_of(message)
    if participant is not None and reach.mark_bounced(participant, channel=message.channel, by=by, at=at):
        participant.availability.bounced_at = at  # for what else the batch has for them


def _has_bounced(message: Message) -> bool:
    participant = reader_of(message)
    return participant is not None and participant.availability.bounced_at is not None


def _wait(message: Message) -> timedelta:
    """Back-off with full jitter: up to 1 minute after the first attempt, doubling up to 6 hours, 5 minutes for a safety alert.

    Never less than 5 seconds.
    """
    most = min(URGENT_WAIT if message.kind in URGENT else LONGEST_WAIT, FIRST_WAIT * 2 ** (message.attempts - 1))
    share = (
        int.from_bytes(
            entropy.fresh("back-off", f"{message.to}|{message.kind}|{message.event}|{message.occurrence}|{message.attempts}")[:4], "big"
        )
        / 2**32
    )
    return max(timedelta(seconds=5), most * share)
