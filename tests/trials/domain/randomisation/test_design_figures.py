"""The designer's exact figures: against the sums of section 1.4, every way in which few people can arrive, and the simulation."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, sqrt

import pytest

from tests.trials.domain.randomisation.plans import AGE, ALONE, ONE, PAIR, SEX, evenly, setting
from tests.trials.domain.randomisation.test_counting import THREE, TWO, WIDE, scheme
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.design import accrual as accruals
from trials.domain.randomisation.design.accrual import simulate
from trials.domain.randomisation.design.figures import exact, figures, figures_of, stopped_anywhere, uneven
from trials.domain.randomisation.design.setting import Split
from trials.domain.randomisation.design.weaknesses import weaknesses

pytestmark = pytest.mark.usefixtures("sixty_runs")


# --- section 1.4: strata of blocks, each stopped at a random place


@pytest.mark.parametrize(
    ("strata", "block", "sd"), [(8, 4, 2.58), (24, 4, 4.47), (24, 6, 5.29), (60, 4, 7.07)], ids=lambda value: str(value)
)
def test_strata_of_blocks_stopped_anywhere(strata: int, block: int, sd: float) -> None:
    assert stopped_anywhere([block], strata) == Fraction(strata * (block + 1), 6)
    assert sqrt(stopped_anywhere([block], strata)) == pytest.approx(sd, abs=0.005)


@pytest.mark.parametrize("block", [2, 4, 6])
def test_the_law_of_one_block_is_the_mean_over_its_places(block: int) -> None:
    half = block // 2
    squares = [
        sum(Fraction(comb(half, a) * comb(half, m - a), comb(block, m)) * (2 * a - m) ** 2 for a in range(m + 1) if a <= half >= m - a)
        for m in range(block)
    ]
    assert stopped_anywhere([block], 1) == sum(squares) / block


@pytest.mark.unmeasured
@pytest.mark.parametrize("multipliers", [[2], [3], [2, 3]])
def test_large_strata_come_to_that_law(multipliers: list[int]) -> None:
    blocks = scheme("permuted_blocks", multipliers=multipliers)
    found = figures_of(blocks, setting(800, (PAIR, SEX)))
    expected = sqrt(stopped_anywhere([2 * m for m in multipliers], 4))
    assert found.drift == pytest.approx(expected, abs=2e-3)


def test_a_coin_drifts_the_same_however_people_are_split() -> None:
    for split in ((), (PAIR,), (PAIR, SEX, AGE)):
        assert figures_of(scheme("simple"), setting(100, split)).drift == pytest.approx(10, abs=1e-9)


# --- exact over strata: against listing every way in which few people can arrive


@pytest.mark.parametrize(
    "of",
    [scheme("permuted_blocks", multipliers=[1]), scheme("big_stick", bound=2), scheme("efron", p="3/4"), scheme("maximal", bound=1, length=4)],
    ids=["blocks", "big stick", "efron", "maximal"],
)  # fmt: skip
def test_figures_over_strata_are_the_mean_over_all_arrivals(of) -> None:
    lopsided = Split("sex", (("F", Fraction(2, 3)), ("M", Fraction(1, 3)), ("X", Fraction(0))))
    course = of.course(5)
    guessed = forced = variance = 0.0
    for arrivals in product([("F", 2 / 3), ("M", 1 / 3)], repeat=5):
        chance = 1.0
        for _, share in arrivals:
            chance *= share
        for level in "FM":
            many = sum(arrived == level for arrived, _ in arrivals)
            guessed += chance * sum(course.guesses[:many])
            forced += chance * sum(course.forced[:many])
            variance += chance * (course.square[many - 1] if many else 0)
    found = figures_of(of, setting(5, (lopsided,), sites=ONE))
    assert found.guesses == pytest.approx(guessed / 5, abs=1e-10)
    assert found.forced == pytest.approx(forced / 5, abs=1e-10)
    assert found.drift == pytest.approx(sqrt(variance), abs=1e-10)
    assert (found.places, found.simulated, found.why) == (2, False, ())


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "of",
    [scheme("simple"), scheme("permuted_blocks", multipliers=[2, 3]), scheme("big_stick", bound=3), scheme("block_urn", lambda_=3),
     scheme("urn", a=0, b=1), scheme("block_urn", WIDE, lambda_=2), scheme("permuted_blocks", THREE, multipliers=[1, 2])],
    ids=["simple", "blocks", "big stick", "block urn", "urn", "block urn 2:1", "blocks of three"],
)  # fmt: skip
def test_simulated_accrual_agrees_with_the_exact_share(of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accruals, "MOST_RUNS", 400)
    found = figures_of(of, setting(60))
    assert found.accrual is not None
    assert found.accrual.correct_guesses == pytest.approx(found.guesses, abs=0.008)


def test_without_strata_the_figures_are_those_of_the_method() -> None:
    big_stick = scheme("big_stick", bound=3)
    found, own = figures_of(big_stick, ALONE), big_stick.properties(100)
    assert (found.guesses, found.forced, found.drift) == pytest.approx((own.correct_guesses, own.forced, own.sd_imbalance), abs=1e-9)
    assert (found.stream, found.course, found.places, found.coin) == (own, big_stick.course(100), 100, 0.5)


def test_a_table_is_read_with_the_factors_of_the_setting() -> None:
    table = {"method": "minimisation", "arms": TWO, "p": "4/5", "factors": {"other": ["x", "y"]}}
    found = figures(table, setting(60))
    assert found.scheme.factors == (("site", ("LIM", "DUB")), ("sex", ("F", "M")))
    assert figures({"method": "simple", "arms": TWO}, ALONE).scheme == scheme("simple")
    with pytest.raises(ValueError, match="p must be a number, not None"):
        figures({"method": "minimisation", "arms": TWO}, setting(60))


def test_without_a_simulation_minimisation_has_its_people_and_the_reason_alone() -> None:
    table = {"method": "minimisation", "arms": TWO, "p": "4/5", "factors": setting(60).levels()}
    found = exact(scheme_from(table), setting(60))
    assert (found.places, found.guesses, found.stream, found.accrual) == (60, None, None, None)
    assert found.why == ("how predictable minimisation is depends on who comes, so it has no exact figures",)


def test_minimisation_is_guessed_by_simulation() -> None:
    found = figures_of(figures({"method": "minimisation", "arms": TWO, "p": "4/5"}, setting(60)).scheme, setting(60))
    assert found.simulated
    assert (found.forced, found.drift, found.stream, found.course, found.places) == (None, None, None, None, 60)
    assert found.guesses == found.accrual.correct_guesses
    assert 0.68 < found.guesses < 0.78
    assert "depends on who comes" in found.why[0]


def test_one_constant_factor_makes_minimisation_efron_in_the_simulation_too() -> None:
    one = setting(40, (evenly("site", "S1"),), sites=ONE)
    minimised = simulate(figures({"method": "minimisation", "arms": TWO, "p": "2/3"}, one).scheme, one)
    efron = simulate(scheme("efron", p="2/3"), one)
    assert minimised == efron


def test_minimisation_by_marginal_balance_is_followed_without_a_short_cut() -> None:
    table = {"method": "minimisation", "arms": TWO, "p": "4/5", "imbalance": "marginal_balance"}
    found = figures(table, setting(40)).accrual
    assert found.runs == 60
    assert found.overall.worst_tenth <= 4


@pytest.mark.unmeasured
def test_too_many_people_have_no_exact_figures_and_few_runs() -> None:
    found = figures_of(scheme("big_stick", bound=3), setting(1_001, (), sites=ONE))
    assert found.why == ("exact figures reach to 1,000 people a stratum, and the largest may get 1,001",)
    assert (found.forced, found.drift, found.simulated, found.accrual.runs) == (None, None, True, 60)
    assert found.guesses == pytest.approx(0.583, abs=0.01)
    nothing = figures_of(scheme("big_stick", bound=3), setting(100_000, (), sites=ONE))
    assert (nothing.guesses, nothing.accrual, nothing.simulated) == (None, None, False)
    assert nothing.why[1] == "trials of 100,000 people by this method can't be simulated in reasonable time"
    assert weaknesses(nothing, setting(100_000, (), sites=ONE)) == ()


# --- section 1.1


@pytest.mark.parametrize(("people", "chance"), [(20, 0.503445), (50, 0.202639), (100, 0.056888), (200, 0.005685)])
def test_a_split_of_60_to_40_or_worse(people: int, chance: float) -> None:
    assert uneven(people, Fraction(1, 2)) == pytest.approx(chance, abs=5e-7)
