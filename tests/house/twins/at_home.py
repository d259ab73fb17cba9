"""What only training brings, too: a session that nobody supervises, logged by its person with a note that waits to be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

from participants.actions import sessions
from participants.actions.sessions import LoggedSet, OwnFacts
from participants.models import Participant, TrainingSession
from trials.models import User


def log_at_home(person: Participant, session: TrainingSession, *, by: User, at: datetime) -> None:
    """The coordinator lets it be done at home, the person logs it by their link an hour later."""
    sessions.hold_at_home(session, reason="At home", by=by, at=at - timedelta(hours=1))
    lifted = [LoggedSet(exercise_no=1, set_no=1, done_reps=9, done_load_kg=Decimal("41.5"))]
    facts = OwnFacts(began_at=at, minutes=50, place="home", cost=Decimal(2))
    told = {"sets": lifted, "facts": facts, "went": "fair", "note": "Knee hurt", "confirmed": True}
    key = uuid5(NAMESPACE_OID, f"{person}|{session.session_no}|home")
    sessions.log_own(session, client_uuid=key, by=person, at=at + timedelta(minutes=55), **told)  # type: ignore[arg-type]
