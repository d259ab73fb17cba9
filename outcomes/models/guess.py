from __future__ import annotations

from django.db import models
from django.db.models import Q

from outcomes.domain.guessing import Certainty, Whose
from participants.models import Participant
from trials.models import User


class Guess(models.Model):
    """Which arm somebody who should not know it believes a person to be in, told at the last visit: once, corrected with a reason."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="guesses")
    whose = models.TextField(choices=[(w.value, w.value) for w in Whose])  # who guessed: the assessor, or the participant
    arm = models.TextField(blank=True)  # a code of the protocol; empty: doesn't know
    certainty = models.TextField(blank=True, choices=[(c.value, c.value) for c in Certainty])  # how sure; empty: doesn't know
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="guesses")
    visit = models.TextField()  # code of the visit at which it was asked
    protocol_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "whose"], name="guess_once"),
            models.CheckConstraint(condition=Q(whose__in=list(Whose)), name="guess_whose_known"),
            models.CheckConstraint(
                condition=Q(arm="", certainty="") | (~Q(arm="") & Q(certainty__in=list(Certainty))), name="guess_is_an_arm_or_dont_know"
            ),
        ]
