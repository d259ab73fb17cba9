"""How many messages a provider is given: a bucket of tokens, kept as the one instant at which it will be full again.

So a bucket needs no clockwork: at instant t it lacks as many tokens as intervals lie between t and `full_at`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MICROSECONDS = 60_000_000  # in a minute
SENDERS_APART = timedelta(minutes=5)  # more than the clocks of two senders, or the beginnings of their rounds, ever differ


def capacity(per_minute: int) -> int:
    """How many may go at once: a sixth of a minute's, at least one."""
    return max(1, per_minute // 6)


def interval(per_minute: int) -> timedelta:
    """The time in which one token comes: with what may go at once, no minute (half-open) ever holds more than `per_minute`."""
    share = per_minute - capacity(per_minute) + 1
    return timedelta(microseconds=-(-MICROSECONDS // share))  # rounded up: the limit holds exactly


def taken(full_at: datetime, per_minute: int, at: datetime) -> datetime | None:
    """When the bucket is full again after one more message at `at`; None = there is none to take.

    A bucket that would be full much later than any can be was kept by a clock that has been set back since: it is begun anew.
    """
    brim = capacity(per_minute) * interval(per_minute)
    if full_at > at + brim + SENDERS_APART:
        full_at = at + brim - interval(per_minute)
    full = max(full_at, at) + interval(per_minute)
    return full if full <= at + brim else None
