from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.models import User


class Job(models.Model):
    """Long work that a person asked for and may leave: its progress, its end, its failure in one sentence."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    requested_at = models.DateTimeField()
    status = models.TextField(choices=Status.choices, default=Status.WAITING)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        abstract = True


class Report(Job):
    """A snapshot: what adherence and dose were, as of an instant, under a protocol, by a version of the code."""

    PERSONAL: tuple[str, ...] = ()

    kind = models.TextField(default="adherence")
    as_of = models.DateTimeField()
    protocol_digest = models.CharField(max_length=64)
    code_version = models.TextField()
    body = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "-as_of"], name="report_newest")]


class Cut(models.Model):
    """The closed tables as of an instant, frozen as files in the data folder; every export of that instant is made from them."""

    PERSONAL: tuple[str, ...] = ()

    at = models.DateTimeField(unique=True)
    digest = models.CharField(max_length=64)  # of the frozen bundle's manifest
    protocol_digest = models.CharField(max_length=64)
    code_version = models.TextField()
    taken_at = models.DateTimeField()


class Export(Job):
    """One request for a cut in a view and a profile. Who and when stand here, never in the files."""

    PERSONAL: tuple[str, ...] = ()

    cut_at = models.DateTimeField()
    view = models.TextField()  # "closed" | "blinded"
    profile = models.TextField(default="full")
    formats = models.JSONField(default=list)  # codes of what goes out beside CSV
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(view__in=["closed", "blinded"]), name="export_view_known")]
