"""Which messages are due at an instant: a welcome after consent; invitation, nudges and last call of an open sitting; sessions.

Of a session: the day before, some hours before, and after it was missed; of deferred training: that it begins.

A sweep asks again and again; nothing is booked ahead, so a moved date needs no clean-up. Each step of a sitting ends where the
next begins: after a standstill a person gets the one message that fits now, never all that were missed. The hours are those of
the person's site.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trials.domain.protocol.shape import Reminders

WELCOMED_FOR = timedelta(days=7)  # after consent; later a welcome is odd
MISSED_FOR = timedelta(days=3)  # later a question about a missed session is no help any more
A_NIGHT = timedelta(days=1)  # quiet hours are over within it


@dataclass(frozen=True)
class Sitting:
    """One visit's questionnaires that a person may still answer; both days are inclusive and in the site's zone."""

    visit: str
    opens_on: date
    closes_on: date


@dataclass(frozen=True)
class Training:
    """One session, ahead or missed; `starts_at` is aware."""

    key: str
    starts_at: datetime
    missed: bool = False
    begins_deferred: bool = False  # the first of the deferred training


@dataclass(frozen=True)
class Due:
    """One message: sendable in `[due_at, not_after)`, both UTC; `event_key` is the same however often the sweep asks."""

    kind: str  # "welcome" | "invitation" | "nudge" | "last_call" | "session_day_before" | "session" | "missed_session" | "deferred_start"
    event_key: str
    due_at: datetime
    not_after: datetime


def due(
    policy: Reminders,
    zone: ZoneInfo,
    at: datetime,
    *,
    consented_at: datetime | None = None,
    sittings: Iterable[Sitting] = (),
    trainings: Iterable[Training] = (),
) -> tuple[Due, ...]:
    """Everything due at `at`, earliest first; at most one welcome, one message a sitting, one a session, one about a start."""
    planned = [] if consented_at is None else list(of_consent(policy, zone, consented_at))
    planned += [d for sitting in sittings for d in of_sitting(policy, zone, sitting)]
    planned += [d for training in trainings for d in of_training(policy, zone, training)]
    return tuple(sorted((d for d in planned if d.due_at <= at < d.not_after), key=lambda d: (d.due_at, d.event_key)))


def of_consent(policy: Reminders, zone: ZoneInfo, consented_at: datetime) -> tuple[Due, ...]:
    """The welcome, from consent on for a week: it waits until a way to write to the person is agreed to. The same in every arm."""
    if not policy.welcome:
        return ()
    return (Due("welcome", "welcome", allowed(consented_at, policy, zone), consented_at.astimezone(UTC) + WELCOMED_FOR),)


def of_sitting(policy: Reminders, zone: ZoneInfo, sitting: Sitting) -> tuple[Due, ...]:
    """The whole series of one sitting in order of time; a nudge on or after the last call's day is left out."""
    ends = _midnight(sitting.closes_on + timedelta(days=1), zone)
    steps = [
        (kind, f"sitting:{sitting.visit}:{key}", allowed(_midnight(day, zone), policy, zone)) for kind, key, day in _days(policy, sitting)
    ]
    limits = [*(start for _, _, start in steps[1:]), ends]
    return tuple(Due(kind, key, start, limit) for (kind, key, start), limit in zip(steps, limits, strict=False) if start < limit)


def _days(policy: Reminders, sitting: Sitting) -> list[tuple[str, str, date]]:
    last = None if policy.last_call_days is None else sitting.closes_on - timedelta(days=policy.last_call_days)
    if last is not None and last <= sitting.opens_on:
        last = None
    before = sitting.closes_on + timedelta(days=1) if last is None else last
    days = [("invitation", "invitation", sitting.opens_on)] if policy.invitation else []
    nudges = [(n, sitting.opens_on + timedelta(days=n)) for n in sorted(set(policy.nudge_days))]
    days += [("nudge", f"nudge-{n}", day) for n, day in nudges if day < before]
    return days if last is None else [*days, ("last_call", "last-call", last)]


def of_training(policy: Reminders, zone: ZoneInfo, training: Training) -> tuple[Due, ...]:
    """The series of one session in order of time; a moved session has another key and is reminded of anew.

    Nothing is sent when quiet hours last until the session begins. Who missed one is asked within three days. That deferred
    training begins is told once, whether or not it moves afterwards.
    """
    starts = training.starts_at.astimezone(UTC)
    event = f"session:{training.key}:{starts:%Y%m%dT%H%MZ}"
    if training.missed:
        found = _after(policy, zone, starts, event)
    else:
        steps = _before(policy, zone, starts)
        limits = [*(opens for opens, _ in steps[1:]), starts]
        found = [Due(kind, event, opens, limit) for (opens, kind), limit in zip(steps, limits, strict=False)]
        if training.begins_deferred and policy.deferred_start_days is not None:
            opens = allowed(starts - timedelta(days=policy.deferred_start_days), policy, zone)
            found.insert(0, Due("deferred_start", "deferred:start", opens, starts))
    return tuple(d for d in found if d.due_at < d.not_after)


def _before(policy: Reminders, zone: ZoneInfo, starts: datetime) -> list[tuple[datetime, str]]:
    """When the reminders of a session that is ahead open, in order of time; those that quiet hours hold until it begins are not there."""
    steps = []
    if policy.session_day_before is not None:
        eve = starts.astimezone(zone).date() - timedelta(days=1)
        steps.append((allowed(_instant(eve, policy.session_day_before, zone), policy, zone), "session_day_before"))
    if policy.session_before_hours is not None:
        steps.append((allowed(starts - timedelta(hours=policy.session_before_hours), policy, zone), "session"))
    return sorted(step for step in steps if step[0] < starts)


def _after(policy: Reminders, zone: ZoneInfo, starts: datetime, event: str) -> list[Due]:
    if policy.missed_session_hours is None:
        return []
    opens = allowed(starts + timedelta(hours=policy.missed_session_hours), policy, zone)
    return [Due("missed_session", event, opens, opens + MISSED_FOR)]


def ahead(policy: Reminders, zone: ZoneInfo, at: datetime) -> dict[str, datetime]:
    """The kinds of message that a session ahead brings, each with the latest start of a session for which it can be due at `at`; UTC.

    Quiet hours hold a message back and never bring it forward, so no session that starts later is of interest yet.
    """
    found = {}
    if policy.session_day_before is not None:
        today = at.astimezone(zone).date()
        told = today if at < _instant(today, policy.session_day_before, zone) else today + timedelta(days=1)
        found["session_day_before"] = _midnight(told + timedelta(days=1), zone)
    if policy.session_before_hours is not None:
        found["session"] = at.astimezone(UTC) + timedelta(hours=policy.session_before_hours)
    return found


def looked_back(policy: Reminders) -> timedelta:
    """How far behind an instant a missed session can lie that is still asked about; nothing = none is."""
    if policy.missed_session_hours is None:
        return timedelta(0)
    return timedelta(hours=policy.missed_session_hours) + A_NIGHT + MISSED_FOR


def start_looked_ahead(policy: Reminders) -> timedelta:
    """How far ahead of an instant the first deferred session can lie that is announced; nothing = none ever is."""
    return timedelta(days=policy.deferred_start_days or 0)


def quiet(at: datetime, policy: Reminders, zone: ZoneInfo) -> bool:
    """Whether `at` lies in the site's quiet hours `[quiet_from, quiet_to)`, which may span midnight; equal times = none."""
    clock = at.astimezone(zone).time()
    if policy.quiet_from <= policy.quiet_to:
        return policy.quiet_from <= clock < policy.quiet_to
    return clock >= policy.quiet_from or clock < policy.quiet_to


def allowed(at: datetime, policy: Reminders, zone: ZoneInfo) -> datetime:
    """`at` itself, or the end of the quiet hours it falls in; UTC."""
    if not quiet(at, policy, zone):
        return at.astimezone(UTC)
    local = at.astimezone(zone)
    day = local.date() if local.time() < policy.quiet_to else local.date() + timedelta(days=1)
    return _instant(day, policy.quiet_to, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _instant(day, time(0), zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
