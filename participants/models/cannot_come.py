from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from participants.models.sessions import TrainingSession


class CannotCome(models.Model):
    """A participant says that they can't come to a session, at the time at which it then stood.

    It stands until they take it back or staff act on it. That staff have acted is not stored: the session then stands elsewhere, has begun
    or is no longer planned.
    """

    PERSONAL: tuple[str, ...] = ()

    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="cannot_come")
    for_at = models.DateTimeField()  # the time they can't come at
    said_at = models.DateTimeField()
    wish_at = models.DateTimeField(null=True, blank=True)  # another time that would suit them; staff decide
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "for_at"], condition=Q(taken_back_at=None), name="cannot_come_said_once"),
            models.CheckConstraint(condition=Q(said_at__lt=F("for_at")), name="cannot_come_said_before"),
            models.CheckConstraint(
                condition=Q(taken_back_at=None) | Q(taken_back_at__gte=F("said_at"), taken_back_at__lt=F("for_at")),
                name="cannot_come_taken_back_in_time",
            ),
        ]
