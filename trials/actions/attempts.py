"""Every attempt to randomise is kept: written and committed before anything else, so that refused and crashed ones stay too.

The outermost step begins an attempt in a transaction of its own, then does its work in a second one, which writes the outcome
`given` beside the allocation. What is refused is written in a third, and so is `answered`: a key that came again and got the same
answer. An attempt without an outcome crashed or was stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from trials.actors import Actor
from trials.models import Attempt, AttemptOutcome, Unit
from trials.permissions import Refused

KEPT = """INSERT INTO trials_attempt (unit_id, actor, at, key, body_digest, recorded_at)
    VALUES (%s, %s, %s, %s, %s, clock_timestamp())
    ON CONFLICT (actor, key) WHERE repeats_id IS NULL AND key IS NOT NULL DO NOTHING RETURNING id"""


@dataclass(frozen=True)
class Claim:
    """The sender's Idempotency-Key, and the digest of what it was sent with."""

    key: UUID
    body_digest: str


def begin(unit: Unit, *, claim: Claim | None, by: Actor, at: datetime) -> Attempt:
    """The attempt, committed. Refused: a key that came before with another body.

    Raises RuntimeError inside another transaction: an attempt that can be rolled back would not be kept.
    """
    return begin_together([unit], claim=claim, by=by, at=at)[0]


def begin_together(units: Sequence[Unit], *, claim: Claim | None, by: Actor, at: datetime) -> list[Attempt]:
    """An attempt for each unit in order, committed together; the key stands with the first one. Refused and raises as `begin`."""
    with transaction.atomic(durable=True):
        first = _first(units[0], claim, by, at)
        rest = [Attempt(unit=unit, actor=by.actor, at=at, batch=first) for unit in units[1:]]
        made = [first, *(Attempt.objects.bulk_create(rest) if rest else ())]
    if claim is not None and first.repeats is not None and first.repeats.body_digest != claim.body_digest:
        sentence = "This Idempotency-Key came with another request before: send a fresh one."
        reused = Refused(sentence, code="key_reused")
        refuse_each([(attempt, reused) for attempt in made], at=at)
        raise reused
    return made


def refuse_each(refusals: Iterable[tuple[Attempt, Refused]], *, at: datetime) -> None:
    """The outcome of attempts that were refused, each with its own refusal, or for which others held a lock too long."""
    kinds = AttemptOutcome.Kind
    AttemptOutcome.objects.bulk_create(
        AttemptOutcome(attempt=attempt, kind=kinds.BUSY if refused.code == "busy" else kinds.REFUSED, code=refused.code, at=at)
        for attempt, refused in refusals
    )


def was_given(attempt: Attempt) -> bool:
    """Whether an earlier attempt with the same key was given what it asked for."""
    if attempt.repeats_id is None:
        return False
    with_key = Attempt.objects.filter(actor=attempt.actor, key=attempt.key)
    return with_key.filter(outcome__kind=AttemptOutcome.Kind.GIVEN).exists()


def answer_again(tries: Iterable[Attempt], *, at: datetime) -> None:
    """The outcome of attempts that repeat a key whose request was given, and get its answer. The database lets no other have it."""
    AttemptOutcome.objects.bulk_create(AttemptOutcome(attempt=tried, kind=AttemptOutcome.Kind.ANSWERED, at=at) for tried in tries)


def _first(unit: Unit, claim: Claim | None, by: Actor, at: datetime) -> Attempt:
    """The first attempt with this key, or one that repeats it; written out, since whoever randomises waits for it."""
    key, digest = (claim.key, claim.body_digest) if claim else (None, "")
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [unit.pk, by.actor, at, key, digest])
        kept = cursor.fetchone()
    told: dict[str, Any] = {"unit": unit, "actor": by.actor, "at": at, "key": key, "body_digest": digest}
    if kept is not None:
        return Attempt(pk=kept[0], **told)
    return Attempt.objects.create(**told, repeats=Attempt.objects.get(actor=by.actor, key=key, repeats=None))
