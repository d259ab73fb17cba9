"""Law and figures of every method against its definition, carried out literally on every short history."""

from __future__ import annotations

from dataclasses import astuple
from fractions import Fraction
from itertools import product

import pytest

from tests.trials.domain.randomisation import textbook
from tests.trials.domain.randomisation.textbook import Oracle
from trials.domain.randomisation import Scheme, scheme_from

F = Fraction


def scheme(method: str, ratio: tuple[int, ...], **keys: object) -> Scheme:
    arms = {f"T{arm}": share for arm, share in enumerate(ratio)}
    return scheme_from({"method": method, "arms": arms, **{key.rstrip("_"): value for key, value in keys.items()}})


CASES: list[tuple[Scheme, Oracle, int]] = [
    (scheme("simple", (1, 1)), textbook.simple(1, 1), 8),
    (scheme("simple", (2, 1)), textbook.simple(2, 1), 8),
    (scheme("simple", (1, 1, 1)), textbook.simple(1, 1, 1), 6),
    (scheme("simple", (3, 2, 1)), textbook.simple(3, 2, 1), 6),
    (scheme("permuted_blocks", (1, 1), multipliers=[1]), textbook.permuted_blocks(1, 1), 8),
    (scheme("permuted_blocks", (1, 1), multipliers=[2]), textbook.permuted_blocks(2, 2), 9),
    (scheme("permuted_blocks", (1, 1), multipliers=[3]), textbook.permuted_blocks(3, 3), 9),
    (scheme("permuted_blocks", (2, 1), multipliers=[1]), textbook.permuted_blocks(2, 1), 8),
    (scheme("permuted_blocks", (2, 1), multipliers=[2]), textbook.permuted_blocks(4, 2), 8),
    (scheme("permuted_blocks", (2, 2), multipliers=[1]), textbook.permuted_blocks(2, 2), 7),
    (scheme("permuted_blocks", (2, 2), multipliers=[2]), textbook.permuted_blocks(4, 4), 9),
    (scheme("permuted_blocks", (1, 1, 1), multipliers=[1]), textbook.permuted_blocks(1, 1, 1), 7),
    (scheme("permuted_blocks", (1, 1, 1), multipliers=[2]), textbook.permuted_blocks(2, 2, 2), 7),
    (scheme("permuted_blocks", (2, 1, 1), multipliers=[1]), textbook.permuted_blocks(2, 1, 1), 7),
    (scheme("big_stick", (1, 1), bound=1), textbook.big_stick(1), 8),
    (scheme("big_stick", (1, 1), bound=2), textbook.big_stick(2), 9),
    (scheme("big_stick", (3, 3), bound=3), textbook.big_stick(3), 9),
    (scheme("block_urn", (1, 1), lambda_=2), textbook.block_urn(2, 1, 1), 9),
    (scheme("block_urn", (1, 1), lambda_=3), textbook.block_urn(3, 1, 1), 9),
    (scheme("block_urn", (2, 1), lambda_=2), textbook.block_urn(2, 2, 1), 8),
    (scheme("block_urn", (1, 1, 1), lambda_=2), textbook.block_urn(2, 1, 1, 1), 7),
    (scheme("block_urn", (3, 2, 1), lambda_=1), textbook.block_urn(1, 3, 2, 1), 7),
    (scheme("efron", (1, 1), p="2/3"), textbook.efron(F(2, 3)), 9),
    (scheme("efron", (1, 1), p="0.8"), textbook.efron(F(4, 5)), 9),
    (scheme("urn", (1, 1), a=0, b=1), textbook.urn(2, 0, 1), 8),
    (scheme("urn", (1, 1), a=1, b=1), textbook.urn(2, 1, 1), 8),
    (scheme("urn", (1, 1), a=3, b="1/2"), textbook.urn(2, 3, F(1, 2)), 8),
    (scheme("urn", (1, 1), a="1/2", b="2/3"), textbook.urn(2, F(1, 2), F(2, 3)), 8),
    (scheme("urn", (1, 1), a="1/2", b=1), textbook.urn(2, F(1, 2), 1), 8),
    (scheme("urn", (1, 1, 1), a=0, b=1), textbook.urn(3, 0, 1), 6),
    (scheme("urn", (2, 2, 2), a="1/2", b=2), textbook.urn(3, F(1, 2), 2), 6),
    (scheme("maximal", (1, 1), bound=1, length=4), textbook.maximal(1, 4), 9),
    (scheme("maximal", (1, 1), bound=2, length=6), textbook.maximal(2, 6), 9),
    (scheme("maximal", (1, 1), bound=3, length=8), textbook.maximal(3, 8), 10),
]
NAMES = [f"{type(of).__name__}-{of.ratio}-{i}" for i, (of, _, _) in enumerate(CASES)]


@pytest.mark.unmeasured
@pytest.mark.parametrize(("of", "oracle", "n"), CASES, ids=NAMES)
def test_the_law_is_the_definition_carried_out(of, oracle, n):
    for length in range(min(n, 7)):
        for given in product(range(len(of.arms)), repeat=length):
            history = [(of.arms[arm], {}) for arm in given]
            if (right := oracle(given)) is None:
                with pytest.raises(ValueError, match="which cannot come there|too many of one arm"):
                    of.probabilities(history, {})
            else:
                assert of.probabilities(history, {}) == dict(zip(of.arms, right, strict=True))


@pytest.mark.unmeasured
@pytest.mark.parametrize(("of", "oracle", "n"), CASES, ids=NAMES)
def test_the_figures_are_those_of_every_sequence_listed(of, oracle, n):
    for length in (1, n - 1, n):
        assert astuple(of.properties(length)) == tuple(
            figure if figure is None else pytest.approx(figure, abs=1e-12)
            for figure in textbook.figures(oracle, len(of.arms), length, two_equal=of.ratio[0] == of.ratio[-1] and len(of.arms) == 2)
        )


def blocks_of_random_sizes(multipliers: tuple[int, ...], arms: int, n: int) -> tuple[float | None, ...]:
    """CG and DA of an onlooker who knows the sizes but no boundary, EB, SD and E max, from every run of blocks written down."""
    runs: dict[tuple[int, ...], Fraction] = {(): F(1)}
    while any(len(run) < n for run in runs):
        longer: dict[tuple[int, ...], Fraction] = {}
        for run, share in runs.items():
            if len(run) >= n:
                longer[run] = longer.get(run, F(0)) + share
                continue
            for m in multipliers:
                every = list(textbook.sequences(textbook.permuted_blocks(*[m] * arms), m * arms))
                for block, chance in every:
                    longer[run + block] = longer.get(run + block, F(0)) + share * chance / len(multipliers)
        runs = longer
    guesses = forced = F(0)
    for i in range(n):
        seen: dict[tuple[int, ...], list[Fraction]] = {}
        for run, share in runs.items():
            seen.setdefault(run[:i], [F(0)] * arms)[run[i]] += share
        for given, shares in seen.items():
            counts = [given.count(arm) for arm in range(arms)]
            fewest = [arm for arm in range(arms) if counts[arm] == min(counts)]
            guesses += sum(shares[arm] for arm in fewest) / len(fewest)
            forced += sum(shares) if max(shares) == sum(shares) else 0
    if arms != 2:
        return float(guesses / n), float(forced / n), None, None, None
    balanced = spread = farthest = F(0)
    for run, share in runs.items():
        leads = [run[:i].count(0) - run[:i].count(1) for i in range(1, n + 1)]
        balanced += share * leads.count(0)
        spread += share * leads[-1] ** 2
        farthest += share * max(map(abs, leads))
    return float(guesses / n), float(forced / n), float(balanced / n), float(spread) ** 0.5, float(farthest)


@pytest.mark.parametrize(
    ("multipliers", "arms", "n"), [((1, 2), 2, 8), ((2, 1), 2, 7), ((1, 3), 2, 8), ((2, 3), 2, 8), ((1, 2, 3), 2, 7), ((1, 2), 3, 6)]
)
def test_random_sizes_are_seen_through_as_far_as_an_onlooker_can(multipliers, arms, n):
    for length in (1, n - 1, n):
        found = astuple(scheme("permuted_blocks", (1,) * arms, multipliers=list(multipliers)).properties(length))
        expected = blocks_of_random_sizes(multipliers, arms, length)
        assert found == tuple(None if figure is None else pytest.approx(figure, abs=1e-12) for figure in expected)


PEOPLE = [("M", "Y"), ("F", "O"), ("M", "O"), ("F", "Y"), ("M", "Y"), ("M", "O")]
FACTORS = {"sex": ["M", "F"], "age": ["Y", "O"]}


def chances(rule: str, p: Fraction, arms: int) -> list[Fraction]:
    if rule == "best":
        return [p] + [(1 - p) / (arms - 1)] * (arms - 1)
    return [p - 2 * (arms * p - 1) * place / (arms * (arms + 1)) for place in range(1, arms + 1)]


@pytest.mark.parametrize("imbalance", list(textbook.MEASURES))
@pytest.mark.parametrize("weights", [(1, 1), (2, 1), (1, 3)])
@pytest.mark.parametrize(("arms", "n", "rule", "p"), [(2, 5, "best", F(4, 5)), (3, 4, "best", F(2, 3)), (3, 4, "rank", F(1, 2))])
def test_minimisation_is_the_definition_carried_out(imbalance, weights, arms, n, rule, p):
    keys: dict[str, object] = {"p": str(p)} if rule == "best" else {"rule": "rank", "q": str(p)}
    of = scheme("minimisation", (1,) * arms, factors=FACTORS, weights=dict(zip(FACTORS, weights, strict=True)), imbalance=imbalance, **keys)
    for length in range(n):
        newcomer, before = PEOPLE[length], PEOPLE[:length]
        for given in product(range(arms), repeat=length):
            scores = textbook.imbalances(given, before, newcomer, imbalance, weights, (1,) * arms)
            history = [(of.arms[arm], dict(zip(FACTORS, person, strict=True))) for arm, person in zip(given, before, strict=True)]
            law = of.probabilities(history, dict(zip(FACTORS, newcomer, strict=True)))
            assert tuple(law.values()) == textbook.ranked_at_random(scores, chances(rule, p, arms))


def biased_coin(scores: tuple[Fraction, ...], ratio: tuple[int, ...], high: Fraction) -> tuple[Fraction, ...]:
    """Han 2009: of the arms that tie for best one is preferred, drawn in their ratio; the preferred arm's chance grows with its share."""
    whole, lowest = sum(ratio), min(ratio)
    best = [arm for arm, score in enumerate(scores) if score == min(scores)]
    law = [F(0)] * len(ratio)
    for preferred in best:
        weight = F(ratio[preferred], sum(ratio[arm] for arm in best))
        p = 1 - (1 - high) * F(whole - ratio[preferred], whole - lowest)
        for arm, share in enumerate(ratio):
            law[arm] += weight * (p if arm == preferred else (1 - p) * F(share, whole - ratio[preferred]))
    return tuple(law)


@pytest.mark.parametrize(("ratio", "n"), [((1, 1), 5), ((2, 1), 5), ((1, 1, 1), 4), ((3, 2, 1), 4), ((1, 2, 2), 4)])
@pytest.mark.parametrize("imbalance", list(textbook.MEASURES))
@pytest.mark.parametrize("total", [0, 2])
def test_biased_coin_minimisation_is_the_definition_carried_out(ratio, n, imbalance, total):
    of = scheme("biased_coin_minimisation", ratio, factors=FACTORS, imbalance=imbalance, p="4/5", treatment_total=total)
    weights = (1, 1, total)
    for length in range(n):
        before, newcomer = [(*person, "all") for person in PEOPLE[:length]], (*PEOPLE[length], "all")
        for given in product(range(len(ratio)), repeat=length):
            scores = textbook.imbalances(given, before, newcomer, imbalance, weights, ratio)
            history = [(of.arms[arm], dict(zip(FACTORS, person, strict=False))) for arm, person in zip(given, before, strict=True)]
            law = of.probabilities(history, dict(zip(FACTORS, newcomer, strict=False)))
            assert tuple(law.values()) == biased_coin(scores, ratio, F(4, 5))
