from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from trials.models.allocation import Scheme
from trials.models.people import User


class Escrow(models.Model):
    """A scheme's seed was split into three shares, each for a keeper of its own. No share is kept. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="escrows")
    issue = models.PositiveIntegerField()  # 1, 2, ...; shares of two issues don't go together
    issued_by = models.TextField()  # the actor who named the keepers
    issued_at = models.DateTimeField()  # when the seed was split

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "issue"], name="escrow_issue_once"),
            models.CheckConstraint(condition=Q(issue__gte=1), name="escrow_issues_count_from_one"),
        ]


class EscrowShare(models.Model):
    """Whose share it is, and its fingerprint. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    escrow = models.ForeignKey(Escrow, on_delete=models.PROTECT, related_name="shares")
    number = models.PositiveIntegerField()  # 1 to 3
    keeper = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shares_kept")
    fingerprint = models.CharField(max_length=64, unique=True)  # SHA-256 of the share

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["escrow", "number"], name="share_number_once"),
            models.UniqueConstraint(fields=["escrow", "keeper"], name="one_share_a_keeper"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=3), name="share_is_one_of_three"),
            models.CheckConstraint(condition=Q(fingerprint__regex="^[0-9a-f]{64}$"), name="share_kept_as_fingerprint_alone"),
        ]


class EscrowReading(models.Model):
    """A share was shown to its keeper: once. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    share = models.OneToOneField(EscrowShare, on_delete=models.PROTECT, related_name="reading")
    at = models.DateTimeField()


class SeedRestore(models.Model):
    """Two people gave a seed back from two shares, and it was sealed anew. A seed's seal changes in no other way. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="restores")
    first_share = models.PositiveIntegerField()  # the lower number of the two
    second_share = models.PositiveIntegerField()  # the higher number of the two
    restored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seeds_restored")
    restored_with = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seeds_restored_with")
    sealed_seed = models.BinaryField()  # the new seal, which the database itself puts on the scheme
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_share__gte=1, second_share__lte=3, first_share__lt=F("second_share")), name="restored_from_two_shares"
            ),
            models.CheckConstraint(condition=~Q(restored_by=F("restored_with")), name="restored_by_two_people"),
        ]
