"""From consent to randomisation: the enrolment itself. Its one caller is the step of the reading room that read the baseline."""

from __future__ import annotations

from datetime import datetime, timedelta

from participants import permissions
from participants.actions import moves, sessions
from participants.domain.journey import Status
from participants.models import Enrolment, Participant
from participants.permissions import BaselineFacts
from trials import audit, blinding, queries
from trials.actions import allocation, envelopes, groups
from trials.actions.envelopes import Opened
from trials.actions.groups import Together
from trials.actors import Actor
from trials.audit import action
from trials.domain.randomisation.strata import Levels
from trials.models import Attempt

__all__ = ["BaselineFacts", "randomise"]


@action
def randomise(
    participant: Participant,
    *,
    strata: Levels,
    baseline: BaselineFacts,
    attempt: Attempt | None = None,
    opened: Opened | None = None,
    together: Together | None = None,
    by: Actor,
    at: datetime,
) -> Enrolment:
    """An eligible, consenting person with a complete baseline takes the next place of the stratum, or the arm of an envelope that was
    opened for them, or a place `together` with their group; sessions are laid out at once.
    """
    permissions.check_may_randomise(by, participant, baseline)
    if together is not None:
        claimed = groups.take_place(participant.unit, strata=strata, together=together, attempt=attempt, by=by, at=at)
    elif opened is None:
        claimed = allocation.allocate(participant.unit, strata=strata, attempt=attempt, by=by, at=at)
    else:
        claimed = envelopes.take_envelope(participant.unit, strata=strata, opened=opened, attempt=attempt, by=by, at=at)
    randomised_on = claimed.at.astimezone(participant.site.zone).date()
    enrolment = Enrolment.objects.create(
        participant=participant,
        allocation=claimed,
        randomised_at=claimed.at,
        randomised_on=randomised_on,
        day0=randomised_on + timedelta(days=queries.protocol_in_force().day0_lag_days),
    )
    sessions.lay_out(enrolment, plan=blinding.plan_for(claimed), by=by, at=at)
    moves.move(participant, Status.RANDOMISED)
    audit.record("participant.randomised", about=participant.trial_id, by=by, at=at)
    return enrolment
