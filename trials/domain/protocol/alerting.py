"""What a clinician must hear of, and how long an alert may wait before the next person is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    instrument: str
    item: str
    at_least: int = 1
    urgent_at_least: int | None = None
    contact_hours: int = 24
    urgent_contact_hours: int = 4


@dataclass(frozen=True, kw_only=True)
class ScoreAlertRule:
    """A total that a clinician must hear of: high in itself, or risen above the person's own at baseline."""

    instrument: str
    measure: str = "total"  # "total" | "rise"
    at_least: int
    urgent: bool = False
    contact_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Minutes until an alert that nobody has taken on is told to the next person."""

    minutes: int = 60
    urgent_minutes: int = 15
