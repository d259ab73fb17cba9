"""Attendance: which of the due sessions took place, and how the missed ones cluster.

Attendance is a count of sessions; what was lifted in them is `dose`. The two differ widely in resistance trials, so they stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.records import DEFAULT_RULES, Rules, SessionRecord, Status

INTERRUPTION_FROM = 3  # consecutive missed sessions: Nilsen et al. 2018; Fairman et al. 2020
UNATTENDED = (Status.MISSED, Status.SCHEDULED)  # a due session without a record counts as missed


@dataclass(frozen=True, kw_only=True)
class Adherence:
    """Counts of sessions and unrounded shares 0-1; a share without a denominator is None."""

    sessions_planned: int
    sessions_due: int
    sessions_attended: int
    sessions_missed: int
    sessions_cancelled_by_site: int
    attendance: Decimal | None
    attendance_excl_site: Decimal | None
    attendance_on_treatment: Decimal | None
    missed_episodes: int
    interruptions: int
    sessions_ended_early: int
    sessions_unrecorded: int
    open_interruption: bool  # the due sessions end in three or more missed, with no recorded stop


def adherence(sessions: Iterable[SessionRecord], *, as_of: date, rules: Rules = DEFAULT_RULES) -> Adherence:
    """Attendance over the sessions whose make-up window closed before `as_of` (a site date); one without a record counts as missed.

    The denominator holds missed, site-cancelled and undelivered sessions; `_excl_site` leaves the cancelled out, `_on_treatment` the
    cancelled and the undelivered. Made-up sessions count as attended.
    """
    known = list(sessions)
    due = rules.due(known, as_of)
    attended = sum(rules.attended(s) for s in due)
    cancelled = sum(s.status == Status.CANCELLED_BY_SITE for s in due)
    undelivered = sum(s.status == Status.NOT_DELIVERED for s in due)
    left_out = (0 if rules.site_cancelled_in_denominator else cancelled) + (0 if rules.undelivered_count_as_zero else undelivered)
    runs = missed_runs(due)
    stopped = any(s.status == Status.NOT_DELIVERED and s.phase == rules.phase for s in known)
    return Adherence(
        sessions_planned=sum(s.phase == rules.phase for s in known),
        sessions_due=len(due),
        sessions_attended=attended,
        sessions_missed=sum(s.status in UNATTENDED for s in due),
        sessions_cancelled_by_site=cancelled,
        attendance=share(attended, len(due) - left_out),
        attendance_excl_site=share(attended, len(due) - cancelled),
        attendance_on_treatment=share(attended, len(due) - cancelled - undelivered),
        missed_episodes=sum(length < INTERRUPTION_FROM for length in runs),
        interruptions=sum(length >= INTERRUPTION_FROM for length in runs),
        sessions_ended_early=sum(s.held and bool(s.ended_early) for s in due),
        sessions_unrecorded=sum(s.status == Status.SCHEDULED for s in due),
        open_interruption=not stopped and _trailing_missed(due) >= INTERRUPTION_FROM,
    )


def missed_runs(due: Iterable[SessionRecord]) -> list[int]:
    """Lengths of the maximal runs of missed sessions; a site-cancelled or undelivered one neither breaks nor lengthens a run."""
    runs: list[int] = []
    length = 0
    for session in due:
        if session.status in UNATTENDED:
            length += 1
        elif session.held:
            runs.append(length)
            length = 0
    runs.append(length)
    return [run for run in runs if run]


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """An unrounded fraction; None where nothing could have happened."""
    return Decimal(part) / Decimal(whole) if whole > 0 else None


def _trailing_missed(due: list[SessionRecord]) -> int:
    length = 0
    for session in reversed(due):
        if session.held:
            break
        length += session.status in UNATTENDED
    return length
