"""Which sums of a session count: those of its sets, else those that it states itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outcomes.domain.records import SessionRecord
from participants.domain.sums import SessionSums

ZERO = Decimal(0)


def sums_for(session: SessionRecord, sums: Mapping[tuple[str, int], SessionSums]) -> SessionSums:
    """The sums of its sets; only where it has none, those that the session states itself."""
    found = sums.get((session.trial_id, session.session_no))
    return sums_stated(session) if found is None else found


def sums_stated(session: SessionRecord) -> SessionSums:
    """The sums that a session states itself, for sessions without set rows."""
    stated = SessionSums(
        planned_volume_kg=session.planned_volume_kg,
        done_volume_kg=session.done_volume_kg,
        sets_planned=session.sets_planned or 0,
        sets_done=session.sets_done or 0,
        reps_planned=session.reps_planned or 0,
        reps_done=session.reps_done or 0,
    )
    stated.reduced = (
        (session.planned_volume_kg is not None and (session.done_volume_kg or ZERO) < session.planned_volume_kg)
        or stated.sets_done < stated.sets_planned
        or stated.reps_done < stated.reps_planned
    )
    return stated
