"""The audit: `@action` tells the database who acts, when and why; `record` keeps what was meant.

The database itself keeps every version of every row (`trials/database.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

from trials.actors import Actor
from trials.models import Event

P = ParamSpec("P")
R = TypeVar("R")


def action(step: Callable[P, R]) -> Callable[P, R]:
    """One step of the trial: all or nothing, and every row it writes carries `by`, `at` and `reason`."""

    @functools.wraps(step)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        by, at = kwargs["by"], kwargs["at"]
        with transaction.atomic():
            before = _say(by.actor, at.isoformat(), str(kwargs.get("reason") or ""))  # type: ignore[attr-defined]
            result = step(*args, **kwargs)
            if before[0]:
                _say(*before)
            return result

    told.is_action = True  # type: ignore[attr-defined]
    return told


def _say(actor: str, at: str, reason: str) -> tuple[str, str, str]:
    """Sets the transaction's words and returns those of the step around it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH was AS MATERIALIZED (SELECT coalesce(current_setting('uplift.actor', true), '') a, "
            "coalesce(current_setting('uplift.at', true), '') t, coalesce(current_setting('uplift.reason', true), '') r) "
            "SELECT a, t, r, set_config('uplift.actor', %s, true), set_config('uplift.at', %s, true), "
            "set_config('uplift.reason', %s, true) FROM was",
            [actor, at, reason],
        )
        row = cursor.fetchone()
    return row[0], row[1], row[2]


def record(verb: str, *, about: str, by: Actor, at: datetime, reason: str = "", detail: Mapping[str, Any] | None = None) -> Event:
    """Keep what was meant. Never an arm, a name or an answer in `detail`."""
    return Event.objects.create(verb=verb, about=about, actor=by.actor, at=at, reason=reason or "", detail=dict(detail or {}))


def record_each(verb: str, told: Iterable[tuple[str, Mapping[str, Any]]], *, by: Actor, at: datetime) -> None:
    """The same of many, as (about, detail), in one statement."""
    Event.objects.bulk_create(Event(verb=verb, about=about, actor=by.actor, at=at, detail=dict(detail)) for about, detail in told)
