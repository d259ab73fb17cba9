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
    released_at = models.DateTimeField(null=True, blank=True)  # from here on reminders may go again
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="released_alerts")
    historical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "alert_no"], name="alert_no_once"),
            models.UniqueConstraint(fields=["assessment", "trigger"], name="alert_once_an_answer"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_by__isnull=False) | Q(historical=True), name="alert_closed_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None)
                | Q(historical=True)
                | Q(kind="check")
                | (Q(first_contact_at__isnull=False) & ~Q(risk_level="")),
                name="alert_closed_after_contact",
            ),
            models.CheckConstraint(
                condition=Q(risk_level__in=["", "minimal", "lower", "higher"]) | Q(historical=True), name="alert_level_known"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None) | Q(released_at__isnull=False, released_by__isnull=False),
                name="alert_released_by_somebody",
            ),
        ]


HOLDING = Q(released_at=None, historical=False)  # alerts that keep reminders back


class AlertCall(models.Model):
    """That an alert nobody had taken on was told on: level 2, 3, ..., each once; level 1 is whoever was told first. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="calls")
    level = models.PositiveSmallIntegerField()
    whom = models.TextField()  # "roster" | "investigator"
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "level"], name="alert_call_once"),
            models.CheckConstraint(condition=Q(level__gte=2), name="alert_call_follows_the_first"),
            models.CheckConstraint(condition=Q(whom__in=["roster", "investigator"]), name="alert_call_whom_known"),
        ]


class AlertStep(models.Model):
    """What was done about an alert: append-only."""

    PERSONAL = ("text",)

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    kind = models.TextField()  # "opened" | "contact_attempt" | "contact" | "assessment" | "action" | "handed_over" | "released" | "closed"
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
