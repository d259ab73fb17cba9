from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from outcomes.models.assessment import Assessment, AssessmentVersion
from trials.models import User


class SecondEntry(models.Model):
    """A paper form entered by a second person, blind to the first entry: append-only, and somebody else's by a rule of the database."""

    PERSONAL: tuple[str, ...] = ()

    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="second_entry")
    first = models.OneToOneField(AssessmentVersion, on_delete=models.PROTECT, related_name="+")
    second = models.OneToOneField(AssessmentVersion, on_delete=models.PROTECT, related_name="+")
    first_completed_on = models.DateField()  # the date on the form as the first person read it
    completed_on = models.DateField()  # ... as the second person read it
    compared = models.PositiveSmallIntegerField()  # fields of the form: its items and its date
    differing = models.PositiveSmallIntegerField()  # how many of these the two read differently
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="second_entries")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(differing__lte=F("compared")), name="second_entry_differs_in_what_it_compares")]


class Adjudication(models.Model):
    """Which entry is right in each differing field, and why: once, append-only."""

    PERSONAL: tuple[str, ...] = ()

    entry = models.OneToOneField(SecondEntry, on_delete=models.PROTECT, related_name="adjudication")
    choices = models.JSONField()  # {"3": "second"}: field -> first or second
    reason = models.TextField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="adjudications")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="adjudication_has_a_reason")]
