"""Attendance: which of the due sessions took place, and how the missed ones cluster.

Attendance is a count of sessions; what was lifted in them is `dose`. The two differ widely in resistance trials, so they stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.records import DEFAULT_RULES, Rules, SessionRecord, Status
from outcomes.domain.spread import mean, sd

INTERRUPTION_FROM = 3  # consecutive missed sessions: Nilsen et al. 2018; Fairman et al. 2020


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
    sessions_counted: int  # the denominator of `attendance`
    open_interruption: bool  # the due sessions end in three or more missed, with no recorded stop
    drop_outs: str  # the rule for sessions after stopping: "as_zero" or "left_out" of the attendance


def adherence(sessions: Iterable[SessionRecord], *, as_of: date, rules: Rules = DEFAULT_RULES) -> Adherence:
    """Attendance over the sessions whose make-up window closed before `as_of` (a site date); one without a record counts as missed.

    The denominator holds missed, site-cancelled and undelivered sessions; `_excl_site` leaves the cancelled out, `_on_treatment` the
    cancelled and the undelivered. Made-up sessions count as attended.
    """
    known = list(sessions)
    due = rules.due(known, as_of)
    statuses = [s.status for s in due]
    attended_as, missed_as = rules.attended_as, rules.missed_as
    attended, missed = sum([s in attended_as for s in statuses]), sum([s in missed_as for s in statuses])
    cancelled, undelivered = statuses.count(Status.CANCELLED_BY_SITE), statuses.count(Status.NOT_DELIVERED)
    left_out = (0 if rules.site_cancelled_in_denominator else cancelled) + (0 if rules.undelivered_count_as_zero else undelivered)
    runs = [len(run) for run in missed_runs(due, rules)] if missed else []
    of_phase = [s.status for s in known if s.phase == rules.phase]
    return Adherence(
        sessions_planned=len(of_phase),
        sessions_due=len(due),
        sessions_attended=attended,
        sessions_missed=missed,
        sessions_cancelled_by_site=cancelled,
        attendance=share(attended, len(due) - left_out),
        attendance_excl_site=share(attended, len(due) - cancelled),
        attendance_on_treatment=share(attended, len(due) - cancelled - undelivered),
        missed_episodes=sum(length < INTERRUPTION_FROM for length in runs),
        interruptions=sum(length >= INTERRUPTION_FROM for length in runs),
        sessions_ended_early=sum([bool(s.ended_early) and s.status in attended_as for s in due]),
        sessions_unrecorded=statuses.count(Status.SCHEDULED),
        sessions_counted=len(due) - left_out,
        open_interruption=Status.NOT_DELIVERED not in of_phase and _trailing_missed(due, rules) >= INTERRUPTION_FROM,
        drop_outs=rules.drop_outs,
    )


@dataclass(frozen=True, kw_only=True)
class PooledAttendance:
    """A group's attendance said twice: the mean of the persons' shares (SD with n - 1, range), and all attended / all counted sessions.

    "13 of 16" in a paper is such a mean told as a count. `drop_outs` is the rule behind all of them; empty for nobody.
    """

    mean: Decimal | None
    sd: Decimal | None
    least: Decimal | None
    greatest: Decimal | None
    n: int
    ratio_of_sums: Decimal | None
    drop_outs: str


def pooled_attendance(kept: Iterable[Adherence]) -> PooledAttendance:
    """Attendance of a group over people with due sessions. Raises ValueError where their rules for drop-outs differ."""
    known = list(kept)
    drop_outs = sorted({a.drop_outs for a in known})
    if len(drop_outs) > 1:
        raise ValueError(f"Attendances under different rules have no common mean: {', '.join(drop_outs)}")
    counted = [(a, a.attendance) for a in known if a.attendance is not None]
    shares = [attendance for _, attendance in counted]
    return PooledAttendance(
        mean=mean(shares),
        sd=sd(shares),
        least=min(shares, default=None),
        greatest=max(shares, default=None),
        n=len(shares),
        ratio_of_sums=share(sum(a.sessions_attended for a, _ in counted), sum(a.sessions_counted for a, _ in counted)),
        drop_outs="".join(drop_outs),
    )


def missed_runs(due: Iterable[SessionRecord], rules: Rules = DEFAULT_RULES) -> list[list[SessionRecord]]:
    """The maximal runs of missed sessions; a site-cancelled or undelivered one neither breaks nor lengthens a run."""
    runs: list[list[SessionRecord]] = [[]]
    for session in due:
        if rules.missed(session):
            runs[-1].append(session)
        elif rules.attended(session):
            runs.append([])
    return [run for run in runs if run]


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """An unrounded fraction; None where nothing could have happened."""
    return Decimal(part) / Decimal(whole) if whole > 0 else None


def _trailing_missed(due: list[SessionRecord], rules: Rules) -> int:
    length = 0
    for session in reversed(due):
        if rules.attended(session):
            break
        length += rules.missed(session)
    return length
