"""What blind eyes believe at the end: the assessor's guess of the arm, and the participant's where the protocol asks for it.

The assessor answers blind and for themselves. What the participant believes is taken down by somebody who may know arms anyway, so
that it tells a blind eye nothing.
"""

from __future__ import annotations

from datetime import datetime

from outcomes.domain.guessing import Whose, asked_at, asked_from, faults
from outcomes.models import Guess
from outcomes.permissions import guess_is_asked, whose_guess
from participants.actions import moves
from participants.actions.clinical import BadRecord
from participants.models import Participant
from participants.permissions import check_randomised
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import Refused, check


@action
def record_guess(participant: Participant, *, whose: str, arm: str, by: Actor, at: datetime, certainty: str = "") -> Guess:
    """One guess of each a person, from the first day of the last visit's window; an empty `arm` is "don't know".

    Refused: too early, not randomised, recorded already, and a guess from somebody who may know the arm.
    """
    user = _check_may_record(participant, whose, by)
    protocol = queries.protocol_in_force()
    check_randomised(participant, "There is no arm to guess")
    visit = asked_at(protocol)
    if visit is None:
        raise Refused("The protocol has no visit after randomisation.", code="no_visit")
    opens_on = asked_from(visit, participant.enrolment.day0)
    if at.astimezone(participant.site.zone).date() < opens_on:
        raise Refused(f"The guess is asked at the visit {visit.label}, from {opens_on} on.", code="too_early")
    _check(arm, certainty)
    moves.lock(participant)
    if Guess.objects.filter(participant=participant, whose=whose).exists():
        raise Refused(f"The guess about {participant} is recorded already; whoever recorded it can correct it.", code="recorded_already")
    guess = Guess.objects.create(
        participant=participant,
        whose=whose,
        arm=arm,
        certainty=certainty,
        user=user,
        visit=visit.code,
        protocol_digest=protocol.digest,
        at=at,
    )
    audit.record("guess.recorded", about=participant.trial_id, by=by, at=at, detail={"whose": whose})
    return guess


@action
def correct_guess(participant: Participant, *, whose: str, arm: str, reason: str, by: Actor, at: datetime, certainty: str = "") -> Guess:
    """Another answer in place of the one recorded, by the same person, with a reason; the earlier one stays in the history."""
    user = _check_may_record(participant, whose, by)
    if not reason.strip():
        raise BadRecord({"reason": "Say why the guess is corrected."})
    _check(arm, certainty)
    guess = Guess.objects.select_for_update().filter(participant=participant, whose=whose, user=user).first()
    if guess is None:
        raise Refused(f"You have recorded no guess about {participant}.", code="no_guess")
    guess.arm, guess.certainty = arm, certainty
    guess.save(update_fields=["arm", "certainty"])
    audit.record("guess.corrected", about=participant.trial_id, by=by, at=at, reason=reason, detail={"whose": whose})
    return guess


def _check_may_record(participant: Participant, whose: str, by: Actor) -> User:
    check(by, Permission.RECORD_GUESS, at_site=participant.site)
    assert isinstance(by, User)  # nobody else holds the permission
    if whose not in list(Whose):
        raise BadRecord({"whose": f"Choose whose guess it is: {', '.join(Whose)}."})
    own = whose_guess(by, participant)
    if whose == Whose.ASSESSOR and own is not Whose.ASSESSOR:
        raise Refused("You may know arms here, so a guess of yours says nothing about blinding.", code="not_blind")
    if whose == Whose.PARTICIPANT and own is not Whose.PARTICIPANT:
        raise Refused("What participants believe is taken down by somebody who may know arms.", code="blind")
    if not guess_is_asked(Whose(whose)):
        raise Refused("The protocol doesn't ask participants for a guess.", code="not_asked")
    return by


def _check(arm: str, certainty: str) -> None:
    found = faults(queries.protocol_in_force(), arm=arm, certainty=certainty)
    if found:
        raise BadRecord(found)
