"""Where a session may be moved, and the sentence for every place it may not.

A session stays in its trial week (its make-up window), on an open day, with its rest days on both sides, and the week never holds
more sessions than planned. Dates bind; hours elapsed are warned about below 48 (ACSM advises 48 h for one muscle group).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from participants.domain.calendar import ALWAYS_OPEN, DAYS, week_closes_on, week_opens_on
from participants.domain.opening import Opening, refusal_by_hours
from participants.domain.wall_clock import day_in_words, exists, instant

ADVISED_REST = timedelta(hours=48)
OFFERED_AT = tuple(time(hour) for hour in range(7, 21))
"""Times of day that are tried for a session that must move, after those somebody asked for."""


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A session where it now stands: `on` and `at` (UTC) are the moved day if it was moved.

    `stands`: scheduled or held, so it counts for rest and the week's number. `movable`: not held, and not closed by withdrawal.
    """

    no: int
    week: int
    on: date
    at: datetime
    stands: bool = True
    movable: bool = True


@dataclass(frozen=True, kw_only=True)
class MoveRules:
    """What a move is measured against: the plan's rest, weekly number and minutes, day 0, the site's zone and hours, and the present."""

    day0: date
    timezone: str
    rest_days: int
    per_week: int
    now: datetime
    minutes: int = 0
    opening: Opening = ALWAYS_OPEN


@dataclass(frozen=True, kw_only=True)
class OfferedSlot:
    """One day and time: allowed where `refusal` is empty; `warning` is a sentence to read first."""

    on: date
    at: time
    starts_at: datetime
    refusal: str = ""
    warning: str = ""


def refusal_to_move(sessions: Sequence[Laid], session_no: int, *, on: date, at: time, rules: MoveRules) -> str | None:
    """Why the session can't be held then, as a sentence; None where it can. Raises KeyError for an unknown number."""
    session = _numbered(sessions, session_no)
    others = [s for s in sessions if s.no != session_no and s.stands]
    return (
        _refused_itself(session)
        or _refused_by_week(session, others, on, rules)
        or _refused_by_site(on, at, rules)
        or _refused_by_clock(on, at, rules)
        or _refused_by_rest(others, on, rules)
    )


def warning_to_move(sessions: Sequence[Laid], session_no: int, *, on: date, at: time, rules: MoveRules) -> str | None:
    """A sentence where fewer than 48 hours elapse to a neighbouring session, as over a clock change; else None."""
    starts = instant(on, at, rules.timezone)
    for other in sessions:
        elapsed = abs(starts - other.at.astimezone(UTC))
        if other.stands and other.no != session_no and elapsed < ADVISED_REST:
            return f"Only {in_hours(elapsed)} between this and session {other.no} ({day_in_words(other.on)}); 48 h are advised."
    return None


def short_rests(sessions: Iterable[Laid]) -> tuple[tuple[int, timedelta], ...]:
    """The sessions that begin less than 48 hours after the one before them, each with the hours elapsed."""
    standing = sorted((s for s in sessions if s.stands), key=lambda s: s.at)
    pairs = ((b.no, b.at.astimezone(UTC) - a.at.astimezone(UTC)) for a, b in pairwise(standing))
    return tuple((no, elapsed) for no, elapsed in pairs if elapsed < ADVISED_REST)


def offered_slots(sessions: Sequence[Laid], session_no: int, *, times: Sequence[time], rules: MoveRules) -> tuple[OfferedSlot, ...]:
    """Every day of the session's trial week at each time, allowed or with its sentence, in order; its present place is left out."""
    session = _numbered(sessions, session_no)
    opens_on = week_opens_on(session.week, rules.day0)
    slots = []
    for on in (opens_on + timedelta(days=n) for n in range(DAYS)):
        for at in sorted(set(times)):
            starts_at = instant(on, at, rules.timezone)
            if starts_at == session.at and session.stands:
                continue
            refusal = refusal_to_move(sessions, session_no, on=on, at=at, rules=rules) or ""
            warning = "" if refusal else warning_to_move(sessions, session_no, on=on, at=at, rules=rules) or ""
            slots.append(OfferedSlot(on=on, at=at, starts_at=starts_at, refusal=refusal, warning=warning))
    return tuple(slots)


def in_hours(elapsed: timedelta) -> str:
    """A length of time in hours and minutes: 47 h, 47 h 30 min."""
    hours, minutes = divmod(int(elapsed.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _numbered(sessions: Sequence[Laid], session_no: int) -> Laid:
    return {s.no: s for s in sessions}[session_no]


def _refused_itself(session: Laid) -> str | None:
    return None if session.movable else f"Session {session.no} is closed, so it can't be moved."


def _refused_by_week(session: Laid, others: Sequence[Laid], on: date, rules: MoveRules) -> str | None:
    first, last = week_opens_on(session.week, rules.day0), week_closes_on(session.week, rules.day0)
    if not first <= on <= last:
        return f"Session {session.no} belongs to trial week {session.week}, {day_in_words(first)} to {day_in_words(last)}."
    if sum(s.week == session.week for s in others) >= rules.per_week:
        return f"Trial week {session.week} already holds {rules.per_week} sessions."
    return None


def _refused_by_site(on: date, at: time, rules: MoveRules) -> str | None:
    if refusal := refusal_by_hours(on, at, rules.minutes, rules.opening):
        return refusal
    if not exists(on, at, rules.timezone):
        return f"{at:%H:%M} doesn't exist on {day_in_words(on)}: the clocks go forward."
    return None


def _refused_by_clock(on: date, at: time, rules: MoveRules) -> str | None:
    if instant(on, at, rules.timezone) <= rules.now.astimezone(UTC):
        now = rules.now.astimezone(ZoneInfo(rules.timezone))
        return f"{day_in_words(on)}, {at:%H:%M} is over; it is {day_in_words(now.date())}, {now:%H:%M} at the site."
    return None


def _refused_by_rest(others: Sequence[Laid], on: date, rules: MoveRules) -> str | None:
    for other in sorted(others, key=lambda s: abs((s.on - on).days)):
        apart = abs((other.on - on).days)
        if apart <= rules.rest_days:
            between = {0: "each has a day of its own", 1: "a rest day must lie between two sessions"}
            rule = between.get(rules.rest_days, f"{rules.rest_days} rest days must lie between two sessions")
            where = "the same day as" if apart == 0 else "too near to"
            return f"{day_in_words(on)} is {where} session {other.no} ({day_in_words(other.on)}); {rule}."
    return None
