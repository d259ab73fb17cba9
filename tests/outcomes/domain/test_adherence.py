from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from outcomes.domain.adherence import adherence, missed_runs, pooled_attendance
from outcomes.domain.records import Rules, SessionRecord

FIRST = date(2026, 3, 2)  # a Monday; sessions 1 and 2 lie in the week to Sunday 8 March
AFTER = date(2027, 1, 1)
A, U, M, C, N, S = "attended", "made_up", "missed", "cancelled_by_site", "not_delivered", "scheduled"


def sessions(*statuses: str, phase: str = "intervention") -> list[SessionRecord]:
    """Two sessions a trial week, Monday and Thursday."""
    return [
        SessionRecord(
            trial_id="P-001", session_no=n + 1, planned_on=FIRST + timedelta(days=7 * (n // 2) + 3 * (n % 2)), planned_at=None,
            planned_minutes=60, planned_volume_kg=None, status=status, closes_on=FIRST + timedelta(days=7 * (n // 2) + 6), phase=phase,
        )
        for n, status in enumerate(statuses)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statuses", "due", "attended", "missed"),
    [([], 0, 0, 0), ([A, M], 2, 1, 1), ([A, S], 2, 1, 1), ([U, N, C, A], 4, 2, 0)],
    ids=["none yet", "one missed", "unrecorded counts as missed", "undelivered and cancelled are neither"],
)
def test_counts_of_due_sessions(statuses: list[str], due: int, attended: int, missed: int) -> None:
    found = adherence(sessions(*statuses), as_of=AFTER)
    assert (found.sessions_due, found.sessions_attended, found.sessions_missed) == (due, attended, missed)


def test_a_session_is_due_once_the_last_day_of_its_trial_week_has_passed() -> None:
    week = sessions(A, M, A, M)
    on_the_last_day = adherence(week, as_of=date(2026, 3, 8))
    the_day_after = adherence(week, as_of=date(2026, 3, 9))
    assert (on_the_last_day.sessions_due, on_the_last_day.attendance, on_the_last_day.sessions_planned) == (0, None, 4)
    assert (the_day_after.sessions_due, the_day_after.attendance) == (2, Decimal("0.5"))


def test_three_attendances_differ_by_their_denominators() -> None:
    found = adherence(sessions(A, A, U, M, C, N, N, N), as_of=AFTER)
    assert found.attendance == Decimal(3) / 8
    assert found.attendance_excl_site == Decimal(3) / 7
    assert found.attendance_on_treatment == Decimal(3) / 4


def test_the_protocol_may_leave_cancelled_undelivered_and_made_up_sessions_out() -> None:
    known = sessions(A, U, C, N)
    assert adherence(known, as_of=AFTER, rules=Rules(site_cancelled_in_denominator=False)).attendance == Decimal(2) / 3
    assert adherence(known, as_of=AFTER, rules=Rules(undelivered_count_as_zero=False)).attendance == Decimal(2) / 3
    assert adherence(known, as_of=AFTER, rules=Rules(made_up_counts=False)).attendance == Decimal(1) / 4


@pytest.mark.parametrize(
    ("statuses", "episodes", "interruptions", "still_open"),
    [
        ([M, A, M, M, A, A], 2, 0, False),
        ([A, M, M, M, A, A], 0, 1, False),
        ([A, M, C, M, C, M, A], 0, 1, False),
        ([A, M, M, N, M, A], 0, 1, False),
        ([A, A, M, M, M], 0, 1, True),
        ([A, A, M, M, S], 0, 1, True),
        ([A, M, M, M, N, N], 0, 1, False),
        ([A, A, A], 0, 0, False),
    ],
    ids=[
        "runs of one and two", "a run of three", "a cancelled one neither breaks nor lengthens", "an undelivered one is left out",
        "three at the end", "an unrecorded one lengthens", "a recorded stop closes it", "none",
    ],
)  # fmt: skip
def test_missed_sessions_cluster_into_episodes_and_interruptions(
    statuses: list[str], episodes: int, interruptions: int, still_open: bool
) -> None:
    found = adherence(sessions(*statuses), as_of=AFTER)
    assert (found.missed_episodes, found.interruptions, found.open_interruption) == (episodes, interruptions, still_open)


def test_other_phases_count_nowhere() -> None:
    mixed = [*sessions(A, A, phase="familiarisation"), *sessions(M, M, phase="deferred")]
    found = adherence(mixed, as_of=AFTER)
    assert (found.sessions_planned, found.sessions_due, found.attendance) == (0, 0, None)


def test_a_session_without_a_window_is_due_the_day_after_it() -> None:
    one = replace(sessions(A)[0], closes_on=None)
    assert adherence([one], as_of=date(2026, 3, 2)).sessions_due == 0
    assert adherence([one], as_of=date(2026, 3, 3)).sessions_due == 1


def test_sessions_that_ended_early_and_unrecorded_ones_are_counted() -> None:
    first, second, third = sessions(A, S, M)
    found = adherence([replace(first, ended_early=True), second, third], as_of=AFTER)
    assert (found.sessions_ended_early, found.sessions_unrecorded) == (1, 1)


def test_where_made_ups_do_not_count_they_stay_the_misses_they_were() -> None:
    found = adherence(sessions(M, M, U, A), as_of=AFTER, rules=Rules(made_up_counts=False))
    assert (found.sessions_due, found.sessions_attended, found.sessions_missed) == (4, 1, 3)
    assert (found.missed_episodes, found.interruptions) == (0, 1)
    assert adherence(sessions(M, M, U, A), as_of=AFTER).missed_episodes == 1
    assert adherence(sessions(A, M, M, U), as_of=AFTER, rules=Rules(made_up_counts=False)).open_interruption is True


@pytest.mark.parametrize("rules", [Rules(), Rules(made_up_counts=False)])
def test_every_due_session_is_attended_missed_cancelled_or_undelivered(rules: Rules) -> None:
    found = adherence(sessions(A, U, M, C, N, S, A, M), as_of=AFTER, rules=rules)
    undelivered = 1
    assert found.sessions_due == found.sessions_attended + found.sessions_missed + found.sessions_cancelled_by_site + undelivered


def test_moved_beforehand_is_attended_and_keeps_its_place_in_planned_order() -> None:
    """The first session was moved behind the second: runs still follow the days first planned."""
    first, second, third = sessions(M, A, M)
    moved = replace(first, rescheduled_on=second.planned_on + timedelta(days=2))
    assert adherence([third, second, moved], as_of=AFTER).missed_episodes == 2
    held = replace(first, status=A, rescheduled_on=date(2026, 3, 4), held_on=date(2026, 3, 4))
    assert (adherence([held], as_of=AFTER).attendance, held.on, moved.on, second.on) == (
        1,
        date(2026, 3, 4),
        date(2026, 3, 7),
        second.planned_on,
    )


def test_a_miss_whose_week_is_not_over_can_still_be_made_up_and_counts_in_no_run() -> None:
    known = sessions(A, M, M, M)
    found = adherence(known, as_of=date(2026, 3, 15))
    assert (found.sessions_due, found.sessions_missed, found.missed_episodes, found.interruptions) == (2, 1, 1, 0)


def test_early_endings_count_among_attended_due_sessions_alone() -> None:
    held, missed, later = (replace(s, ended_early=True) for s in sessions(A, M, A))
    assert adherence([held, missed, later], as_of=date(2026, 3, 9)).sessions_ended_early == 1


def test_published_attendance_of_13_of_16_is_a_share_and_its_mean_another() -> None:
    """Gordon 2020 prints "13 of 16": that is 81.25 %, while the mean told beside it is 85 %."""
    thirteen = adherence(sessions(*[A] * 13, *[M] * 3), as_of=AFTER)
    assert thirteen.attendance == Decimal("0.8125")
    group = pooled_attendance([thirteen, adherence(sessions(A, A, A, M), as_of=AFTER), adherence([], as_of=AFTER)])
    assert (group.mean, group.n, group.least, group.greatest) == (Decimal("0.78125"), 2, Decimal("0.75"), Decimal("0.8125"))
    assert (group.ratio_of_sums, group.drop_outs) == (Decimal("0.8"), "as_zero")
    assert group.sd == (2 * Decimal("0.03125") ** 2).sqrt()


def test_attendances_under_different_rules_are_not_pooled() -> None:
    one = adherence(sessions(A, N), as_of=AFTER)
    other = adherence(sessions(A, N), as_of=AFTER, rules=Rules(undelivered_count_as_zero=False))
    assert (one.attendance, one.drop_outs, other.attendance, other.drop_outs) == (Decimal("0.5"), "as_zero", 1, "left_out")
    with pytest.raises(ValueError, match="as_zero, left_out"):
        pooled_attendance([one, other])
    nobody = pooled_attendance([])
    assert (nobody.mean, nobody.ratio_of_sums, nobody.n, nobody.drop_outs) == (None, None, 0, "")


def test_runs_are_the_sessions_themselves() -> None:
    known = sessions(M, A, M, C, M)
    assert missed_runs(known) == [[known[0]], [known[2], known[4]]]
