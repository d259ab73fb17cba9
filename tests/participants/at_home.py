"""The Limerick trial with training at home, and a session there as its person tells it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from participants.actions.sessions import LoggedSet, OwnFacts
from participants.models import TrainingSession
from tests.cast import LIMERICK

AT_HOME = LIMERICK.read_text().replace('supervision = "one_to_one"\ndelivery = "in_person"', 'supervision = "none"\ndelivery = "home"')
AT_HOME = AT_HOME.replace(
    "to_week = 8\nsets = 2\nreps_min = 8\nreps_max = 12\n", "to_week = 8\nsets = 2\nreps_min = 8\nreps_max = 12\nrir = 2\n"
)
AT_HOME = AT_HOME.replace('label = "Barbell curl"\n', 'label = "Curl"\nequipment = ["dumbbells", "bands"]\n')
SQUAT, CURL = 1, 7


def told(session: TrainingSession, **changes: Any) -> OwnFacts:
    """Begun as planned, 40 minutes in the kitchen, hard, for nothing."""
    facts = {"began_at": session.at, "minutes": 40, "place": "home", "session_rpe": Decimal(14), "equipment": "two dumbbells"}
    return OwnFacts(**facts | {"cost": Decimal("0.00")} | changes)


def squats(*loads: str, reps: int = 10) -> list[LoggedSet]:
    return [
        LoggedSet(exercise_no=SQUAT, set_no=n, done_reps=reps, done_load_kg=Decimal(load), rir=Decimal(2))
        for n, load in enumerate(loads, 1)
    ]


def evening(session: TrainingSession) -> datetime:
    """Twelve hours after it was to begin, on the same day."""
    return session.at.replace(hour=20)
