"""Safety alerts as the people who may see them find them; never with an arm or a session."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.lookups import IsNull

from outcomes.models import Alert, AlertStep, AssessmentVersion, Duty
from trials.domain.roles import roles_that_may
from trials.models import Site, User
from trials.permissions import Permission, Role, sites_where
from trials.queries import holders


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


def on_duty(site: Site, at: datetime) -> list[Duty]:
    """Who answers alerts of a site at an instant: those of the site before those of all sites, the newest roster line first."""
    return list(_roster(site).filter(starts_at__lte=at, ends_at__gt=at))


def next_on_duty(site: Site, at: datetime) -> Duty | None:
    """The first turn that starts after an instant."""
    return _roster(site).filter(starts_at__gt=at).order_by("starts_at", "pk").first()


def _roster(site: Site) -> QuerySet[Duty]:
    return (
        Duty.objects.filter(Q(site=site) | Q(site=None), voided_at=None, user__is_active=True)
        .select_related("user")
        .order_by(F("site").asc(nulls_last=True), "-starts_at", "pk")
    )


def nobody_on_duty(sites: list[Site], at: datetime, *, ahead: timedelta = timedelta(hours=24)) -> list[Site]:
    """The sites whose roster has no one at this moment or a day ahead."""
    return [site for site in sites if not on_duty(site, at) or not on_duty(site, at + ahead)]


def who_is_told(site: Site, at: datetime) -> list[User]:
    """The person on duty; with nobody on duty, every safety clinician and principal investigator of the site."""
    duties = on_duty(site, at)
    if duties:
        return [duties[0].user]
    return list(holders((Role.SAFETY_CLINICIAN, Role.PI), site, at))


def promise(alert: Alert, at: datetime) -> Duty | None:
    """The turn that lets a page promise a call: someone is on duty until contact is due. Otherwise nothing is promised."""
    if alert.contact_due_at is None:
        return None
    return next((d for d in on_duty(alert.participant.site, at) if d.ends_at >= alert.contact_due_at), None)


def answers_over_time(alert: Alert) -> list[AssessmentVersion]:
    """Every kept version of the form that raised the alert, oldest first: a later answer stands beside the first, never in its place."""
    return [] if alert.assessment is None else list(alert.assessment.versions.order_by("at", "pk"))


def openings() -> Prefetch[Any]:
    """Who opened an alert, the latest first, as `alert.opened`."""
    steps = AlertStep.objects.filter(kind="opened").select_related("user").order_by("-at", "-pk")
    return Prefetch("steps", queryset=steps, to_attr="opened")


def turns(at: datetime) -> QuerySet[Duty]:
    """The roster from now on."""
    return Duty.objects.filter(voided_at=None, ends_at__gt=at).select_related("user", "site").order_by("starts_at", "pk")


def clinicians(at: datetime) -> QuerySet[User]:
    """Everybody whose role in force may handle alerts somewhere."""
    able = [role.value for role in roles_that_may(Permission.HANDLE_ALERT)]
    return (
        User.objects.filter(Q(memberships__ended_at=None) | Q(memberships__ended_at__gt=at), memberships__role__in=able, is_active=True)
        .distinct()
        .order_by("name", "pk")
    )


def sites() -> QuerySet[Site]:
    return Site.objects.all()


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
