"""Several people randomised in one go: all of them or none, in the order in which they were named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from outcomes.actions.tries import NobodyRandomised, carried_out
from outcomes.queries import readiness
from participants.actions import enrolment, moves
from participants.models import Enrolment, Participant
from trials import audit, entropy, permissions
from trials.actions import attempts
from trials.actions.attempts import Claim
from trials.actors import Actor
from trials.audit import action, outermost
from trials.domain.roles import Permission
from trials.models import Attempt, User
from trials.permissions import Refused
from trials.waiting import patiently

MOST = 100
"""People in one batch: others wait while it takes its places."""


@outermost
def randomise_batch(trial_ids: Sequence[str], *, claim: Claim | None = None, by: Actor, at: datetime) -> list[Enrolment]:
    """Each person takes the next place of their stratum, in the order named, in one transaction: all of them or none.

    Refused with everybody at fault, each in a sentence; what would be the places of the others are then not taken. An attempt is
    kept for every person of the list. With a `claim` the same list sent again gets the same answer.
    """
    permissions.check(by, Permission.RANDOMISE)
    if not 1 <= len(trial_ids) <= MOST:
        raise Refused(f"Name between 1 and {MOST} people.", code="batch_size", status=422)
    known = _people(trial_ids, by)
    people = [known[trial_id] for trial_id in dict.fromkeys(trial_ids) if trial_id in known]
    faults = _of_the_list(trial_ids, known)
    if not people:
        raise NobodyRandomised(faults)
    tries = attempts.begin_together([person.unit for person in people], claim=claim, by=by, at=at)
    pairs = list(zip(people, tries, strict=True))
    return carried_out(people, tries, lambda: _randomise_batch(pairs, faults, by=by, at=at), at=at)


@action
def _randomise_batch(pairs: list[tuple[Participant, Attempt]], faults: dict[str, Refused], *, by: Actor, at: datetime) -> list[Enrolment]:
    """Goes through the whole list even after a fault, so that everybody at fault is named at once; then all of it is taken back."""
    done: list[Enrolment] = []
    with patiently():
        moves.lock_all([person for person, _ in pairs])
        for person, tried in pairs:
            ready = readiness.of(person)
            try:
                with transaction.atomic():
                    done.append(enrolment.enrol(person, strata=ready.strata, baseline=ready.facts, attempt=tried, by=by, at=at))
            except Refused as refused:
                faults.setdefault(str(person), refused)
        if not faults:
            enrolment.lay_out_all(done, by=by, at=at)
    if faults:
        raise NobodyRandomised(faults)
    named = [str(person) for person, _ in pairs]
    audit.record("batch.randomised", about=f"batch:{entropy.code('batch', str(pairs[0][1].pk))}", by=by, at=at, detail={"order": named})
    return done


def _people(trial_ids: Sequence[str], by: Actor) -> dict[str, Participant]:
    """Whom the list names, among those that whoever asks can see."""
    seen = Participant.objects.visible_to(by) if isinstance(by, User) else Participant.objects.all()
    return {str(person): person for person in seen.select_related("unit__site").filter(unit__trial_id__in=set(trial_ids))}


def _of_the_list(trial_ids: Sequence[str], known: dict[str, Participant]) -> dict[str, Refused]:
    """What is wrong with the list itself."""
    faults: dict[str, Refused] = {}
    for trial_id in dict.fromkeys(trial_ids):
        if trial_id not in known:
            faults[trial_id] = Refused(f"{trial_id}: nobody you can see has this id.", code="nobody")
        elif trial_ids.count(trial_id) > 1:
            faults[trial_id] = Refused(f"{trial_id} stands in the list more than once.", code="named_twice")
    return faults
