from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.participant import Participant


class Message(models.Model):
    """One message that is due: to whom, about what. No address and no text; both are made at sending."""

    PERSONAL: tuple[str, ...] = ()

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        UNKNOWN = "unknown"  # perhaps sent: the sender died in between
        DEAD = "dead"
        DROPPED = "dropped"  # no longer due when its turn came

    class Delivery(models.TextChoices):
        """What the provider told later of a message it had taken."""

        UNTOLD = ""
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        FAILED = "failed"

    to = models.TextField()  # an actor: "participant:P-014", "user:12"
    kind = models.TextField()  # "invitation", "nudge", "last_call", "session", "alert", ...
    event = models.TextField()  # natural key of what it speaks of: "visit:week4"
    channel = models.TextField(default="email")
    occurrence = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    not_after = models.DateTimeField(null=True, blank=True)
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    reference = models.CharField(max_length=32, null=True, blank=True, unique=True)  # what the provider calls it; none before the first try
    delivery = models.TextField(choices=Delivery.choices, db_default="", default="", blank=True)  # only ever moves forward
    delivery_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    reader: Participant | None  # read along with its batch, as is
    facts: object  # what it speaks of

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(delivery__in=["", "accepted", "delivered", "failed"]), name="message_delivery_known"),
            models.CheckConstraint(
                condition=Q(delivery="", delivery_at=None) | (~Q(delivery="") & Q(delivery_at__isnull=False, reference__isnull=False)),
                name="message_delivery_told_at",
            ),
            models.UniqueConstraint(fields=["to", "kind", "event", "channel", "occurrence"], name="message_once"),
            models.CheckConstraint(condition=Q(status__in=["pending", "sent", "unknown", "dead", "dropped"]), name="message_status_known"),
        ]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(status="pending"), name="message_pending")]


class MessageAttempt(models.Model):
    """One try at sending; append-only."""

    PERSONAL: tuple[str, ...] = ()

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="tries")
    at = models.DateTimeField()
    outcome = models.TextField()  # "sent" | "deferred" | "refused" | "unknown" | "dropped"
    detail = models.TextField(blank=True)  # a code of the provider, never an address
    segments = models.PositiveSmallIntegerField(null=True, blank=True)  # how many text messages the text took
    letter = models.CharField(
        max_length=60, blank=True, db_default="", default=""
    )  # with which words: "invitation/de/2"; 0 = the program's

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(segments=None) | Q(segments__gt=0), name="attempt_segments_counted")]


class DeliveryReport(models.Model):
    """What a provider told of a message, as it came; append-only. A signature counts once."""

    PERSONAL: tuple[str, ...] = ()

    class Status(models.TextChoices):
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        FAILED = "failed"
        STOPPED = "stopped"  # the reader answered STOP

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="reports")
    status = models.TextField(choices=Status.choices)
    code = models.CharField(max_length=40, blank=True)  # the provider's own word for it
    signature = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["accepted", "delivered", "failed", "stopped"]), name="delivery_report_status_known"
            )
        ]


class ProviderBucket(models.Model):
    """How much room a provider has: the instant at which its bucket of tokens is full again. Taken under the lock of the row."""

    PERSONAL: tuple[str, ...] = ()

    channel = models.TextField(primary_key=True)
    full_at = models.DateTimeField()


class PersonalLink(models.Model):
    """The right to fill in one sitting, or to see the own appointments. Only digests of the token and of the typed code are kept."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="links")
    visit = models.TextField()
    token_digest = models.CharField(max_length=64, unique=True)
    code_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class CapturedMail(models.Model):
    """What a demonstration would have sent: shown on its captured-mail page, never to a real address."""

    PERSONAL = ("to", "body")

    to = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    message_id = models.TextField()
    at = models.DateTimeField()
