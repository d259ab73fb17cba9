"""Whether alerts reach people, told by a canary that goes the whole way every hour. Plain values; times are aware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SILENT = timedelta(minutes=75)  # one canary an hour, and a quarter of an hour of patience
SLOW = timedelta(minutes=1)  # within which an alert must be on its way


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`tested_at`: when the last canary came through; `waiting_since`: the oldest alert message that is late to leave."""

    tested_at: datetime | None
    waiting_since: datetime | None = None
    broken: bool = False
    late: bool = False

    @property
    def well(self) -> bool:
        return self.tested_at is not None and not self.broken and not self.late


def standing(*, queued_at: datetime | None, sent_at: datetime | None, waiting_since: datetime | None, at: datetime) -> Standing:
    """Broken: canaries came through once and none does now. Late: the last took, or an alert takes, longer than a minute."""
    waits = waiting_since if waiting_since is not None and at - waiting_since > SLOW else None
    slow = queued_at is not None and sent_at is not None and sent_at - queued_at > SLOW
    broken = sent_at is not None and at - sent_at > SILENT
    return Standing(tested_at=sent_at, waiting_since=waits, broken=broken, late=slow or waits is not None)
