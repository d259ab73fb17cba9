"""What a site keeps of its timetable: rooms, the hours of its trainers, and absences. Opening hours and holidays are the protocol's."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from participants.models import Absence, Room, RosterHours
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Site, User
from trials.permissions import Permission, Refused, allowed, check

LONGEST, HORIZON = timedelta(days=366), timedelta(days=3653)


@action
def add_room(site: Site, *, name: str, by: Actor, at: datetime) -> Room:
    """A room in which one slot is held at a time."""
    check(by, Permission.KEEP_TIMETABLE, at_site=site)
    name = " ".join(name.split())
    if not name:
        raise Refused("Name the room.", code="no_name", status=422)
    if Room.objects.filter(site=site, name__iexact=name).exists():
        raise Refused(f"{site} has a room {name} already.", code="room_known")
    room = Room.objects.create(site=site, name=name)
    audit.record("room.added", about=f"site:{site.code}", by=by, at=at, detail={"room": room.pk})
    return room


@action
def keep_hours(site: Site, *, trainer: User, weekday: int, opens: time, closes: time, by: Actor, at: datetime) -> RosterHours:
    """A trainer is at the site on a weekday (Monday 0) from one wall-clock time to another; 00:00 ends at midnight."""
    check(by, Permission.KEEP_TIMETABLE, at_site=site)
    _check_trainer(trainer, site)
    if not 0 <= weekday <= 6:
        raise Refused("Choose a weekday.", code="weekday", status=422)
    if opens >= closes and closes != time(0):
        raise Refused("The hours begin before they end.", code="hours_order", status=422)
    User.objects.select_for_update().get(pk=trainer.pk)
    standing = RosterHours.objects.filter(site=site, trainer=trainer, weekday=weekday, removed_at=None)
    if any(h.opens < _until(closes) and opens < _until(h.closes) for h in standing):
        raise Refused(f"{trainer} has hours at that time already. Take those off first.", code="hours_known")
    kept = RosterHours.objects.create(site=site, trainer=trainer, weekday=weekday, opens=opens, closes=closes)
    audit.record("roster.hours_kept", about=f"site:{site.code}", by=by, at=at, detail={"trainer": trainer.actor, "weekday": weekday})
    return kept


@action
def take_off_hours(hours: RosterHours, *, by: Actor, at: datetime) -> RosterHours:
    """Hours no longer hold; a trainer left without any is there whenever the site is open."""
    check(by, Permission.KEEP_TIMETABLE, at_site=hours.site)
    hours = RosterHours.objects.select_for_update(of=("self",)).select_related("site", "trainer").get(pk=hours.pk)
    if hours.removed_at is None:
        hours.removed_at = at
        hours.save(update_fields=["removed_at"])
        detail = {"trainer": hours.trainer.actor, "weekday": hours.weekday}
        audit.record("roster.hours_removed", about=f"site:{hours.site.code}", by=by, at=at, detail=detail)
    return hours


@action
def record_absence(
    site: Site, *, starts_at: datetime, ends_at: datetime, reason: str, by: Actor, at: datetime, trainer: User | None = None
) -> Absence:
    """The site is shut, or a trainer of it away, between two moments: nothing is planned or moved there. Sessions in it are moved next."""
    check(by, Permission.KEEP_TIMETABLE, at_site=site)
    if trainer is not None:
        _check_trainer(trainer, site)
    if not reason.strip():
        raise Refused("Say why, in a few words.", code="no_reason", status=422)
    if not timedelta(0) < ends_at - starts_at <= LONGEST:
        raise Refused("An absence ends after it begins, within a year.", code="absence_order", status=422)
    if ends_at > at + HORIZON:
        raise Refused("An absence is over within ten years.", code="far", status=422)
    if ends_at <= at:
        raise Refused("An absence that is over moves nothing.", code="past", status=422)
    absence = Absence.objects.create(site=site, trainer=trainer, starts_at=starts_at, ends_at=ends_at, reason=reason.strip())
    detail = {"absence": absence.pk, "trainer": trainer.actor if trainer else ""}
    audit.record("absence.recorded", about=f"site:{site.code}", by=by, at=at, reason=reason, detail=detail)
    return absence


@action
def lift_absence(absence: Absence, *, by: Actor, at: datetime) -> Absence:
    """It was called off: the time can be planned again. Sessions that were moved stay where they are."""
    check(by, Permission.KEEP_TIMETABLE, at_site=absence.site)
    absence = Absence.objects.select_for_update(of=("self",)).select_related("site", "trainer").get(pk=absence.pk)
    if absence.lifted_at is None:
        absence.lifted_at = at
        absence.save(update_fields=["lifted_at"])
        audit.record("absence.lifted", about=f"site:{absence.site.code}", by=by, at=at, detail={"absence": absence.pk})
    return absence


def _check_trainer(trainer: User, site: Site) -> None:
    if not allowed(trainer, Permission.RECORD_SESSION, at_site=site):
        raise Refused(f"{trainer} may not record sessions at {site}.", code="no_trainer")


def _until(closes: time) -> time:
    return time.max if closes == time(0) else closes
