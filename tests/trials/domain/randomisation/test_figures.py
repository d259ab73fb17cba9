"""Predictability and balance at 100 allocations: published figures, closed forms, and a recursion written from the formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import comb, fsum, sqrt

import pytest

from tests.trials.domain.randomisation.acceptance import THREE, blocks, scheme
from trials.domain.randomisation import Properties, Scheme

F = Fraction
EXACT = 1e-9

First = Callable[[int, int], float]
"""Probability of the first of two arms, given how many there are of each."""


def recursion(first: First, n: int) -> Properties:
    """The figures from the probability of every (difference, greatest difference) after each step."""
    now = {(0, 0): 1.0}
    guesses, forced, balanced = [], [], []
    for i in range(n):
        then: dict[tuple[int, int], float] = defaultdict(float)
        for (lead, farthest), share in now.items():
            p = first((i + lead) // 2, (i - lead) // 2)
            guesses.append(share * max(p, 1 - p))
            forced.append(share * (p in (0, 1)))
            for step, chance in ((1, p), (-1, 1 - p)):
                if chance:
                    then[lead + step, max(farthest, abs(lead + step))] += share * chance
        now = then
        balanced += [share for (lead, _), share in now.items() if lead == 0]
    return Properties(
        fsum(guesses) / n,
        fsum(forced) / n,
        fsum(balanced) / n,
        sqrt(fsum(share * lead**2 for (lead, _), share in now.items())),
        fsum(share * farthest for (_, farthest), share in now.items()),
    )


def urn_of(a: float, b: float) -> First:
    return lambda one, other: (a + b * other) / (2 * a + b * (one + other)) if a or one + other else 0.5


def block_of(size: int) -> First:
    def first(one: int, other: int) -> float:
        rounds = (one + other) // size
        return (size // 2 * (rounds + 1) - one) / (size * (rounds + 1) - one - other)

    return first


def block_urn_of(rounds: int) -> First:
    return lambda one, other: (rounds + min(one, other) - one) / (2 * (rounds + min(one, other)) - one - other)


def big_stick_of(bound: int) -> First:
    return lambda one, other: 0.5 if abs(one - other) < bound else float(one < other)


def efron_of(p: float) -> First:
    return lambda one, other: 0.5 if one == other else p if one < other else 1 - p


def maximal_of(bound: int, length: int) -> First:
    """Completions counted backwards from the end."""
    ways = {(length, 0): 1}
    for place in range(length - 1, -1, -1):
        for lead in range(-bound, bound + 1):
            ways[place, lead] = ways.get((place + 1, lead + 1), 0) + ways.get((place + 1, lead - 1), 0)
    return lambda one, other: float(F(ways.get((one + other + 1, one - other + 1), 0), ways[one + other, one - other]))


HUNDRED: list[tuple[Scheme, First, tuple[float | None, ...]]] = [
    (scheme("simple"), lambda one, other: 0.5, (0.500000, 0, 0.0704, 10.000, 12.054)),
    (blocks(2), block_of(4), (0.708333, 0.3333, 0.4167, 0, 2.000)),
    (blocks(3), block_of(6), (0.680000, 0.2410, 0.3640, 1.265, 2.833)),
    (scheme("efron", p="2/3"), efron_of(2 / 3), (0.623333, 0, 0.2550, 2.108, 5.163)),
    (scheme("big_stick", bound=2), big_stick_of(2), (0.622500, 0.2450, 0.2500, 1.414, 2)),
    (scheme("big_stick", bound=3), big_stick_of(3), (0.581111, 0.1622, 0.1689, 1.633, 3)),
    (scheme("big_stick", bound=4), big_stick_of(4), (0.558750, 0.1175, 0.1300, 6**0.5, 4)),
    (scheme("urn", a=0, b=1), urn_of(0, 1), (0.543438, 0.01, 0.1239, 5.774, 8.457)),
    (scheme("urn", a=1, b=1), urn_of(1, 1), (0.538896, 0, 0.1152, 5.831, 8.546)),
    (scheme("urn", a="5/2", b="1/3"), urn_of(5 / 2, 1 / 3), (None,) * 5),
    (scheme("block_urn", lambda_=2), block_urn_of(2), (0.6650, 0.1633, None, None, None)),
    (scheme("block_urn", lambda_=3), block_urn_of(3), (0.6304, 0.0574, None, None, None)),
    (scheme("block_urn", lambda_=4), block_urn_of(4), (0.6104, 0.0201, None, None, None)),
    (scheme("block_urn", lambda_=5), block_urn_of(5), (0.5970, 0.0072, None, None, None)),
    (scheme("maximal", bound=3, length=100), maximal_of(3, 100), (None, None, None, 0, None)),
]


@pytest.mark.unmeasured
@pytest.mark.parametrize(("of", "first", "published"), HUNDRED, ids=lambda part: str(part)[:40] if isinstance(part, Scheme) else "")
def test_a_hundred_allocations(of, first, published):
    found, right = of.properties(100), recursion(first, 100)
    for name, figure in zip(Properties.__dataclass_fields__, published, strict=True):
        assert getattr(found, name) == pytest.approx(getattr(right, name), abs=EXACT), name
        printed = 5e-5 if name in ("correct_guesses", "forced", "balanced") else 5e-4
        assert figure is None or getattr(found, name) == pytest.approx(figure, abs=printed), name


@pytest.mark.parametrize("size", [2, 4, 6, 8, 10, 12])
def test_a_block_of_two_equal_arms_has_closed_forms(size):
    half, found = size // 2, blocks(size // 2).properties(size)
    every = [[1 if place in first else -1 for place in range(size)] for first in combinations(range(size), half)]
    walks = [[abs(sum(steps[: i + 1])) for i in range(size)] for steps in every]
    assert found.correct_guesses == pytest.approx(1 / 2 + 2 ** (size - 1) / (size * comb(size, half)) - 1 / (2 * size), abs=EXACT)
    assert found.forced == pytest.approx(1 / (half + 1), abs=EXACT)
    level = [comb(i, i // 2) * comb(size - i, (size - i) // 2) / comb(size, half) for i in range(2, size + 1, 2)]
    assert found.balanced == pytest.approx(sum(level) / size, abs=EXACT)
    assert found.sd_imbalance == pytest.approx(0, abs=EXACT)
    assert found.max_imbalance == pytest.approx(sum(map(max, walks)) / len(walks), abs=EXACT)


@pytest.mark.parametrize(("size", "strata", "deviation"), [(4, 8, 2.58), (4, 24, 4.47), (6, 24, 5.29), (4, 60, 7.07)])
def test_strata_stopped_inside_a_block_add_up_to_an_imbalance(size, strata, deviation):
    """S (b + 1) / 6, by the mean of E D^2 over a random stop in each block; E D^2 = m (b - m) / (b - 1) after m of b."""
    found = [0.0] + [blocks(size // 2).properties(m).sd_imbalance ** 2 for m in range(1, size)]
    assert found == pytest.approx([m * (size - m) / (size - 1) for m in range(size)], abs=EXACT)
    assert sum(found) / size == pytest.approx((size + 1) / 6, abs=EXACT)
    assert sqrt(strata * sum(found) / size) == pytest.approx(deviation, abs=5e-3)


@pytest.mark.parametrize(("size", "place", "other"), [(4, 1, 2), (4, 0, 3), (6, 2, 5), (8, 0, 1)])
def test_two_places_of_a_block_correlate_by_one_over_its_size_less_one(size, place, other):
    of, product = blocks(size // 2), F(0)
    for first in combinations(range(size), size // 2):
        steps, share = [1 if i in first else -1 for i in range(size)], F(1)
        for i, step in enumerate(steps):
            share *= of.probabilities([("A" if s == 1 else "B", {}) for s in steps[:i]], {})["A" if step == 1 else "B"]
        product += share * steps[place] * steps[other]
    assert product == F(-1, size - 1)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("multipliers", "long_run"),
    [((1, 2), "13/18"), ((2, 3), "52/75"), ((1, 2, 3), "253/360"), ((2, 3, 4), "515/756"), ((2, 4), None)],
)
def test_random_sizes_are_guessed_as_often_as_their_blocks_together(multipliers, long_run):
    """Expected right guesses a block over expected length, from the blocks alone and from 2,000 allocations of the mixture."""
    right = sum(blocks(m).properties(2 * m).correct_guesses * 2 * m for m in multipliers) / sum(2 * m for m in multipliers)
    assert right == pytest.approx(0.6802 if long_run is None else float(F(long_run)), abs=5e-5 if long_run is None else EXACT)
    of = scheme("permuted_blocks", multipliers=list(multipliers))
    late = of.properties(640).correct_guesses * 640 - of.properties(400).correct_guesses * 400
    assert late / 240 == pytest.approx(right, abs=EXACT)


@pytest.mark.parametrize(
    ("multipliers", "guesses", "forced"),
    [((1, 2), 0.7191, 0.1049), ((2, 3), 0.6864, 0.0578), ((1, 2, 3), 0.6976, 0.0377), ((2, 3, 4), 0.6730, 0.0238)],
)
def test_random_sizes_hide_what_is_forced_but_not_what_is_likely(multipliers, guesses, forced):
    found = scheme("permuted_blocks", multipliers=list(multipliers)).properties(24)
    assert (found.correct_guesses, found.forced) == (pytest.approx(guesses, abs=5e-5), pytest.approx(forced, abs=5e-5))


def after(of: Scheme, n: int) -> dict[tuple[int, ...], Fraction]:
    """How likely each count of arms is after n allocations, from the law alone."""
    now = {(0,) * len(of.arms): F(1)}
    for _ in range(n):
        then: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
        for counts, share in now.items():
            for arm, p in enumerate(of.law(counts)):
                if p:
                    then[tuple(count + (k == arm) for k, count in enumerate(counts))] += share * p
        now = then
    return now


@pytest.mark.parametrize(
    ("n", "level", "lopsided"), [(10, 0.246094, None), (20, 0.176197, 0.503445), (50, 0.112275, 0.202639), (100, 0.079589, 0.056888), (200, 0.056348, 0.005685)]
)  # fmt: skip
def test_a_coin_ends_level_or_lopsided_as_often_as_published(n, level, lopsided):
    found = after(scheme("simple"), n)
    assert sum(found.values()) == 1
    assert found[n // 2, n // 2] == F(comb(n, n // 2), 2**n)
    assert float(found[n // 2, n // 2]) == pytest.approx(level, abs=5e-7)
    if n <= 50:
        figures = scheme("simple").properties
        last = figures(n).balanced * n - figures(n - 1).balanced * (n - 1)
        assert last == pytest.approx(comb(n, n // 2) / 2**n, abs=EXACT)
        assert figures(n).sd_imbalance == pytest.approx(sqrt(n), abs=EXACT)
    if lopsided is not None:
        assert float(sum(p for (one, _), p in found.items() if max(one, n - one) * 10 >= 6 * n)) == pytest.approx(lopsided, abs=5e-7)


def test_a_die_of_three_ends_level():
    assert after(scheme("simple", THREE), 12)[4, 4, 4] == F(3850, 59049)
    assert scheme("simple", THREE).properties(12).correct_guesses == pytest.approx(1 / 3, abs=EXACT)
    assert scheme("simple", {"A": 2, "B": 1}).properties(12).correct_guesses == pytest.approx(2 / 3, abs=EXACT)


@pytest.mark.parametrize(("p", "exact"), [("2/3", 1e-3), ("4/5", 1e-8), ("9/10", EXACT)])
def test_a_biased_coin_in_the_long_run(p, exact):
    """With r = p / (1 - p): level on even places 1 - 1/r, one apart on odd ones (r^2 - 1) / r^2, guesses 1/2 + (r - 1) / (4 r)."""
    of, r, n = scheme("efron", p=p), float(F(p) / (1 - F(p))), 100
    early, late = of.properties(n - 2), of.properties(n)
    assert (late.correct_guesses * n - early.correct_guesses * (n - 2)) / 2 == pytest.approx(1 / 2 + (r - 1) / (4 * r), abs=exact)
    assert late.balanced * n - early.balanced * (n - 2) == pytest.approx(1 - 1 / r, abs=exact)
    odd = after(of, 121)
    assert float(odd[61, 60] + odd[60, 61]) == pytest.approx((r**2 - 1) / r**2, abs=exact)


@pytest.mark.parametrize("bound", [1, 2, 3, 5])
def test_big_stick_in_the_long_run(bound):
    of, n = scheme("big_stick", bound=bound), 600
    early, late = of.properties(n - 2), of.properties(n)
    grown = [(getattr(late, name) * n - getattr(early, name) * (n - 2)) / 2 for name in ("correct_guesses", "forced", "balanced")]
    assert grown == pytest.approx([1 / 2 + 1 / (4 * bound), 1 / (2 * bound), 1 / (2 * bound)], abs=EXACT)


@pytest.mark.parametrize("n", [2, 4, 10, 40, 100])
def test_big_stick_of_two_has_a_closed_form(n):
    assert scheme("big_stick", bound=2).properties(n).correct_guesses == pytest.approx(5 / 8 - 1 / (4 * n), abs=EXACT)


@pytest.mark.parametrize(
    ("bound", "length", "count"),
    [(1, 6, 8), (1, 20, 1024), (2, 4, 6), (2, 6, 18), (2, 8, 54), (2, 10, 162), (3, 8, 68), (3, 10, 232), (3, 12, 792), (3, 20, 107616)],
)
def test_maximal_sequences_are_as_many_as_counted(bound, length, count):
    of, share = scheme("maximal", bound=bound, length=length), F(1)
    for place in range(length):
        share *= of.law(((place + 1) // 2, place // 2))[place % 2]
    assert 1 / share == count


@pytest.mark.parametrize(("n", "share"), [(2, "2/3"), (4, "16/27"), (6, "136/243"), (10, "10432/19683")])
def test_efron_is_level_as_often_as_computed(n, share):
    assert after(scheme("efron", p="2/3"), n)[n // 2, n // 2] == F(share)


@pytest.mark.parametrize(("n", "share"), [(3, "4/9"), (5, "34/81")])
def test_efron_leads_by_one_as_often_as_computed(n, share):
    found = after(scheme("efron", p="2/3"), n)
    assert found[n // 2 + 1, n // 2] == found[n // 2, n // 2 + 1] == F(share)


def test_expected_right_guesses_of_efron():
    expected = ["1/2", "7/6", "31/18", "43/18", "479/162", "587/162"]
    found = [scheme("efron", p="2/3").properties(n).correct_guesses * n for n in range(1, 7)]
    assert found == pytest.approx([float(F(e)) for e in expected], abs=EXACT)


@pytest.mark.parametrize(("length", "bound", "guesses"), [(10, 2, "41/60"), (8, 3, "91/136"), (12, 3, "1555/2376")])
def test_the_maximal_procedure_is_guessed_as_often_as_published(length, bound, guesses):
    found = scheme("maximal", bound=bound, length=length).properties(length)
    assert (found.correct_guesses, found.sd_imbalance) == (pytest.approx(float(F(guesses)), abs=EXACT), 0)


@pytest.mark.parametrize(("a", "variance"), [(0, lambda n: n / 3), (1, lambda n: (n + 2) / 3)])
@pytest.mark.parametrize("n", [3, 10, 41])
def test_the_variance_of_an_urn_is_that_of_wei(a, variance, n):
    assert scheme("urn", a=a, b=1).properties(n).sd_imbalance == pytest.approx(variance(n) ** 0.5, abs=EXACT)


@pytest.mark.parametrize("counts", [(0, 0, 0), (1, 0, 0), (3, 1, 2), (0, 5, 1)])
def test_an_urn_of_several_arms_adds_a_ball_of_every_other(counts):
    n = sum(counts)
    expected = tuple(F(1 + n - own, 3 + 2 * n) for own in counts)
    assert scheme("urn", THREE, a=1, b=1).law(counts) == expected


def test_other_arms_and_ratios_have_no_imbalance_of_two():
    for of in (
        scheme("simple", THREE),
        blocks(1, {"A": 2, "B": 1}),
        scheme("block_urn", {"A": 2, "B": 1}, lambda_=2),
        scheme("urn", THREE, a=1, b=1),
    ):
        found = of.properties(10)
        assert (found.balanced, found.sd_imbalance, found.max_imbalance) == (None, None, None)
        assert found.correct_guesses > 1 / len(of.arms) - EXACT
