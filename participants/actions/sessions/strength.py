"""Starting loads and strength tests: what a load is prescribed from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from participants.actions import moves
from participants.actions.sessions.common import check_may
from participants.actions.sessions.figures import kilograms, whole
from participants.actions.sessions.rollup import keep_sums_of_person
from participants.domain.prescription import FORMULAS, estimated_1rm, question_about_load, two_places
from participants.domain.prescription import StrengthTest as Lifted
from participants.domain.wall_clock import local_day
from participants.models import Participant, StrengthTest
from participants.permissions import check_collectable
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused

STARTING_LOAD = "starting_load"
PURPOSES = (STARTING_LOAD, "baseline", "progress")


@action
def record_strength_test(
    participant: Participant,
    *,
    exercise: str,
    tested_on: date,
    reps: int,
    load_kg: Decimal,
    by: Actor,
    at: datetime,
    rir: Decimal | None = None,
    formula: str = "epley",
    purpose: str = STARTING_LOAD,
    confirmed: bool = False,
) -> StrengthTest:
    """What was lifted how often on a day. A starting load is prescribed as it stands; a test gives an estimated 1RM.

    A test without `rir` went to failure; of a starting load without `rir` no 1RM is estimated. The estimate is empty beyond 10 repetitions.
    """
    check_may(by, participant, Permission.RECORD_SESSION)
    check_collectable(participant)
    moves.lock(participant)
    load, repetitions = kilograms(load_kg, "The load"), whole(reps, "Repetitions", least=1, most=100)
    _check_test(participant, exercise, tested_on, formula, purpose, today=local_day(at, participant.site.timezone))
    question = question_about_load(load, None)
    if question and not confirmed:
        raise Refused(question, code="confirm")
    estimate = _estimate(load, repetitions, rir, formula, purpose)
    test = StrengthTest.objects.create(
        participant=participant, exercise=exercise, tested_on=tested_on, reps=repetitions, load_kg=load, rir=rir,
        e1rm_kg=estimate, formula=formula, purpose=purpose, at=at,
    )  # fmt: skip
    keep_sums_of_person(participant.pk)
    audit.record("strength_test.recorded", about=participant.trial_id, by=by, at=at, detail={"exercise": exercise, "purpose": purpose})
    return test


def _check_test(participant: Participant, exercise: str, tested_on: date, formula: str, purpose: str, *, today: date) -> None:
    if formula not in FORMULAS:
        raise Refused(f"There is no formula {formula!r}: use {' or '.join(FORMULAS)}.", code="unknown_formula", status=422)
    if purpose not in PURPOSES:
        raise Refused(f"There is no purpose {purpose!r}: use {', '.join(PURPOSES)}.", code="unknown_purpose", status=422)
    if not exercise or len(exercise) > 60:
        raise Refused("Name the exercise.", code="no_exercise", status=422)
    if not participant.screened_on <= tested_on <= today:
        raise Refused(f"A test lies between screening ({participant.screened_on}) and today.", code="date_outside", status=422)
    if StrengthTest.objects.filter(participant=participant, exercise=exercise, tested_on=tested_on, voided_at=None).exists():
        raise Refused(f"{exercise} was tested that day already. Void that entry first.", code="tested_already")


def _estimate(load: Decimal, reps: int, rir: Decimal | None, formula: str, purpose: str) -> Decimal | None:
    if purpose == STARTING_LOAD and rir is None:
        return None
    estimate = estimated_1rm(Lifted(load_kg=load, reps=reps, rir=None if rir is None else int(rir)), formula)
    return None if estimate is None else two_places(estimate)
