from __future__ import annotations

from django.db import models

from participants.models.participant import Participant


class Identity(models.Model):
    """Who a participant is, sealed: JSON of given_name, family_name, born_on, email, phone, emergency_name, emergency_phone.

    Only `participants` opens it. The row's key is the seal's associated data, so no blob can be moved to another person.
    """

    PERSONAL = ("sealed",)

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="identity")
    sealed = models.BinaryField()
