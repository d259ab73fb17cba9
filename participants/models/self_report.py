from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.domain.unblinding import HOW, HOW_CHOICES
from participants.models.clinical import Deviation
from participants.models.participant import Participant
from trials.models import User


class SelfReport(models.Model):
    """Somebody blind says that they learned an arm, or believe so: append-only. Which arm is not asked.

    The deviation that follows from it is corrected or voided like any other; a voided one takes the report out of every count.
    """

    PERSONAL = ("note",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="self_reports")
    deviation = models.OneToOneField(Deviation, on_delete=models.PROTECT, related_name="self_report")
    code = models.TextField(unique=True)  # random: what the deviation calls it
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="self_reports")
    assessor = models.BooleanField()  # whether they assess at the site: somebody else then takes the next visits
    learned_on = models.DateField()  # the site's day
    how = models.TextField(choices=HOW_CHOICES)  # how they came to learn it, coded
    sure = models.BooleanField()  # no: they believe to know
    note = models.TextField(blank=True)  # in their words; shown only to eyes that may know arms
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(how__in=list(HOW)), name="self_report_how_known")]
