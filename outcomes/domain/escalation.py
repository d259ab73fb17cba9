"""When an alert that nobody takes on is told to the next person, and who that is. Plain values; times are aware."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


def due_at(raised_at: datetime, level: int, *, minutes: int) -> datetime:
    """When a level is reached: level 1 at once, each further one so many minutes after the one before."""
    return raised_at + timedelta(minutes=minutes) * (level - 1)


def whom(roster: Sequence[T], investigators: Sequence[T], told: Collection[T]) -> tuple[T, ...]:
    """The next to be told: the first on the roster who was not, then every principal investigator who was not; nobody once all were."""
    waiting = [person for person in roster if person not in told]
    return (waiting[0],) if waiting else tuple(person for person in investigators if person not in told)
