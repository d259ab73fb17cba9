from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.domain.annotations import KIND_CHOICES, KINDS
from trials.models.allocation import Allocation
from trials.models.people import User


class AllocationAnnotation(models.Model):
    """What went wrong with an allocation, said beside it: append-only. The first allocation stands, and analysis counts as randomised."""

    PERSONAL = ("reason",)

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="annotations")
    code = models.TextField(unique=True)  # random: what the deviation that follows calls it
    kind = models.TextField(choices=KIND_CHOICES)  # what went wrong
    true_factors = models.JSONField(default=dict, blank=True)  # wrong_stratum: the level of each factor that was the person's own
    reason = models.TextField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="annotations")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="annotation_kind_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="annotation_says_why"),
            models.CheckConstraint(
                condition=(Q(kind="wrong_stratum") & ~Q(true_factors={})) | (~Q(kind="wrong_stratum") & Q(true_factors={})),
                name="annotation_names_the_stratum",
            ),
        ]
