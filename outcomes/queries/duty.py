"""Who answers safety alerts of a site, in the order they are called, and where the roster has nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from outcomes.domain.duty import WATCHED_AHEAD, first_gap
from outcomes.models import Alert, Duty
from outcomes.queries import alarm_path
from trials.domain.roles import roles_that_may
from trials.models import Site, User
from trials.permissions import Permission, Role
from trials.queries import holders


@dataclass(frozen=True)
class Gap:
    """A site without anybody on duty from an instant on; `now` = already."""

    site: Site
    since: datetime
    now: bool


def on_duty(site: Site, at: datetime) -> list[Duty]:
    """Who answers alerts of a site at an instant, in the order they are called: by place, those of the site before those of all."""
    return list(_roster(site).filter(starts_at__lte=at, ends_at__gt=at))


def next_on_duty(site: Site, at: datetime) -> Duty | None:
    """The first turn that starts after an instant."""
    return _roster(site).filter(starts_at__gt=at).order_by("starts_at", "place", "pk").first()


def gaps(sites: Iterable[Site], at: datetime) -> list[Gap]:
    """The sites whose roster has nobody now or at some time of the next 24 hours, each with the first such instant."""
    until = at + WATCHED_AHEAD
    turns = list(
        Duty.objects.filter(voided_at=None, user__is_active=True, starts_at__lte=until, ends_at__gt=at).values_list(
            "site_id", "starts_at", "ends_at"
        )
    )
    found = []
    for site in sites:
        since = first_gap([(start, end) for of, start, end in turns if of in (None, site.pk)], at, until)
        if since is not None:
            found.append(Gap(site, since, now=since <= at))
    return found


def who_is_told(site: Site, at: datetime) -> list[User]:
    """The person on duty; with nobody on duty, every safety clinician and principal investigator of the site."""
    duties = on_duty(site, at)
    if duties:
        return [duties[0].user]
    return list(holders((Role.SAFETY_CLINICIAN, Role.PI), site, at))


def promise(alert: Alert, at: datetime) -> Duty | None:
    """The turn that lets a page promise a call: whoever is called first is on duty until contact is due, and that lies ahead.

    The path by which they hear of it must be well, too. Otherwise nothing is promised.
    """
    duties = on_duty(alert.participant.site, at)
    if not duties or alert.contact_due_at is None or alert.first_contact_at is not None:
        return None
    can_be_met = at < alert.contact_due_at <= duties[0].ends_at and alarm_path.standing(at).well
    return duties[0] if can_be_met else None


def turns(at: datetime) -> QuerySet[Duty]:
    """The roster from now on."""
    return Duty.objects.filter(voided_at=None, ends_at__gt=at).select_related("user", "site").order_by("starts_at", "place", "pk")


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


def _roster(site: Site) -> QuerySet[Duty]:
    return (
        Duty.objects.filter(Q(site=site) | Q(site=None), voided_at=None, user__is_active=True)
        .select_related("user")
        .order_by("place", F("site").asc(nulls_last=True), "-starts_at", "pk")
    )
