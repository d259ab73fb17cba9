from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from trials.domain.unblinding import MODE_CHOICES, REASONS, Mode, State, StepKind, state_of
from trials.models.allocation import Allocation
from trials.models.people import User


class Unblinding(models.Model):
    """One person's code was broken: append-only. What is revealed is this allocation's arm, once a step says that it was told."""

    PERSONAL = ("recipient_name", "recipient_email")

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="unblindings")
    code = models.TextField(unique=True)  # random: what addresses and messages call it
    reason_code = models.TextField(choices=list(REASONS.items()))  # why, coded
    reason = models.TextField()
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="codes_broken")
    mode = models.TextField(choices=MODE_CHOICES)  # whose eyes the arm goes to: a third person's, or those of whoever asked
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="codes_to_read")
    recipient_name = models.TextField(blank=True)  # somebody outside the trial, with their post
    recipient_email = models.TextField(blank=True)  # where the link goes; it opens only with the key
    key_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the key that is told apart from the link
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason_code__in=list(REASONS)), name="unblinding_reason_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="unblinding_says_why"),
            models.CheckConstraint(
                condition=Q(mode="screen", recipient=None, recipient_name="", recipient_email="", key_digest="")
                | Q(mode="third_person", recipient__isnull=False, recipient_name="", recipient_email="", key_digest="")
                | (Q(mode="third_person", recipient=None) & ~Q(recipient_name="") & ~Q(recipient_email="") & ~Q(key_digest="")),
                name="unblinding_one_reader",
            ),
            models.CheckConstraint(condition=Q(recipient=None) | ~Q(recipient=models.F("requester")), name="unblinding_third_person"),
        ]

    def standing(self, at: datetime) -> State:
        return state_of((step.kind for step in self.steps.all()), broken_at=self.at, at=at)

    @property
    def told_at(self) -> datetime | None:
        return next((step.at for step in self.steps.all() if step.kind == StepKind.TOLD), None)

    @property
    def reader(self) -> str:
        """Who reads the arm, as people say it."""
        if self.mode == Mode.SCREEN:
            return str(self.requester)
        return str(self.recipient) if self.recipient else self.recipient_name


class UnblindingStep(models.Model):
    """What became of a broken code: the link that went out, a wrong key, and the one time that the arm was told. Append-only."""

    PERSONAL: tuple[str, ...] = ()

    unblinding = models.ForeignKey(Unblinding, on_delete=models.PROTECT, related_name="steps")
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in StepKind])  # what happened
    digest = models.CharField(max_length=64, blank=True)  # linked: SHA-256 of the link's token
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in StepKind]), name="unblinding_step_known"),
            models.UniqueConstraint(fields=["unblinding"], condition=Q(kind="told"), name="unblinding_told_once"),
            models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="unblinding_link_once"),
        ]
