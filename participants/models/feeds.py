from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.participant import Participant
from trials.models import User


class CalendarFeed(models.Model):
    """The right to read one person's sessions as a calendar, by a secret address. Only the digest of its token is kept."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")  # a trainer
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(participant=None, user__isnull=False) | Q(participant__isnull=False, user=None), name="feed_of_one_person"
            ),
            models.UniqueConstraint(fields=["participant"], condition=Q(revoked_at=None), name="feed_of_a_participant_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="feed_of_a_user_once"),
        ]
