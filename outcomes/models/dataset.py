from __future__ import annotations

from django.db import models

from participants.models import Participant
from trials.models import User


class Provider(models.Model):
    """A member of staff as the dataset knows them: a code that never changes, and who may train people. Never a name."""

    PERSONAL: tuple[str, ...] = ()

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="provider")
    code = models.TextField(unique=True)
    site = models.TextField(blank=True)
    profession = models.TextField(blank=True)
    qualification = models.TextField(blank=True)
    trained_on = models.DateField(null=True, blank=True)


class Stated(models.Model):
    """What a bundle said of a person without its source: file row -> column -> text. Written once, by the import."""

    PERSONAL = ("values",)

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="stated")
    values = models.JSONField(default=dict)
