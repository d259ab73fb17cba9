"""How alerts were dealt with, in figures for the committee: pooled, never by arm. Plain values; times are aware."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

LEVELS = ("minimal", "lower", "higher")


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """One alert or check: when it was raised, taken on, first in contact and closed; `calls` = how often it was told on."""

    trigger: str
    check: bool
    person: str
    raised_at: datetime
    due_at: datetime | None
    taken_at: datetime | None
    contact_at: datetime | None
    closed_at: datetime | None
    level: str
    calls: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts of alerts, and minutes as medians (None where nothing is to be timed). `in_time` is of those whose time has come."""

    alerts: int
    checks: int
    people: int
    open: int
    by_trigger: tuple[tuple[str, int], ...]
    by_level: tuple[tuple[str, int], ...]
    unassessed: int
    told_on: int
    in_time: int
    due: int
    minutes_to_taking: int | None
    minutes_to_contact: int | None
    longest_to_contact: int | None


def figures(found: Iterable[Dealt], *, as_of: datetime) -> Figures:
    """Contact is in time when it came by its due instant; an alert counts as due once contact was made or its time has passed."""
    rows = list(found)
    alerts = [row for row in rows if not row.check]
    due = [row for row in alerts if row.due_at is not None and (row.contact_at is not None or row.due_at <= as_of)]
    contact = [_minutes(row.raised_at, row.contact_at) for row in alerts if row.contact_at is not None]
    taking = [_minutes(row.raised_at, row.taken_at) for row in alerts if row.taken_at is not None]
    triggers = sorted({row.trigger for row in rows})
    return Figures(
        alerts=len(alerts),
        checks=len(rows) - len(alerts),
        people=len({row.person for row in rows}),
        open=sum(row.closed_at is None for row in rows),
        by_trigger=tuple((trigger, sum(row.trigger == trigger for row in rows)) for trigger in triggers),
        by_level=tuple((level, sum(row.level == level for row in alerts)) for level in LEVELS),
        unassessed=sum(not row.level for row in alerts),
        told_on=sum(row.calls > 0 for row in rows),
        in_time=sum(row.contact_at is not None and row.due_at is not None and row.contact_at <= row.due_at for row in due),
        due=len(due),
        minutes_to_taking=round_half_up(median(taking)) if taking else None,
        minutes_to_contact=round_half_up(median(contact)) if contact else None,
        longest_to_contact=max(contact, default=None),
    )


def round_half_up(value: float) -> int:
    return int(value + 0.5)


def _minutes(since: datetime, until: datetime) -> int:
    """Whole minutes begun, so that none is called shorter than it was."""
    seconds = (until - since).total_seconds()
    return -int(-seconds // 60)
