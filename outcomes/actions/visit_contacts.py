"""Attempts to reach people about questionnaires of a visit that they have not answered; alike in every arm."""

from __future__ import annotations

from datetime import datetime

from outcomes import permissions
from outcomes.actions import answering
from outcomes.models import VisitContact
from outcomes.models.visit_contact import CHANNELS, OUTCOMES
from outcomes.queries import sittings
from participants.models import Participant
from participants.permissions import endings_of
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force


@action
def record_visit_contact(participant: Participant, *, visit: str, channel: str, outcome: str, by: Actor, at: datetime) -> VisitContact:
    """One attempt, with the way it went and what came of it, once the visit's window has opened and while a form of it is not sent.

    Refused: a visit that is not due or answered, somebody who is not to be contacted, and a machine's attempt.
    """
    permissions.check_may_answer(by, participant)
    if not isinstance(by, User):
        raise NotAllowed("An attempt to reach somebody is made by a named person.")
    if not endings_of(participant).may_be_contacted:
        raise Refused(f"{participant} is not to be contacted any more.", code="no_contact")
    if channel not in dict(CHANNELS):
        raise Refused(f"The way is one of {', '.join(dict(CHANNELS))}.", code="unknown_channel", status=422)
    if outcome not in dict(OUTCOMES):
        raise Refused(f"What came of it is one of {', '.join(dict(OUTCOMES))}.", code="unknown_outcome", status=422)
    protocol = protocol_in_force()
    label = answering.visit_of(protocol, visit).label
    asked = [form for form in sittings.forms_of(participant, protocol, at=at) if form.visit.code == visit and form.window is not None]
    if not any(form.asked_for for form in asked):
        if any(form.sent for form in asked):
            raise Refused(f"{participant} has nothing left to answer at {label}.", code="answered")
        raise Refused(f"{label} of {participant} is not due yet.", code="not_due")
    made = VisitContact.objects.create(participant=participant, visit=visit, user=by, channel=channel, outcome=outcome, at=at)
    audit.record(
        "visit.contact_tried", about=participant.trial_id, by=by, at=at, detail={"visit": visit, "channel": channel, "outcome": outcome}
    )
    return made
