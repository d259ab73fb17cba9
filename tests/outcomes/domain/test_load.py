"""Mean load, density, monotony, strain and session-RPE load, against published worked examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from outcomes.domain.load import load, monotony, session_rpe_load, strain
from outcomes.domain.records import Rules
from tests.outcomes.domain.training import AFTER, a_session, a_set, course


def near(found: Decimal | None, told: str) -> bool:
    """Equal to a printed figure at its own places."""
    return found is not None and found.quantize(Decimal(told)) == Decimal(told)


def test_mean_load_of_the_published_pyramid() -> None:
    """10 x 55, 8 x 65, 6 x 75: 1520 kg over 24 repetitions, printed as 63 kg, 57 % of 110 kg."""
    sets = [a_set(set_no=n, done=done) for n, done in enumerate(("10x55", "8x65", "6x75"), start=1)]
    found = load([a_session()], sets, as_of=AFTER).mean_load_kg
    assert found == Decimal(1520) / 24
    assert near(found, "63")
    assert int(found / 110 * 100) == 57


def test_density_of_the_published_session() -> None:
    """3 x 8 x 65 kg in 45 minutes: 34.7 kg a minute."""
    sets = [a_set(set_no=n, done="8x65") for n in (1, 2, 3)]
    assert near(load([a_session(minutes=45)], sets, as_of=AFTER).density_kg_per_minute, "34.7")


def test_density_leaves_out_sessions_whose_minutes_or_volume_are_not_known() -> None:
    sessions = [a_session(1, minutes=10), a_session(2), a_session(3, minutes=50), a_session(4, minutes=0)]
    sets = [a_set(1, done="8x50"), a_set(2, done="8x500"), a_set(3, planned="8x", done="8x", load_model="reps_only"), a_set(4, done="8x9")]
    assert load(sessions, sets, as_of=AFTER).density_kg_per_minute == 40


def test_mean_load_counts_both_sides_and_no_repetitions_without_a_load() -> None:
    sets = [
        a_set(set_no=1, done="8x10", sides=2), a_set(set_no=2, done="8x30"), a_set(set_no=3, planned="8x", done="50x", load_model="reps_only"),
        a_set(set_no=4, planned="", done="8x20"), a_set(set_no=5, done="9x1", set_kind="warmup"),
    ]  # fmt: skip
    assert load([a_session()], sets, as_of=AFTER).mean_load_kg == Decimal(160 + 240 + 160) / (16 + 8 + 8)
    assert load([a_session(1, "M")], [a_set(done="8x10")], as_of=AFTER).mean_load_kg is None


def test_monotony_of_the_published_week() -> None:
    """Mean 790, SD 897: 0.88. The summands of the print are not told; these seven days have its mean and SD."""
    days = [Decimal(kg) for kg in (1560, 0, 1520, 0, 2077, 0, 373)]
    assert sum(days) / 7 == 790
    found = monotony(days)
    assert near(found, "0.88")
    assert found is not None
    assert strain(days) == 5530 * found


@pytest.mark.parametrize("days", [[], [Decimal(5)], [Decimal(0)] * 7, [Decimal(100)] * 7], ids=["none", "one", "rest", "every day alike"])
def test_days_that_do_not_differ_have_neither_monotony_nor_strain(days: list[Decimal]) -> None:
    assert (monotony(days), strain(days)) == (None, None)


def test_session_rpe_load_is_a_cr10_rating_times_minutes() -> None:
    assert session_rpe_load(a_session(session_rpe=Decimal(7), rpe_scale="CR10", minutes=60)) == 420


@pytest.mark.parametrize(
    "facts",
    [
        {"session_rpe": Decimal(14), "rpe_scale": "BORG20", "minutes": 60},
        {"session_rpe": Decimal(7), "rpe_scale": "", "minutes": 60},
        {"session_rpe": None, "rpe_scale": "CR10", "minutes": 60},
        {"session_rpe": Decimal(7), "rpe_scale": "CR10"},
    ],
    ids=["Borg 6-20", "no scale", "no rating", "no minutes"],
)
def test_no_other_rating_is_ever_multiplied(facts: dict[str, object]) -> None:
    session = a_session(**facts)
    found = load([session], [], as_of=AFTER)
    assert session_rpe_load(session) is None
    assert (found.session_rpe_load, found.mean_session_rpe_load, found.rated_sessions) == (None, None, 0)
    assert found.weeks[0].session_rpe_load is None


def test_a_week_is_a_trial_week_with_its_days_of_rest() -> None:
    rated = {"rpe_scale": "CR10", "minutes": 60}
    sessions = [a_session(1, session_rpe=Decimal(5), **rated), a_session(2, session_rpe=Decimal(7), **rated), a_session(3, "M")]
    sets = [a_set(1, done="8x50"), a_set(2, done="8x100"), a_set(3)]
    found = load(sessions, sets, as_of=AFTER)
    first, second = found.weeks
    days = [Decimal(400), Decimal(0), Decimal(0), Decimal(800), Decimal(0), Decimal(0), Decimal(0)]
    assert (first.closes_on, first.week, first.sessions, first.volume_kg) == (date(2026, 3, 8), 1, 2, 1200)
    assert (first.volume_monotony, first.volume_strain) == (monotony(days), strain(days))
    assert (first.session_rpe_load, first.session_rpe_monotony) == (720, monotony([Decimal(n) for n in (300, 0, 0, 420, 0, 0, 0)]))
    assert first.session_rpe_strain == strain([Decimal(n) for n in (300, 0, 0, 420, 0, 0, 0)])
    assert (second.sessions, second.volume_kg, second.volume_monotony, second.volume_strain, second.session_rpe_load) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert (found.session_rpe_load, found.mean_session_rpe_load, found.rated_sessions) == (720, 360, 2)


def test_a_made_up_session_counts_on_the_day_it_was_held_and_two_on_a_day_add_up() -> None:
    sessions = [a_session(1, "U", held_on=date(2026, 3, 5)), a_session(2)]
    week = load(sessions, [a_set(1, done="8x50"), a_set(2, done="8x50")], as_of=AFTER).weeks[0]
    assert week.volume_monotony == monotony([Decimal(800), *[Decimal(0)] * 6])


def test_a_week_with_an_unrated_session_has_no_session_rpe_load() -> None:
    sessions = [a_session(1, session_rpe=Decimal(5), rpe_scale="CR10", minutes=60), a_session(2, minutes=60)]
    found = load(sessions, [], as_of=AFTER)
    assert (found.weeks[0].session_rpe_load, found.weeks[0].session_rpe_strain, found.session_rpe_load) == (None, None, 300)


def test_sessions_without_a_window_belong_to_no_week_and_those_not_due_to_nothing() -> None:
    found = load([a_session(1, closes_on=None), a_session(3)], [a_set(1, done="8x50"), a_set(3, done="8x50")], as_of=date(2026, 3, 10))
    assert (found.weeks, found.mean_load_kg) == ((), 50)


def test_the_rules_of_the_dose_hold_here_too() -> None:
    sessions, sets = course("AU"), [a_set(1, done="8x50"), a_set(2, done="8x100")]
    assert load(sessions, sets, as_of=AFTER).mean_load_kg == 75
    assert load(sessions, sets, as_of=AFTER, rules=Rules(made_up_counts=False)).mean_load_kg == 50
