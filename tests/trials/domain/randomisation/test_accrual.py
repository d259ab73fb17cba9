"""A simulated trial, person by person, against going through the same chance by the law of the next arm alone; and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import fsum

import pytest

from tests.trials.domain.randomisation.test_counting import THREE, TWO, WIDE, scheme
from trials.domain.randomisation import NotExact, Scheme
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.accrual import Accrual, Spread, simulate
from trials.domain.randomisation.design.setting import Setting, Split
from trials.domain.randomisation.drbg import Drbg

SITES = Split("site", (("LIM", Fraction(3, 5)), ("DUB", Fraction(2, 5))))
SEX = Split("sex", (("F", Fraction(1, 2)), ("M", Fraction(1, 3)), ("X", Fraction(1, 6))))
ALONE = Split("site", (("LIM", Fraction(1)),))
PLACE = Setting(40, SITES, (SITES, SEX), "site")
FACTORS = PLACE.levels()
SEED = bytes(range(48))


def words(label: str) -> Iterator[int]:
    drbg = Drbg.instantiate(SEED, personalisation=label.encode())
    while True:
        raw = drbg.generate(1 << 14)
        yield from (int.from_bytes(raw[at : at + 4], "big") for at in range(0, len(raw), 4))


def picked(shares: Sequence[tuple[str, Fraction]], word: int) -> str:
    reached = Fraction(0)
    for thing, share in shares:
        reached += share
        if word < int(reached * 2**32):
            return thing
    raise AssertionError


def spread(found: list[float]) -> Spread:
    ranked = sorted(found)
    return Spread(ranked[len(ranked) // 2], ranked[-max(1, -(-len(ranked) // 10))], ranked[-1])


def gone_through(of: Scheme, setting: Setting, runs: int, ratio: dict[str, int]) -> Accrual:
    """Every person asks the law with the whole history: that of the stratum, or of everybody where a method minimises."""
    coming, giving = words("uplift-accrual-1|people"), words("uplift-accrual-1|arms")
    guesses, apart = [], [[], [], []]
    for _ in range(runs):
        histories = defaultdict(list)
        right = Fraction(0)
        held = [defaultdict(lambda: dict.fromkeys(of.arms, 0)) for _ in range(3)]
        for _ in range(setting.people):
            site = picked(setting.sites.shares, next(coming))
            levels = {s.name: site if s.name == setting.site_factor else picked(s.shares, next(coming)) for s in setting.factors}
            stratum = tuple(levels.values())
            history = histories[() if of.across_strata else stratum]
            law = of.probabilities(history, levels)
            arm = picked([*law.items()], next(giving))
            history.append((arm, levels))
            right += max(law.values())
            for counts, key in zip(held, ("all", site, stratum), strict=True):
                counts[key][arm] += 1
        guesses.append(float(right) / setting.people)
        for found, counts in zip(apart, held, strict=True):
            shares = [[count / ratio[arm] for arm, count in by_arm.items()] for by_arm in counts.values()]
            found.append(max(max(each) - min(each) for each in shares))
    return Accrual(runs, pytest.approx(fsum(guesses) / runs, abs=1e-9), *map(spread, apart))


@pytest.mark.parametrize(
    ("of", "ratio"),
    [
        (scheme("big_stick", bound=2), TWO),
        (scheme("block_urn", THREE, lambda_=2), THREE),
        (scheme("block_urn", {"A": 4, "B": 2}, lambda_=1), WIDE),
        (scheme("permuted_blocks", WIDE, multipliers=[2]), WIDE),
        (scheme("urn", a=1, b=2), TWO),
        (scheme("minimisation", factors=FACTORS, p="4/5"), TWO),
        (scheme("minimisation", THREE, factors=FACTORS, p="4/5", imbalance="variance", treatment_total=True), THREE),
        (scheme("minimisation", THREE, factors=FACTORS, p="3/5", imbalance="marginal_balance", weights={"site": 3, "sex": 1}), THREE),
        (scheme("minimisation", factors=FACTORS, p="4/5", imbalance="marginal_balance", treatment_total=True), TWO),
        (scheme("biased_coin_minimisation", WIDE, factors=FACTORS, p="4/5", treatment_total=True), WIDE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Scheme) else "",
)  # fmt: skip
def test_a_simulated_trial_is_the_law_gone_through(of: Scheme, ratio: dict[str, int]) -> None:
    assert simulate(of, PLACE, runs=4) == gone_through(of, PLACE, 4, ratio)


def test_a_stratum_opens_with_a_block_of_either_size_alike() -> None:
    blocks = scheme("permuted_blocks", multipliers=[1, 3])
    streams = accrual._allocator(blocks, iter([2**31 - 1, 0, 2**31, 0, 2**31, 2**32 - 1]))
    streams.begin()
    assert [streams.next((name,)) for name in ("one", "other", "third")] == [(0.5, 0), (0.5, 0), (0.5, 1)]
    assert streams._states == {("one",): (1, (1, 0)), ("other",): (3, (1, 0)), ("third",): (3, (0, 1))}


def test_a_person_costs_two_and_a_state_not_met_before_more() -> None:
    for arms, first in ((TWO, 10), (THREE, 14)):
        streams = accrual._allocator(scheme("block_urn", arms, lambda_=1), words("any"))
        streams.begin()
        spent = [streams.work]
        for stratum in ("a", "b", "a"):
            streams.next((stratum,))
            spent.append(streams.work)
        assert spent == [0, first, first + 2, 2 * first + 2]
        streams.begin()
        streams.next(("a",))
        assert streams.work == 2 * first + 4


def test_a_person_costs_four_by_cells_and_cells_not_met_before_more() -> None:
    for arms, first in ((TWO, 34), (THREE, 49)):
        cells = accrual._allocator(scheme("minimisation", arms, factors=FACTORS, p="4/5"), words("any"))
        spent = [cells.work]
        for _ in range(2):
            cells.begin()
            cells.next(("LIM", "F"))
            spent.append(cells.work)
        assert spent == [0, first, first + 4]


def test_no_trial_is_begun_that_would_cost_more_than_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    fifty, of = Setting(50, ALONE), scheme("big_stick", bound=1)
    for most, runs in ((2_023, 19), (2_024, 20), (2_123, 20), (2_124, 21)):  # 8 for each of three states, then 100 a trial
        monkeypatch.setattr(accrual, "MOST_WORK", most)
        assert simulate(of, fifty).runs == runs
    assert simulate(of, fifty, runs=12).runs == 12
    monkeypatch.setattr(accrual, "MOST_RUNS", 11)
    assert simulate(of, fifty).runs == 11
    assert simulate(of, fifty, runs=12).runs == 11


def test_ten_trials_are_the_least_unless_fewer_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    many, of = Setting(1_000, ALONE), scheme("big_stick", bound=1)
    monkeypatch.setattr(accrual, "MOST_WORK", 20_024)
    assert simulate(of, many).runs == 10
    assert simulate(of, many, runs=3).runs == 3
    monkeypatch.setattr(accrual, "MOST_WORK", 20_023)
    with pytest.raises(NotExact, match=r"^trials of 1,000 people by this method can't be simulated in reasonable time$"):
        simulate(of, many)
    assert simulate(of, many, runs=9).runs == 9


def test_a_trial_that_comes_to_cost_too_much_is_broken_off_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    of, place, runs = scheme("minimisation", factors=FACTORS, p="4/5"), Setting(20, SITES, (SITES, SEX), "site"), []
    for most in range(3_000, 3_500, 40):
        monkeypatch.setattr(accrual, "MOST_WORK", most)
        found = simulate(of, place)
        assert found == gone_through_as_often(of, place, found.runs)
        runs.append(found.runs)
    assert runs == sorted(runs)
    assert runs[0] < runs[-1]


def gone_through_as_often(of: Scheme, place: Setting, runs: int) -> Accrual:
    """The same number of trials with nothing to break them off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accrual, "MOST_WORK", 10**9)
        return simulate(of, place, runs=runs)


def test_the_words_of_a_label_are_not_those_of_another() -> None:
    assert list(islice(accrual._words(SEED, "uplift-accrual-1|people"), 5_000)) == list(islice(words("uplift-accrual-1|people"), 5_000))
    with pytest.raises(UnicodeEncodeError):
        next(accrual._words(SEED, "é"))


def test_how_far_apart_is_the_largest_difference_by_ratio() -> None:
    assert accrual._apart([4, 1, 6], [2, 1, 2]) == 2
    assert accrual._apart([0, 3], [1, 1]) == 3


def test_where_a_block_ends_either_size_opens_the_next_alike() -> None:
    half = 1 << 31
    for word, opened in ((0, 1), (half - 1, 1), (half, 2), (2 * half - 1, 2)):
        streams = accrual._Streams(scheme("permuted_blocks", multipliers=[1, 2]).chain, iter([0, 0, word]))
        streams.begin()
        assert [streams.next(("F",)) for _ in range(2)] == [(0.5, 0), (1.0, 1)]
        assert streams._states == {("F",): (opened, (0, 0))}


def test_whole_rounds_of_an_unequal_ratio_are_taken_off_by_share() -> None:
    cells = accrual._Cells(scheme("biased_coin_minimisation", WIDE, factors=FACTORS, p="4/5"), iter(()))
    assert [cells._without_rounds(row) for row in ((4, 2), (3, 0), (5, 2), (0, 1))] == [(0, 0), (3, 0), (1, 0), (0, 1)]
