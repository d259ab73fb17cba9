from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.sessions import TrainingSession
from trials.models import User


class ObservationDraw(models.Model):
    """One row: the seed by which sessions are drawn for observation. It is made once, before any trainer could adapt to it."""

    PERSONAL: tuple[str, ...] = ()

    sealed = models.BinaryField()  # the seed, encrypted with a key outside the database
    commitment = models.CharField(max_length=64)  # SHA-256 of the seed
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="observation_draw_is_one_row")]


class Observation(models.Model):
    """One session that somebody watched: what the checklist says of the trainer. Sessions exist in one arm, so blind eyes never meet it."""

    PERSONAL: tuple[str, ...] = ()

    session = models.OneToOneField(TrainingSession, on_delete=models.PROTECT, related_name="observation")  # the one that was watched
    observer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="observations")  # who watched, never the trainer
    verdicts = models.JSONField()  # item of the checklist -> done, not_done or not_applicable; checked by migration 0013
    protocol_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
