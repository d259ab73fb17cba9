from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.models import User


class Letter(models.Model):
    """One version of the words of a kind of message in a language; append-only: a version is followed, never edited."""

    PERSONAL: tuple[str, ...] = ()

    kind = models.CharField(max_length=40)  # "invitation", "session", ...
    language = models.CharField(max_length=8)  # "de"
    version = models.PositiveIntegerField()  # 1, 2, ... of the kind and language; 0 are the program's own words
    subject = models.TextField()
    body = models.TextField()  # of a mail, without the line that says why it comes
    short = models.TextField()  # the same for a telephone
    protocol_digest = models.CharField(max_length=64)  # of the protocol in force when it was written
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="letters")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="letter_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="letter_versions_begin_with_one"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(body="") & ~Q(short=""), name="letter_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.language}/{self.version}"


class LetterStart(models.Model):
    """From which day on a version is sent; append-only. Of those begun the last day counts, of one day what was said last."""

    PERSONAL: tuple[str, ...] = ()

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="starts")
    holds_from = models.DateField()  # a day of the receiver's site
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="letter_starts")
    at = models.DateTimeField()
