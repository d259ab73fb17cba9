"""Safety alerts as the people who may see them find them; never with an arm or a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.lookups import IsNull

from outcomes.domain.safety_figures import Dealt
from outcomes.models import Alert, AlertCall, AlertStep, AssessmentVersion
from participants.models import Message
from trials.models import Site, User
from trials.permissions import Permission, sites_where


def visible_to(user: User) -> QuerySet[Alert]:
    """The alerts of the sites where the user may see alerts."""
    reach = sites_where(user, Permission.SEE_ALERTS)
    alerts = Alert.objects.select_related("participant__unit__site", "assessment", "closed_by")
    return alerts if reach is None else alerts.filter(participant__unit__site__in=reach)


def untaken() -> QuerySet[Alert]:
    """Open alerts that nobody has taken a step about, the oldest first; handing one over is not yet taking it on."""
    taken = AlertStep.objects.exclude(kind="handed_over").values("alert")
    return (
        Alert.objects.filter(closed_at=None, historical=False)
        .exclude(pk__in=taken)
        .select_related("participant__unit__site")
        .order_by("raised_at", "pk")
    )


def calls(alert: Alert) -> list[tuple[AlertCall | None, list[Message]]]:
    """Whom the outbox told at each level, the first at level 1; the level's own row says why."""
    rows: dict[int, AlertCall | None] = {1: None, **{call.level: call for call in alert.calls.all()}}
    base = f"alert:{alert.participant.trial_id}/{alert.alert_no}"
    events = {base if level == 1 else f"{base}:{level}": level for level in rows}
    found: dict[int, list[Message]] = {level: [] for level in rows}
    for message in Message.objects.filter(kind="alert", event__in=events).order_by("pk"):
        found[events[message.event]].append(message)
    return [(rows[level], found[level]) for level in sorted(rows)]


def open_first(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Open alerts, those without contact first, by least time left."""
    return alerts.filter(closed_at=None, historical=False).order_by(
        IsNull(F("first_contact_at"), False), "contact_due_at", "raised_at", "pk"
    )


def answers_over_time(alert: Alert) -> list[AssessmentVersion]:
    """Every kept version of the form that raised the alert, oldest first: a later answer stands beside the first, never in its place."""
    return [] if alert.assessment is None else list(alert.assessment.versions.order_by("at", "pk"))


def openings() -> Prefetch[Any]:
    """Who opened an alert, the latest first, as `alert.opened`."""
    steps = AlertStep.objects.filter(kind="opened").select_related("user").order_by("-at", "-pk")
    return Prefetch("steps", queryset=steps, to_attr="opened")


def sites_of(user: User) -> list[Site]:
    """The sites whose alerts the user may see."""
    reach = sites_where(user, Permission.SEE_ALERTS)
    return list(Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach))


def dealt(alerts: QuerySet[Alert]) -> list[Dealt]:
    """How each alert was dealt with; what came by import is left out, since its clock was never run here."""
    taken = (
        AlertStep.objects.filter(alert=OuterRef("pk")).exclude(kind__in=["handed_over", "released"]).order_by("at", "pk").values("at")[:1]
    )
    rows = alerts.filter(historical=False).annotate(taken_at=Subquery(taken), told_on=Count("calls", distinct=True))
    return [
        Dealt(
            trigger=row.trigger, check=row.kind == Alert.Kind.CHECK, person=row.participant.trial_id, raised_at=row.raised_at,
            due_at=row.contact_due_at, taken_at=row.taken_at, contact_at=row.first_contact_at, closed_at=row.closed_at,
            level=row.risk_level, calls=row.told_on,
        )
        for row in rows
    ]  # fmt: skip


def names(actors: Iterable[str]) -> dict[str, str]:
    """Actors as people read them: staff by name, participants by trial id."""
    wanted = set(actors)
    staff = {actor.removeprefix("user:") for actor in wanted if actor.startswith("user:")}
    known = {user.actor: str(user) for user in User.objects.filter(pk__in=staff)} if staff else {}
    return {actor: known.get(actor, actor.partition(":")[2]) for actor in wanted}
