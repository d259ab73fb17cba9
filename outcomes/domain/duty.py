"""Who is called about a safety alert and in which order, and where nobody is: plain values, half-open stretches `[starts, ends)`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]
WATCHED_AHEAD = timedelta(hours=24)  # an empty roster is said so long before it happens


def first_gap(turns: Iterable[Stretch], since: datetime, until: datetime) -> datetime | None:
    """The first instant in `[since, until]` at which no turn holds; None where somebody is on duty throughout."""
    reached = since
    for starts, ends in sorted(turns):
        if starts > reached:
            break
        reached = max(reached, ends)
    return reached if reached <= until else None
