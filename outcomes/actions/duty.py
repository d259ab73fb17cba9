"""The roster of those who answer safety alerts: who is called first, who stands in, and for how long."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from outcomes import permissions
from outcomes.models import Duty
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Site, User
from trials.permissions import Permission, Refused, allowed


@action
def put_on_duty(user: User, *, site: Site | None, starts_at: datetime, ends_at: datetime, place: int = 1, by: Actor, at: datetime) -> Duty:
    """Somebody who may handle alerts answers those of a site (none: of every site) for a stretch of time.

    `place`: 1 is called first, 2 and 3 stand in; each place of a site has one person at a time.
    """
    permissions.check_may_keep_roster(by, site)
    if not allowed(user, Permission.HANDLE_ALERT, at_site=site):
        raise Refused(f"{user} can't be on duty: their role may not handle safety alerts there.", code="not_a_clinician")
    if ends_at <= starts_at:
        raise Refused("The turn ends before it starts. Give an end after the start.", code="bad_period", status=422)
    if place not in Duty.Place.values:
        raise Refused("Choose who is called: first, stand-in or second stand-in.", code="unknown_place", status=422)
    try:
        with transaction.atomic():
            duty = Duty.objects.create(user=user, site=site, starts_at=starts_at, ends_at=ends_at, place=place)
    except IntegrityError:
        raise _taken(site, starts_at, ends_at, place) from None
    audit.record("duty.set", about=user.actor, by=by, at=at, detail={"duty": duty.pk, "site": site.code if site else "all", "place": place})
    return duty


@action
def take_off_duty(duty: Duty, *, reason: str = "", by: Actor, at: datetime) -> Duty:
    """A turn that was entered wrongly or is handed on is voided, never deleted."""
    permissions.check_may_keep_roster(by, duty.site)
    if duty.voided_at is None:
        duty.voided_at = at
        duty.save(update_fields=["voided_at"])
        audit.record("duty.voided", about=duty.user.actor, by=by, at=at, reason=reason, detail={"duty": duty.pk})
    return duty


def _taken(site: Site | None, starts_at: datetime, ends_at: datetime, place: int) -> Refused:
    there = Duty.objects.filter(site=site, place=place, voided_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)
    who = there.order_by("starts_at").select_related("user").first()
    name = f"{who.user} is" if who else "Somebody is"
    word = Duty.Place(place).label.lower()
    return Refused(f"{name} there as {word} in that time already. Take that turn off first, or choose another place.", code="turn_overlaps")
