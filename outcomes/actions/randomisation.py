"""The step that gives a person an arm: reads the baseline, derives the strata and hands both down. No door can say otherwise."""

from __future__ import annotations

from datetime import datetime

from outcomes.queries import readiness
from participants.actions import enrolment, moves
from participants.models import Enrolment, Participant
from trials.actors import Actor
from trials.audit import action


@action
def randomise(participant: Participant, *, by: Actor, at: datetime) -> Enrolment:
    """Locks the person, reads what was measured, and takes the next place of their stratum, or says what is missing."""
    moves.lock(participant)
    ready = readiness.of(participant)
    return enrolment.randomise(participant, strata=ready.strata, baseline=ready.facts, by=by, at=at)
