from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.participant import Participant
from trials.models import User

OUTCOMES = (
    ("comes_again", "Comes to the next session"),
    ("other_times", "Needs other days or times"),
    ("pauses", "Pauses for now"),
    ("stops", "Wants to stop training"),
    ("no_answer", "No answer"),
)


class TrainingCall(models.Model):
    """One attempt to reach somebody who trains and was missed: append-only. It tells who trains, so blind eyes never meet it."""

    PERSONAL = ("note",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="training_calls")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="training_calls")  # who called
    outcome = models.TextField(choices=OUTCOMES)  # what came of it
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(outcome__in=[code for code, _ in OUTCOMES]), name="training_call_outcome_known")]

    @property
    def reached(self) -> bool:
        return self.outcome != "no_answer"
