"""REST doors of the words of messages: read them, write a version, test it, start it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import letters
from outcomes.api import find
from outcomes.domain.letters import KINDS, LONGEST_BODY, LONGEST_SUBJECT
from outcomes.models import Letter, LetterStart
from trials.api.doors import Shape, read, step
from trials.languages import languages
from trials.models import User
from trials.permissions import Permission, check

L = "letters/<str:kind>/<str:language>/<int:version>/"


class WriteLetter(Shape):
    kind = s.ChoiceField(list(KINDS))
    language = s.ChoiceField(list(languages))
    subject = s.CharField(max_length=LONGEST_SUBJECT)
    body = s.CharField(max_length=LONGEST_BODY, help_text="Values stand in braces, such as {link}.")
    short = s.CharField(max_length=LONGEST_BODY, help_text="The same for a telephone: three segments at most.")


class StartLetter(Shape):
    holds_from = s.DateField(help_text="A day of each receiver's site, today or within a year.")


class LetterAnswer(s.ModelSerializer[Letter]):
    sent_from = s.SlugRelatedField(source="starts", slug_field="holds_from", many=True, read_only=True)

    class Meta:
        model = Letter
        fields = ["kind", "language", "version", "subject", "body", "short", "protocol_digest", "at", "sent_from"]


class LetterStartAnswer(s.ModelSerializer[LetterStart]):
    letter = s.CharField(help_text="Such as invitation/de/2.")

    class Meta:
        model = LetterStart
        fields = ["letter", "holds_from", "at"]


class WaysAnswer(s.Serializer[Any]):
    ways = s.IntegerField(source="*", help_text="By how many ways the test goes: e-mail, and a text message where your number is known.")


def every_letter(user: User) -> QuerySet[Letter]:
    """Every version that was written, by kind and language."""
    check(user, Permission.SEE_MESSAGES)
    return Letter.objects.prefetch_related("starts").order_by("kind", "language", "version")


def letter(user: User, kind: str, language: str, version: int) -> Letter:
    """One version, for who reads messages."""
    return get_object_or_404(every_letter(user), kind=kind, language=language, version=version)


urlpatterns = [
    path("letters/", read(every_letter, answer=LetterAnswer, name="letters", many=True)),
    step("letters/", letters.write_letter, find=find.nobody, shape=WriteLetter, answer=LetterAnswer),
    step(L, letters.start_letter, find=letter, shape=StartLetter, answer=LetterStartAnswer),
    step(L, letters.send_test, find=letter, answer=WaysAnswer),
]
