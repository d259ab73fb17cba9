"""Sessions are laid out once each, under the rest rule, at the wall clock of the site."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participants.domain.calendar import (
    BEFORE_START,
    NO_SUCH_DAY,
    PlannedSession,
    Preferred,
    plan_deferred,
    plan_sessions,
    trial_week,
    usual_offsets,
    week_closes_on,
    week_opens_on,
)
from participants.domain.opening import Opening, Roster, refusal_by_hours, starts_on_weekday
from participants.domain.wall_clock import exists, instant, local_day
from trials.domain.protocol.shape import WEEKDAYS, Closure, OpeningHours, SessionPlan

DUBLIN = "Europe/Dublin"
MONDAY_EVENING = Preferred(weekday=0, at=time(18, 0))
THURSDAY_MORNING = Preferred(weekday=3, at=time(7, 30))
FRIDAY = date(2026, 3, 20)


def plan_of(*, weeks: int = 8, per_week: int = 2, familiarisation: int = 0, rest_days: int = 1) -> SessionPlan:
    return SessionPlan(code="ret", label="RET", weeks=weeks, per_week=per_week, familiarisation_weeks=familiarisation, rest_days=rest_days)


def hours(days: str, opens: int, closes: int) -> OpeningHours:
    return OpeningHours(days=tuple(days.split()), opens=time(opens), closes=time(closes))


def closure(first: date, last: date | None = None, reason: str = "Public holiday") -> Closure:
    return Closure(first=first, last=last or first, reason=reason)


def local(session: PlannedSession, zone: str = DUBLIN) -> str:
    return f"{session.planned_at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


@pytest.mark.parametrize(
    ("on", "week"),
    [(FRIDAY, 1), (date(2026, 3, 26), 1), (date(2026, 3, 27), 2), (date(2026, 3, 19), 0), (date(2026, 3, 12), -1), (date(2026, 5, 14), 8)],
)
def test_a_trial_week_counts_seven_days_from_day_0(on: date, week: int) -> None:
    assert trial_week(on, FRIDAY) == week
    assert week_opens_on(week, FRIDAY) <= on <= week_closes_on(week, FRIDAY)


def test_familiarisation_lies_in_weeks_up_to_0_and_the_numbers_run_on() -> None:
    laid = plan_sessions(
        plan_of(weeks=1, familiarisation=2),
        day0=FRIDAY,
        starts_on=date(2026, 3, 6),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, THURSDAY_MORNING),
    )
    assert [(s.no, s.week, s.plan_week, s.phase, local(s), s.closes_on, s.closed) for s in laid] == [
        (1, -1, -1, "familiarisation", "Mon 09 Mar 18:00", date(2026, 3, 12), ""),
        (2, -1, -1, "familiarisation", "Thu 12 Mar 07:30", date(2026, 3, 12), ""),
        (3, 0, 0, "familiarisation", "Mon 16 Mar 18:00", date(2026, 3, 19), ""),
        (4, 0, 0, "familiarisation", "Thu 19 Mar 07:30", date(2026, 3, 19), ""),
        (5, 1, 1, "intervention", "Mon 23 Mar 18:00", date(2026, 3, 26), ""),
        (6, 1, 1, "intervention", "Thu 26 Mar 07:30", date(2026, 3, 26), ""),
    ]


@pytest.mark.parametrize(
    ("asked", "per_week", "rest_days", "first_weekday", "offsets"),
    [
        ((0, 3), 2, 1, 0, (0, 3)),
        ((0, 3), 2, 1, 4, (3, 6)),
        ((3, 0), 2, 1, 0, (0, 3)),
        ((0, 2, 4), 2, 1, 0, (0, 2)),
        ((0, 1), 2, 1, 0, (0, 3)),
        ((5,), 2, 1, 0, (1, 5)),
        ((), 2, 1, 0, (0, 3)),
        ((), 3, 1, 0, (0, 2, 4)),
        ((), 1, 6, 0, (0,)),
        ((), 7, 0, 0, (0, 1, 2, 3, 4, 5, 6)),
    ],
    ids=[
        "as asked", "week opens on Friday", "order of wishes", "first wishes first", "too near: second wish gives way", "one wish",
        "no wish", "three a week", "once a week", "daily",
    ],
)  # fmt: skip
def test_the_usual_week_keeps_the_days_asked_for(
    asked: tuple[int, ...], per_week: int, rest_days: int, first_weekday: int, offsets: tuple[int, ...]
) -> None:
    assert usual_offsets(asked, per_week=per_week, rest_days=rest_days, first_weekday=first_weekday) == offsets


def test_a_plan_that_does_not_fit_into_a_week_is_refused() -> None:
    with pytest.raises(ValueError, match="4 sessions a week with 1 rest days between them do not fit into 7 days"):
        plan_sessions(plan_of(per_week=4), day0=FRIDAY, starts_on=FRIDAY, timezone=DUBLIN)


def test_without_a_wish_sessions_stand_on_weekdays_at_the_usual_time() -> None:
    laid = plan_sessions(plan_of(weeks=1), day0=FRIDAY, starts_on=FRIDAY, timezone=DUBLIN, usual_time=time(9, 15))
    assert [local(s) for s in laid] == ["Fri 20 Mar 09:15", "Mon 23 Mar 09:15"]


def test_a_closure_moves_a_session_within_its_trial_week_and_keeps_its_time() -> None:
    laid = plan_sessions(
        plan_of(weeks=2),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 4),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, THURSDAY_MORNING),
        opening=Opening(closures=(closure(date(2026, 5, 4)), closure(date(2026, 5, 14), date(2026, 5, 15)))),
    )
    assert [(local(s), s.closed) for s in laid] == [
        ("Tue 05 May 18:00", ""),
        ("Thu 07 May 07:30", ""),
        ("Mon 11 May 18:00", ""),
        ("Wed 13 May 07:30", ""),
    ]


def test_a_wished_day_beats_a_nearer_one_and_a_weekday_beats_a_weekend() -> None:
    saturday = Preferred(weekday=5, at=time(11, 0))
    laid = plan_sessions(
        plan_of(weeks=2),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 4),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, THURSDAY_MORNING, saturday),
        opening=Opening(closures=(closure(date(2026, 5, 7)), closure(date(2026, 5, 14), date(2026, 5, 17)))),
    )
    assert [local(s) for s in laid] == ["Mon 04 May 18:00", "Sat 09 May 11:00", "Mon 11 May 18:00", "Wed 13 May 07:30"]


def test_sessions_stand_within_the_opening_hours_at_the_nearest_time_to_the_one_asked_for() -> None:
    """Mondays are shut, and on Saturdays the evening is: a holiday on Thursday moves there, to the last hour that fits."""
    opening = Opening(hours=(hours("tue wed thu", 7, 21), hours("sat", 9, 13)), closures=(closure(date(2026, 5, 14)),))
    laid = plan_sessions(
        plan_of(weeks=2),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 4),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, Preferred(weekday=3, at=time(22, 0))),
        opening=opening,
    )
    assert [(local(s), s.closed) for s in laid] == [
        ("Tue 05 May 18:00", ""),
        ("Thu 07 May 20:00", ""),
        ("Tue 12 May 18:00", ""),
        ("Sat 16 May 12:00", ""),
    ]


def test_a_trainers_roster_and_days_away_bind_as_the_sites_hours_do() -> None:
    away = closure(date(2026, 5, 11), reason="ill")
    roster = Roster(trainer="S01", hours=(hours("mon wed fri", 8, 12),), away=(away,))
    laid = plan_sessions(
        plan_of(weeks=2),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 4),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING,),
        opening=Opening(roster=roster),
    )
    assert [local(s) for s in laid] == ["Mon 04 May 11:00", "Fri 08 May 11:00", "Wed 13 May 11:00", "Fri 15 May 11:00"]
    gone = Roster(trainer="S01", away=(closure(date(2026, 5, 4), date(2026, 5, 10), "ill"),))
    shut = plan_sessions(plan_of(weeks=1), day0=date(2026, 5, 4), starts_on=date(2026, 5, 4), timezone=DUBLIN, opening=Opening(roster=gone))
    assert [s.closed for s in shut] == ["S01 is away: ill"] * 2


def test_where_no_weekday_fits_the_promised_time_stands_and_says_why() -> None:
    laid = plan_sessions(
        plan_of(weeks=1), day0=date(2026, 5, 4), starts_on=date(2026, 5, 4), timezone=DUBLIN, opening=Opening(hours=(hours("sun", 9, 10),))
    )
    assert [(local(s), s.closed) for s in laid] == [("Wed 06 May 10:00", "closed on Wednesdays"), ("Sun 10 May 09:00", "")]


def test_follow_up_sessions_come_after_the_intervention_in_a_phase_of_their_own() -> None:
    plan = SessionPlan(code="ret", label="RET", weeks=2, per_week=1, familiarisation_weeks=1, follow_up_weeks=2)
    laid = plan_sessions(plan, day0=FRIDAY, starts_on=date(2026, 3, 1), timezone=DUBLIN)
    assert [(s.week, s.phase) for s in laid] == [
        (0, "familiarisation"), (1, "intervention"), (2, "intervention"), (3, "follow_up"), (4, "follow_up"),
    ]  # fmt: skip
    later = plan_deferred(plan, day0=FRIDAY, starts_on=date(2026, 6, 1), timezone=DUBLIN)
    assert ([s.plan_week for s in later], {s.phase for s in later}) == ([0, 1, 2, 3, 4], {"deferred"})


def test_a_week_closed_from_end_to_end_loses_no_session_and_says_why() -> None:
    laid = plan_sessions(
        plan_of(weeks=3),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 4),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, THURSDAY_MORNING),
        opening=Opening(closures=(closure(date(2026, 5, 11), date(2026, 5, 17), "Flood"),)),
    )
    assert [(local(s), s.closed) for s in laid] == [
        ("Mon 04 May 18:00", ""),
        ("Thu 07 May 07:30", ""),
        ("Mon 11 May 18:00", "Flood"),
        ("Thu 14 May 07:30", "Flood"),
        ("Mon 18 May 18:00", ""),
        ("Thu 21 May 07:30", ""),
    ]


def test_no_session_lies_before_the_first_possible_day_while_its_week_has_room() -> None:
    laid = plan_sessions(
        plan_of(weeks=1),
        day0=date(2026, 5, 4),
        starts_on=date(2026, 5, 6),
        timezone=DUBLIN,
        preferred=(MONDAY_EVENING, THURSDAY_MORNING),
    )
    assert [(local(s), s.closed) for s in laid] == [("Thu 07 May 07:30", ""), ("Sat 09 May 07:30", "")]
    late = plan_sessions(plan_of(weeks=1), day0=date(2026, 5, 4), starts_on=date(2026, 5, 10), timezone=DUBLIN)
    assert [s.closed for s in late] == [BEFORE_START, ""]


def test_deferred_training_begins_with_the_next_whole_trial_week_of_the_same_day_0() -> None:
    for starts_on in (date(2026, 5, 16), date(2026, 5, 22)):
        laid = plan_deferred(
            plan_of(weeks=1, familiarisation=1),
            day0=FRIDAY,
            starts_on=starts_on,
            timezone=DUBLIN,
            preferred=(MONDAY_EVENING, THURSDAY_MORNING),
            first_no=7,
        )
        assert [(s.no, s.week, s.plan_week, s.phase, local(s), s.closes_on) for s in laid] == [
            (7, 10, 0, "deferred", "Mon 25 May 18:00", date(2026, 5, 28)),
            (8, 10, 0, "deferred", "Thu 28 May 07:30", date(2026, 5, 28)),
            (9, 11, 1, "deferred", "Mon 01 Jun 18:00", date(2026, 6, 4)),
            (10, 11, 1, "deferred", "Thu 04 Jun 07:30", date(2026, 6, 4)),
        ]


def test_1800_stays_1800_over_both_clock_changes() -> None:
    autumn = plan_sessions(
        plan_of(weeks=2), day0=date(2026, 10, 19), starts_on=date(2026, 10, 19), timezone=DUBLIN, preferred=(MONDAY_EVENING,)
    )
    assert [(local(s)[-5:], s.planned_at.hour) for s in autumn] == [("18:00", 17), ("18:00", 17), ("18:00", 18), ("18:00", 18)]


@pytest.mark.parametrize(
    ("zone", "on", "at", "wall_clock", "utc"),
    [
        (DUBLIN, date(2026, 3, 29), time(1, 30), False, "2026-03-29T01:30:00+00:00"),
        (DUBLIN, date(2026, 10, 25), time(1, 30), True, "2026-10-25T00:30:00+00:00"),
        (DUBLIN, date(2026, 3, 29), time(2, 0), True, "2026-03-29T01:00:00+00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), False, "2026-10-03T15:45:00+00:00"),
        ("America/Scoresbysund", date(2026, 3, 28), time(23, 30), False, "2026-03-29T00:30:00+00:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(10, 0), False, "2011-12-30T20:00:00+00:00"),
    ],
    ids=["gap: moved on", "fold: the first", "after the gap", "half an hour", "gap over midnight: moved back", "no such day"],
)
def test_gap_and_fold_follow_the_written_rule(zone: str, on: date, at: time, wall_clock: bool, utc: str) -> None:
    assert exists(on, at, zone) is wall_clock
    assert instant(on, at, zone).isoformat() == utc


def test_the_day_at_the_site_is_not_the_day_in_utc() -> None:
    assert local_day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), DUBLIN) == date(2026, 7, 2)


def test_a_day_that_the_zone_skips_counts_as_closed() -> None:
    friday_2011 = Preferred(weekday=4, at=time(10, 0))
    monday = date(2011, 12, 26)
    laid = plan_sessions(plan_of(weeks=1, per_week=1), day0=monday, starts_on=monday, timezone="Pacific/Apia", preferred=(friday_2011,))
    assert [(s.planned_on, s.closed) for s in laid] == [(date(2011, 12, 29), "")]
    daily = plan_sessions(plan_of(weeks=1, per_week=7, rest_days=0), day0=monday, starts_on=monday, timezone="Pacific/Apia")
    assert [s.closed for s in daily] == ["", "", "", "", NO_SUCH_DAY, "", ""]


ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
FITTING = [(per_week, rest_days) for per_week in range(1, 8) for rest_days in range(7) if per_week * (rest_days + 1) <= 7]


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, object]:
    per_week, rest_days = draw(st.sampled_from(FITTING))
    day0 = draw(st.dates(date(2025, 12, 1), date(2028, 12, 31)))
    asked = draw(st.lists(st.tuples(st.integers(0, 6), st.times()), max_size=4, unique_by=lambda p: p[0]))
    closed = draw(st.lists(st.tuples(st.integers(-21, 56), st.integers(0, 9)), max_size=4))
    spans = draw(st.lists(st.tuples(st.sets(st.sampled_from(WEEKDAYS), min_size=1), st.integers(0, 22), st.integers(1, 8)), max_size=3))
    away = draw(st.lists(st.tuples(st.integers(-21, 56), st.integers(0, 3)), max_size=2))
    return {
        "plan": plan_of(weeks=draw(st.integers(1, 8)), per_week=per_week, familiarisation=draw(st.integers(0, 3)), rest_days=rest_days),
        "day0": day0,
        "starts_on": day0 + timedelta(days=draw(st.integers(-21, 6))),
        "timezone": draw(st.sampled_from(ZONES)),
        "preferred": tuple(Preferred(weekday=w, at=at.replace(second=0, microsecond=0)) for w, at in asked),
        "opening": Opening(
            closures=tuple(closure(day0 + timedelta(days=n), day0 + timedelta(days=n + m)) for n, m in closed),
            hours=tuple(
                OpeningHours(days=tuple(sorted(days)), opens=time(opens), closes=time(min(opens + length, 24) % 24))
                for days, opens, length in spans
            ),
            roster=Roster(trainer="S01", away=tuple(closure(day0 + timedelta(days=n), day0 + timedelta(days=n + m)) for n, m in away))
            if away
            else None,
        ),
    }


@settings(derandomize=True, deadline=None, max_examples=250)
@given(layout=layouts())
def test_nothing_is_skipped_or_doubled_and_the_rest_rule_holds_in_every_zone(layout: dict[str, object]) -> None:
    plan, day0, zone, opening = layout["plan"], layout["day0"], layout["timezone"], layout["opening"]
    assert isinstance(plan, SessionPlan)
    assert isinstance(opening, Opening)
    assert isinstance(day0, date)
    assert isinstance(zone, str)
    laid = plan_sessions(**layout)  # type: ignore[arg-type]
    weeks = range(1 - plan.familiarisation_weeks, plan.weeks + 1)
    assert [(s.no, s.week) for s in laid] == list(enumerate((w for w in weeks for _ in range(plan.per_week)), start=1))
    assert all((b.planned_on - a.planned_on).days > plan.rest_days for a, b in pairwise(laid))
    assert all(a.planned_at < b.planned_at for a, b in pairwise(laid))
    for s in laid:
        assert s.planned_at.tzinfo is UTC
        assert trial_week(s.planned_on, day0) == s.week
        assert s.planned_on <= s.closes_on == week_closes_on(s.week, day0)
        wall = s.planned_at.astimezone(ZoneInfo(zone))
        assert wall.date() == s.planned_on
        if not s.closed and exists(s.planned_on, wall.time(), zone):
            assert refusal_by_hours(s.planned_on, wall.time(), plan.minutes, opening) is None


@settings(derandomize=True, deadline=None, max_examples=150)
@given(layout=layouts())
def test_a_session_is_marked_closed_only_where_its_week_has_no_other_way(layout: dict[str, object]) -> None:
    plan, day0, opening = layout["plan"], layout["day0"], layout["opening"]
    assert isinstance(plan, SessionPlan)
    assert isinstance(day0, date)
    assert isinstance(opening, Opening)
    laid = plan_sessions(**{**layout, "starts_on": day0 - timedelta(days=21)})  # type: ignore[arg-type]
    for week in {s.week for s in laid if s.closed}:
        opens_on = week_opens_on(week, day0)
        shut = (*opening.closures, *(opening.roster.away if opening.roster else ()))
        open_days = [n for n in range(7) if starts_on_weekday((opens_on + timedelta(days=n)).weekday(), plan.minutes, opening)]
        free = [n for n in open_days if not any(c.first <= opens_on + timedelta(days=n) <= c.last for c in shut)]
        apart = [d for d in combinations(free, plan.per_week) if all(b - a > plan.rest_days for a, b in pairwise(d))]
        beside = [s.planned_on for s in laid if abs(s.week - week) == 1]
        ways = [d for d in apart if all(abs((opens_on + timedelta(days=n) - on).days) > plan.rest_days for n in d for on in beside)]
        assert ways == []


def test_dublin_2026_holds_47_and_49_hours_between_the_same_two_mornings() -> None:
    def elapsed(first: date, second: date) -> timedelta:
        return instant(second, time(10, 0), DUBLIN) - instant(first, time(10, 0), DUBLIN)

    assert elapsed(date(2026, 3, 28), date(2026, 3, 30)) == timedelta(hours=47)
    assert elapsed(date(2026, 10, 24), date(2026, 10, 26)) == timedelta(hours=49)
    assert instant(date(2026, 3, 28), time(10, 0), DUBLIN) == datetime(2026, 3, 28, 10, 0, tzinfo=UTC)
