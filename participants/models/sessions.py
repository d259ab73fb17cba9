from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from participants.models.participant import Enrolment, Participant
from participants.models.slots import Slot
from trials.models import User

LOGGED_BY = STAFF, PARTICIPANT = "staff", "participant"


class TrainingSession(models.Model):
    """One planned session and what became of it. Columns are named as in session.csv; `planned_on` never changes."""

    PERSONAL: tuple[str, ...] = ()

    class Status(models.TextChoices):
        SCHEDULED = "scheduled"
        ATTENDED = "attended"
        MADE_UP = "made_up"
        MISSED = "missed"
        CANCELLED_BY_SITE = "cancelled_by_site"
        NOT_DELIVERED = "not_delivered"

    class Phase(models.TextChoices):
        FAMILIARISATION = "familiarisation"
        INTERVENTION = "intervention"
        FOLLOW_UP = "follow_up"
        DEFERRED = "deferred"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="sessions")
    session_no = models.PositiveIntegerField()
    week = models.IntegerField()
    phase = models.TextField(choices=Phase.choices)
    planned_on = models.DateField()
    planned_at = models.DateTimeField()
    rescheduled_at = models.DateTimeField(null=True, blank=True)
    closes_on = models.DateField()  # last day of the trial week
    status = models.TextField(choices=Status.choices, default=Status.SCHEDULED)
    missed_before_done = models.BooleanField(default=False)  # recorded missed first: then doing it is made_up
    reason = models.TextField(blank=True)
    reason_class = models.TextField(blank=True)  # "health" | "non_health" | "site"
    held_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    planned_minutes = models.PositiveIntegerField(default=60)
    warmup_minutes = models.PositiveIntegerField(null=True, blank=True)
    working_minutes = models.PositiveIntegerField(null=True, blank=True)
    cooldown_minutes = models.PositiveIntegerField(null=True, blank=True)
    trainer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions_held")
    trainer_planned = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions_planned")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")  # whose place it takes
    delivery = models.TextField(default="in_person")
    supervision = models.TextField(default="one_to_one")
    group_size = models.PositiveIntegerField(default=1)
    setting = models.TextField(blank=True)
    equipment = models.TextField(blank=True)
    session_rpe = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    rpe_scale = models.TextField(default="CR10")
    soreness = models.PositiveSmallIntegerField(null=True, blank=True)  # 0-10
    ended_early = models.BooleanField(default=False)
    ended_early_reason = models.TextField(blank=True)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)  # of the phone's last accepted log
    client_digest = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    logged_by = models.TextField(default=STAFF, db_default=STAFF)  # or "participant", by their link; empty: came by import, not told
    participant_cost = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)  # paid by the person, site's currency

    class Meta:
        ordering = ["enrolment", "session_no"]
        constraints = [
            models.CheckConstraint(
                condition=Q(logged_by__in=[STAFF, ""]) | Q(logged_by=PARTICIPANT, supervision="none", trainer=None),
                name="session_logged_by_participant_unsupervised",
            ),
            models.CheckConstraint(condition=Q(participant_cost=None) | Q(participant_cost__gte=0), name="session_cost_not_negative"),
            models.UniqueConstraint(fields=["enrolment", "session_no"], name="session_no_once"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="session_ends_after_start"),
            models.CheckConstraint(
                condition=~Q(status__in=["attended", "made_up"]) | Q(held_on__isnull=False), name="session_held_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(session_rpe=None)
                | Q(rpe_scale="CR10", session_rpe__gte=0, session_rpe__lte=10)
                | Q(rpe_scale="BORG20", session_rpe__gte=6, session_rpe__lte=20),
                name="session_rpe_on_its_scale",
            ),
            models.CheckConstraint(condition=Q(soreness=None) | Q(soreness__lte=10), name="session_soreness_0_to_10"),
        ]
        indexes = [
            models.Index(fields=["planned_at"], condition=Q(status="scheduled"), name="session_scheduled_at"),
            models.Index(fields=["planned_at"], condition=Q(status="missed"), name="session_missed_at"),
        ]

    @property
    def trial_id(self) -> str:
        return self.enrolment.participant.trial_id

    def get_absolute_url(self) -> str:
        return f"/participants/{self.trial_id}/sessions/{self.session_no}/"

    @property
    def at(self) -> datetime:
        """When it is to take place: where it was moved to, else as planned."""
        return self.rescheduled_at or self.planned_at

    @property
    def alone(self) -> bool:
        """Nobody supervises it: the person logs it by their link."""
        return self.supervision == "none"

    @property
    def held(self) -> bool:
        return self.status in (self.Status.ATTENDED, self.Status.MADE_UP)


class ExerciseSet(models.Model):
    """One set, prescribed beside done; named as in exercise_set.csv. Rows exist from the moment the prescription is frozen."""

    PERSONAL: tuple[str, ...] = ()

    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="sets")
    exercise_no = models.PositiveSmallIntegerField()
    exercise = models.TextField()
    set_no = models.PositiveSmallIntegerField()
    set_kind = models.TextField(default="working")  # "warmup" | "working"
    planned_reps = models.PositiveSmallIntegerField(null=True, blank=True)  # empty: an extra set
    planned_reps_max = models.PositiveSmallIntegerField(null=True, blank=True)
    planned_load_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    planned_pct_1rm = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    planned_rpe = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)  # target on the RIR-based scale
    planned_rir = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)  # target of repetitions in reserve
    done_reps = models.PositiveSmallIntegerField(null=True, blank=True)
    done_load_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    sides = models.PositiveSmallIntegerField(default=1)
    bodyweight_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    rpe = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    rir = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    load_model = models.TextField(default="external")
    substitute_for = models.TextField(blank=True)
    substitute_reason = models.TextField(blank=True)
    load_rule = models.TextField(blank=True)  # which rule proposed the load, and why
    load_why = models.TextField(blank=True)
    band = models.TextField(
        blank=True, default="", db_default=""
    )  # which elastic band was used, in the person's words; its kilograms are not known

    class Meta:
        ordering = ["session", "exercise_no", "set_no"]
        constraints = [
            models.UniqueConstraint(fields=["session", "exercise_no", "set_no"], name="set_once"),
            models.CheckConstraint(condition=Q(sides__in=[1, 2]), name="set_sides_1_or_2"),
            models.CheckConstraint(condition=Q(set_kind__in=["warmup", "working"]), name="set_kind_known"),
            models.CheckConstraint(
                condition=Q(load_model__in=["external", "bodyweight_fraction", "reps_only"]), name="set_load_model_known"
            ),
            models.CheckConstraint(condition=Q(done_load_kg=None) | Q(done_load_kg__gte=0), name="set_load_not_negative"),
        ]


class StrengthTest(models.Model):
    PERSONAL: tuple[str, ...] = ()

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="strength_tests")
    exercise = models.TextField()
    tested_on = models.DateField()
    reps = models.PositiveSmallIntegerField()
    load_kg = models.DecimalField(max_digits=6, decimal_places=2)
    rir = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    e1rm_kg = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    formula = models.TextField(default="epley")
    purpose = models.TextField(default="starting_load")
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "exercise", "tested_on"], condition=Q(voided_at=None), name="strength_test_once")
        ]


class KeptEntry(models.Model):
    """One entry that a phone kept while it had no line, as the server took it in: the receipt that lets the phone forget it."""

    PERSONAL: tuple[str, ...] = ()

    class Kind(models.TextChoices):
        START = "start"
        LOG = "log"
        FINISH = "finish"

    uuid = models.UUIDField(unique=True)  # the phone's
    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="kept_entries")
    kind = models.TextField(choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    made_at = models.DateTimeField()  # by the server's clock: the phone's time less its skew
    skew_seconds = models.IntegerField()  # the phone's clock minus the server's; above 0: the phone is ahead
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["start", "log", "finish"]), name="kept_entry_kind_known"),
            models.CheckConstraint(condition=Q(made_at__lte=F("at")), name="kept_entry_made_before_taken_in"),
        ]
