"""Every IANA zone and every clock change of 2026 to 2028: nothing is skipped, nothing doubled, and 18:00 stays 18:00.

The test command takes one zone of each pattern of changes; the long form takes every zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from participants.domain.calendar import Preferred, plan_sessions, trial_week
from participants.domain.moving import Laid, MoveRules, offered_slots, short_rests
from participants.domain.wall_clock import exists, instant, local_day
from trials.domain.protocol.shape import SessionPlan

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
STEP, FINE_STEP = timedelta(days=5), timedelta(hours=12)
ZONES = sorted(available_timezones() - {"localtime"})
DAILY = SessionPlan(code="ret", label="RET", weeks=1, per_week=7, rest_days=0)
TWICE = SessionPlan(code="ret", label="RET", weeks=3, per_week=2, rest_days=1)
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


@dataclass(frozen=True)
class Change:
    """The UTC instant of a clock change and the offsets before and after it."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def days(self) -> tuple[date, ...]:
        """The site dates around it: of the last moment before and of the first after, and their neighbours."""
        walls = {(self.at - timedelta(seconds=1) + self.before).date(), (self.at + self.after).date()}
        return tuple(sorted({day + timedelta(days=n) for day in walls for n in (-1, 0, 1)}))


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def changes(name: str, step: timedelta = STEP) -> tuple[Change, ...]:
    """All changes of the offset, each found to the second by halving; the long form looks twice a day and finds the same."""
    zone, found, moment = ZoneInfo(name), [], FIRST
    while moment < LAST:
        if offset(moment, zone) != offset(moment + step, zone):
            low, high = moment, moment + step
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
            found.append(Change(high, offset(low, zone), offset(high, zone)))
        moment += step
    return tuple(found)


def pattern(name: str) -> tuple[object, ...]:
    return (offset(FIRST, ZoneInfo(name)), changes(name))


def one_of_each_pattern() -> list[str]:
    firsts: dict[tuple[object, ...], str] = {}
    for name in ZONES:
        firsts.setdefault(pattern(name), name)
    return sorted(firsts.values())


def test_the_years_hold_the_changes_that_matter() -> None:
    """The zones at hand do change, forward and back, by hours and by half an hour, and over midnight: else the rest proves little."""
    seen = [change for name in ZONES for change in changes(name)]
    assert len(ZONES) > 400
    assert {change.after - change.before for change in seen} >= {timedelta(minutes=m) for m in (60, -60, 30, -30)}
    gaps_over_midnight = {c for c in seen if c.after > c.before and (c.at + c.before).date() < (c.at + c.after).date()}
    assert gaps_over_midnight or any((c.at + c.before).time() == time(0) for c in seen)
    assert len(changes("Europe/Dublin")) == 6


def check_wall_clock(name: str) -> None:
    """Round each change every quarter of an hour of the day: the rule for gap and fold, and nothing else."""
    zone = ZoneInfo(name)
    for change in changes(name):
        jump = change.after - change.before
        for on in change.days:
            seen: list[datetime] = []
            for at in QUARTERS:
                moment = instant(on, at, name)
                wall = moment.astimezone(zone)
                assert moment.tzinfo is UTC
                assert local_day(moment, name) == on
                if exists(on, at, name):
                    assert (wall.date(), wall.time()) == (on, at)
                    assert moment == min(
                        m for m in (moment - abs(jump), moment) if m.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
                    )
                else:
                    shifted = wall.replace(tzinfo=None) - datetime.combine(on, at)
                    assert shifted in (jump, -jump)
                seen.append(moment)
            assert len(seen) == len(QUARTERS)
            real = [m for m, at in zip(seen, QUARTERS, strict=True) if exists(on, at, name)]
            assert all(a < b for a, b in pairwise(real))


def check_sessions(name: str) -> None:
    """Over each change, sessions every day and twice a week, at eighteen and at the very time that is skipped or doubled."""
    zone = ZoneInfo(name)
    for change in changes(name):
        day = (change.at + min(change.before, change.after)).date()
        critical = (change.at + min(change.before, change.after)).time().replace(second=0)
        for at in (time(18, 0), critical, time(0, 0), time(23, 45)):
            for plan, day0 in ((DAILY, day - timedelta(days=3)), (TWICE, day - timedelta(days=8))):
                wished = () if plan.per_week == 7 else tuple(Preferred(weekday=(day.weekday() + n) % 7, at=at) for n in (0, 3))
                laid = plan_sessions(plan, day0=day0, starts_on=day0, timezone=name, preferred=wished, usual_time=at)
                assert [s.no for s in laid] == list(range(1, plan.weeks * plan.per_week + 1))
                assert [s.week for s in laid] == [w for w in range(1, plan.weeks + 1) for _ in range(plan.per_week)]
                assert len({s.planned_at for s in laid}) == len({s.planned_on for s in laid}) == len(laid)
                assert all(a.planned_at < b.planned_at for a, b in pairwise(laid))
                assert all((b.planned_on - a.planned_on).days > plan.rest_days for a, b in pairwise(laid))
                for s in laid:
                    wall = s.planned_at.astimezone(zone)
                    assert wall.date() == s.planned_on
                    assert trial_week(s.planned_on, day0) == s.week
                    assert wall.time() == at or not exists(s.planned_on, at, name)


def check_rest(name: str) -> None:
    """Two dates apart is rest enough whatever the clock does; below 48 hours elapsed it is said, and only then."""
    for change in changes(name):
        day = (change.at + change.before).date()
        first, second = day - timedelta(days=1), day + timedelta(days=1)
        day0 = day - timedelta(days=3)
        sessions = tuple(
            Laid(no=no, week=trial_week(on, day0), on=on, at=instant(on, time(10, 0), name)) for no, on in enumerate((first, second), 1)
        )
        elapsed = sessions[1].at - sessions[0].at
        assert [no for no, _ in short_rests(sessions)] == ([2] if elapsed < timedelta(hours=48) else [])
        rules = MoveRules(day0=day0, timezone=name, rest_days=1, per_week=2, now=sessions[0].at - timedelta(days=9))
        offered = {(slot.on, slot.at): slot for slot in offered_slots(sessions, 2, times=[time(10, 0), time(10, 30)], rules=rules)}
        assert len(offered) == 2 * 7 - 1
        for (on, _), slot in offered.items():
            if slot.refusal:
                continue
            assert abs((on - first).days) >= 2
            assert bool(slot.warning) == (abs(slot.starts_at - sessions[0].at) < timedelta(hours=48))


def check(name: str) -> None:
    check_wall_clock(name)
    check_sessions(name)
    check_rest(name)


@pytest.mark.parametrize("name", one_of_each_pattern())
def test_by_pattern_nothing_is_skipped_and_nothing_doubled(name: str) -> None:
    check(name)


@pytest.mark.long
def test_in_every_zone_nothing_is_skipped_and_nothing_doubled() -> None:
    for name in ZONES:
        assert changes(name, FINE_STEP) == changes(name)
        check(name)


def test_a_session_in_a_zone_without_changes_is_the_same_time_of_day_in_utc_all_year() -> None:
    still = [name for name in ZONES if not changes(name)]
    assert "Asia/Kolkata" in still
    laid = plan_sessions(
        SessionPlan(code="ret", label="RET", weeks=52, per_week=2), day0=date(2026, 1, 5), starts_on=date(2026, 1, 5), timezone="Asia/Kolkata",
        usual_time=time(18, 0),
    )  # fmt: skip
    assert {s.planned_at.time() for s in laid} == {time(12, 30)}
