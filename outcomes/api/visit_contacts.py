"""REST doors of attempts to reach people about a visit: read them, record one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import visit_contacts
from outcomes.api import find
from outcomes.models import VisitContact
from outcomes.models.visit_contact import CHANNELS, OUTCOMES
from trials.api.doors import Shape, read, step
from trials.models import User

P = "participants/<str:trial_id>/"


class RecordVisitContact(Shape):
    visit = s.CharField(max_length=40)
    channel = s.ChoiceField(CHANNELS, help_text="The way it went.")
    outcome = s.ChoiceField(OUTCOMES, help_text="What came of it.")


class VisitContactAnswer(s.ModelSerializer[VisitContact]):
    trial_id = s.CharField(source="participant.trial_id")
    made_by = s.CharField(source="user.actor", help_text='Such as "user:12".')

    class Meta:
        model = VisitContact
        fields = ["trial_id", "visit", "channel", "outcome", "made_by", "at"]


def attempts(user: User, trial_id: str) -> QuerySet[VisitContact]:
    """Every attempt to reach the person about a visit, oldest first, for who may see where their questionnaires stand."""
    return VisitContact.objects.filter(participant=find.scored(user, trial_id)).select_related("participant__unit", "user")


urlpatterns = [
    path(P + "visit-contacts/", read(attempts, answer=VisitContactAnswer, name="visit_contacts", many=True)),
    step(P, visit_contacts.record_visit_contact, find=find.participant, shape=RecordVisitContact, answer=VisitContactAnswer),
]
