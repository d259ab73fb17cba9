"""The calendar's expectation beside the outbox, every few minutes: a message that never came to be is noticed by its absence."""

from __future__ import annotations

from datetime import datetime

from outcomes.queries import expected
from participants.queries import outbox
from trials import audit
from trials.actors import Actor
from trials.audit import action


@action
def compare_outbox(*, by: Actor, at: datetime) -> int:
    """How many messages should stand in the outbox and don't; kept where there are any, and once more when there are none again."""
    found = len(expected.lacking(at))
    if found or outbox.lacking():
        audit.record(outbox.COMPARED, about=outbox.ABOUT, by=by, at=at, detail={"lacking": found})
    return found
