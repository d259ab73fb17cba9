from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from trials.domain.locking import SIDE_CHOICES, SIDES, SIGNED, Move, Side
from trials.domain.roles import ROLE_WORDS
from trials.models.people import User

MOVE_CHOICES = tuple((move.value, move.value) for move in Move)
SIGNED_CHOICES = tuple((move.value, move.value) for move in SIGNED)
DIGEST = "^[0-9a-f]{64}$"


def _role_of(side: Side) -> Q:
    return Q(side=side.value, role__in=[role.value for role in SIDES[side]])


class LockStepQuerySet(models.QuerySet["LockStep"]):
    def soft_lock_in_force(self) -> LockStepQuerySet:
        """The soft lock that no lifting followed, hard-locked since or not: one step, or none while the data are open."""
        lifted = LockStep.objects.filter(move=Move.LIFT, number__gt=OuterRef("number"))
        return self.filter(~Exists(lifted), move=Move.SOFT_LOCK)


class LockStep(models.Model):
    """The data were soft-locked, hard-locked, opened again, or the trial unblinded: append-only, in an order that the database keeps."""

    PERSONAL: tuple[str, ...] = ()

    number = models.PositiveIntegerField(unique=True)  # 1, 2, ...
    move = models.TextField(choices=MOVE_CHOICES)  # what was done
    reason = models.TextField(blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="lock_steps")  # who did it; of two who signed, the second
    cut_at = models.DateTimeField(null=True, blank=True)  # instant of the signed cut
    cut_digest = models.CharField(max_length=64, blank=True)  # ... and the digest of its manifest
    at = models.DateTimeField()

    objects = LockStepQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(move__in=[move.value for move in Move]), name="lock_move_known"),
            models.CheckConstraint(condition=Q(move="hard_locked") | ~Q(reason=""), name="lock_step_says_why"),
            models.CheckConstraint(
                condition=Q(move__in=["soft_locked", "lifted"], cut_at=None, cut_digest="")
                | Q(move__in=["hard_locked", "unlocked", "unblinded"], cut_at__isnull=False, cut_digest__regex=DIGEST),
                name="lock_step_names_its_cut",
            ),
        ]


class LockSignature(models.Model):
    """Somebody signed for a hard lock or its opening, their password typed again: append-only, one a person and one a side."""

    PERSONAL = ("name",)

    follows = models.ForeignKey(LockStep, on_delete=models.PROTECT, related_name="signatures")  # the step that stood when it was signed
    move = models.TextField(choices=SIGNED_CHOICES)  # what was signed for
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="lock_signatures")
    name = models.TextField()  # the printed name, as it was then
    role = models.TextField(choices=ROLE_WORDS)  # in which they signed
    side = models.TextField(choices=SIDE_CHOICES)  # conduct or statistics
    meaning = models.TextField()  # what the signature means, as it was shown
    reason = models.TextField(blank=True)
    cut_at = models.DateTimeField()  # instant of the cut that was signed
    cut_digest = models.CharField(max_length=64)  # ... and the digest of its manifest
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["follows", "move", "cut_digest", "user"], name="lock_signed_once_a_person"),
            models.UniqueConstraint(fields=["follows", "move", "cut_digest", "side"], name="lock_signed_once_a_side"),
            models.CheckConstraint(condition=_role_of(Side.CONDUCT) | _role_of(Side.STATISTICS), name="lock_role_is_of_its_side"),
            models.CheckConstraint(condition=Q(move__in=[move.value for move in SIGNED]), name="lock_signed_move_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(meaning=""), name="lock_signature_is_whole"),
            models.CheckConstraint(condition=Q(move="hard_locked") | ~Q(reason=""), name="lock_opening_says_why"),
            models.CheckConstraint(condition=Q(cut_digest__regex=DIGEST), name="lock_signature_names_its_cut"),
        ]
