from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from trials.domain.randomisation.life import Status, status
from trials.models.group import Group
from trials.models.protocol import Site, Trial
from trials.models.unit import Unit


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def live(self) -> SchemeQuerySet:
        """Drawn or open: at most one."""
        return self.filter(closed_at=None, discarded_at=None)

    def open(self) -> SchemeQuerySet:
        return self.live().exclude(opened_at=None)


class Scheme(models.Model):
    """How arms are drawn, and the sealed seed they are drawn from: drawn by one person, opened by another. The key lies outside."""

    PERSONAL: tuple[str, ...] = ()

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="schemes")
    version = models.PositiveIntegerField()
    table = models.JSONField()  # the protocol's [allocation] with arms and ratio put in
    protocol_digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64, blank=True)
    sealed_seed = models.BinaryField()
    places = models.PositiveIntegerField(default=0)
    commitment = models.CharField(max_length=64, blank=True)
    drawn_by = models.TextField()
    drawn_at = models.DateTimeField()
    approved_by = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "version"], name="scheme_version_once"),
            models.UniqueConstraint(fields=["trial"], condition=Q(closed_at=None, discarded_at=None), name="one_live_scheme"),
            models.CheckConstraint(
                condition=Q(approved_by="", opened_at=None) | (~Q(approved_by="") & Q(opened_at__isnull=False)),
                name="scheme_opens_by_approval",
            ),
            models.CheckConstraint(condition=~Q(approved_by=F("drawn_by")), name="scheme_needs_two_people"),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(opened_at__isnull=False), name="only_an_open_scheme_closes"),
            models.CheckConstraint(condition=Q(discarded_at=None) | Q(opened_at=None), name="only_a_drawn_scheme_is_discarded"),
        ]

    @property
    def status(self) -> Status:
        return status(opened=self.opened_at is not None, closed=self.closed_at is not None, discarded=self.discarded_at is not None)


class Stratum(models.Model):
    """One stream of arms. `sealed_state` is the generator after the last allocation; what comes next is written nowhere."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="strata")
    key = models.TextField()  # "site=LIM|sex=F"
    next_seq = models.PositiveIntegerField(default=1)
    last_seq = models.PositiveIntegerField(null=True)  # where an uploaded list ends
    sealed_state = models.BinaryField()
    sealed_dummy_state = models.BinaryField()
    last_hash = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "key"], name="stratum_once"),
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(closed_reason=""), name="stratum_closes_with_a_reason"),
            models.CheckConstraint(condition=Q(last_seq=None) | Q(next_seq__lte=F("last_seq") + 1), name="stratum_within_its_list"),
        ]


class Cap(models.Model):
    """How many may be randomised and how many are: one row for the trial, one for each site. The database itself counts."""

    PERSONAL: tuple[str, ...] = ()

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="caps")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="caps")
    most = models.PositiveIntegerField(null=True)
    given = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site"], name="cap_of_a_site_once"),
            models.UniqueConstraint(fields=["trial"], condition=Q(site=None), name="cap_of_the_trial_once"),
        ]

    @property
    def reached(self) -> bool:
        return self.most is not None and self.given >= self.most

    @property
    def near(self) -> bool:
        """80 % or more are randomised."""
        return self.most is not None and self.given * 5 >= self.most * 4


class Attempt(models.Model):
    """Somebody set out to randomise a unit: written and committed before anything else, so that a crash leaves it without an outcome."""

    PERSONAL: tuple[str, ...] = ()

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="attempts")
    actor = models.TextField()
    at = models.DateTimeField()
    key = models.UUIDField(null=True)
    body_digest = models.CharField(max_length=64, blank=True)
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="repeated_by")
    batch = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="together_with", db_index=False
    )  # its first attempt
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], condition=Q(repeats=None, key__isnull=False), name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="attempts_of_a_batch")]


class AttemptOutcome(models.Model):
    """What became of an attempt; without one, the program crashed or was stopped."""

    PERSONAL: tuple[str, ...] = ()

    class Kind(models.TextChoices):
        GIVEN = "given"
        ANSWERED = "answered"  # repeats a key whose request was given, and got the same answer again
        REFUSED = "refused"
        BUSY = "busy"

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="outcome")
    kind = models.TextField(choices=Kind.choices)
    code = models.TextField(blank=True)
    at = models.DateTimeField()


class Allocation(models.Model):
    """An arm given to a unit: append-only, never undone. Nothing outside this app reads `arm`.

    One that `follows` another was not drawn: its unit is a further member of the group that the other was drawn for.
    """

    PERSONAL: tuple[str, ...] = ()

    class Source(models.TextChoices):
        LIVE = "live"
        IMPORTED = "imported"
        BACKUP = "backup"

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
    code_digest = models.CharField(max_length=64, blank=True)
    sealed_draw = models.BinaryField(null=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="allocations", db_index=False)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stratum", "seq"], condition=Q(follows=None), name="allocation_place_once"),
            models.UniqueConstraint(fields=["group"], condition=Q(follows=None, group__isnull=False), name="group_drawn_once"),
            models.CheckConstraint(condition=Q(group=None) | Q(source="live"), name="allocation_of_a_group_is_live"),
            models.CheckConstraint(
                condition=Q(source="imported", scheme=None, stratum=None, seq=None)
                | Q(source="backup", scheme__isnull=False, stratum=None, seq=None)
                | Q(source="live", scheme__isnull=False, stratum__isnull=False, seq__isnull=False),
                name="allocation_live_has_a_place",
            ),
        ]
        indexes = [models.Index(fields=["group"], condition=Q(group__isnull=False), name="allocations_of_a_group")]
