from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Participant
from trials.models import User


class Assessment(models.Model):
    """One instrument at one visit of one person: a draft until it is sent. Answers as the instrument's item keys."""

    PERSONAL = ("answers",)

    class Mode(models.TextChoices):
        WEB = "web"
        PAPER = "paper"
        PHONE = "phone"
        INTERVIEW = "interview"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="assessments")
    visit = models.TextField()
    instrument = models.TextField()
    instrument_version = models.TextField()
    answers = models.JSONField(default=dict)  # {"1": 2, ...}; only what was answered
    missing = models.JSONField(default=dict)  # {"9": "skipped"}: skipped refused dont_know not_asked
    turns = models.JSONField(default=dict)  # {"9": [page, choice]}: which choice stands, see outcomes.domain.turns
    mode = models.TextField(choices=Mode.choices, default=Mode.WEB)
    respondent = models.TextField(default="participant")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="ratings")
    rater_blind = models.BooleanField(null=True, blank=True)
    language = models.TextField(default="en")
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)  # empty: a draft
    completed_at = models.DateTimeField(null=True, blank=True)  # when the person answered; paper: the form's date, 12:00 site time
    entered_at = models.DateTimeField(null=True, blank=True)
    total = models.IntegerField(null=True, blank=True)
    total_unrounded = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    n_answered = models.PositiveSmallIntegerField(default=0)
    rule = models.TextField(blank=True)
    severity = models.TextField(blank=True)
    not_done_reason = models.TextField(blank=True)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)
    body_digest = models.CharField(max_length=64, blank=True)
    protocol_digest = models.CharField(max_length=64)
    historical = models.BooleanField(default=False)  # came by import: nobody is told
    twice = models.BooleanField(default=False, db_default=False)  # drawn at its entry from paper: a second person enters it too

    class Meta:
        ordering = ["participant", "visit", "instrument"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "visit", "instrument"], name="assessment_once"),
            models.CheckConstraint(condition=Q(mode__in=["web", "paper", "phone", "interview"]), name="assessment_mode_known"),
            models.CheckConstraint(condition=Q(twice=False) | Q(mode="paper"), name="assessment_twice_is_paper"),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(completed_at__isnull=False, entered_at__isnull=False), name="assessment_sent_has_times"
            ),
        ]


class AssessmentVersion(models.Model):
    """What was sent, verbatim, each time: append-only, so that no later change hides an answer."""

    PERSONAL = ("answers",)

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="versions")
    answers = models.JSONField()
    missing = models.JSONField(default=dict)
    actor = models.TextField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
