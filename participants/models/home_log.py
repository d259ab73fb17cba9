from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.domain.home import WENT
from participants.models.sessions import TrainingSession
from trials.models import User


class HomeLog(models.Model):
    """What a participant told by their own link of a session that nobody supervised, beside its sets: how it went, and a note to be read.

    The figures stand on the session and its sets, as staff would have entered them.
    """

    PERSONAL = ("note",)

    session = models.OneToOneField(TrainingSession, on_delete=models.PROTECT, related_name="home_log")
    client_uuid = models.UUIDField(unique=True)  # of the page it was sent from: sent twice, it counts once
    at = models.DateTimeField()
    went = models.TextField()  # of WENT
    note = models.TextField(blank=True)
    read_by_on = models.DateField(null=True, blank=True)  # the site's day by which the person was promised that it is read
    read_at = models.DateTimeField(null=True, blank=True)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="home_logs_read")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(went__in=list(WENT)), name="home_log_went_known"),
            models.CheckConstraint(
                condition=Q(note="", read_by_on=None) | (~Q(note="") & Q(read_by_on__isnull=False)), name="home_log_note_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(read_at=None, reader=None) | Q(read_at__isnull=False, reader__isnull=False, read_by_on__isnull=False),
                name="home_log_read_by_somebody",
            ),
        ]

    @property
    def went_words(self) -> str:
        return WENT[self.went].casefold()
