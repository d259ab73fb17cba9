from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from participants.models.participant import Participant


class StopLink(models.Model):
    """The address in the head of each message by which a person ends messages with one press. Only the token's digest is kept."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="stop_links")
    token_digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token in the address that ends messages with one press
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)  # when it last ended messages

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used_at=None) | Q(used_at__gte=F("created_at")), name="stop_link_used_after_made")
        ]
