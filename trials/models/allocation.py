from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.models.people import User
from trials.models.protocol import Site, Trial


class Unit(models.Model):
    """Whoever can be randomised: a trial id at a site."""

    PERSONAL: tuple[str, ...] = ()

    trial_id = models.TextField(unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="units")

    def __str__(self) -> str:
        return self.trial_id


class Scheme(models.Model):
    """How arms are drawn, and the sealed seed they are drawn from. The key lies outside the database."""

    PERSONAL: tuple[str, ...] = ()

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="schemes")
    version = models.PositiveIntegerField()
    table = models.JSONField()  # the protocol's [allocation] with arms and ratio put in
    protocol_digest = models.CharField(max_length=64)
    sealed_seed = models.BinaryField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "version"], name="scheme_version_once"),
            models.UniqueConstraint(fields=["trial"], condition=Q(closed_at=None), name="one_open_scheme"),
        ]


class Stratum(models.Model):
    """One stream of arms. `sealed_state` is the generator after the last allocation; what comes next is written nowhere."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="strata")
    key = models.TextField()  # "site=LIM|sex=F"
    next_seq = models.PositiveIntegerField(default=1)
    sealed_state = models.BinaryField()
    sealed_dummy_state = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "key"], name="stratum_once")]


class Allocation(models.Model):
    """An arm given to a unit: append-only, never undone. Nothing outside this app reads `arm`."""

    PERSONAL: tuple[str, ...] = ()

    class Source(models.TextChoices):
        LIVE = "live"
        IMPORTED = "imported"

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="allocation")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, null=True, related_name="allocations")
    stratum = models.ForeignKey(Stratum, on_delete=models.PROTECT, null=True, related_name="allocations")
    seq = models.PositiveIntegerField(null=True)
    stratum_key = models.TextField(blank=True)
    factors = models.JSONField(default=dict)  # as used
    arm = models.TextField()
    dummy_arm = models.TextField()
    code = models.TextField(unique=True)  # random, reveals no position
    at = models.DateTimeField()
    protocol_digest = models.CharField(max_length=64)
    source = models.TextField(choices=Source.choices, default=Source.LIVE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stratum", "seq"], name="allocation_place_once"),
            models.CheckConstraint(
                condition=Q(source="imported", scheme=None, stratum=None, seq=None)
                | Q(source="live", scheme__isnull=False, stratum__isnull=False, seq__isnull=False),
                name="allocation_live_has_a_place",
            ),
        ]


class ArmRequest(models.Model):
    """A blind role asked for one person's arm, and why."""

    PERSONAL: tuple[str, ...] = ()

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="arm_requests")
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    reason = models.TextField()
    at = models.DateTimeField()
