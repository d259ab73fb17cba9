"""The designer's figures: exact ones against section sums and simulation, accrual, and which choice is called weak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from math import comb, sqrt

import pytest

from tests.trials.domain.randomisation.test_counting import THREE, TWO, WIDE, scheme
from trials.domain.protocol.shape import Factor, Site
from trials.domain.randomisation import NotExact, scheme_from, walk
from trials.domain.randomisation.design import accrual as accruals
from trials.domain.randomisation.design.accrual import Accrual, Spread, simulate
from trials.domain.randomisation.design.figures import exact, figures, figures_of, stopped_anywhere, uneven
from trials.domain.randomisation.design.setting import Setting, Split, planned
from trials.domain.randomisation.design.weaknesses import first_steps, weaknesses


def evenly(name: str, *levels: str) -> Split:
    return Split(name, tuple((level, Fraction(1, len(levels))) for level in levels))


ONE = evenly("site", "S1")
PAIR = evenly("site", "LIM", "DUB")
SEX = evenly("sex", "F", "M")
AGE = evenly("age", "young", "old", "older")


def setting(people: int = 60, factors: tuple[Split, ...] = (PAIR, SEX), *, sites: Split = PAIR, open_label: bool = True) -> Setting:
    site_factor = "site" if any(split.name == "site" for split in factors) else None
    return Setting(people, sites, factors, site_factor, open_label)


ALONE = setting(100, (), sites=ONE)


@pytest.fixture(autouse=True)
def few_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Simulations are kept short, and what was kept of others is forgotten."""
    figures_of.cache_clear()
    exact.cache_clear()
    monkeypatch.setattr(accruals, "MOST_RUNS", 60)
    monkeypatch.setattr(walk, "MOST_WORK", walk.MOST_WORK // 10)
    yield
    figures_of.cache_clear()
    exact.cache_clear()


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


def test_too_many_people_have_no_exact_figures_and_few_runs() -> None:
    found = figures_of(scheme("big_stick", bound=3), setting(1_001, (), sites=ONE))
    assert found.why == ("exact figures reach to 1,000 people a stratum, and the largest may get 1,001",)
    assert (found.forced, found.drift, found.simulated, found.accrual.runs) == (None, None, True, 60)
    assert found.guesses == pytest.approx(0.583, abs=0.01)
    nothing = figures_of(scheme("big_stick", bound=3), setting(100_000, (), sites=ONE))
    assert (nothing.guesses, nothing.accrual, nothing.simulated) == (None, None, False)
    assert nothing.why[1] == "trials of 100,000 people by this method can't be simulated in reasonable time"
    assert weaknesses(nothing, setting(100_000, (), sites=ONE)) == ()


# --- accrual


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


# --- section 1.1


@pytest.mark.parametrize(("people", "chance"), [(20, 0.503445), (50, 0.202639), (100, 0.056888), (200, 0.005685)])
def test_a_split_of_60_to_40_or_worse(people: int, chance: float) -> None:
    assert uneven(people, Fraction(1, 2)) == pytest.approx(chance, abs=5e-7)


# --- settings


SITES = [
    Site(code="A", name="A", country="IE", timezone="UTC", target=30),
    Site(code="B", name="B", country="IE", timezone="UTC", target=10),
]
FACTORS = [Factor(name="centre", source="site"), Factor(name="sex", source="sex", levels=("F", "M", "X"))]


def test_a_protocol_gives_sites_by_target_and_levels_evenly_or_by_stated_shares() -> None:
    sites = (("A", Fraction(3, 4)), ("B", Fraction(1, 4)))
    third = Fraction(1, 3)
    even = planned(44, SITES, FACTORS, {}, open_label=True)
    assert even == Setting(
        44, Split("site", sites), (Split("centre", sites), Split("sex", (("F", third), ("M", third), ("X", third)))), "centre"
    )
    given = planned(44, SITES, FACTORS, {"sex": [Fraction(2), Fraction(1), Fraction(0)]}, open_label=False)
    assert given.factors[1].shares == (("F", Fraction(2, 3)), ("M", third), ("X", Fraction(0)))
    assert (given.open_label, given.strata, given.people_a_stratum) == (False, 4, 11)
    assert given.stratum_shares == {Fraction(1, 2): 1, Fraction(1, 4): 1, Fraction(1, 6): 1, Fraction(1, 12): 1}
    assert given.levels() == {"centre": ("A", "B"), "sex": ("F", "M", "X")}
    untargeted = planned(4, [SITES[0], replace(SITES[1], target=None)], [], {}, open_label=True)
    assert untargeted == Setting(4, evenly("site", "A", "B"), (), None)
    assert (untargeted.strata, untargeted.stratum_shares) == (1, {Fraction(1): 1})


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(1)], "age": []}, open_label=True),
         ["shares: 'age' is not a factor with levels of its own", "sex needs 3 shares of 0 or more, one above 0: F, M, X"]),
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(1), Fraction(-1), Fraction(1)]}, open_label=True), ["sex needs 3 shares"]),
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(0)] * 3}, open_label=True), ["sex needs 3 shares"]),
        (lambda: planned(4, SITES, FACTORS, {"centre": [Fraction(1)] * 2}, open_label=True), ["'centre' is not a factor with levels of its own"]),
        (lambda: Setting(0, ONE), ["people must be from 1 to 100,000, not 0"]),
        (lambda: Setting(100_001, ONE), ["not 100001"]),
        (lambda: Setting(4, Split("site", (("A", Fraction(1, 2)),))), ["the shares of site must be 0 or more and add up to 1"]),
        (lambda: Setting(4, ONE, (Split("x", (("A", Fraction(2)), ("B", Fraction(-1)))),)), ["the shares of x must be 0 or more"]),
        (lambda: Setting(4, ONE, tuple(evenly(f"f{n}", *"abcdefghijk") for n in range(4))), ["the factors make 14,641 strata, more than 10,000"]),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_with_every_fault(make, faults: list[str]) -> None:
    with pytest.raises(ValueError) as refused:
        make()
    for fault in faults:
        assert fault in str(refused.value)


# --- weaknesses: a choice, its setting, and what is said of it


def choice(method: str, arms: dict[str, int] | None = None, **keys: object) -> dict[str, object]:
    return {"method": method, "arms": arms or TWO, **{key.rstrip("_"): value for key, value in keys.items()}}


MANY = (PAIR, SEX, AGE, evenly("smoker", "no", "yes"), evenly("school", "a", "b", "c"))
CHOICES = {
    "fixed blocks, open label": (choice("permuted_blocks", multipliers=[3]), setting(), {"blocks_open_label"}),
    "random blocks, open label": (choice("permuted_blocks", multipliers=[2, 3]), setting(), {"blocks_open_label", "random_sizes_no_help"}),
    "fixed blocks, masked": (choice("permuted_blocks", multipliers=[3]), setting(open_label=False), set()),
    "random blocks, masked": (choice("permuted_blocks", multipliers=[2, 3]), setting(open_label=False), {"random_sizes_no_help"}),
    "blocks 2:1": (choice("permuted_blocks", WIDE, multipliers=[2]), setting(), {"blocks_open_label"}),
    "blocks longer than a stratum": (choice("permuted_blocks", multipliers=[8]), setting(open_label=False), {"blocks_unfilled"}),
    "blocks as long as a stratum": (choice("permuted_blocks", multipliers=[8]), setting(64, open_label=False), set()),
    "big stick 3": (choice("big_stick", bound=3), setting(), set()),
    "big stick 2": (choice("big_stick", bound=2), setting(), set()),
    "big stick 1": (choice("big_stick", bound=1), setting(), {"easy_to_guess"}),
    "big stick 1, masked": (choice("big_stick", bound=1), setting(open_label=False), set()),
    "big stick 30": (choice("big_stick", bound=30), setting(), {"too_loose"}),
    "block urn 3": (choice("block_urn", lambda_=3), setting(), set()),
    "block urn 3 of three": (choice("block_urn", THREE, lambda_=3), setting(), set()),
    "block urn 3 at 2:1": (choice("block_urn", WIDE, lambda_=3), setting(), set()),
    "block urn 1": (choice("block_urn", lambda_=1), setting(), {"easy_to_guess"}),
    "simple, 60": (choice("simple"), setting(), {"simple_in_small_trial"}),
    "simple 2:1, 60": (choice("simple", WIDE), setting(), {"simple_in_small_trial"}),
    "simple, 100": (choice("simple"), setting(100), {"simple_in_small_trial"}),
    "simple, 200": (choice("simple"), setting(200), set()),
    "efron": (choice("efron", p="2/3"), setting(), {"no_bound"}),
    "efron, strong": (choice("efron", p="9/10"), setting(), {"no_bound", "easy_to_guess"}),
    "urn, small strata": (choice("urn", a=0, b=1), setting(), set()),
    "urn, large stratum": (choice("urn", a=0, b=1), setting(400), {"urn_drifts"}),
    "urn, large stratum of six arms": (choice("urn", {f"A{n}": 1 for n in range(6)}, a=0, b=1), setting(400), {"urn_drifts"}),
    "maximal over strata": (choice("maximal", bound=3, length=60), setting(), {"length_unknown"}),
    "maximal of the whole trial": (choice("maximal", bound=3, length=60), setting(60, (), sites=ONE), set()),
    "maximal of another length": (choice("maximal", bound=3, length=50), setting(60, (), sites=ONE), {"length_unknown"}),
    "too many strata": (choice("block_urn", lambda_=2), setting(100, MANY, open_label=False), {"too_many_strata"}),
    "as many, more people": (choice("block_urn", lambda_=2), setting(1000, MANY, open_label=False), set()),
    "efron in too many strata": (choice("efron", p="3/4"), setting(100, MANY, open_label=False), {"too_many_strata", "no_bound"}),
    "minimisation, one factor": (choice("minimisation", p="4/5"), setting(factors=(PAIR,)), {"few_factors", "easy_to_guess"}),
    "minimisation, two factors": (choice("minimisation", p="4/5"), setting(), {"few_factors", "easy_to_guess"}),
    "minimisation, three factors": (choice("minimisation", p="4/5"), setting(factors=(PAIR, SEX, AGE)), {"easy_to_guess"}),
    "minimisation, three factors, gentle": (choice("minimisation", p="13/20"), setting(factors=(PAIR, SEX, AGE)), set()),
    "minimisation, three factors, masked": (choice("minimisation", p="4/5"), setting(factors=(PAIR, SEX, AGE), open_label=False), set()),
    "minimisation of three arms": (choice("minimisation", THREE, rule="rank", q="1/2"), setting(factors=(PAIR, SEX, AGE)), set()),
    "biased coin 2:1": (choice("biased_coin_minimisation", WIDE, p="4/5"), setting(factors=(PAIR, SEX, AGE), open_label=False), {"ratio_not_kept"}),
    "biased coin 1:1": (choice("biased_coin_minimisation", p="13/20"), setting(factors=(PAIR, SEX, AGE)), set()),
    "no site": (choice("big_stick", bound=3), setting(factors=(SEX,)), {"site_left_out"}),
    "no site, one site": (choice("big_stick", bound=3), setting(factors=(SEX,), sites=ONE), set()),
}  # fmt: skip


@pytest.mark.parametrize(("table", "where", "codes"), CHOICES.values(), ids=CHOICES)
def test_a_weak_choice_is_told_and_a_sound_one_is_not(table: dict[str, object], where: Setting, codes: set[str]) -> None:
    told = weaknesses(figures(table, where), where)
    assert {weakness.code for weakness in told} == codes
    assert len(told) == len(codes)
    assert all(weakness.sentence.endswith(".") and weakness.numbers for weakness in told)


def test_the_guesses_of_blocks_stand_beside_the_methods_with_the_same_bound() -> None:
    found = figures(choice("permuted_blocks", multipliers=[3]), ALONE)
    told = {weakness.code: weakness for weakness in weaknesses(found, ALONE)}["blocks_open_label"]
    assert told.numbers == pytest.approx({"blocks": 0.68, "block_urn": 0.6304, "big_stick": 0.581111}, abs=5e-5)
    assert told.sentence == (
        "Whoever recruits in an open-label trial knows the arms given. With permuted blocks of 6 they guess 68\u00a0% of the next arms; "
        "with the same bound it would be 58\u00a0% by big stick and 63\u00a0% by block urn."
    )


def test_blocks_too_large_to_compare_are_told_alone() -> None:
    here = setting(1_001, (), sites=ONE)
    (told,) = weaknesses(figures(choice("permuted_blocks", multipliers=[2, 3]), here), here)
    assert (told.code, set(told.numbers)) == ("blocks_open_label", {"blocks"})
    assert told.sentence.endswith("they guess 69\u00a0% of the next arms.")


def test_random_sizes_stand_beside_the_longest_alone() -> None:
    long = setting(960, (), sites=ONE)
    told = {w.code: w for w in weaknesses(figures(choice("permuted_blocks", multipliers=[2, 3]), long), long)}["random_sizes_no_help"]
    assert told.numbers == pytest.approx({"random": 52 / 75, "longest": 41 / 60}, abs=1e-3)
    assert "blocks of 4 and 6 give 69\u00a0%, blocks of 6 alone 68\u00a0%" in told.sentence


def test_a_biased_coin_leaves_an_unequal_ratio_as_published() -> None:
    """Section 1.9: 9/10, 27/100, 387/500 at p = 0.8 and 2:1."""
    of = figures(choice("biased_coin_minimisation", WIDE, p="4/5"), setting()).scheme
    assert first_steps(of, 0, 3) == pytest.approx([9 / 10, 27 / 100, 387 / 500], abs=1e-12)
    told = {w.code: w for w in weaknesses(figures_of(of, setting()), setting())}["ratio_not_kept"]
    assert told.numbers["target"] == pytest.approx(2 / 3)
    assert "should be 67\u00a0% each time, but is 90\u00a0%, 27\u00a0%, 77\u00a0% and 87\u00a0% for the first four people" in told.sentence


def test_strata_are_told_with_the_drift_of_a_coin() -> None:
    here = setting(100, MANY, open_label=False)
    (told,) = weaknesses(figures(choice("big_stick", bound=3), here), here)
    assert (told.code, told.numbers["strata"], told.numbers["sd_coin"]) == ("too_many_strata", 72, 10)
    assert 20 / 3 < told.numbers["sd"] < 10
    assert told.sentence.startswith("72 strata for 100 people")
    assert "tossing a coin would give 10.0" in told.sentence


def test_a_small_trial_by_coin_is_told_with_its_chance() -> None:
    (told,) = weaknesses(figures(choice("simple"), ALONE), ALONE)
    assert told.numbers == {"chance": pytest.approx(0.056888, abs=5e-7)}
    assert told.sentence == "Simple randomisation of 100 people ends 60:40 or worse with a chance of 6\u00a0%."
    wide = weaknesses(figures(choice("simple", WIDE), ALONE), ALONE)
    assert "an arm a fifth larger or smaller than planned, or worse, with a chance" in wide[0].sentence
