"""Sending what is queued: claim under a lease, deliver outside any transaction, report by token."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Case, F, Q, When
from django.utils.crypto import salted_hmac

from participants import permissions
from participants.actions import identity, reach
from participants.actions.messages.queueing import about, participant_of
from participants.domain import reminders
from participants.models import CapturedMail, Message, MessageAttempt
from participants.post import email
from trials import audit, entropy, queries
from trials.actors import Actor, Machine
from trials.audit import action
from trials.models import Clock, Unblinding, User
from trials.permissions import Refused

LEASE = timedelta(seconds=150)  # longer than a task may run, and at least three time-outs of the mail server
MOST_ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
URGENT = ("alert", "drill", "canary")  # go before everything else, and are tried again soon
URGENT_WAIT = timedelta(minutes=5)
PAUSED_FOR = timedelta(minutes=15)  # a paused message is looked at again after this: the pause may be over sooner
ROUND = 50


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


StillDue = Callable[[Message, datetime], bool | datetime]  # an instant = held until then
Words = Callable[[Message, datetime], Text]
Kinds = Mapping[str, tuple[StillDue, Words]]


@dataclass(frozen=True)
class Claimed:
    message: Message
    token: uuid.UUID


def send_due(*, kinds: Kinds, at: datetime, by: Actor = Machine("worker"), limit: int = ROUND) -> dict[str, int]:  # noqa: B008
    """Sends what is due, one message at a time, each claimed, sent and closed on its own; counts by outcome.

    `kinds` maps a kind to (still_due, text). A real trial without a mail server holds its messages; an address of the server that
    can't be read raises `BadAddress` before anything is claimed.
    """
    if _holds_mail():
        return {}
    _server()
    counts: dict[str, int] = {}
    for _ in range(limit):
        claimed = claim(kinds=kinds, by=by, at=at)
        if claimed is None:
            break
        outcome = _send(claimed, kinds[claimed.message.kind][1], by=by, at=at)
        counts[outcome] = counts.get(outcome, 0) + 1
        if outcome in ("deferred", "unreached"):
            break  # the server is not well: the next sweep tries again
    return counts


@action
def claim(*, kinds: Kinds, by: Actor, at: datetime) -> Claimed | None:
    """Leases the next message that is due and still wanted, and drops those passed over that are not; None = nothing to do.

    A row that another sender is looking at is skipped. The attempt counts from here, so a message that kills its sender is dead
    after eight, too.
    """
    while True:
        message = (
            Message.objects.filter(
                Q(lease_until=None) | Q(lease_until__lte=at), status="pending", kind__in=list(kinds), next_try_at__lte=at
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
        else:
            token = uuid.uuid4()
            message.attempts += 1
            message.lease_token, message.lease_until = token, at + LEASE
            message.save(update_fields=["attempts", "lease_token", "lease_until"])
            audit.record(
                "message.claimed", about=about(message.to), by=by, at=at, detail={"message": message.pk, "attempt": message.attempts}
            )
            return Claimed(message, token)


@action
def close(claimed: Claimed, *, outcome: str, by: Actor, at: datetime, detail: str = "", permanent: bool = False) -> bool:
    """The sender's report: sent, deferred, unknown, refused or unreached. Answers whether the lease was still the sender's own.

    Otherwise it changes nothing; the attempt itself is kept in any case: it did happen. A server that is not there at all
    (`unreached`) costs the message none of its attempts: an outage of a day loses nothing.
    """
    MessageAttempt.objects.create(message=claimed.message, at=at, outcome=outcome, detail=detail)
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
def capture(mail: email.Mail, *, message_id: str, by: Actor, at: datetime) -> CapturedMail:
    """What a demonstration or a test would have sent, kept for its captured-mail page."""
    if is_real():
        raise Refused("A real trial captures no mail.", code="real_trial")
    captured = CapturedMail.objects.create(to=mail.to, subject=mail.subject, body=mail.text, message_id=message_id, at=at)
    audit.record("mail.captured", about=f"mail:{captured.pk}", by=by, at=at)
    return captured


def _verdict(message: Message, still_due: StillDue, at: datetime) -> datetime | tuple[str, str] | None:
    """None = send it; an instant = not before then; (status, why) = it is over."""
    if message.attempts >= MOST_ATTEMPTS:
        return ("dead", "too many attempts")
    if message.not_after is not None and message.not_after <= at:
        return ("dropped", "its time is over")
    if message.to.startswith("participant:"):
        participant = participant_of(message.to)
        if participant is None or not permissions.endings_of(participant).may_be_contacted:
            return ("dropped", "participation has ended")
        availability = getattr(participant, "availability", None)
        if availability is None or availability.channel != message.channel:
            return ("dropped", "this channel was not agreed to")
        if availability.bounced_at is not None:
            return ("dropped", reach.BOUNCED)
        if availability.paused_until is not None and availability.paused_until > at:
            return min(availability.paused_until, at + PAUSED_FOR)
        morning = reminders.allowed(at, queries.protocol_in_force().reminders, participant.site.zone)
        if morning > at:
            return morning
    wanted = still_due(message, at)
    if isinstance(wanted, datetime):
        return wanted
    return None if wanted else ("dropped", "no longer due")


def _send(claimed: Claimed, words: Words, *, by: Actor, at: datetime) -> str:
    """One message out of the door, outside any transaction; answers the outcome as it was closed."""
    message = claimed.message
    outcome, detail, permanent = "sent", "", False
    try:
        address = _address(message.to)
        if not address:
            outcome, detail = "dropped", "no address"
        else:
            text = words(message, at)
            stop_url = _stop_url(message, by=by, at=at)
            _deliver(email.Mail(address, text.subject, text.body, _key(message), stop_url), by=by, at=at)
    except email.NotSent as refused:
        outcome, detail, permanent = _word(refused), refused.why, refused.permanent
        if refused.bounced:
            _mark_bounced(message, by=by, at=at)
    except email.MaybeSent as broken:
        outcome, detail = ("unknown" if message.to.startswith("participant:") else "deferred"), str(broken)
    except Refused as refused:
        outcome, detail = "dropped", refused.code
    except Exception as fault:
        outcome, detail = "faulty", type(fault).__name__
    close(claimed, outcome=outcome, detail=detail, permanent=permanent, by=by, at=at)
    return outcome


def _deliver(mail: email.Mail, *, by: Actor, at: datetime) -> None:
    """To the mail server; in a demonstration or a test only to one on this machine, else onto the captured-mail page."""
    server = _server()
    domain = urlsplit(settings.UPLIFT_BASE_URL).hostname or "localhost"
    real = is_real()
    if server is not None and (real or server.loopback):
        email.send(mail, server, sender=settings.UPLIFT_MAIL_FROM, domain=domain)
    elif real:
        raise email.NotSent("no mail server is set", unreached=True)
    else:
        composed = email.compose(mail, sender=settings.UPLIFT_MAIL_FROM, domain=domain)
        capture(mail, message_id=composed["Message-ID"], by=by, at=at)


def _server() -> email.Server | None:
    return email.server_of(settings.UPLIFT_SMTP_URL) if settings.UPLIFT_SMTP_URL else None


def _word(refused: email.NotSent) -> str:
    if refused.unreached:
        return "unreached"
    return "refused" if refused.permanent else "deferred"


def _holds_mail() -> bool:
    return not settings.UPLIFT_SMTP_URL and is_real()


def is_real() -> bool:
    """Whether this database was made for a real trial, not for a demonstration or a test."""
    return bool(Clock.objects.get().kind == Clock.Kind.REAL)


def _finish(message: Message, status: str, why: str, *, by: Actor, at: datetime) -> None:
    message.status, message.last_error, message.lease_token, message.lease_until = status, why, None, None
    message.save(update_fields=["status", "last_error", "lease_token", "lease_until"])
    MessageAttempt.objects.create(message=message, at=at, outcome=status, detail=why)
    audit.record(f"message.{status}", about=about(message.to), by=by, at=at, detail={"message": message.pk, "why": why})


def _address(to: str) -> str:
    kind, _, key = to.partition(":")
    if kind == "user":
        return User.objects.filter(pk=key, is_active=True).values_list("email", flat=True).first() or ""
    if kind == "machine":
        return settings.UPLIFT_CANARY_TO or email.bare(settings.UPLIFT_MAIL_FROM)
    if kind == "outside":
        return Unblinding.objects.filter(code=key).values_list("recipient_email", flat=True).first() or ""
    participant = participant_of(to)
    return "" if participant is None else identity.opened(participant).get("email", "")


def _stop_url(message: Message, *, by: Actor, at: datetime) -> str:
    """Where a participant ends messages; nobody else's can be ended like that."""
    kind, _, trial_id = message.to.partition(":")
    return f"{settings.UPLIFT_BASE_URL}/me/stop/{reach.stop_token(trial_id, by=by, at=at)}/" if kind == "participant" else ""


def _mark_bounced(message: Message, *, by: Actor, at: datetime) -> None:
    participant = participant_of(message.to)
    if participant is not None:
        reach.mark_bounced(participant, by=by, at=at)


def _key(message: Message) -> str:
    """The same for every attempt; tells nothing about whom or what."""
    natural = f"{message.to}|{message.kind}|{message.event}|{message.channel}|{message.occurrence}"
    return salted_hmac("uplift message", natural, algorithm="sha256").hexdigest()[:32]


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
