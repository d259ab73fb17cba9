from __future__ import annotations

from django.db import models
from django.db.models import Q

from outcomes.models.assessment import Assessment
from participants.models import Participant
from trials.models import Site, User


class Alert(models.Model):
    """An answer that must reach a clinician, or a missing one that must be looked into. Never withdrawn by a later answer."""

    PERSONAL: tuple[str, ...] = ()

    class Kind(models.TextChoices):
        ALERT = "alert"
        CHECK = "check"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="alerts")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    alert_no = models.PositiveIntegerField()  # 1, 2, ... of the person
    kind = models.TextField(choices=Kind.choices, default=Kind.ALERT)
    trigger = models.TextField()  # "phq9.9>=1", "phq9.9>=2", "phq9.9 missing", "concern"
    urgent = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    contact_due_at = models.DateTimeField(null=True, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    risk_level = models.TextField(blank=True)  # "minimal" | "lower" | "higher"
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    historical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "alert_no"], name="alert_no_once"),
            models.UniqueConstraint(fields=["assessment", "trigger"], name="alert_once_an_answer"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_by__isnull=False) | Q(historical=True), name="alert_closed_by_somebody"
            ),
        ]


class AlertStep(models.Model):
    """What was done about an alert: append-only."""

    PERSONAL = ("text",)

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    kind = models.TextField()  # "opened" | "contact_attempt" | "contact" | "assessment" | "action" | "closed"
    text = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()


class Duty(models.Model):
    """Who answers safety alerts at a site (none: at every site), half-open [starts_at, ends_at).

    Two standing turns of one site and one place never overlap: an exclusion constraint of the database.
    """

    PERSONAL: tuple[str, ...] = ()

    class Place(models.IntegerChoices):
        FIRST = 1, "Called first"
        STAND_IN = 2, "Stand-in"
        SECOND_STAND_IN = 3, "Second stand-in"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duties")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField(choices=Place.choices, default=Place.FIRST)  # 1 is called first
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="duty_ends_after_start"),
            models.CheckConstraint(condition=Q(place__in=[1, 2, 3]), name="duty_place_known"),
        ]
