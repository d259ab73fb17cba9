"""Minimisation: Pocock and Simon's example, the tie rules, exact trees, and identities that any right implementation keeps."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from trials.domain.randomisation import NotExact, Scheme, scheme_from
from trials.domain.randomisation.minimisation import Minimising
from trials.domain.randomisation.stream import next_arm, open_stream

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


def tree(of: Scheme, people: list[dict[str, str]]) -> dict[str, Fraction]:
    shares: dict[str, Fraction] = {}
    for path in product(of.arms, repeat=len(people)):
        share = Fraction(1)
        for i, arm in enumerate(path):
            share *= of.probabilities(list(zip(path[:i], people[:i], strict=True)), people[i])[arm]
        shares["".join(path)] = share
    return shares


def test_the_tree_of_four_people():
    people = [{"sex": sex, "age": age} for sex, age in ("MY", "MO", "FY", "MY")]
    shares = tree(minimising(TWO, SEX_AGE, p="4/5"), people)
    half = {
        "AAAA": "1/250",
        "AAAB": "2/125",
        "AABA": "2/125",
        "AABB": "8/125",
        "ABAA": "2/125",
        "ABAB": "8/125",
        "ABBA": "4/25",
        "ABBB": "4/25",
    }
    assert {path: share for path, share in shares.items() if path[0] == "A"} == {path: Fraction(share) for path, share in half.items()}
    assert all(share == shares[path.translate(str.maketrans("AB", "BA"))] for path, share in shares.items())


def test_range_is_a_vote_of_the_factors_and_variance_a_sum():
    factors = {name: ["x", "y"] for name in "uvw"}
    cells = (0, 1, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 3, 2)
    newcomer = dict.fromkeys("uvw", "x")
    by_range, by_variance = (minimising(TWO, factors, p="4/5", imbalance=i).scores(cells, newcomer) for i in ("range", "variance"))
    assert by_range == (4, 6)
    assert by_variance == (8, 6)


def test_exact_ties_are_ties():
    factors = {name: ["x"] for name in "uvw"}
    of = minimising(TWO, factors, p="4/5", weights={"u": "0.1", "v": "0.2", "w": "0.3"})
    scores = of.scores((0, 1, 0, 1, 1, 0, 1, 2), dict.fromkeys("uvw", "x"))
    assert scores == (Fraction(3, 5), Fraction(3, 5))
    assert of.law(scores) == (Fraction(1, 2), Fraction(1, 2))


PEOPLE = [{"sex": sex, "age": age} for sex, age in ("MY", "FO", "MO", "FY", "MY")]


@pytest.mark.parametrize("path", ["".join(p) for p in product("AB", repeat=4)])
def test_one_constant_factor_is_the_biased_coin_of_efron(path):
    of = minimising(TWO, {"all": ["x"]}, p="2/3")
    efron = scheme_from({"method": "efron", "arms": TWO, "p": "2/3"})
    history = [(arm, {"all": "x"}) for arm in path]
    assert of.probabilities(history, {"all": "x"}) == efron.probabilities(history, {})


@pytest.mark.parametrize(
    "keys",
    [{"weights": {"sex": 7, "age": 7}}, {"factors": dict(reversed(SEX_AGE.items()))}, {"treatment_total": False}],
    ids=["all weights scaled", "factors in another order", "no treatment total said aloud"],
)
def test_changes_that_change_nothing(keys):
    plain = tree(minimising(TWO, SEX_AGE, p="4/5"), PEOPLE)
    assert tree(minimising(TWO, **{"factors": SEX_AGE, "p": "4/5", **keys}), PEOPLE) == plain


def test_the_lowest_p_is_simple_randomisation():
    assert set(tree(minimising(TWO, SEX_AGE, p="1/2"), PEOPLE).values()) == {Fraction(1, 32)}


@pytest.mark.parametrize(("total", "expected"), [(None, Fraction(1, 2)), (True, Fraction(1, 5)), ("1/2", Fraction(1, 5))])
def test_people_who_share_no_level_count_through_the_treatment_total_alone(total, expected):
    of = minimising(TWO, SEX_AGE, p="4/5", **({} if total is None else {"treatment_total": total}))
    assert of.probabilities([("A", {"sex": "F", "age": "O"})], {"sex": "M", "age": "Y"})["A"] == expected


@pytest.mark.parametrize("method", ["minimisation", "biased_coin_minimisation"])
def test_the_stream_follows_the_law_of_the_history(method):
    of = minimising(TWO, SEX_AGE, method=method, p="4/5")
    state, history, toward = open_stream(of, seed=SEED, stratum="all"), [], []
    for i in range(400):
        newcomer = PEOPLE[i * i % 5]
        law = of.probabilities(history[-400:], newcomer)
        arm, state = next_arm(of, state, newcomer)
        if max(law.values()) > Fraction(1, 2):
            toward.append(law[arm] == Fraction(4, 5))
        history.append((arm, newcomer))
    assert abs(sum(toward) / len(toward) - 0.8) < 6.1094 * (0.16 / len(toward)) ** 0.5


def test_every_all_tie_state_is_a_fair_draw():
    of, counts = minimising(TWO, SEX_AGE, p="4/5"), 0
    for i in range(2000):
        arm, _ = next_arm(of, open_stream(of, seed=i.to_bytes(32, "big"), stratum="all"), PEOPLE[0])
        counts += arm == "A"
    assert 864 <= counts <= 1136


def test_the_arms_that_are_not_preferred_are_all_drawn():
    of, counts = minimising(THREE, {"all": ["x"]}, p="4/5"), dict.fromkeys("123", 0)
    for i in range(10_000):
        state = open_stream(of, seed=i.to_bytes(32, "big"), stratum="all")
        arm, _ = next_arm(of, type(state)(state.drbg, (0, 1, 1, 0, 1, 1)), {"all": "x"})
        counts[arm] += 1
    assert 7752 <= counts["1"] <= 8241
    assert 822 <= counts["2"] <= 1188
    assert 822 <= counts["3"] <= 1188


def test_minimisation_takes_one_stream_for_the_whole_trial():
    assert minimising(TWO, SEX_AGE, p="4/5").across_strata
    assert not scheme_from({"method": "simple", "arms": TWO}).across_strata


def test_minimisation_has_no_exact_figures():
    with pytest.raises(NotExact, match="depends on who comes"):
        minimising(TWO, SEX_AGE, p="4/5").properties(10)


def test_a_person_without_levels_is_refused_with_every_factor():
    with pytest.raises(ValueError, match=r"^sex has no level 'X', only M, F; age has no level None, only Y, O$"):
        minimising(TWO, SEX_AGE, p="4/5").probabilities([], {"sex": "X"})


def test_a_biased_coin_keeps_the_total_near_its_ratio():
    of = minimising({"A": 2, "B": 1}, {"all": ["x"]}, method="biased_coin_minimisation", p="4/5")
    people = [{"all": "x"}] * 3
    shares = tree(of, people)
    firsts = [sum(share for path, share in shares.items() if path[i] == "A") for i in range(3)]
    assert firsts == [Fraction(9, 10), Fraction(27, 100), Fraction(387, 500)]


@pytest.mark.parametrize("scores", [(1, 2, 3), (1, 1, 2), (2, 1, 1), (1, 1, 1)])
def test_a_biased_coin_of_equal_arms_is_plain_minimisation(scores):
    fractions = [Fraction(score) for score in scores]
    coin = minimising(THREE, {"all": ["x"]}, method="biased_coin_minimisation", p="4/5")
    assert coin.law(fractions) == minimising(THREE, {"all": ["x"]}, p="4/5").law(fractions)


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
        ({"rule": "worst"}, ["rule must be one of best, rank, not 'worst'", "q must be a number", "'p' is not a key"]),
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
