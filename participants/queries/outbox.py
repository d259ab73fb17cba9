"""Whether the outbox moves: the one figure that says more than any process being up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from participants.models import Message, Participant
from trials.models import User
from trials.permissions import Permission, sites_where

STANDSTILL = timedelta(minutes=15)


def oldest_waiting(at: datetime) -> timedelta | None:
    """How long the oldest message that could go out now has been waiting; None while nothing waits."""
    ready = Message.objects.filter(status="pending", next_try_at__lte=at).filter(Q(not_after=None) | Q(not_after__gt=at))
    oldest = ready.aggregate(since=Min("next_try_at"))["since"]
    return None if oldest is None else at - oldest


def stands_still(at: datetime) -> bool:
    waiting = oldest_waiting(at)
    return waiting is not None and waiting > STANDSTILL


def of_person(user: User, trial_id: str) -> QuerySet[Message]:
    """One person's messages by e-mail, if this user may read them; kind, event and occurrence name one of them."""
    return visible_to(user).filter(to=f"participant:{trial_id}", channel="email")


def visible_to(user: User) -> QuerySet[Message]:
    """Messages to the people whom this user may see and whose messages they may read."""
    reach = sites_where(user, Permission.SEE_MESSAGES)
    people = Participant.objects.visible_to(user)
    if reach is not None:
        people = people.filter(unit__site__in=reach)
    return Message.objects.filter(
        to__in=people.values_list(Concat(Value("participant:"), "unit__trial_id", output_field=TextField()), flat=True)
    )
