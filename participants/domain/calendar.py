"""When training sessions are held: laid out once, at randomisation, in the trial weeks of one person.

A trial week is seven days counted from day 0 (never an ISO week): week = floor((date - day 0) / 7) + 1, so familiarisation weeks
are <= 0. The rest rule binds calendar dates at the site: two sessions with n rest days between lie at least n + 1 dates apart. Hours
elapsed are only warned about, because a clock change makes the same two evenings 47 or 49 hours apart.

What is promised to a person is the wall clock of the site's zone (`wall_clock` has the rule for gap and fold). A date that a zone skips
altogether counts as closed. Where the promised time doesn't fit into the hours of a day, the nearest one that does stands in for it.

Where a site opens slots, a session takes a free place of its week: on a day and at a time asked for before any other, yet on another day
before it stands in no slot, since a slot is where there is a trainer. Rest, opening hours and closures bind as without slots. Which of the
two comes first, the day or the place, is this program's choice: no guideline says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations, pairwise
from types import MappingProxyType

from participants.domain.opening import Opening, nearest_start, shut_on, starts_on_weekday
from participants.domain.places import Place, by_day, minutes_off, nearest
from participants.domain.wall_clock import exists, instant
from trials.domain.protocol.shape import SessionPlan

DAYS = 7
FAMILIARISATION = "familiarisation"
INTERVENTION = "intervention"
FOLLOW_UP = "follow_up"
DEFERRED = "deferred"
USUAL_TIME = time(10, 0)  # where a person named no time
BEFORE_START = "before the first possible day"
NO_SUCH_DAY = "the clock change skips this day"

# A weighted sum orders the ways to lay out a week: first nothing on a closed day, then a place in a slot, then the days asked for, then no
# weekend, then a time near to the one asked for, then a near day.
_CLOSED, _NO_PLACE, _NOT_ASKED, _WEEKEND, _HOUR_OFF = 1_000_000, 20_000, 1_000, 100, 20
_MOST_HOURS_OFF = 4  # farther off is not worse: it would weigh more than a weekend
ALWAYS_OPEN = Opening()


@dataclass(frozen=True, kw_only=True)
class Preferred:
    """A weekday (Monday 0 to Sunday 6) and wall-clock time that suit a person; earlier in the list suits better."""

    weekday: int
    at: time


@dataclass(frozen=True, kw_only=True)
class PlannedSession:
    """One session as laid out. `plan_week` counts in its own plan, `week` is the trial week; `planned_at` is UTC.

    `closed` is empty, or why the site can't hold it on that day: no other day of its week was free, so staff cancel or move it. `place` is
    the one it takes in a slot, which gives it its time and trainer; None: it is in no slot.
    """

    no: int
    week: int
    plan_week: int
    phase: str
    planned_on: date
    planned_at: datetime
    closes_on: date
    closed: str = ""
    place: Place | None = None


def trial_week(on: date, day0: date) -> int:
    """Trial week = floor((date - day 0) / 7) + 1; the seven days before day 0 are week 0."""
    return (on - day0).days // DAYS + 1


def week_opens_on(week: int, day0: date) -> date:
    """First date of a trial week."""
    return day0 + timedelta(days=DAYS * (week - 1))


def week_closes_on(week: int, day0: date) -> date:
    """Last date of a trial week, inclusive: until then a missed session can be made up."""
    return day0 + timedelta(days=DAYS * week - 1)


def plan_sessions(
    plan: SessionPlan,
    *,
    day0: date,
    starts_on: date,
    timezone: str,
    preferred: Sequence[Preferred] = (),
    opening: Opening = ALWAYS_OPEN,
    first_no: int = 1,
    usual_time: time = USUAL_TIME,
    places: Sequence[Place] = (),
) -> tuple[PlannedSession, ...]:
    """Every planned session is laid out once: familiarisation up to week 0, weeks 1 to `plan.weeks`, then the weeks of follow-up.

    The days asked for are kept wherever the rest rule and the hours allow. A closure, a public holiday or a trainer's day away moves a
    session within its trial week and never removes one; where no day of the week is free it stays on the day it would have had, marked
    `closed`. No session lies before `starts_on` unless its week leaves no room (marked too). Raises ValueError where so many sessions and
    rest days do not fit into seven days.

    `places` are the free ones of the site's slots, long enough for a session; without any nothing is laid out differently.
    """
    weeks = range(1 - plan.familiarisation_weeks, plan.weeks + plan.follow_up_weeks + 1)
    return _lay_out(
        plan, weeks, shift=0, phase="", day0=day0, starts_on=starts_on, timezone=timezone, preferred=preferred, opening=opening,
        first_no=first_no, usual_time=usual_time, places=places,
    )  # fmt: skip


def plan_deferred(
    plan: SessionPlan,
    *,
    day0: date,
    starts_on: date,
    timezone: str,
    preferred: Sequence[Preferred] = (),
    opening: Opening = ALWAYS_OPEN,
    first_no: int = 1,
    usual_time: time = USUAL_TIME,
    places: Sequence[Place] = (),
) -> tuple[PlannedSession, ...]:
    """Deferred training begins with the first trial week that opens on or after `starts_on`; every session has the phase `deferred`.

    Trial weeks go on counting from the same day 0; `plan_week` counts from the plan's own familiarisation.
    """
    first_week = trial_week(starts_on + timedelta(days=DAYS - 1), day0)
    weeks = range(first_week, first_week + plan.familiarisation_weeks + plan.weeks + plan.follow_up_weeks)
    return _lay_out(
        plan, weeks, shift=first_week - 1 + plan.familiarisation_weeks, phase=DEFERRED, day0=day0, starts_on=starts_on, timezone=timezone,
        preferred=preferred, opening=opening, first_no=first_no, usual_time=usual_time, places=places,
    )  # fmt: skip


def _lay_out(
    plan: SessionPlan, weeks: range, *, shift: int, phase: str, day0: date, starts_on: date, timezone: str,
    preferred: Sequence[Preferred], opening: Opening, first_no: int, usual_time: time, places: Sequence[Place],
) -> tuple[PlannedSession, ...]:  # fmt: skip
    times = tuple((p.weekday, p.at) for p in preferred)
    asked = tuple(p.weekday for p in preferred)
    shut = frozenset(weekday for weekday in range(DAYS) if not starts_on_weekday(weekday, plan.minutes, opening))
    usual = usual_offsets(asked, per_week=plan.per_week, rest_days=plan.rest_days, first_weekday=day0.weekday(), shut=shut)
    barred = _barred(weeks, day0=day0, starts_on=starts_on, timezone=timezone, minutes=plan.minutes, opening=opening)
    free = by_day(places, timezone)
    off = {on: _hours_off(on, those, times, timezone) for on, those in free.items()}
    chosen = _choose(weeks, usual, barred, frozenset(asked), off, day0=day0, rest_days=plan.rest_days)
    sessions: list[PlannedSession] = []
    trainer: int | None = None
    for week in weeks:
        opens_on = week_opens_on(week, day0)
        for offset, usual_offset in zip(chosen[week], usual, strict=True):
            on = opens_on + timedelta(days=offset)
            usual_at = _time_on(opens_on + timedelta(days=usual_offset), times, otherwise=times[0][1] if times else usual_time)
            promised = _time_on(on, times, otherwise=usual_at)
            plan_week = week - shift
            there = () if on in barred else free.get(on, ())
            place = nearest(there, promised, timezone, trainer=trainer) if there else None
            trainer = place.trainer if place else trainer
            at = promised if place else nearest_start(on, promised, plan.minutes, opening) or promised
            sessions.append(
                PlannedSession(
                    no=first_no + len(sessions),
                    week=week,
                    plan_week=plan_week,
                    phase=phase or phase_of(plan_week, plan),
                    planned_on=on,
                    planned_at=place.starts_at.astimezone(UTC) if place else instant(on, at, timezone),
                    closes_on=week_closes_on(week, day0),
                    closed=barred.get(on, ""),
                    place=place,
                )
            )
    return tuple(sessions)


def phase_of(plan_week: int, plan: SessionPlan) -> str:
    """The phase of a week of the plan: each week belongs to one, so that counts of sessions never mix phases."""
    if plan_week <= 0:
        return FAMILIARISATION
    return INTERVENTION if plan_week <= plan.weeks else FOLLOW_UP


def _time_on(on: date, times: Sequence[tuple[int, time]], *, otherwise: time) -> time:
    return next((at for weekday, at in times if weekday == on.weekday()), otherwise)


def _hours_off(on: date, places: Sequence[Place], times: Sequence[tuple[int, time]], timezone: str) -> int:
    """Whole hours between the time asked for on a date and the nearest place; 0 where no time was asked for, and never more than 4."""
    at = next((at for weekday, at in times if weekday == on.weekday()), None)
    if at is None:
        return 0
    return min(_MOST_HOURS_OFF, min(minutes_off(place, at, timezone) for place in places) // 60)


@lru_cache(maxsize=1024)
def usual_offsets(
    asked: tuple[int, ...], *, per_week: int, rest_days: int, first_weekday: int, shut: frozenset[int] = frozenset()
) -> tuple[int, ...]:
    """The days of an undisturbed week, as days after its first: open weekdays, then those asked for, then no weekend, evenly spread.

    The pattern can follow itself week after week, so the last and the first session of neighbouring weeks keep the rest rule too.
    """
    gap = rest_days + 1
    patterns = [p for p in combinations(range(DAYS), per_week) if min(_cyclic_gaps(p)) >= gap]
    if not patterns:
        raise ValueError(f"{per_week} sessions a week with {rest_days} rest days between them do not fit into 7 days")

    def cost(pattern: tuple[int, ...]) -> tuple[int, int, int, int, int, tuple[int, ...]]:
        weekdays = [(first_weekday + offset) % DAYS for offset in pattern]
        wanted = [asked.index(w) for w in weekdays if w in asked]
        weekend = sum(w >= 5 for w in weekdays if w not in asked)
        return sum(w in shut for w in weekdays), per_week - len(wanted), sum(wanted), weekend, -min(_cyclic_gaps(pattern)), pattern

    return min(patterns, key=cost)


def _cyclic_gaps(pattern: tuple[int, ...]) -> list[int]:
    following = (*pattern[1:], pattern[0] + DAYS)
    return [b - a for a, b in zip(pattern, following, strict=True)]


@lru_cache(maxsize=64)
def _barred(weeks: range, *, day0: date, starts_on: date, timezone: str, minutes: int, opening: Opening) -> Mapping[date, str]:
    """Dates of these weeks on which nothing can be held, each with its reason; worked out once for everybody randomised on a day."""
    first, last = week_opens_on(weeks[0], day0), week_closes_on(weeks[-1], day0)
    barred = {on: NO_SUCH_DAY for on in _dates(first, last) if not exists(on, time(12, 0), timezone)}
    if not opening.always:
        for on in _dates(first, last):
            if reason := shut_on(on, minutes, opening):
                barred.setdefault(on, reason)
    for on in _dates(first, min(last, starts_on - timedelta(days=1))):
        barred[on] = BEFORE_START
    return MappingProxyType(barred)


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _choose(
    weeks: range, usual: tuple[int, ...], barred: Mapping[date, str], asked: frozenset[int], off: Mapping[date, int], *, day0: date,
    rest_days: int,
) -> dict[int, tuple[int, ...]]:  # fmt: skip
    """The cheapest days of each week under the rest rule, over all weeks together."""
    if not barred and not off:
        return {week: usual for week in weeks}
    chosen = _cheapest(weeks, usual, frozenset(barred), asked, frozenset(off.items()), day0=day0, rest_days=rest_days)
    return dict(zip(weeks, chosen, strict=True))


@lru_cache(maxsize=1024)
def _cheapest(
    weeks: range, usual: tuple[int, ...], barred: frozenset[date], asked: frozenset[int], offs: frozenset[tuple[date, int]], *, day0: date,
    rest_days: int,
) -> tuple[tuple[int, ...], ...]:  # fmt: skip
    """The shortest path from week to week; the same for all who ask for the same weekdays and are randomised on the same day."""
    off = dict(offs)
    gap = rest_days + 1
    patterns = [p for p in combinations(range(DAYS), len(usual)) if all(b - a >= gap for a, b in pairwise(p))]
    paths: dict[int, tuple[int, tuple[tuple[int, ...], ...]]] = {-gap: (0, ())}  # last day of the week before -> (cost, days so far)
    for week in weeks:
        prices = _prices(week_opens_on(week, day0), usual, barred, asked, off)
        reached: dict[int, tuple[int, tuple[tuple[int, ...], ...]]] = {}
        for pattern in patterns:
            cost, days = min(path for last, path in paths.items() if pattern[0] - last >= gap)
            path = (cost + sum(prices[place][offset] for place, offset in enumerate(pattern)), (*days, pattern))
            key = pattern[-1] - DAYS
            if key not in reached or path < reached[key]:
                reached[key] = path
        paths = reached
    return min(paths.values())[1]


def _prices(
    opens_on: date, usual: tuple[int, ...], barred: frozenset[date], asked: frozenset[int], off: Mapping[date, int]
) -> list[list[int]]:
    """What it costs to hold the session of each usual place on each day of one week; between two days as near, the later is cheaper.

    `off` holds the dates with a free place in a slot, each with the hours between it and the time asked for.
    """
    days = []
    for offset in range(DAYS):
        on = opens_on + timedelta(days=offset)
        unasked = bool(asked) and on.weekday() not in asked
        weekend = on.weekday() >= 5 and on.weekday() not in asked
        place = _HOUR_OFF * off.get(on, 0) + _NO_PLACE * (on not in off)
        days.append(_CLOSED * (on in barred) + place + _NOT_ASKED * unasked + _WEEKEND * weekend)
    return [[days[offset] + 2 * abs(offset - place) + (offset < place) for offset in range(DAYS)] for place in usual]
