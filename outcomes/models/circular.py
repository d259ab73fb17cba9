from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.models import Site, User


class Circular(models.Model):
    """One message to several people: its words and whom it was meant for; append-only. Each of them has a row in the outbox."""

    PERSONAL: tuple[str, ...] = ()

    code = models.CharField(max_length=10, unique=True)
    client_uuid = models.UUIDField(unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="circulars")  # empty: each of the sender's
    phase = models.TextField()  # "any" | "before" | "begun" | "over", or a visit since it opened
    language = models.CharField(max_length=8)
    subject = models.TextField()
    body = models.TextField()
    short = models.TextField()
    people = models.PositiveIntegerField()  # how many it was sent to
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="circulars")
    at = models.DateTimeField()
    not_after = models.DateTimeField()  # what has not gone by then is not sent

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(people__gte=1), name="circular_goes_to_somebody"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(body="") & ~Q(short=""), name="circular_has_words"),
        ]

    def __str__(self) -> str:
        return self.code


class CircularStop(models.Model):
    """That a circular was called off: whatever had not gone out by then is not sent. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    circular = models.OneToOneField(Circular, on_delete=models.PROTECT, related_name="stop")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="circular_stops")
    at = models.DateTimeField()
