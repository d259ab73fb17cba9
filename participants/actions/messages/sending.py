"""Sending what is queued: claim under a lease, deliver outside any transaction, report by token."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from participants.actions import identity, reach
from participants.actions.messages.claiming import MOST_ATTEMPTS, URGENT, Claimed, Kinds, Words, claim
from participants.actions.messages.claiming import key_of as _key
from participants.actions.messages.queueing import about, participant_of
from participants.models import CapturedMail, Message, MessageAttempt
from participants.post import channels, email
from participants.post.shape import BadAddress, MaybeSent, NotSent, Outgoing
from trials import audit, entropy
from trials.actors import Actor, Machine
from trials.audit import action
from trials.models import Clock, Unblinding, User
from trials.permissions import Refused

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
URGENT_WAIT = timedelta(minutes=5)
ROUND = 50
NAMED = {"email": "address", "phone": "telephone number"}


def send_due(*, kinds: Kinds, at: datetime, by: Actor = Machine("worker"), limit: int = ROUND) -> dict[str, int]:  # noqa: B008
    """Sends what is due, one message at a time, each claimed, sent and closed on its own; counts by outcome.

    `kinds` maps a kind to (still_due, text). A real trial holds the messages of a channel without a provider; an address of a
    provider that can't be read holds its messages, and raises `BadAddress` once the others have gone.
    """
    going, fault = _going()
    counts: dict[str, int] = {}
    for _ in range(limit if going else 0):
        claimed = claim(kinds=kinds, channels=going, by=by, at=at)
        if claimed is None:
            break
        outcome = _send(claimed, kinds[claimed.message.kind][1], by=by, at=at)
        counts[outcome] = counts.get(outcome, 0) + 1
        if outcome in ("deferred", "unreached"):
            going.discard(claimed.message.channel)  # the provider is not well: the next sweep tries again
            if not going:
                break
    if fault is not None:
        raise fault
    return counts


@action
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
    (`unreached`) costs the message none of its attempts: an outage of a day loses nothing.
    """
    MessageAttempt.objects.create(message=claimed.message, at=at, outcome=outcome, detail=detail, segments=segments, letter=letter)
    held = Message.objects.filter(pk=claimed.message.pk, lease_token=claimed.token, status="pending")
    changes: dict[str, object] = {"lease_token": None, "lease_until": None, "last_error": detail}
    if outcome == "sent":
        changes |= {"status": "sent", "sent_at": at}
    elif outcome in ("unknown", "dropped"):
        changes |= {"status": outcome}
    elif outcome == "unreached":
        changes |= {"attempts": F("attempts") - 1, "next_try_at": at + FIRST_WAIT}
    elif permanent or claimed.message.attempts >= MOST_ATTEMPTS:
        changes |= {"status": "dead"}
    else:
        changes |= {"next_try_at": at + _wait(claimed.message)}
    standing = held.update(**changes) == 1
    status = changes.get("status", "pending")
    audit.record(
        f"message.{outcome}",
        about=about(claimed.message.to),
        by=by,
        at=at,
        detail={"message": claimed.message.pk, "held": standing, "status": status},
    )
    return standing


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


def _send(claimed: Claimed, words: Words, *, by: Actor, at: datetime) -> str:
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
            stop_url = _stop_url(message, by=by, at=at)
            out = Outgoing(address, text.subject, text.body, text.short, _key(message), stop_url)
            segments = _deliver(out, message.channel, by=by, at=at)
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


def _deliver(out: Outgoing, channel: str, *, by: Actor, at: datetime) -> int | None:
    """To the provider; in a demonstration or a test only to one on this machine, else onto the captured-mail page."""
    way, real = channels[channel], is_real()
    if way.is_set() and (real or way.on_this_machine()):
        return way.hand_over(out)
    if real:
        raise NotSent("no provider is set", unreached=True)
    capture(out, channel=channel, by=by, at=at)
    return way.written(out).segments


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
    participant = participant_of(message.to)
    return "" if participant is None else identity.opened(participant).get(contact, "")


def _stop_url(message: Message, *, by: Actor, at: datetime) -> str:
    """Where a participant ends messages; nobody else's can be ended like that."""
    kind, _, trial_id = message.to.partition(":")
    return f"{settings.UPLIFT_BASE_URL}/me/stop/{reach.stop_token(trial_id, by=by, at=at)}/" if kind == "participant" else ""


def _mark_bounced(message: Message, *, by: Actor, at: datetime) -> None:
    participant = participant_of(message.to)
    if participant is not None:
        reach.mark_bounced(participant, channel=message.channel, by=by, at=at)


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
