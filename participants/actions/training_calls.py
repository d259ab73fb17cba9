"""Calls to people who train and were missed."""

from __future__ import annotations

from datetime import datetime

from participants.actions.sessions.common import check_may, check_trains
from participants.models import Participant, TrainingCall
from participants.models.calls import OUTCOMES
from participants.permissions import endings_of
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused

LONGEST = 2000


@action
def record_training_call(participant: Participant, *, outcome: str, by: Actor, at: datetime, note: str = "") -> TrainingCall:
    """One attempt by whoever may record this person's sessions, with what came of it. Not once training or contact has ended."""
    check_may(by, participant, Permission.RECORD_SESSION)
    if not isinstance(by, User):
        raise NotAllowed("A call is made by a named person.")
    if not endings_of(participant).may_be_contacted:
        raise Refused(f"{participant} is not to be contacted any more.", code="no_contact")
    check_trains(participant)
    if not hasattr(participant, "enrolment") or not participant.enrolment.sessions.exists():
        raise Refused(f"{participant} has no sessions.", code="no_sessions")
    if outcome not in dict(OUTCOMES):
        raise Refused(f"What came of the call is one of {', '.join(dict(OUTCOMES))}.", code="unknown_outcome", status=422)
    if len(note) > LONGEST:
        raise Refused(f"Shorten the note to {LONGEST} characters.", code="long_note", status=422)
    call = TrainingCall.objects.create(participant=participant, user=by, outcome=outcome, note=note.strip(), at=at)
    audit.record("training.called", about=participant.trial_id, by=by, at=at, detail={"outcome": outcome})
    return call
