"""REST doors of messages to several people: whom one would reach, send it, see how far it is, call it off."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import circulars
from outcomes.api import find
from outcomes.domain.circulars import phases
from outcomes.domain.letters import LONGEST_BODY, LONGEST_SUBJECT
from outcomes.models import Circular
from outcomes.queries import circulars as reads
from trials import clock
from trials.api.doors import Shape, read, step
from trials.languages import languages
from trials.models import Site, User
from trials.permissions import Permission, check
from trials.queries import protocol_in_force


class SendCircular(Shape):
    site = s.SlugRelatedField(
        slug_field="code", queryset=Site.objects.all(), required=False, help_text="A site's code; every site of yours without."
    )
    phase = s.CharField(max_length=40, help_text="any, before, begun, over, or the code of a visit since it opened.")
    language = s.ChoiceField(list(languages))
    subject = s.CharField(max_length=LONGEST_SUBJECT)
    body = s.CharField(max_length=LONGEST_BODY)
    short = s.CharField(max_length=LONGEST_BODY)
    people = s.IntegerField(min_value=1, max_value=1_000_000, help_text="How many it reaches, as looked at before.")
    client_uuid = s.UUIDField()


class CircularAnswer(s.ModelSerializer[Circular]):
    site = s.CharField(source="site.code", allow_null=True, default=None)
    cancelled_at = s.DateTimeField(source="stop.at", allow_null=True, default=None)
    messages = s.SerializerMethodField(help_text="How many stand where: pending, sent, unknown, dead or dropped.")

    class Meta:
        model = Circular
        fields = ["code", "site", "phase", "language", "subject", "people", "at", "not_after", "cancelled_at", "messages"]

    def get_messages(self, circular: Circular) -> dict[str, int]:
        return dict(reads.progress([circular])[circular.code])


class ReachedAnswer(s.Serializer[Any]):
    trial_id = s.CharField()
    left_out = s.CharField(help_text="Why they get nothing; empty where it reaches them.", allow_blank=True)


class NotSentAnswer(s.Serializer[Any]):
    not_sent = s.IntegerField(source="*")


def everything(user: User) -> list[Circular]:
    """What was sent to several people, newest first."""
    check(user, Permission.SEND_MESSAGES)
    return list(reads.visible_to(user)[:100])


def circular(user: User, circular: str) -> Circular:
    check(user, Permission.SEND_MESSAGES)
    return get_object_or_404(reads.visible_to(user), code=circular)


def reached(user: User, phase: str, language: str) -> list[dict[str, str]]:
    """Whom a message in this language to a stretch of the trial would reach at every site of the reader, and who is left out and why."""
    check(user, Permission.SEND_MESSAGES)
    if phase not in dict(phases(protocol_in_force().visits)) or language not in languages:
        raise Http404
    found = reads.picked(user, site=None, phase=phase, language=language, at=clock.now())
    rows = [(person, "") for person in found.to] + list(found.left_out)
    return [{"trial_id": str(person), "left_out": why} for person, why in rows]


urlpatterns = [
    path("circulars/", read(everything, answer=CircularAnswer, name="circulars", many=True)),
    path("circulars/<str:phase>/<str:language>/people/", read(reached, answer=ReachedAnswer, name="circular_people", many=True)),
    step("circulars/", circulars.send_circular, find=find.nobody, shape=SendCircular, answer=CircularAnswer),
    step("circulars/<str:circular>/", circulars.cancel_circular, find=circular, answer=NotSentAnswer),
]
