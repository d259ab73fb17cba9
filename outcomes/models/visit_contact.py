from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Participant
from trials.models import User

CHANNELS = (
    ("phone", "Telephone"),
    ("text", "Text message"),
    ("email", "E-mail"),
    ("post", "Letter"),
    ("in_person", "In person"),
)
OUTCOMES = (
    ("will_answer", "Will answer"),
    ("other_time", "Asks for another time"),
    ("declines", "Does not want to answer at this visit"),
    ("left_message", "Message left or sent"),
    ("no_answer", "No answer"),
    ("wrong_contact", "The number or address is wrong"),
)


class VisitContact(models.Model):
    """One attempt to reach somebody about a visit's questionnaires: append-only, and without free text, so that blind eyes may read it."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="visit_contacts")
    visit = models.TextField()  # code of the visit
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="visit_contacts")  # who tried
    channel = models.TextField(choices=CHANNELS)
    outcome = models.TextField(choices=OUTCOMES)  # what came of it
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=[code for code, _ in CHANNELS]), name="visit_contact_channel_known"),
            models.CheckConstraint(condition=Q(outcome__in=[code for code, _ in OUTCOMES]), name="visit_contact_outcome_known"),
        ]
