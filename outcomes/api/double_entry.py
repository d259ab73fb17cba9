"""The REST doors of double entry: the second entry of a paper form, what settles its differences, and how often entries differ."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import double_entry
from outcomes.actions.double_entry import Entered
from outcomes.api import find
from outcomes.api.shapes import Answers
from outcomes.domain.double_entry import SIDES, Difference
from outcomes.models import Adjudication, Assessment, SecondEntry
from outcomes.queries.double_entry import Board, board
from trials.api.doors import Shape, read, step
from trials.models import User
from trials.permissions import Permission, check

FORM = "participants/<str:trial_id>/assessments/<str:visit>/<str:instrument>/"
MISSING = ["skipped", "refused", "dont_know", "not_asked"]


class EnterAgain(Shape):
    answers = Answers()
    missing = s.DictField(child=s.ChoiceField(MISSING), required=False)
    completed_on = s.DateField(help_text="The date on the form.")


class Adjudicate(Shape):
    choices = s.DictField(child=s.ChoiceField(list(SIDES)), help_text="Which entry is right, by item or completed_on.")
    reason = s.CharField(max_length=500)


class DifferenceAnswer(s.Serializer[Difference]):
    field = s.CharField(help_text="An item, or completed_on: the date on the form.")
    first = s.JSONField()
    second = s.JSONField()


class EnteredAnswer(s.Serializer[Entered]):
    differences = DifferenceAnswer(many=True)
    support = s.BooleanField(help_text="An answer stands that calls for showing help at once.")


class AdjudicationAnswer(s.ModelSerializer[Adjudication]):
    class Meta:
        model = Adjudication
        fields = ["choices", "reason", "at"]


class ToEnterAnswer(s.ModelSerializer[Assessment]):
    trial_id = s.CharField(source="participant.trial_id")

    class Meta:
        model = Assessment
        fields = ["trial_id", "visit", "instrument", "entered_at"]


class ToSettleAnswer(s.ModelSerializer[SecondEntry]):
    trial_id = s.CharField(source="assessment.participant.trial_id")
    visit = s.CharField(source="assessment.visit")
    instrument = s.CharField(source="assessment.instrument")

    class Meta:
        model = SecondEntry
        fields = ["trial_id", "visit", "instrument", "compared", "differing", "at"]


class BoardAnswer(s.Serializer[Any]):
    paper = s.IntegerField(source="figures.paper", help_text="Forms entered from paper.")
    drawn = s.IntegerField(source="figures.drawn", help_text="... of which a second entry was drawn.")
    entered = s.IntegerField(source="figures.entered", help_text="... of which one was made.")
    share = s.DecimalField(5, 4, source="figures.share", allow_null=True, help_text="Entered / paper.")
    fields_compared = s.IntegerField(source="figures.fields")
    fields_differing = s.IntegerField(source="figures.differing_fields")
    rate = s.DecimalField(5, 4, source="figures.rate", allow_null=True, help_text="Fields differing / fields compared.")
    fields_settled = s.IntegerField(source="figures.settled_fields")
    first_wrong = s.IntegerField(source="figures.first_wrong", help_text="Settled fields that the first entry had wrong.")
    waiting = ToEnterAnswer(many=True)
    unsettled = ToSettleAnswer(many=True)


def seen(user: User) -> Board:
    """What waits for this reader's second entry or settling, and how often the entries of their sites differ."""
    check(user, Permission.SEE_SCORES)
    return board(user)


urlpatterns = [
    step(FORM, double_entry.enter_again, find=find.assessment, shape=EnterAgain, answer=EnteredAnswer),
    step(FORM, double_entry.adjudicate, find=find.assessment, shape=Adjudicate, answer=AdjudicationAnswer),
    path("double-entry/", read(seen, answer=BoardAnswer, name="double_entry")),
]
