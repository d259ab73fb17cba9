from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from trials.domain.envelopes import KIND_CHOICES, Kind, Slip
from trials.models.allocation import Allocation, Scheme
from trials.models.people import User
from trials.models.protocol import Site


class Envelope(models.Model):
    """A sealed slip for a site that can't reach the program. Its arm is kept nowhere: it follows from the seed. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="envelopes")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="envelopes")
    stratum_key = models.TextField()  # the stratum that it is for
    number = models.PositiveIntegerField()  # its place among the site's envelopes of the stratum, from 1
    code = models.TextField(unique=True)  # random: stands outside and inside
    made_at = models.DateTimeField()  # when it was first printed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "site", "stratum_key", "number"], name="envelope_place_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="envelopes_count_from_one"),
        ]

    @property
    def slip(self) -> Slip:
        """Its place, whether it was used, and what was reported of it; read with `use` and `report` where many are."""
        report = getattr(self, "report", None)
        return Slip(self.number, hasattr(self, "use"), report.kind if report else "")


class EnvelopePrint(models.Model):
    """All envelopes of a site were printed. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="envelope_prints")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="envelope_prints")
    count = models.PositiveIntegerField()  # how many slips the document holds
    digest = models.CharField(max_length=64)  # SHA-256 of the document
    printed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="envelopes_printed")
    at = models.DateTimeField()


class EnvelopeReport(models.Model):
    """An envelope that nobody was randomised by is accounted for. Append-only."""

    PERSONAL = ("reason",)

    envelope = models.OneToOneField(Envelope, on_delete=models.PROTECT, related_name="report")
    kind = models.TextField(choices=KIND_CHOICES)  # what became of it
    reason = models.TextField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="envelopes_reported")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="envelope_report_kind_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="envelope_report_says_why"),
        ]


class EnvelopeUse(models.Model):
    """Somebody was randomised by an envelope, and it was entered afterwards. Append-only."""

    PERSONAL = ("reason",)

    envelope = models.OneToOneField(Envelope, on_delete=models.PROTECT, related_name="use")
    allocation = models.OneToOneField(Allocation, on_delete=models.PROTECT, related_name="envelope_use")
    opened_at = models.DateTimeField()  # when the envelope was opened, at the site
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="envelopes_opened")
    reason = models.TextField()  # why the program could not be reached
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="envelopes_entered")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opened_at__lte=F("at")), name="envelope_opened_before_entered"),
            models.CheckConstraint(condition=~Q(reason=""), name="envelope_use_says_why"),
        ]
