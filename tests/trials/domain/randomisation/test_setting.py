"""A planned trial: what is refused in exactly which words, how far a stratum is followed, and figures put together from it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from math import sqrt

import pytest

from tests.trials.domain.randomisation.test_counting import THREE, scheme
from trials.domain.protocol.shape import Factor, Site
from trials.domain.randomisation import NotExact, scheme_from
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.accrual import simulate
from trials.domain.randomisation.design.setting import Setting, Split, planned

figuring = import_module("trials.domain.randomisation.design.figures")  # the package has a function of that name
ALONE = Split("site", (("LIM", Fraction(1)),))
PAIR = Split("site", (("LIM", Fraction(1, 2)), ("DUB", Fraction(1, 2))))
TEN = tuple(Split(f"f{n}", tuple((str(level), Fraction(1, 10)) for level in range(10))) for n in range(5))


def refusal(*parts: object) -> str:
    with pytest.raises(ValueError) as refused:
        Setting(*parts)
    return str(refused.value)


def test_the_most_people_and_the_most_strata_are_allowed_and_no_more():
    assert Setting(100_000, ALONE, TEN[:4]).strata == 10_000
    assert refusal(100_001, ALONE) == "people must be from 1 to 100,000, not 100001"
    assert refusal(1, ALONE, TEN) == "the factors make 100,000 strata, more than 10,000"
    half = Split("sex", (("F", Fraction(1, 2)),))
    assert refusal(0, half) == "people must be from 1 to 100,000, not 0; the shares of sex must be 0 or more and add up to 1"


SITES = (
    Site(code="LIM", name="L", country="IE", timezone="Europe/Dublin"),
    Site(code="DUB", name="D", country="IE", timezone="Europe/Dublin"),
)
FACTORS = (Factor(name="place", source="site"), Factor(name="sex", source="sex", levels=("F", "M")))


def test_every_fault_of_the_shares_is_told_at_once():
    with pytest.raises(ValueError) as refused:
        planned(10, SITES, FACTORS, {"place": [Fraction(1)], "moon": [], "sex": [Fraction(1)]}, open_label=True)
    assert str(refused.value) == (
        "shares: 'place' is not a factor with levels of its own; shares: 'moon' is not a factor with levels of its own; "
        "sex needs 2 shares of 0 or more, one above 0: F, M"
    )


def test_without_shares_all_is_even():
    found = planned(10, SITES, FACTORS, {}, open_label=False)
    even = tuple((code, Fraction(1, 2)) for code in ("LIM", "DUB"))
    sex = Split("sex", (("F", Fraction(1, 2)), ("M", Fraction(1, 2))))
    assert found == Setting(10, Split("site", even), (Split("place", even), sex), "place", False)


def test_a_stratum_is_followed_eight_roots_and_twenty_beyond_its_mean(monkeypatch: pytest.MonkeyPatch):
    halves = Setting(400, PAIR, (PAIR,), "site")
    assert figuring._longest(halves) == 334  # 200 + 8 sqrt(200) + 20 = 333.1
    assert figuring._longest(replace(halves, people=40)) == 40
    monkeypatch.setattr(figuring, "MOST_PLACES", 334)
    assert figuring._longest(halves) == 334
    monkeypatch.setattr(figuring, "MOST_PLACES", 333)
    with pytest.raises(NotExact, match="^exact figures reach to 333 people a stratum, and the largest may get 334$"):
        figuring._longest(halves)


def test_one_person_is_one_place_and_three_arms_have_no_drift():
    assert figuring.exact(scheme("simple"), Setting(1, ALONE)).places == 1
    assert figuring.exact(scheme("simple"), Setting(10, PAIR, (PAIR,), "site")).places == 5
    assert figuring.exact(scheme("simple", THREE), Setting(10, ALONE)).drift is None
    assert figuring.exact(scheme("simple"), Setting(10, ALONE)).drift == pytest.approx(sqrt(10), abs=1e-12)


@pytest.fixture
def anew():
    figuring.figures_of.cache_clear()
    yield
    figuring.figures_of.cache_clear()


def test_exact_figures_and_simulated_ones_stand_together(anew, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accrual, "MOST_RUNS", 10)
    of, setting = scheme("big_stick", bound=2), Setting(12, PAIR, (PAIR,), "site")
    alone = figuring.exact(of, setting)
    assert figuring.figures_of(of, setting) == replace(alone, accrual=simulate(of, setting))
    minimising = scheme_from({"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5", "factors": setting.levels()})
    simulated = simulate(minimising, setting)
    assert figuring.figures_of(minimising, setting) == replace(
        figuring.exact(minimising, setting), accrual=simulated, guesses=simulated.correct_guesses, simulated=True
    )
    table = {"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5"}
    assert figuring.figures(table, setting) == figuring.figures_of(minimising, setting)


def test_what_can_neither_be_worked_out_nor_simulated_says_both_reasons(anew, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accrual, "MOST_WORK", 0)
    setting = Setting(12, PAIR, (PAIR,), "site")
    minimising = scheme_from({"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5", "factors": setting.levels()})
    found = figuring.figures_of(minimising, setting)
    assert found == replace(figuring.exact(minimising, setting), why=found.why)
    assert found.why == (
        "how predictable minimisation is depends on who comes, so it has no exact figures",
        "trials of 12 people by this method can't be simulated in reasonable time",
    )
