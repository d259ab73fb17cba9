"""The audit: `@action` tells the database who acts, when and why; `record` keeps what was meant.

The database itself keeps every version of every row (`trials/database.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from trials.actors import Actor
from trials.models import Event

P = ParamSpec("P")
R = TypeVar("R")


EVENT = """INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
    VALUES (%(verb)s, %(about)s, %(actor)s, %(at)s, %(reason)s, %(detail)s, clock_timestamp())"""

Words = tuple[str, str, str]  # actor, at, reason
_speaking: ContextVar[Words | None] = ContextVar("words of the step under way", default=None)


def action(step: Callable[P, R]) -> Callable[P, R]:
    """One step of the trial: all or nothing, and every row it writes carries `by`, `at` and `reason`.

    A step within a step keeps the reason of the one around it where it has none of its own.
    """

    @functools.wraps(step)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        around = _speaking.get()
        words = _words(kwargs["by"], kwargs["at"], kwargs.get("reason"), around)  # type: ignore[arg-type]
        with transaction.atomic():
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


def _words(by: Actor, at: datetime, reason: object, around: Words | None) -> Words:
    own = str(reason or "")
    inherited = around[2] if around is not None and around[:2] == (by.actor, at.isoformat()) else ""
    return by.actor, at.isoformat(), own or inherited


def _say(words: Words) -> None:
    """Sets the transaction's words; a savepoint that is rolled back takes them back by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('uplift.actor', %s, true), set_config('uplift.at', %s, true), set_config('uplift.reason', %s, true)",
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
    Event.objects.bulk_create(Event(verb=verb, about=about, actor=by.actor, at=at, detail=dict(detail)) for about, detail in told)
