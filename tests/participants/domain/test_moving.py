"""A session moves within its trial week, its rest days and the site's open days; every refusal is a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from participants.domain.moving import Laid, MoveRules, OfferedSlot, in_hours, offered_slots, refusal_to_move, short_rests, warning_to_move
from participants.domain.opening import Opening
from participants.domain.wall_clock import instant
from trials.domain.protocol.shape import Closure

DUBLIN = "Europe/Dublin"
SIX = time(18, 0)


def laid(no: int, week: int, on: date, at: time = SIX, *, stands: bool = True, movable: bool = True) -> Laid:
    return Laid(no=no, week=week, on=on, at=instant(on, at, DUBLIN), stands=stands, movable=movable)


# Trial weeks open on Mondays: week 1 is 4 to 10 May 2026.
SESSIONS = (
    laid(1, 1, date(2026, 5, 4), movable=False),
    laid(2, 1, date(2026, 5, 7)),
    laid(3, 2, date(2026, 5, 11)),
    laid(4, 2, date(2026, 5, 14)),
)
RULES = MoveRules(
    day0=date(2026, 5, 4),
    timezone=DUBLIN,
    rest_days=1,
    per_week=2,
    now=datetime(2026, 5, 5, 9, 0, tzinfo=UTC),
    opening=Opening(closures=(Closure(first=date(2026, 5, 8), last=date(2026, 5, 8), reason="Staff training"),)),
)


@pytest.mark.parametrize(
    ("no", "on", "at", "sentence"),
    [
        (2, date(2026, 5, 6), SIX, None),
        (2, date(2026, 5, 9), SIX, None),
        (1, date(2026, 5, 6), SIX, "Session 1 is closed, so it can't be moved."),
        (2, date(2026, 5, 12), SIX, "Session 2 belongs to trial week 1, Mon 4 May to Sun 10 May."),
        (2, date(2026, 5, 3), SIX, "Session 2 belongs to trial week 1, Mon 4 May to Sun 10 May."),
        (2, date(2026, 5, 8), SIX, "The site is closed on Fri 8 May: Staff training."),
        (2, date(2026, 5, 5), time(10, 0), "Tue 5 May, 10:00 is over; it is Tue 5 May, 10:00 at the site."),
        (2, date(2026, 5, 4), time(23, 0), "Mon 4 May, 23:00 is over; it is Tue 5 May, 10:00 at the site."),
        (2, date(2026, 5, 5), SIX, "Tue 5 May is too near to session 1 (Mon 4 May); a rest day must lie between two sessions."),
        (2, date(2026, 5, 10), SIX, "Sun 10 May is too near to session 3 (Mon 11 May); a rest day must lie between two sessions."),
        (3, date(2026, 5, 14), SIX, "Thu 14 May is the same day as session 4 (Thu 14 May); a rest day must lie between two sessions."),
    ],
)  # fmt: skip
def test_a_move_is_allowed_or_refused_with_a_sentence(no: int, on: date, at: time, sentence: str | None) -> None:
    said = refusal_to_move(SESSIONS, no, on=on, at=at, rules=RULES)
    assert said == sentence


def test_two_rest_days_are_said_as_such() -> None:
    rules = MoveRules(day0=RULES.day0, timezone=DUBLIN, rest_days=2, per_week=2, now=RULES.now)
    assert refusal_to_move(SESSIONS, 2, on=date(2026, 5, 6), at=SIX, rules=rules) == (
        "Wed 6 May is too near to session 1 (Mon 4 May); 2 rest days must lie between two sessions."
    )


def test_a_missed_session_neither_needs_rest_nor_fills_its_week() -> None:
    sessions = (laid(1, 1, date(2026, 5, 4)), laid(2, 1, date(2026, 5, 7), stands=False), laid(3, 2, date(2026, 5, 11)))
    assert refusal_to_move(sessions, 2, on=date(2026, 5, 9), at=SIX, rules=RULES) is None
    made_up = (*sessions, laid(5, 1, date(2026, 5, 6)))
    assert refusal_to_move(made_up, 2, on=date(2026, 5, 9), at=SIX, rules=RULES) == "Trial week 1 already holds 2 sessions."


def test_a_wall_clock_time_in_the_gap_is_not_offered() -> None:
    rules = MoveRules(day0=date(2026, 3, 23), timezone=DUBLIN, rest_days=1, per_week=2, now=datetime(2026, 3, 20, tzinfo=UTC))
    sessions = (laid(1, 1, date(2026, 3, 24)),)
    assert refusal_to_move(sessions, 1, on=date(2026, 3, 29), at=time(1, 30), rules=rules) == (
        "01:30 doesn't exist on Sun 29 Mar: the clocks go forward."
    )


def test_an_unknown_session_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        refusal_to_move(SESSIONS, 99, on=date(2026, 5, 6), at=SIX, rules=RULES)


SPRING = MoveRules(day0=date(2026, 3, 23), timezone=DUBLIN, rest_days=1, per_week=2, now=datetime(2026, 3, 20, tzinfo=UTC))
TEN = time(10, 0)


def test_a_move_that_keeps_the_dates_but_not_48_hours_is_warned_about() -> None:
    sessions = (laid(1, 1, date(2026, 3, 28), TEN), laid(2, 2, date(2026, 4, 2), TEN), laid(3, 2, date(2026, 3, 31), TEN, stands=False))
    assert refusal_to_move(sessions, 2, on=date(2026, 3, 30), at=TEN, rules=SPRING) is None
    assert warning_to_move(sessions, 2, on=date(2026, 3, 30), at=TEN, rules=SPRING) == (
        "Only 47 h between this and session 1 (Sat 28 Mar); 48 h are advised."
    )
    assert warning_to_move(sessions, 2, on=date(2026, 3, 30), at=time(11, 0), rules=SPRING) is None
    assert warning_to_move(sessions, 2, on=date(2026, 4, 1), at=TEN, rules=SPRING) is None


def test_short_rests_count_hours_elapsed_not_wall_clock() -> None:
    spring = (laid(1, 1, date(2026, 3, 28), TEN), laid(2, 2, date(2026, 3, 30), TEN), laid(3, 2, date(2026, 4, 1), time(9, 30)))
    assert short_rests(spring) == ((2, timedelta(hours=47)), (3, timedelta(hours=47, minutes=30)))
    autumn = (laid(1, 1, date(2026, 10, 24), TEN), laid(2, 2, date(2026, 10, 26), TEN), laid(3, 2, date(2026, 10, 27), stands=False))
    assert short_rests(autumn) == ()


def test_offered_slots_are_the_whole_week_each_allowed_or_with_its_sentence() -> None:
    slots = offered_slots(SESSIONS, 2, times=(SIX, time(7, 30), SIX), rules=RULES)
    assert [(s.on.day, s.at.hour) for s in slots if not s.refusal] == [(6, 7), (6, 18), (7, 7), (9, 7), (9, 18)]
    assert [s.on.day for s in slots if s.refusal] == [4, 4, 5, 5, 8, 8, 10, 10]
    assert slots[4] == OfferedSlot(
        on=date(2026, 5, 6),
        at=time(7, 30),
        starts_at=datetime(2026, 5, 6, 6, 30, tzinfo=UTC),
        warning="Only 37 h 30 min between this and session 1 (Mon 4 May); 48 h are advised.",
    )


def test_a_missed_session_is_offered_its_own_time_again() -> None:
    sessions = (laid(1, 1, date(2026, 5, 7), stands=False),)
    assert [(s.on.day, s.refusal) for s in offered_slots(sessions, 1, times=(SIX,), rules=RULES) if not s.refusal] == [
        (5, ""), (6, ""), (7, ""), (9, ""), (10, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(("elapsed", "words"), [(timedelta(hours=47), "47 h"), (timedelta(minutes=90), "1 h 30 min")])
def test_hours_in_words(elapsed: timedelta, words: str) -> None:
    assert in_hours(elapsed) == words
