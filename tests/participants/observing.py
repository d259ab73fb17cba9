"""The Limerick protocol with a checklist for observers, put in force as an amendment."""

from __future__ import annotations

from datetime import datetime, timedelta

from participants.actions import sessions
from participants.models import Participant, TrainingSession
from tests.cast import LIMERICK, SHELL
from tests.participants.training import done, hold, session_of
from trials.actions.protocol import load_protocol
from trials.models import User

CHECKLIST = (
    '\n[fidelity]\nshare = "{share}"\n\n[fidelity.items]\nwarm_up = "Warms up before the first set"\nloads = "Sets the planned loads"\n'
)
GOOD = {"warm_up": "done", "loads": "done"}


def watched(share: str, *, at: datetime, version: str = "1.1") -> None:
    """From now on this share of the sessions is drawn."""
    text = LIMERICK.read_text().replace('version = "1.0"', f'version = "{version}"', 1)
    load_protocol(text + CHECKLIST.format(share=share), reason="Fidelity", by=SHELL, at=at)


def held(person: Participant, number: int, *, by: User) -> TrainingSession:
    """A session of theirs, held on time by this trainer."""
    session = session_of(person, number)
    hold(session, done(8, "20", (1, 1)), by=by, at=session.planned_at)
    return session_of(person, number)


def assigned(person: Participant, trainer: User, *, by: User, at: datetime) -> None:
    sessions.assign_trainer(person.enrolment, trainer=trainer, by=by, at=at + timedelta(minutes=1))
