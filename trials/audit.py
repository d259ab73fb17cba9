"""The audit: `@action` tells the database who acts, when and why; `record` keeps what was meant.

The database itself keeps every version of every row (`trials/database.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from trials.actors import Actor
from trials.permissions import Locked, Permission, allowed

P = ParamSpec("P")
R = TypeVar("R")


EVENT = """INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
    VALUES (%(verb)s, %(about)s, %(actor)s, %(at)s, %(reason)s, %(detail)s, clock_timestamp())"""

EVENTS = """INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
    SELECT %(verb)s, about, %(actor)s, %(at)s, '', detail, clock_timestamp()
    FROM unnest(%(about)s::text[], %(detail)s::jsonb[]) WITH ORDINALITY AS told (about, detail, place) ORDER BY place"""

# What `@action` tells the database, for a step that is one statement and begins no transaction: what writes is joined to `said`.
SAID = """said AS MATERIALIZED (SELECT set_config('uplift.actor', %(actor)s, true), set_config('uplift.at', %(said_at)s, true),
    set_config('uplift.reason', '', true), set_config('uplift.through_lock', '', true))"""

Words = tuple[str, str, str, str]  # actor, at, reason, and whether it is a correction that a soft lock lets through
LOCKED = "UL423"  # what the database answers to a write of locked data, see migration 0013
_speaking: ContextVar[Words | None] = ContextVar("words of the step under way", default=None)


def action(step: Callable[P, R]) -> Callable[P, R]:
    """One step of the trial: all or nothing, and every row it writes carries `by`, `at` and `reason`.

    A step within a step keeps the reason of the one around it where it has none of its own, and stands or falls with it: who means to go
    on after a refusal within gives that step an `atomic()` of its own. A write of locked data is refused by the
    database, whatever the step; here, and nowhere else, that becomes `Locked`.
    """
    return _told(step, corrects=False)


def correction(step: Callable[P, R]) -> Callable[P, R]:
    """A step that puts right what stands: with a reason, and for who may lock the data, a soft lock lets it through."""
    return _told(step, corrects=True)


def _told(step: Callable[P, R], *, corrects: bool) -> Callable[P, R]:
    @functools.wraps(step)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return within(*args, **kwargs)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCKED:
                raise
            raise Locked from None

    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        around = _speaking.get()
        words = _words(kwargs["by"], kwargs["at"], kwargs.get("reason"), around, corrects)  # type: ignore[arg-type]
        with transaction.atomic(savepoint=around is None):
            if words != around:
                _say(words)
            token = _speaking.set(words)
            try:
                result = step(*args, **kwargs)
            finally:
                _speaking.reset(token)
            if around is not None and words != around:
                _say(around)
            return result

    told.is_action = True  # type: ignore[attr-defined]
    return told


def outermost(step: Callable[P, R]) -> Callable[P, R]:
    """A step of several transactions, each an action or a row of its own, for what must stay even if the rest is rolled back.

    It begins with a durable transaction, so it never stands within another step.
    """
    step.is_action = True  # type: ignore[attr-defined]
    return step


def _words(by: Actor, at: datetime, reason: object, around: Words | None, corrects: bool) -> Words:
    own = str(reason or "").strip()
    _, _, inherited, through = around if around is not None and around[:2] == (by.actor, at.isoformat()) else ("", "", "", "")
    if corrects and own and allowed(by, Permission.LOCK_DATA):
        through = "yes"
    return by.actor, at.isoformat(), str(reason or "") or inherited, through


def _say(words: Words) -> None:
    """Sets the transaction's words; a savepoint that is rolled back takes them back by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('uplift.actor', %s, true), set_config('uplift.at', %s, true), set_config('uplift.reason', %s, true), "
            "set_config('uplift.through_lock', %s, true)",
            list(words),
        )


def record(verb: str, *, about: str, by: Actor, at: datetime, reason: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Keep what was meant. Never an arm, a name or an answer in `detail`. Written out, since every step of the trial ends with it."""
    with connection.cursor() as cursor:
        cursor.execute(EVENT, said(verb, about=about, by=by, at=at, reason=reason, detail=detail))


def said(verb: str, *, about: str, by: Actor, at: datetime, reason: str = "", detail: Mapping[str, Any] | None = None) -> dict[str, object]:
    """What `EVENT` is told, for a step that writes it along in a statement of its own."""
    return {"verb": verb, "about": about, "actor": by.actor, "at": at, "reason": reason or "", "detail": Jsonb(dict(detail or {}))}


def record_each(verb: str, told: Iterable[tuple[str, Mapping[str, Any]]], *, by: Actor, at: datetime) -> None:
    """The same of many, as (about, detail), in one statement."""
    each = [(about, Jsonb(dict(detail))) for about, detail in told]
    if each:
        with connection.cursor() as cursor:
            told_of = {"about": [about for about, _ in each], "detail": [detail for _, detail in each]}
            cursor.execute(EVENTS, {"verb": verb, "actor": by.actor, "at": at, **told_of})
