"""Whether the outbox moves: the one figure that says more than any process being up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from participants import permissions
from participants.models import Availability, Message, Participant
from participants.post import channels
from trials.models import Event, Site, User
from trials.permissions import Permission, sites_where

STANDSTILL = timedelta(minutes=15)
COMPARED, ABOUT = "outbox.compared", "outbox"


def oldest_waiting(at: datetime) -> timedelta | None:
    """How long the oldest message that could go out now has been waiting; None while nothing waits."""
    ready = Message.objects.filter(status="pending", next_try_at__lte=at).filter(Q(not_after=None) | Q(not_after__gt=at))
    oldest = ready.aggregate(since=Min("next_try_at"))["since"]
    return None if oldest is None else at - oldest


def stands_still(at: datetime) -> bool:
    waiting = oldest_waiting(at)
    return waiting is not None and waiting > STANDSTILL


def lacking() -> int:
    """How many messages the calendar asked for in vain when it was last compared with the outbox."""
    last = Event.objects.filter(about=ABOUT, verb=COMPARED).order_by("-pk").values_list("detail", flat=True).first()
    return 0 if last is None else int(last["lacking"])


@dataclass(frozen=True)
class Reached:
    """How messages reach somebody now; instants in UTC, None where there is nothing of the kind."""

    channel: str  # by which messages go now; empty: none do
    paused_until: datetime | None
    bounced_at: datetime | None
    stopped_at: datetime | None  # when they ended messages themselves, if that still holds


def reached(participant: Participant, at: datetime) -> Reached:
    kept = Availability.objects.filter(participant=participant).first()
    goes = kept is not None and kept.channel in channels and permissions.endings_of(participant).may_be_contacted
    used = None if goes else participant.stop_links.aggregate(last=Max("used_at"))["last"]
    if kept is None:
        return Reached("", None, None, used)
    paused = kept.paused_until if kept.paused_until is not None and kept.paused_until > at else None
    return Reached(kept.channel if goes else "", paused, kept.bounced_at, used)


def of_person(user: User, trial_id: str) -> QuerySet[Message]:
    """One person's messages, if this user may read them, newest first; kind, event and occurrence name one of them."""
    return visible_to(user).filter(to=f"participant:{trial_id}").order_by("-pk")


def need_a_person(seen: QuerySet[Message]) -> QuerySet[Message]:
    """Those that perhaps, or certainly, never arrived."""
    return seen.filter(Q(status__in=["unknown", "dead"]) | Q(delivery="failed"))


def visible_to(user: User, sites: Iterable[Site] | None = None) -> QuerySet[Message]:
    """Messages to the people whom this user may see and whose messages they may read, at these sites where some are named."""
    reach = sites_where(user, Permission.SEE_MESSAGES)
    people = Participant.objects.visible_to(user)
    if reach is not None:
        people = people.filter(unit__site__in=reach)
    if sites is not None:
        people = people.filter(unit__site__in=sites)
    return Message.objects.filter(
        to__in=people.values_list(Concat(Value("participant:"), "unit__trial_id", output_field=TextField()), flat=True)
    )
