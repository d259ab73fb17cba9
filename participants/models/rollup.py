from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from participants.models.sessions import TrainingSession


class SessionRollup(models.Model):
    """One session's sums over its working sets, written in the transaction that writes the sets. Derived: the sets stay the truth.

    Sums of shares are kept to every digit that 28 digits of precision can give them, so that what is read equals what was added up.
    """

    PERSONAL: tuple[str, ...] = ()

    session = models.OneToOneField(TrainingSession, on_delete=models.PROTECT, related_name="rollup")  # whose sets are added up
    planned_volume_kg = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)  # empty: no load was prescribed
    done_volume_kg = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    sets_planned = models.PositiveIntegerField()
    sets_done = models.PositiveIntegerField()
    reps_planned = models.PositiveIntegerField()
    reps_done = models.PositiveIntegerField()
    load_planned_kg = models.DecimalField(max_digits=14, decimal_places=2)  # over performed, unsubstituted, loaded sets
    load_done_kg = models.DecimalField(max_digits=14, decimal_places=2)  # over the same sets
    load_ratio_sum = models.DecimalField(max_digits=44, decimal_places=36)  # load done / planned, added up over the same sets
    load_sets = models.PositiveIntegerField()  # how many those are
    reps_loaded = models.PositiveIntegerField()  # repetitions x sides of the sets in the done volume
    intensity_weighted = models.DecimalField(max_digits=44, decimal_places=36)  # repetitions x load / estimated 1RM, added up
    intensity_reps = models.PositiveIntegerField()  # repetitions of the sets with a tested 1RM
    intensity_sets = models.PositiveIntegerField()  # how many those are
    reduced = models.BooleanField()  # fewer sets or repetitions, or less load, than planned
    exercises_planned = models.JSONField(default=list)  # codes
    exercises_done = models.JSONField(default=list)  # codes of planned exercises done and not swapped
    loads = models.JSONField(default=dict)  # by exercise, the last load prescribed, in kg
    body_mass_shares = models.JSONField(default=dict)  # by exercise, the share of the body mass moved, in kg
    complete = models.BooleanField()  # no: a planned set may borrow the load of an earlier session

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sets_done__lte=F("sets_planned")), name="rollup_sets_done_among_planned"),
            models.CheckConstraint(condition=Q(load_sets__lte=F("sets_done")), name="rollup_loaded_sets_among_done"),
            models.CheckConstraint(
                condition=Q(planned_volume_kg=None) | Q(planned_volume_kg__gte=Decimal(0)), name="rollup_volume_not_negative"
            ),
        ]
