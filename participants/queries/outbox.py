"""Whether the outbox moves: the one figure that says more than any process being up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min, Q

from participants.models import Message

STANDSTILL = timedelta(minutes=15)


def oldest_waiting(at: datetime) -> timedelta | None:
    """How long the oldest message that could go out now has been waiting; None while nothing waits."""
    ready = Message.objects.filter(status="pending", next_try_at__lte=at).filter(Q(not_after=None) | Q(not_after__gt=at))
    oldest = ready.aggregate(since=Min("next_try_at"))["since"]
    return None if oldest is None else at - oldest


def stands_still(at: datetime) -> bool:
    waiting = oldest_waiting(at)
    return waiting is not None and waiting > STANDSTILL
