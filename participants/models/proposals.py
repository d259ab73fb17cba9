from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from participants.models.sessions import TrainingSession
from trials.models import User

CLASSES = ("health", "non_health", "site")


class LoadProposal(models.Model):
    """What the rule of progression proposed for an exercise when its session began; and who set another load instead, and why.

    Everything proposed stands here, taken or not. The columns `set_*` are filled together or not at all.
    """

    PERSONAL: tuple[str, ...] = ()

    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="proposals")
    exercise_no = models.PositiveSmallIntegerField()
    exercise = models.TextField()
    rule = models.TextField()  # of the protocol; starting_load where one was recorded
    why = models.TextField()  # in one sentence
    load_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)  # empty: none could be proposed
    reps_max = models.PositiveSmallIntegerField()  # upper end of the range of repetitions
    at = models.DateTimeField()
    set_load_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)  # prescribed instead; empty: as proposed
    set_reason = models.TextField(blank=True)  # why another load, in words
    set_reason_class = models.TextField(blank=True)  # "health" | "non_health" | "site"
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="loads_set")  # who set it
    set_at = models.DateTimeField(null=True, blank=True)  # when another load was set

    class Meta:
        ordering = ["session", "exercise_no"]
        constraints = [
            models.UniqueConstraint(fields=["session", "exercise_no"], name="proposal_once"),
            models.CheckConstraint(condition=Q(load_kg=None) | Q(load_kg__gte=0), name="proposal_load_not_negative"),
            models.CheckConstraint(
                condition=Q(set_load_kg=None, set_reason="", set_reason_class="", set_by=None, set_at=None)
                | Q(set_load_kg__isnull=False, set_load_kg__gte=0, set_reason_class__in=CLASSES, set_by__isnull=False, set_at__isnull=False)
                & ~Q(set_reason=""),
                name="proposal_set_aside_whole",
            ),
            models.CheckConstraint(
                condition=Q(load_kg=None) | Q(set_load_kg=None) | ~Q(set_load_kg=F("load_kg")), name="proposal_set_aside_differs"
            ),
        ]

    @property
    def set_aside(self) -> bool:
        return self.set_load_kg is not None

    @property
    def prescribed_kg(self) -> object:
        """The load in kg that the session prescribes: set by hand, else as proposed."""
        return self.load_kg if self.set_load_kg is None else self.set_load_kg
