from __future__ import annotations

from django.db import models


class Clock(models.Model):
    """One row: what this database is for, fixed at its creation, and how far a demonstration's clock stands from the real one."""

    PERSONAL: tuple[str, ...] = ()

    class Kind(models.TextChoices):
        REAL = "real"
        DEMO = "demo"
        TEST = "test"

    kind = models.TextField(choices=Kind.choices)
    offset_seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="clock_is_one_row"),
            models.CheckConstraint(condition=models.Q(kind__in=["real", "demo", "test"]), name="clock_kind_known"),
            models.CheckConstraint(condition=~models.Q(kind="real") | models.Q(offset_seconds=0), name="clock_of_a_real_trial_is_true"),
        ]
