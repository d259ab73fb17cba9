from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from trials.models import Site, User


class Room(models.Model):
    """A room of a site in which one slot is held at a time."""

    PERSONAL: tuple[str, ...] = ()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.TextField()

    class Meta:
        ordering = ["site", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="room_once")]

    def __str__(self) -> str:
        return self.name


class RosterHours(models.Model):
    """A span of a weekday in which a trainer is at a site; without any they are there whenever it is open."""

    PERSONAL: tuple[str, ...] = ()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="roster_hours")
    trainer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roster_hours")
    weekday = models.PositiveSmallIntegerField()  # Monday 0 to Sunday 6
    opens = models.TimeField()  # wall clock of the site
    closes = models.TimeField()  # wall clock of the site; 00:00: until midnight
    removed_at = models.DateTimeField(null=True, blank=True)  # when it was taken off the roster; empty: it holds

    class Meta:
        ordering = ["site", "trainer", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="roster_weekday_known"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")) | Q(closes="00:00"), name="roster_opens_before_it_closes"),
        ]


class Absence(models.Model):
    """A site is shut (no trainer named) or one of its trainers is away, from one instant to another."""

    PERSONAL = ("reason",)

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="absences")
    trainer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    lifted_at = models.DateTimeField(null=True, blank=True)  # when it was called off; empty: it holds

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="absence_ends_after_start")]


class Slot(models.Model):
    """A trainer, perhaps in a room, at a time, with so many places. Migration 0008 excludes what overlaps and counts the places."""

    PERSONAL: tuple[str, ...] = ()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="slots")
    trainer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="slots")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveSmallIntegerField()  # places
    cancelled_at = models.DateTimeField(null=True, blank=True)  # when it was given up; empty: it stands

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gte=1), name="slot_has_a_place"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="slot_ends_after_start"),
        ]
        indexes = [models.Index(fields=["site", "starts_at"], name="slot_of_site_at")]

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60
