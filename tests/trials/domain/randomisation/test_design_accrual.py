"""Simulated accrual: the same seed gives the same, bounds and ratios hold, people arrive by their shares, and what costs too much ends."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest

from tests.trials.domain.randomisation.plans import ONE, PAIR, evenly, setting
from tests.trials.domain.randomisation.test_counting import TWO, scheme
from trials.domain.randomisation import NotExact, scheme_from
from trials.domain.randomisation.design import accrual as accruals
from trials.domain.randomisation.design.accrual import Accrual, Spread, simulate
from trials.domain.randomisation.design.setting import Setting, Split

pytestmark = pytest.mark.usefixtures("sixty_runs")


def test_the_same_seed_gives_the_same_accrual_and_another_another() -> None:
    of = scheme("block_urn", lambda_=3)
    first = simulate(of, setting(), runs=30)
    assert first == simulate(of, setting(), runs=30)
    assert first != simulate(of, setting(), runs=30, seed=bytes(48))
    assert first.runs == 30


def test_the_bound_holds_in_every_simulated_stratum() -> None:
    for of, bound in (
        (scheme("big_stick", bound=3), 3),
        (scheme("block_urn", lambda_=2), 2),
        (scheme("permuted_blocks", multipliers=[1, 2]), 2),
    ):
        found = simulate(of, setting(60))
        assert found.stratum.worst == bound
        assert found.overall.worst <= 4 * bound
        assert found.overall.median <= found.overall.worst_tenth <= found.overall.worst


def test_a_block_a_site_ends_even_and_without_the_site_it_does_not() -> None:
    whole = Setting(4, evenly("site", "A"), (), None)
    assert simulate(scheme("permuted_blocks", multipliers=[2]), whole) == Accrual(
        60, pytest.approx(17 / 24, abs=0.05), Spread(0, 0, 0), Spread(0, 0, 0), Spread(0, 0, 0)
    )
    apart = simulate(scheme("permuted_blocks", multipliers=[2]), replace(whole, sites=PAIR))
    assert (apart.overall.worst, apart.site.worst) == (0, 2)


def test_arms_are_compared_after_dividing_by_their_ratio() -> None:
    found = simulate(scheme("permuted_blocks", {"A": 4, "B": 2}, multipliers=[1]), setting(60, (), sites=ONE))
    assert found.overall == Spread(0, 0, 0)
    uneven_end = simulate(scheme("permuted_blocks", {"A": 4, "B": 2}, multipliers=[1]), setting(61, (), sites=ONE))
    assert uneven_end.overall == Spread(0.5, 1, 1)


def test_people_arrive_by_the_shares_that_were_stated() -> None:
    sites = Split("site", (("A", Fraction(3, 4)), ("B", Fraction(0)), ("C", Fraction(1, 4))))
    sex = Split("sex", (("F", Fraction(1, 2)), ("M", Fraction(1, 3)), ("X", Fraction(1, 6))))
    arrivals = accruals._Arrivals(Setting(1, sites, (sites, sex), "site"), accruals._words(bytes(48), "test"))
    met = [arrivals.next() for _ in range(5_000)]
    assert all(site == levels[0] for site, levels in met)
    shares = {key: sum(site == key or levels[1] == key for site, levels in met) / 5_000 for key in ("A", "B", "C", "F", "M", "X")}
    assert shares == pytest.approx({"A": 0.75, "B": 0, "C": 0.25, "F": 0.5, "M": 1 / 3, "X": 1 / 6}, abs=0.044)  # z = 6.1


def test_words_are_those_of_the_generator_big_endian() -> None:
    from trials.domain.randomisation.drbg import Drbg

    drbg = Drbg.instantiate(bytes(48), personalisation=b"test")
    raw = drbg.generate(1 << 14) + drbg.generate(1 << 14)
    expected = [int.from_bytes(raw[place : place + 4], "big") for place in range(0, len(raw), 4)]
    assert list(islice(accruals._words(bytes(48), "test"), len(expected))) == expected


@pytest.mark.parametrize(
    ("ranked", "worst_tenth"), [([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 9), (list(range(20)), 18), ([5], 5), (list(range(11)), 9)]
)
def test_the_worst_tenth_begins_where_a_tenth_is_left(ranked: list[float], worst_tenth: float) -> None:
    assert accruals._spread(ranked[::-1]) == Spread(ranked[len(ranked) // 2], worst_tenth, ranked[-1])


def test_fewer_trials_are_simulated_where_they_cost_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accruals, "MOST_RUNS", 1000)
    monkeypatch.setattr(accruals, "MOST_WORK", 6_000)
    assert simulate(scheme("big_stick", bound=3), setting(60)).runs == 49  # 6,000 / 120, but for the first looks
    minimised = {"method": "minimisation", "arms": TWO, "p": "4/5", "factors": setting().levels()}
    assert 10 < simulate(scheme_from(minimised | {"p": "2/3"}), setting(20)).runs < 75  # 6,000 / (4 x 20), but for the first looks
    for costly in (scheme_from(minimised | {"imbalance": "marginal_balance"}), scheme("urn", {f"A{n}": 1 for n in range(20)}, a=0, b=1)):
        with pytest.raises(NotExact, match="trials of 60 people by this method can't be simulated in reasonable time"):
            simulate(costly, setting(60))
    with pytest.raises(NotExact, match="trials of 301 people"):
        simulate(scheme("simple"), setting(301))
    assert simulate(scheme("simple"), setting(280)).runs == 10
    assert simulate(scheme("simple"), setting(60), runs=3).runs == 3


def test_a_method_that_cannot_be_followed_is_not_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(scheme("simple")), "chain", None)
    with pytest.raises(NotExact, match="^this method can't be followed person by person$"):
        simulate(scheme("simple"), setting(9))
