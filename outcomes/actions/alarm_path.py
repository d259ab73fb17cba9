"""The dead-man's switch: every hour a canary goes the way an alert goes. Pages warn when it stops coming through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from outcomes.queries.alarm_path import CANARY
from participants.actions import messages
from participants.actions.messages import Text
from participants.models import Message
from trials.actors import Actor
from trials.audit import action

TO = "machine:canary"


@action
def queue_canary(*, by: Actor, at: datetime) -> bool:
    """One canary an hour, into the same outbox and by the same sender; answers whether this hour's is new."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    event = f"canary:{hour:%Y%m%dT%HZ}"
    return messages.queue(to=TO, kind=CANARY, event=event, due_at=at, not_after=hour + timedelta(hours=1), by=by, at=at)


def kinds() -> messages.Kinds:
    return {CANARY: (lambda message, at: True, _text)}


def _text(message: Message, at: datetime) -> Text:
    return Text("The path of alerts works", "This message goes out every hour, to see that safety alerts would. Nobody needs to read it.\n")
