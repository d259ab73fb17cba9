"""Safety alerts as the people who may see them find them; never with an arm or a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.db.models.lookups import IsNull

from outcomes.models import Alert, AlertStep, AssessmentVersion
from trials.models import Site, User
from trials.permissions import Permission, sites_where


def visible_to(user: User) -> QuerySet[Alert]:
    """The alerts of the sites where the user may see alerts."""
    reach = sites_where(user, Permission.SEE_ALERTS)
    alerts = Alert.objects.select_related("participant__unit__site", "assessment", "closed_by")
    return alerts if reach is None else alerts.filter(participant__unit__site__in=reach)


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


def names(actors: Iterable[str]) -> dict[str, str]:
    """Actors as people read them: staff by name, participants by trial id."""
    wanted = set(actors)
    staff = {actor.removeprefix("user:") for actor in wanted if actor.startswith("user:")}
    known = {user.actor: str(user) for user in User.objects.filter(pk__in=staff)} if staff else {}
    return {actor: known.get(actor, actor.partition(":")[2]) for actor in wanted}
