"""The step that gives a person an arm: reads the baseline, derives the strata and hands both down. No door can say otherwise."""

from __future__ import annotations

from datetime import datetime

from outcomes.actions.tries import carried_out
from outcomes.queries import readiness
from participants.actions import enrolment, moves
from participants.models import Enrolment, Participant
from trials.actions import attempts
from trials.actions.attempts import Claim
from trials.actions.envelopes import Opened
from trials.actors import Actor
from trials.audit import action, outermost
from trials.models import Attempt, User
from trials.waiting import patiently


@outermost
def randomise(participant: Participant, *, claim: Claim | None = None, by: Actor, at: datetime) -> Enrolment:
    """Locks the person, reads what was measured, and takes the next place of their stratum, or says what is missing.

    The attempt is kept whatever becomes of it. With a `claim` (an Idempotency-Key and what came with it) a request that was
    answered once gets the same answer again.
    """
    attempt = attempts.begin(participant.unit, claim=claim, by=by, at=at)
    (enrolled,) = carried_out([participant], [attempt], lambda: [_randomise(participant, attempt, by=by, at=at)], at=at)
    return enrolled


@outermost
def enter_envelope(
    participant: Participant,
    *,
    code: str,
    opened_at: datetime,
    opened_by: User,
    reason: str,
    claim: Claim | None = None,
    by: Actor,
    at: datetime,
) -> Enrolment:
    """Enter a backup envelope that was opened for a person while the program could not be reached.

    The attempt is kept, and a `claim` answered again, as when somebody is randomised here. Refused as that is, and where the envelope
    is unknown, for another stratum, used, or where one before it is unaccounted for.
    """
    attempt, opened = attempts.begin(participant.unit, claim=claim, by=by, at=at), Opened(code, opened_at, opened_by, reason)
    (enrolled,) = carried_out([participant], [attempt], lambda: [_randomise(participant, attempt, opened, by=by, at=at)], at=at)
    return enrolled


@action
def _randomise(participant: Participant, attempt: Attempt, opened: Opened | None = None, *, by: Actor, at: datetime) -> Enrolment:
    with patiently():
        moves.lock(participant)
        ready = readiness.of(participant)
        return enrolment.randomise(participant, strata=ready.strata, baseline=ready.facts, attempt=attempt, opened=opened, by=by, at=at)
