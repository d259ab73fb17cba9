from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outcomes.domain.alarm_path import standing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def ago(minutes: float | None) -> datetime | None:
    return None if minutes is None else NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("queued", "sent", "waiting", "well", "broken", "late"),
    [
        (None, None, None, False, False, False),
        (30, 29.5, None, True, False, False),
        (75.5, 75, None, True, False, False),
        (77, 76, None, False, True, False),
        (30, 28, None, False, False, True),
        (30, 29.5, 0.5, True, False, False),
        (30, 29.5, 2, False, False, True),
        (200, 199.5, 100, False, True, True),
        (None, None, 2, False, False, True),
    ],
    ids=["never", "well", "at the edge", "silent", "slow", "an alert just queued", "an alert waits", "all of it", "waits, never tested"],
)
def test_the_path_of_alerts_is_well_only_while_canaries_come_through(queued, sent, waiting, well, broken, late) -> None:
    found = standing(queued_at=ago(queued), sent_at=ago(sent), waiting_since=ago(waiting), at=NOW)
    assert (found.well, found.broken, found.late, found.tested_at) == (well, broken, late, ago(sent))
    assert found.waiting_since == (ago(waiting) if late and waiting else None)
