from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.participant import Participant
from participants.models.sessions import TrainingSession


class Record(models.Model):
    """A clinical fact: corrected with a reason, voided when wrong, never deleted."""

    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class AdverseEvent(Record):
    """Seriousness is not severity. Columns as in adverse_event.csv."""

    PERSONAL = ("term", "description")

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="adverse_events")
    ae_no = models.PositiveIntegerField()
    category = models.TextField()
    term = models.TextField()
    description = models.TextField(blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    ongoing = models.BooleanField(default=False)
    severity = models.TextField()  # "mild" | "moderate" | "severe"
    ctcae_grade = models.PositiveSmallIntegerField(null=True, blank=True)
    serious = models.BooleanField(default=False)
    seriousness_criteria = models.JSONField(default=list)
    related = models.TextField(blank=True)  # "unrelated" | "unlikely" | "possible" | "probable" | "definite"; by the PI
    expected = models.BooleanField(null=True, blank=True)  # by the PI
    assessed_at = models.DateTimeField(null=True, blank=True)
    action = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    elicited = models.TextField()  # "visit" | "session" | "spontaneous"
    visit = models.TextField(blank=True)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, null=True, blank=True, related_name="adverse_events")
    aware_on = models.DateField()
    aware_at = models.DateTimeField()
    reported_sponsor_at = models.DateTimeField(null=True, blank=True)
    reported_ethics_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "ae_no"], name="ae_no_once"),
            models.CheckConstraint(condition=Q(severity__in=["mild", "moderate", "severe"]), name="ae_severity_known"),
            models.CheckConstraint(condition=Q(elicited__in=["visit", "session", "spontaneous"]), name="ae_elicited_known"),
            models.CheckConstraint(condition=Q(serious=False) | ~Q(seriousness_criteria=[]), name="ae_serious_has_a_criterion"),
            models.CheckConstraint(
                condition=Q(related__in=["", "unrelated", "unlikely", "possible", "probable", "definite"]), name="ae_related_known"
            ),
        ]


class HarmsAsked(models.Model):
    """The protocol's questions about harms as asked at a visit: alike in every arm, whatever the answers."""

    PERSONAL = ("answers",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="harms_asked")
    visit = models.TextField()  # code of the visit
    answers = models.JSONField()  # question code -> "yes" or "no"
    asked_on = models.DateField()  # site's date
    by = models.TextField()  # who asked
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["participant", "visit"], name="harms_asked_once_a_visit")]


class EventFollowUp(models.Model):
    """What was learnt later about an adverse event: append-only."""

    PERSONAL = ("text",)

    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="follow_ups")
    text = models.TextField()
    by = models.TextField()
    at = models.DateTimeField()


class Medication(Record):
    """One drug at one dose over one period; a change of dose is a new row that names the one before."""

    PERSONAL = ("drug",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="medications")
    med_no = models.PositiveIntegerField()
    drug = models.TextField()
    atc = models.TextField(blank=True)
    indication = models.TextField(blank=True)
    dose = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    unit = models.TextField(blank=True)
    frequency = models.TextField(blank=True)
    route = models.TextField(blank=True)
    started_on = models.TextField(blank=True)  # partial dates: "2026", "2026-03", "2026-03-14"
    stopped_on = models.TextField(blank=True)
    ongoing = models.BooleanField(default=False)
    change_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    change_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "med_no"], name="med_no_once"),
            models.CheckConstraint(condition=Q(atc="") | Q(atc__regex=r"^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$"), name="med_atc_shape"),
        ]


class Concomitant(Record):
    PERSONAL = ("description",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="concomitants")
    con_no = models.PositiveIntegerField()
    kind = models.TextField()  # "psychotherapy" | "exercise" | "other"
    description = models.TextField(blank=True)
    started_on = models.TextField(blank=True)
    stopped_on = models.TextField(blank=True)
    sessions_per_week = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    minutes_per_session = models.PositiveIntegerField(null=True, blank=True)
    source_visit = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "con_no"], name="con_no_once"),
            models.CheckConstraint(condition=Q(kind__in=["psychotherapy", "exercise", "other"]), name="con_kind_known"),
        ]


class Deviation(Record):
    """A departure from the protocol, or an intercurrent event that was typed in. `important` is judged blind, later."""

    PERSONAL = ("description",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="deviations")
    dev_no = models.PositiveIntegerField()
    kind = models.TextField()  # "deviation" | "intercurrent_event"
    category = models.TextField()
    occurred_on = models.DateField()
    found_on = models.DateField()
    important = models.BooleanField(null=True, blank=True)
    judged_on = models.DateField(null=True, blank=True)
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, null=True, blank=True, related_name="deviations")
    visit = models.TextField(blank=True)
    given_arm = models.TextField(blank=True)  # category wrong_arm: what was given instead
    source_record = models.TextField(blank=True)  # the record that it follows from: "self_report/7KQ3"; empty: typed in
    description = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "dev_no"], name="dev_no_once"),
            models.CheckConstraint(condition=Q(kind__in=["deviation", "intercurrent_event"]), name="dev_kind_known"),
        ]
