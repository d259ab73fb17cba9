from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.domain.journey import STATUS_CHOICES, Status
from trials.models import Allocation, Unit, User
from trials.permissions import Permission, Role, roles_of, sites_where


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, user: User) -> ParticipantQuerySet:
        """Whoever the user's roles reach: their sites' people; for somebody who is only a trainer, the people they train."""
        reach = sites_where(user, Permission.SEE_PEOPLE)
        if reach is None:
            people = self
        else:
            people = self.filter(unit__site__in=reach)
        if set(roles_of(user)) == {Role.TRAINER}:
            people = people.filter(Q(enrolment__sessions__trainer=user) | Q(enrolment__sessions__trainer_planned=user)).distinct()
        return people

    def with_record(self) -> ParticipantQuerySet:
        return self.select_related("unit__site", "enrolment")


class Participant(models.Model):
    """A person assessed for eligibility, known everywhere by trial id. Who it is stands behind the identity wall."""

    PERSONAL = ("age", "sex")

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="participant")
    status = models.TextField(choices=STATUS_CHOICES, default=Status.SCREENED)
    screened_on = models.DateField()
    screened_at = models.DateTimeField()
    age = models.PositiveSmallIntegerField(null=True, blank=True)  # completed years at consent, else screening
    sex = models.TextField(blank=True)  # "F" | "M" | "X"
    language = models.TextField(default="en")

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=[s.value for s in Status]), name="participant_status_known"),
            models.CheckConstraint(condition=Q(sex__in=["", "F", "M", "X"]), name="participant_sex_known"),
        ]

    def __str__(self) -> str:
        return self.unit.trial_id

    @property
    def trial_id(self) -> str:
        return self.unit.trial_id

    @property
    def site(self):  # type: ignore[no-untyped-def]
        return self.unit.site

    @property
    def actor(self) -> str:
        return f"participant:{self.trial_id}"

    def get_absolute_url(self) -> str:
        return f"/participants/{self.trial_id}/"


class Screening(models.Model):
    """The answers about eligibility and what followed from them."""

    PERSONAL = ("answers",)

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="screening")
    at = models.DateTimeField()
    answers = models.JSONField(default=dict)
    outcome = models.TextField()  # "eligible" | "excluded" | "pending"
    exclusion_category = models.TextField(blank=True)  # "not_meeting_criteria" | "declined" | "other"
    exclusion_reason = models.TextField(blank=True)  # the primary code
    exclusion_reasons = models.JSONField(default=list)  # all codes, the primary first
    excluded_on = models.DateField(null=True, blank=True)
    protocol_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=["eligible", "excluded", "pending"]), name="screening_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="excluded", exclusion_category__in=["not_meeting_criteria", "declined", "other"])
                | (~Q(outcome="excluded") & Q(exclusion_category="")),
                name="screening_exclusion_has_a_category",
            ),
        ]


class Consent(models.Model):
    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="consents")
    version = models.TextField()
    signed_on = models.DateField()
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)


class BaselineValue(models.Model):
    PERSONAL = ("value",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="baseline")
    variable = models.TextField()
    value = models.TextField()
    unit = models.TextField(blank=True)
    measured_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["participant", "variable"], name="baseline_variable_once")]


class Availability(models.Model):
    """When somebody can train and how they agreed to be reached."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="availability")
    preferred = models.JSONField(default=list)  # [[weekday 0-6, "18:00"], ...] in order of preference
    channel = models.TextField(default="none")  # "email" | "sms" | "none" (call list)
    at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True, blank=True)  # no message goes out before this
    bounced_at = models.DateTimeField(null=True, blank=True)  # since when the server of the address is known to refuse it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=["email", "sms", "none"]), name="availability_channel_known"),
            models.CheckConstraint(
                condition=~Q(channel="none") | Q(paused_until=None, bounced_at=None), name="availability_only_messages_pause_or_bounce"
            ),
        ]


class Enrolment(models.Model):
    """A randomised person's place in the trial. The arm stands on the allocation, never here."""

    PERSONAL: tuple[str, ...] = ()

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="enrolment")
    allocation = models.OneToOneField(Allocation, on_delete=models.PROTECT, related_name="enrolment")
    randomised_at = models.DateTimeField()
    randomised_on = models.DateField()  # in the site's zone
    day0 = models.DateField()

    def __str__(self) -> str:
        return self.participant.trial_id


class Ending(models.Model):
    """Withdrawal, loss, death and stopping the training are four different facts; a person may have each once."""

    PERSONAL: tuple[str, ...] = ()

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal"
        LOSS = "loss"
        DEATH = "death"
        TRAINING_STOP = "training_stop"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="endings")
    kind = models.TextField(choices=Kind.choices)
    scope = models.TextField(blank=True)  # withdrawal: "contact" | "data" | "all"
    happened_on = models.DateField()  # training stop: the day of the decision
    reason = models.TextField(blank=True)  # code
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "kind"], condition=Q(voided_at=None), name="ending_once"),
            models.CheckConstraint(
                condition=Q(kind="withdrawal", scope__in=["contact", "data", "all"]) | (~Q(kind="withdrawal") & Q(scope="")),
                name="ending_scope_with_withdrawal",
            ),
        ]


class Concern(models.Model):
    """Somebody on the floor is worried about a person; the safety desk reads it."""

    PERSONAL = ("text",)

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="concerns")
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT)
    text = models.TextField()
    at = models.DateTimeField()
