"""An error of randomisation: said beside the allocation, which stands, and kept as the deviation that the analysis reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from participants import permissions
from participants.actions import moves
from participants.actions.clinical import BadRecord, checks
from participants.models import Participant
from trials.actions import annotations as office
from trials.actors import Actor
from trials.audit import action
from trials.domain.annotations import CATEGORY
from trials.models import AllocationAnnotation


@action
def annotate(
    participant: Participant,
    *,
    kind: str,
    reason: str,
    by: Actor,
    at: datetime,
    occurred_on: date | None = None,
    given_arm: str = "",
    true_factors: Mapping[str, str] | None = None,
) -> AllocationAnnotation:
    """What went wrong with a randomisation. `occurred_on` (empty: the day of randomisation) dates the fact: an ineligibility no later
    than randomisation, another arm given no earlier. Correcting or voiding the deviation that follows puts an annotation right.
    """
    permissions.check_randomised(participant, "There is no allocation to annotate")
    moves.lock(participant)
    annotation = office.record_annotation(
        participant.unit, kind=kind, reason=reason, given_arm=given_arm, true_factors=true_factors, by=by, at=at
    )
    checks.follow(
        participant,
        category=CATEGORY[kind],
        occurred_on=_day(participant, kind, occurred_on, at),
        given_arm=given_arm,
        description=annotation.reason,
        source_record=f"annotation/{annotation.code}",
        at=at,
    )
    return annotation


def _day(participant: Participant, kind: str, occurred_on: date | None, at: datetime) -> date:
    randomised_on = participant.enrolment.randomised_on
    on = occurred_on or randomised_on
    if kind == "ineligible" and on > randomised_on:
        raise BadRecord({"occurred_on": "What arose after randomisation is no error of it: record a deviation instead."})
    if kind == "wrong_arm_given" and on < randomised_on:
        raise BadRecord({"occurred_on": "Enter a day since randomisation."})
    if on > at.astimezone(participant.site.zone).date():
        raise BadRecord({"occurred_on": "The day can't lie in the future."})
    return on
