"""Minimisation: Pocock and Simon's example, the tie rules, exact trees, and identities that any right implementation keeps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from trials.domain.randomisation import NotExact, scheme_from
from trials.domain.randomisation.minimisation import Minimising

SEED = bytes(range(32))
TWO = {"A": 1, "B": 1}
THREE = {"1": 1, "2": 1, "3": 1}
SEX_AGE = {"sex": ["M", "F"], "age": ["Y", "O"]}

# Pocock & Simon 1975, section 3.4: counts in arms 1, 2, 3 at each level.
PUBLISHED = {
    "f1": {"L1": (9, 10, 9), "L2": (8, 7, 7)},
    "f2": {"L1": (8, 6, 7), "L2": (9, 11, 9)},
    "f3": {"L1": (8, 8, 8), "L2": (4, 5, 3), "L3": (5, 4, 5)},
}
CELLS = tuple(count for levels in PUBLISHED.values() for counts in levels.values() for count in counts) + (17, 17, 16)
NEWCOMER = {"f1": "L1", "f2": "L2", "f3": "L2"}


def minimising(arms: dict[str, int], factors: dict[str, list[str]], method: str = "minimisation", **keys: object) -> Minimising:
    made = scheme_from({"method": method, "arms": arms, "factors": factors, **keys})
    assert isinstance(made, Minimising)
    return made


def published(**keys: object) -> Minimising:
    return minimising(THREE, {name: list(levels) for name, levels in PUBLISHED.items()}, **{"weights": {"f1": 2}, "p": "2/3", **keys})


@pytest.mark.parametrize(
    ("imbalance", "weights", "expected"),
    [
        ("range", {"f1": 2}, (6, 10, 5)),
        ("range", {}, (5, 8, 4)),
        ("variance", {"f1": 2}, (3, 8, 2)),
        ("variance", {}, (8 / 3, 20 / 3, 5 / 3)),
        ("marginal_balance", {"f1": 2}, (0.289478, 0.468700, 0.212555)),
    ],
)
def test_the_published_example_scores_as_published(imbalance, weights, expected):
    scores = published(imbalance=imbalance, weights=weights).scores(CELLS, NEWCOMER)
    assert [float(score) for score in scores] == pytest.approx(expected, abs=5e-7)


def test_the_published_example_chooses_as_published():
    best, ranked = published(), _ranked("1/2")
    assert best.law(best.scores(CELLS, NEWCOMER)) == (Fraction(1, 6), Fraction(1, 6), Fraction(2, 3))
    assert ranked.law(ranked.scores(CELLS, NEWCOMER)) == (Fraction(1, 3), Fraction(1, 4), Fraction(5, 12))


def _ranked(q: str, arms: dict[str, int] = THREE) -> Minimising:
    return minimising(arms, {name: list(levels) for name, levels in PUBLISHED.items()}, weights={"f1": 2}, rule="rank", q=q)


@pytest.mark.parametrize(
    ("q", "arms", "expected"),
    [
        ("1/2", 3, "5/12 1/3 1/4"),
        ("1/2", 4, "2/5 3/10 1/5 1/10"),
        ("2/3", 3, "1/2 1/3 1/6"),
        ("1", 3, "2/3 1/3 0"),
        ("1/3", 3, "1/3 1/3 1/3"),
    ],
)
def test_ranks_have_the_published_probabilities(q, arms, expected):
    of = _ranked(q, {f"T{k}": 1 for k in range(arms)})
    assert of.law([Fraction(k) for k in range(arms)]) == tuple(Fraction(e) for e in expected.split())


@pytest.mark.parametrize(
    ("ties", "scores", "expected"),
    [
        ("rank", (1, 1, 2), "9/20 9/20 1/10"),
        ("split", (1, 1, 2), "2/5 2/5 1/5"),
        ("rank", (1, 2, 2), "4/5 1/10 1/10"),
        ("split", (1, 2, 2), "4/5 1/10 1/10"),
        ("rank", (2, 2, 2), "1/3 1/3 1/3"),
        ("split", (2, 2, 2), "1/3 1/3 1/3"),
    ],
)
def test_ties_are_broken_as_stated(ties, scores, expected):
    law = published(p="4/5", ties=ties).law([Fraction(score) for score in scores])
    assert law == tuple(Fraction(e) for e in expected.split())


def test_range_is_a_vote_of_the_factors_and_variance_a_sum():
    factors = {name: ["x", "y"] for name in "uvw"}
    cells = (0, 1, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 3, 2)
    newcomer = dict.fromkeys("uvw", "x")
    by_range, by_variance = (minimising(TWO, factors, p="4/5", imbalance=i).scores(cells, newcomer) for i in ("range", "variance"))
    assert by_range == (4, 6)
    assert by_variance == (8, 6)


@pytest.mark.parametrize(("total", "expected"), [(None, Fraction(1, 2)), (True, Fraction(1, 5)), ("1/2", Fraction(1, 5))])
def test_people_who_share_no_level_count_through_the_treatment_total_alone(total, expected):
    of = minimising(TWO, SEX_AGE, p="4/5", **({} if total is None else {"treatment_total": total}))
    assert of.probabilities([("A", {"sex": "F", "age": "O"})], {"sex": "M", "age": "Y"})["A"] == expected


def test_minimisation_takes_one_stream_for_the_whole_trial():
    assert minimising(TWO, SEX_AGE, p="4/5").across_strata
    assert not scheme_from({"method": "simple", "arms": TWO}).across_strata


def test_minimisation_has_no_exact_figures():
    with pytest.raises(NotExact, match="depends on who comes"):
        minimising(TWO, SEX_AGE, p="4/5").properties(10)


def test_a_person_without_levels_is_refused_with_every_factor():
    with pytest.raises(ValueError, match=r"^sex has no level 'X', only M, F; age has no level None, only Y, O$"):
        minimising(TWO, SEX_AGE, p="4/5").probabilities([], {"sex": "X"})


@pytest.mark.parametrize("scores", [(1, 2, 3), (1, 1, 2), (2, 1, 1), (1, 1, 1)])
def test_a_biased_coin_of_equal_arms_is_plain_minimisation(scores):
    fractions = [Fraction(score) for score in scores]
    coin = minimising(THREE, {"all": ["x"]}, method="biased_coin_minimisation", p="4/5")
    assert coin.law(fractions) == minimising(THREE, {"all": ["x"]}, p="4/5").law(fractions)


@pytest.mark.parametrize(
    ("imbalance", "expected"),
    [
        ("range", (Fraction(1), Fraction(1, 2))),
        ("variance", (Fraction(1, 2), Fraction(1, 8))),
        ("marginal_balance", (Fraction(1, 5), Fraction(1, 11))),
    ],
)
def test_an_unequal_ratio_counts_each_arm_over_its_share(imbalance, expected):
    """2:1 with 5 and 2 people: 6/2 against 2/1 where A comes, 5/2 against 3/1 where B comes."""
    of = minimising({"A": 2, "B": 1}, {"all": ["x"]}, "biased_coin_minimisation", p="4/5", imbalance=imbalance)
    assert of.scores((5, 2, 5, 2), {"all": "x"}) == expected


def test_a_biased_coin_draws_a_full_tie_in_the_ratio():
    of = minimising({"A": 3, "B": 2, "C": 1}, {"all": ["x"]}, method="biased_coin_minimisation", p="4/5")
    assert of.law([Fraction(0)] * 3) == (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))


GOOD = {"method": "minimisation", "arms": TWO, "factors": SEX_AGE, "p": "4/5"}


@pytest.mark.parametrize(
    ("keys", "faults"),
    [
        ({"p": 1}, ["p must be at least 1/2 and less than 1, not 1"]),
        ({"p": "1/3"}, ["p must be at least 1/2 and less than 1, not 1/3"]),
        ({"arms": {"A": 2, "B": 1}}, ["minimisation keeps equal ratios only"]),
        ({"arms": {"A": 2, "B": 1}, "method": "biased_coin_minimisation", "p": "1/4"}, ["p must be at least 1/3 and less than 1, not 1/4"]),
        ({"arms": None, "method": "biased_coin_minimisation"}, ["arms must map"]),
        ({"factors": None}, ["factors must map one or more factors to their levels"]),
        (
            {"factors": {"sex": "MF", "age": ["Y", "Y"], "site": []}},
            ["factors: sex must have", "factors: age must have", "factors: site must have"],
        ),
        ({"weights": [1, 2]}, ["weights must map factors to numbers"]),
        ({"weights": {"sex": 0, "age": 0.5, "bmi": 1}}, ["sex must be above 0", "age must not be a float (0.5)", "'bmi' is not a factor"]),
        ({"imbalance": "entropy"}, ["imbalance must be one of range, variance, marginal_balance, not 'entropy'"]),
        ({"rule": "worst"}, ["rule must be one of best, rank, not 'worst'"]),
        ({"rule": "rank", "q": 2, "p": "1/2"}, ["q must be at most 2, and leave something to chance", "'p' is not a key of this method"]),
        (
            {"ties": "first", "treatment_total": -1},
            ["ties must be one of rank, split, not 'first'", "treatment_total must be at least 0, not -1"],
        ),
    ],
)
def test_bad_parameters_are_refused_with_every_fault(keys, faults):
    with pytest.raises(ValueError) as refused:
        scheme_from({**GOOD, **keys})
    assert [fault for fault in faults if fault not in str(refused.value)] == []
    assert str(refused.value).count("; ") == len(faults) - 1


def test_ranked_arms_take_no_splitting_of_ties():
    with pytest.raises(ValueError, match='^ties must be "rank" where every rank has its own probability$'):
        scheme_from({"method": "minimisation", "arms": TWO, "factors": SEX_AGE, "rule": "rank", "q": "3/4", "ties": "split"})
