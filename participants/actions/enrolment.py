"""From consent to randomisation: the enrolment itself. Its one caller is the step of the reading room that read the baseline."""

from __future__ import annotations

from collections.abc import Sequence
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

__all__ = ["BaselineFacts", "enrol", "lay_out_all", "randomise"]


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
    """Somebody is enrolled and their sessions are laid out at once."""
    enrolled = enrol(participant, strata=strata, baseline=baseline, attempt=attempt, opened=opened, together=together, by=by, at=at)
    sessions.lay_out(enrolled, plan=blinding.plan_for(enrolled.allocation), by=by, at=at)
    return enrolled


@action
def enrol(
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
    opened for them, or a place `together` with their group. Whoever enrols somebody lays their sessions out in the same transaction.
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
    moves.move(participant, Status.RANDOMISED)
    audit.record("participant.randomised", about=participant.trial_id, by=by, at=at)
    return enrolment


def lay_out_all(enrolled: Sequence[Enrolment], *, by: Actor, at: datetime) -> None:
    """The sessions of several people who were just enrolled, in a few statements whatever their number."""
    plans = blinding.plans_for([enrolment.allocation for enrolment in enrolled])
    sessions.lay_out_all([(enrolment, plans[enrolment.allocation_id][0]) for enrolment in enrolled], by=by, at=at)
