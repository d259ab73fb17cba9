"""The daily mail to staff who asked for one: how much waits for them and where, no person, no arm, nothing on a day without work."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from outcomes.domain import digest
from outcomes.queries import digests
from participants.actions import messages
from participants.actions.messages import Notice, Text
from participants.models import Message
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import Refused

KIND = "digest"


@action
def queue_due(*, by: Actor, at: datetime) -> int:
    """In the morning of their site, one mail for everybody who asked for it; answers how many are new."""
    due = []
    for user in User.objects.filter(is_active=True, digest=True):
        zone = digests.zone_of(user, at)
        if zone is not None and (found := digest.due(zone, at)) is not None:
            due.append(Notice(to=user.actor, kind=KIND, event=digest.key_of(found.day), due_at=found.due_at, not_after=found.not_after))
    there = set(Message.objects.filter(kind=KIND, event__in={n.event for n in due}).values_list("to", "event")) if due else set()
    return messages.queue_all([n for n in due if (n.to, n.event) not in there], by=by, at=at)


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says)."""
    return {KIND: (_still_due, _text)}


def _still_due(message: Message, at: datetime) -> bool:
    return bool(_lines(message, at))


def _text(message: Message, at: datetime) -> Text:
    found = _lines(message, at)
    if not found:
        raise Refused("Nothing waits any more.", code="nothing_waits")
    return Text(
        "What waits for you today",
        "Good morning,\n\n" + "\n".join(found) + "\n\n"
        f"You asked for this mail. Stop it here:\n\n{settings.UPLIFT_BASE_URL}/account/\n",
    )  # fmt: skip


def _lines(message: Message, at: datetime) -> tuple[str, ...]:
    """What there is to say to the reader now; nothing to somebody who left or wants no mail any more."""
    user = User.objects.filter(pk=message.to.partition(":")[2], is_active=True, digest=True).first()
    return () if user is None else digest.lines(digests.waiting(user, at), settings.UPLIFT_BASE_URL)
