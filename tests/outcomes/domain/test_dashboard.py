"""The dashboard's arithmetic: months without a gap, each person in one place, each expected form in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outcomes.domain.dashboard import Completeness, Month, Retention, SiteCount, completeness, recruitment, retention
from tests.outcomes import world

PROTOCOL = world.protocol()
TODAY = date(2026, 8, 1)
SITES = ("DUB", "LIM")


def recruited(by_day, *, sites=SITES, screened=None, protocol=PROTOCOL, today=TODAY):  # type: ignore[no-untyped-def]
    return recruitment(by_day, screened or {}, protocol=protocol, sites=sites, today=today)


def test_every_month_since_the_first_is_there_also_over_a_new_year() -> None:
    found = recruited({("LIM", date(2025, 11, 30)): 2, ("DUB", date(2026, 1, 2)): 1, ("LIM", date(2026, 1, 31)): 3}, today=date(2026, 2, 1))
    assert found.months == (
        Month(month="2025-11", randomised=2, total=2), Month(month="2025-12", randomised=0, total=2),
        Month(month="2026-01", randomised=4, total=6), Month(month="2026-02", randomised=0, total=6),
    )  # fmt: skip


def test_sites_stand_beside_their_targets_and_the_whole_beside_the_protocols() -> None:
    screened = {("LIM", "eligible"): 5, ("LIM", "excluded"): 2, ("DUB", "pending"): 1}
    found = recruited({("LIM", TODAY): 4}, screened=screened)
    assert found.sites == (
        SiteCount(site="DUB", name="Dublin", screened=1, excluded=0, randomised=0, target=22),
        SiteCount(site="LIM", name="University of Limerick", screened=7, excluded=2, randomised=4, target=22),
    )
    assert (found.screened, found.excluded, found.randomised, found.target) == (8, 2, 4, PROTOCOL.sample_size)
    assert recruited({("LIM", TODAY): 4}, sites=("LIM",)).target == 22
    bare = replace(PROTOCOL, sites=tuple(replace(site, target=None) for site in PROTOCOL.sites))
    assert recruited({}, sites=("LIM",), protocol=bare).target is None


@pytest.mark.parametrize(
    ("first", "a_month"),
    [(TODAY - timedelta(days=90), 2.0), (TODAY - timedelta(days=89), None), (None, None)],
    ids=["settled", "too early", "nobody"],
)
def test_the_pace_is_told_once_ninety_days_have_gone_by(first: date | None, a_month: float | None) -> None:
    by_day = {("LIM", first): 9, ("LIM", TODAY): 6} if first else {}
    assert recruited(by_day).a_month == a_month


def test_nobody_randomised_has_no_months() -> None:
    assert recruited({}).months == ()


def test_each_person_counts_once_by_the_gravest_end() -> None:
    ends = [(1, "loss"), (1, "death"), (2, "withdrawal"), (2, "loss"), (3, "loss"), (4, "training_stop")]
    assert retention(10, ends) == Retention(randomised=10, staying=7, died=1, withdrawn=1, lost=1)


def test_each_expected_form_is_sent_open_or_missing() -> None:
    day0 = {("LIM", TODAY - timedelta(days=60)): 3, ("LIM", TODAY - timedelta(days=20)): 2, ("DUB", TODAY - timedelta(days=1)): 4}
    sent = {("baseline", "phq9"): (9, 9), ("week1", "phq9"): (4, 4), ("week8", "phq9"): (1, 0)}
    found = {(c.visit, c.instrument): c for c in completeness(PROTOCOL, day0, sent, today=dict.fromkeys(SITES, TODAY))}
    assert found["baseline", "phq9"] == Completeness(visit="baseline", instrument="phq9", expected=9, sent=9, open=0, missing=0)
    assert found["week1", "phq9"] == Completeness(visit="week1", instrument="phq9", expected=5, sent=4, open=0, missing=1)
    assert found["week8", "phq9"] == Completeness(visit="week8", instrument="phq9", expected=3, sent=1, open=2, missing=0)
    assert found["week8", "gad7"] == Completeness(visit="week8", instrument="gad7", expected=3, sent=0, open=3, missing=0)
    assert found["week12", "gad7"].expected == 0


@pytest.mark.parametrize(
    ("days", "expected", "still_open"),
    [(53, 0, 0), (54, 1, 1), (68, 1, 1), (69, 1, 0)],
    ids=["the day before", "the first day", "the last day", "the day after"],
)
def test_a_window_is_open_from_its_first_day_to_its_last(days: int, expected: int, still_open: int) -> None:
    found = completeness(PROTOCOL, {("LIM", TODAY - timedelta(days=days)): 1}, {}, today={"LIM": TODAY})
    week8 = next(c for c in found if (c.visit, c.instrument) == ("week8", "gad7"))
    assert (week8.expected, week8.open, week8.missing) == (expected, still_open, expected - still_open)
