"""Drills of the safety desk, read from the events they left: they have no row of a participant, and none of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from participants.models import Message
from trials.models import Event, Site, User

STARTED, ANSWERED = "drill.started", "drill.answered"
LASTS = timedelta(hours=1)  # an answer is wanted within the hour
SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Drill:
    """`sent_at`: when the first message left; `answered_at`: when somebody who may handle alerts answered at the desk."""

    key: str  # "drill:LIM:20260302T0905Z"
    site: Site
    started_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    answered_by: str

    def runs(self, at: datetime) -> bool:
        return self.answered_at is None and at < self.started_at + LASTS


def of(sites: Iterable[Site]) -> list[Drill]:
    """The last drills of these sites, the newest first."""
    known = {site.code: site for site in sites}
    started = list(Event.objects.filter(verb=STARTED, detail__site__in=list(known)).order_by("-at", "-pk")[:SHOWN])
    keys = [event.about for event in started]
    answers = {event.about: event for event in Event.objects.filter(verb=ANSWERED, about__in=keys).order_by("-at", "-pk")}
    names = {user.actor: str(user) for user in User.objects.filter(pk__in=[e.actor.removeprefix("user:") for e in answers.values()])}
    sent: dict[str, datetime] = {}
    for event, at in (
        Message.objects.filter(kind="drill", event__in=keys, status="sent").order_by("-sent_at").values_list("event", "sent_at")
    ):
        sent[event] = at
    return [
        Drill(
            key=event.about, site=known[event.detail["site"]], started_at=event.at, sent_at=sent.get(event.about),
            answered_at=answers[event.about].at if event.about in answers else None,
            answered_by=names.get(answers[event.about].actor, "") if event.about in answers else "",
        )
        for event in started
    ]  # fmt: skip


def answered(key: str) -> bool:
    return Event.objects.filter(verb=ANSWERED, about=key).exists()
