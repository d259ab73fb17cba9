"""Every attempt to randomise is kept: written and committed before anything else, so that refused and crashed ones stay too.

The outermost step begins an attempt in a transaction of its own, then does its work in a second one, which writes the outcome
`given` beside the allocation. What is refused is written in a third. An attempt without an outcome crashed or was stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from trials.actors import Actor
from trials.models import Attempt, AttemptOutcome, Unit
from trials.permissions import Refused


@dataclass(frozen=True)
class Claim:
    """The sender's Idempotency-Key, and the digest of what it was sent with."""

    key: UUID
    body_digest: str


def begin(unit: Unit, *, claim: Claim | None, by: Actor, at: datetime) -> Attempt:
    """The attempt, committed. Refused: a key that came before with another body.

    Raises RuntimeError inside another transaction: an attempt that can be rolled back would not be kept.
    """
    with transaction.atomic(durable=True):
        if claim is None:
            return Attempt.objects.create(unit=unit, actor=by.actor, at=at)
        attempt = _claimed(unit, claim, by, at)
    first = attempt.repeats
    if first is not None and first.body_digest != claim.body_digest:
        sentence = "This Idempotency-Key came with another request before: send a fresh one."
        reused = Refused(sentence, code="key_reused")
        refuse(attempt, reused, at=at)
        raise reused
    return attempt


def refuse(attempt: Attempt, refused: Refused, *, at: datetime) -> None:
    """The outcome of an attempt that was refused, or for which others held a lock too long."""
    kind = AttemptOutcome.Kind.BUSY if refused.code == "busy" else AttemptOutcome.Kind.REFUSED
    AttemptOutcome.objects.create(attempt=attempt, kind=kind, code=refused.code, at=at)


def was_given(attempt: Attempt) -> bool:
    """Whether an earlier attempt with the same key was given what it asked for."""
    if attempt.repeats_id is None:
        return False
    with_key = Attempt.objects.filter(actor=attempt.actor, key=attempt.key)
    return with_key.filter(outcome__kind=AttemptOutcome.Kind.GIVEN).exists()


def _claimed(unit: Unit, claim: Claim, by: Actor, at: datetime) -> Attempt:
    """The first attempt with this key, or one that repeats it."""
    told = {"unit": unit, "actor": by.actor, "at": at, "key": claim.key, "body_digest": claim.body_digest}
    try:
        with transaction.atomic():
            return Attempt.objects.create(**told)
    except IntegrityError:
        first = Attempt.objects.get(actor=by.actor, key=claim.key, repeats=None)
        return Attempt.objects.create(**told, repeats=first)
