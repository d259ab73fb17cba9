from __future__ import annotations

from datetime import date, timedelta

import pytest

from outcomes.domain.visits import Sitting, VisitStatus, Window, day_0, due, recall_overlap, status, window
from trials.domain.protocol.shape import Visit

BASELINE = Visit(code="baseline", label="Baseline", kind="baseline", instruments=("phq9", "gad7"))
WEEK8 = Visit(code="week8", label="Week 8", kind="follow_up", target_day=56, opens_day=53, closes_day=63, instruments=("phq9", "gad7"))
SCREENED, RANDOMISED = date(2026, 3, 2), date(2026, 3, 9)
DAY0 = date(2026, 3, 30)
OPENS, TARGET, CLOSES = date(2026, 5, 22), date(2026, 5, 25), date(2026, 6, 1)


def test_day_0_is_randomisation_plus_the_fixed_lag() -> None:
    assert day_0(RANDOMISED, lag_days=21) == DAY0
    assert day_0(None, lag_days=21) is None


def test_a_follow_up_counts_from_day_0_and_a_baseline_ends_with_randomisation() -> None:
    assert window(WEEK8, screened_on=SCREENED, randomised_on=RANDOMISED, day0=DAY0) == Window(
        target_on=TARGET, opens_on=OPENS, closes_on=CLOSES
    )
    assert window(BASELINE, screened_on=SCREENED, randomised_on=RANDOMISED, day0=DAY0) == Window(
        target_on=None, opens_on=SCREENED, closes_on=RANDOMISED
    )


def test_before_randomisation_the_baseline_is_open_ended_and_follow_ups_have_no_window() -> None:
    assert window(BASELINE, screened_on=SCREENED, randomised_on=None, day0=None) == Window(
        target_on=None, opens_on=SCREENED, closes_on=None
    )
    assert window(WEEK8, screened_on=SCREENED, randomised_on=None, day0=None) is None


@pytest.mark.parametrize(
    ("on", "is_open", "from_target"),
    [
        (date(2026, 5, 21), False, -4),
        (OPENS, True, -3),
        (TARGET, True, 0),
        (CLOSES, True, 7),
        (date(2026, 6, 2), False, 8),
    ],
)
def test_both_ends_of_a_window_are_inside(on: date, is_open: bool, from_target: int) -> None:
    when = Window(target_on=TARGET, opens_on=OPENS, closes_on=CLOSES)
    assert (when.is_open(on), when.days_from_target(on)) == (is_open, from_target)


def test_a_baseline_has_no_distance_from_a_target() -> None:
    assert Window(target_on=None, opens_on=SCREENED, closes_on=None).days_from_target(RANDOMISED) is None


@pytest.mark.parametrize(
    ("as_of", "sent", "saved", "complete", "gone", "expected"),
    [
        (date(2026, 5, 21), False, False, False, False, VisitStatus.NOT_DUE),
        (date(2026, 5, 21), False, False, False, True, VisitStatus.NOT_DUE),
        (OPENS, False, False, False, False, VisitStatus.PENDING),
        (CLOSES, False, True, True, False, VisitStatus.PENDING),
        (OPENS, True, True, True, False, VisitStatus.DONE),
        (OPENS, True, True, False, False, VisitStatus.PARTIAL),
        (date(2026, 6, 2), False, False, False, False, VisitStatus.MISSED),
        (date(2026, 6, 2), False, True, False, False, VisitStatus.PARTIAL),
        (date(2026, 6, 2), False, True, True, False, VisitStatus.DONE),
        (OPENS, False, False, False, True, VisitStatus.MISSED),
        (OPENS, False, True, False, True, VisitStatus.PARTIAL),
    ],
    ids=[
        "before it opens",
        "gone before it opens",
        "open, nothing sent",
        "open, all saved, not sent",
        "sent and whole",
        "sent with a gap",
        "closed with nothing",
        "closed with some saved",
        "closed with all saved",
        "gone with nothing",
        "gone with some saved",
    ],
)
def test_status_of_a_form(as_of: date, sent: bool, saved: bool, complete: bool, gone: bool, expected: VisitStatus) -> None:
    when = Window(target_on=TARGET, opens_on=OPENS, closes_on=CLOSES)
    assert status(when, as_of=as_of, sent=sent, saved=saved, complete=complete, gone=gone) == expected


def test_without_a_window_a_form_is_not_due() -> None:
    assert status(None, as_of=OPENS, sent=False, saved=False, complete=False, gone=False) == VisitStatus.NOT_DUE


@pytest.mark.parametrize(
    ("randomised_on", "on", "sent", "expected"),
    [
        (None, date(2026, 3, 1), set(), []),
        (None, SCREENED, set(), [("baseline", ("phq9", "gad7"))]),
        (None, date(2026, 9, 1), {("baseline", "phq9")}, [("baseline", ("gad7",))]),
        (None, SCREENED, {("baseline", "phq9"), ("baseline", "gad7")}, []),
        (RANDOMISED, RANDOMISED, set(), []),
        (RANDOMISED, OPENS, set(), [("week8", ("phq9", "gad7"))]),
        (RANDOMISED, CLOSES, {("week8", "gad7")}, [("week8", ("phq9",))]),
        (RANDOMISED, date(2026, 6, 2), set(), []),
    ],
    ids=[
        "before screening",
        "baseline",
        "baseline, half sent",
        "baseline, all sent",
        "baseline closes with randomisation",
        "week 8 opens",
        "week 8, last day, half sent",
        "week 8 closed",
    ],
)
def test_open_sittings_of_a_day(
    randomised_on: date | None, on: date, sent: set[tuple[str, str]], expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    sittings = due(
        (BASELINE, WEEK8),
        screened_on=SCREENED,
        randomised_on=randomised_on,
        day0=day_0(randomised_on, lag_days=21),
        on=on,
        sent=sent,
    )
    assert [(s.visit, s.instruments) for s in sittings] == expected


def test_a_sitting_carries_its_window_and_label() -> None:
    (sitting,) = due((WEEK8,), screened_on=SCREENED, randomised_on=RANDOMISED, day0=DAY0, on=TARGET, sent=())
    assert sitting == Sitting(
        visit="week8",
        label="Week 8",
        window=Window(target_on=TARGET, opens_on=OPENS, closes_on=CLOSES),
        instruments=("phq9", "gad7"),
    )


@pytest.mark.parametrize(
    ("others", "days"),
    [((), 0), ((14,), 0), ((13,), 1), ((1,), 13), ((40, 5), 9), ((0,), 0), ((-3,), 0)],
    ids=["the first", "two weeks apart", "a day less", "the day before", "the last one counts", "the same day", "a later one"],
)
def test_what_two_forms_both_ask_about_is_counted_in_days(others: tuple[int, ...], days: int) -> None:
    assert recall_overlap(14, TARGET, [TARGET - timedelta(days=ago) for ago in others]) == days
