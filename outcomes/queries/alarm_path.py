"""Whether the path of alerts is well, read from the outbox at the moment a page asks: a dead sender can't hide its own silence."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from outcomes.domain import alarm_path
from participants.models import Message

CANARY = "canary"


def standing(at: datetime) -> alarm_path.Standing:
    """By the last canary that came through, and by alerts that should have left by now."""
    last = Message.objects.filter(kind=CANARY, status=Message.Status.SENT).order_by("-sent_at").first()
    waiting = Message.objects.filter(kind="alert", status=Message.Status.PENDING).aggregate(since=Min("due_at"))["since"]
    return alarm_path.standing(queued_at=last and last.due_at, sent_at=last and last.sent_at, waiting_since=waiting, at=at)
