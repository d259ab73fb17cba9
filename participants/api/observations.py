"""Observed sessions by REST: what is found, what is sent, what is answered."""

from __future__ import annotations

from rest_framework import serializers as s

from participants.api.shapes import text
from participants.domain.fidelity import VERDICTS
from participants.models import Observation, ObservationDraw, TrainingSession
from participants.queries import observations as reads
from trials import clock
from trials.api.doors import Shape
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import check
from trials.queries import protocol_in_force


class Observe(Shape):
    verdicts = s.DictField(child=s.ChoiceField(list(VERDICTS)), help_text="Item of the protocol's checklist -> verdict.")
    reason = text(required=False)


class DrawAnswer(s.ModelSerializer[ObservationDraw]):
    class Meta:
        model = ObservationDraw
        fields = ["commitment", "at"]


class ObservationAnswer(s.ModelSerializer[Observation]):
    trial_id = s.CharField(source="session.trial_id")
    session_no = s.IntegerField(source="session.session_no")
    observer = s.CharField(source="observer.actor")

    class Meta:
        model = Observation
        fields = ["trial_id", "session_no", "observer", "verdicts", "at"]


class DrawnAnswer(s.ModelSerializer[TrainingSession]):
    trial_id = s.CharField()
    at = s.DateTimeField()
    observed = s.SerializerMethodField(help_text="Whether its checklist is filled in.")

    class Meta:
        model = TrainingSession
        fields = ["trial_id", "session_no", "at", "status", "observed"]

    def get_observed(self, session: TrainingSession) -> bool:
        return hasattr(session, "observation")


def drawn(user: User) -> list[TrainingSession]:
    """The drawn sessions of the last four weeks and the next two that the user may observe."""
    check(user, Permission.OBSERVE_SESSIONS)
    return reads.near(user, protocol_in_force(), clock.now())
