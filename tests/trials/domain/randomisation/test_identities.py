"""Identities that any right implementation keeps: methods that are one another, names, orders, weights, strangers, ties."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trials.domain.randomisation.acceptance import SEX_AGE, THREE, TWO, blocks, scheme
from trials.domain.randomisation import Scheme
from trials.domain.randomisation.minimisation import IMBALANCES, Minimisation, Minimising

pytestmark = pytest.mark.unmeasured

F = Fraction
Person = dict[str, str]


def minimising(arms: dict[str, int] = TWO, factors: dict[str, list[str]] = SEX_AGE, method: str = "minimisation", **keys: object) -> Scheme:
    return scheme(method, arms, **{"factors": factors, "p": "4/5", **keys})


people = st.fixed_dictionaries({name: st.sampled_from(levels) for name, levels in SEX_AGE.items()})
histories = st.lists(st.tuples(st.sampled_from("AB"), people), max_size=12)
histories_of_three = st.lists(st.tuples(st.sampled_from("ABC"), people), max_size=12)
rules = st.sampled_from([
    {"p": "4/5"}, {"p": "4/5", "ties": "split"}, {"p": "1/2", "imbalance": "variance"}, {"p": "2/3", "imbalance": "marginal_balance"},
    {"p": "4/5", "treatment_total": True}, {"p": None, "rule": "rank", "q": "1/2"},
])  # fmt: skip


def keyed(rule: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in {"p": "4/5", **rule}.items() if value is not None}


def ruled(rule: dict[str, object], arms: dict[str, int] = THREE, **keys: object) -> Scheme:
    return scheme("minimisation", arms, **{"factors": SEX_AGE, **keyed(rule), **keys})


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_a_block_as_long_as_the_trial_is_the_random_allocation_rule(size):
    """Every arrangement with half in each arm is equally likely, nothing else happens."""
    of = blocks(size // 2)
    for first in combinations(range(size), size // 2):
        arms, share = ["A" if i in first else "B" for i in range(size)], F(1)
        for i, arm in enumerate(arms):
            share *= of.probabilities([(a, {}) for a in arms[:i]], {})[arm]
        assert share == F(1, len(list(combinations(range(size), size // 2))))


@given(histories_of_three, people, rules)
def test_renaming_the_arms_renames_the_probabilities(history, newcomer, rule):
    straight = ruled(rule).probabilities(history, newcomer)
    for order in permutations("ABC"):
        rename = dict(zip("ABC", order, strict=True))
        assert ruled(rule).probabilities([(rename[arm], person) for arm, person in history], newcomer) == {
            rename[arm]: p for arm, p in straight.items()
        }


@given(histories_of_three, people, rules)
def test_renaming_the_arms_of_a_biased_coin_renames_the_probabilities(history, newcomer, rule):
    shares, keys = {"A": 3, "B": 2, "C": 1}, {"factors": SEX_AGE, "p": "4/5", "imbalance": rule.get("imbalance", "range")}
    straight = scheme("biased_coin_minimisation", shares, **keys).probabilities(history, newcomer)
    for order in permutations("ABC"):
        rename = dict(zip("ABC", order, strict=True))
        renamed = scheme("biased_coin_minimisation", {rename[arm]: share for arm, share in shares.items()}, **keys)
        found = renamed.probabilities([(rename[arm], person) for arm, person in history], newcomer)
        assert found == {rename[arm]: p for arm, p in straight.items()}


@given(histories_of_three, people, rules, st.fractions(min_value=F(1, 9), max_value=9, max_denominator=9))
def test_the_order_of_factors_and_a_common_weight_change_nothing(history, newcomer, rule, weight):
    weights = {"sex": "2", "age": "1"}
    plain = ruled(rule, weights=weights).probabilities(history, newcomer)
    assert ruled(rule, weights=weights, factors=dict(reversed(SEX_AGE.items()))).probabilities(history, newcomer) == plain
    total = {"treatment_total": str(weight)} if rule.get("treatment_total") else {}
    scaled = ruled(rule, weights={name: str(F(held) * weight) for name, held in weights.items()}, **total)
    assert scaled.probabilities(history, newcomer) == plain


@given(histories, people, rules)
def test_the_order_in_which_people_came_changes_nothing(history, newcomer, rule):
    assert ruled(rule).probabilities(history, newcomer) == ruled(rule).probabilities(history[::-1], newcomer)


@given(histories, st.lists(st.sampled_from("AB"), max_size=6), rules)
def test_people_who_share_no_level_change_nothing_without_a_treatment_total(history, strangers, rule):
    newcomer, other = {"sex": "M", "age": "Y"}, {"sex": "F", "age": "O"}
    if not rule.get("treatment_total"):
        extended = [*history, *[(arm, other) for arm in strangers]]
        assert ruled(rule).probabilities(extended, newcomer) == ruled(rule).probabilities(history, newcomer)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz")), max_size=12), st.sampled_from("xyz"))
def test_one_factor_is_a_biased_coin_for_each_level(history, level):
    of, coin = minimising(factors={"f": ["x", "y", "z"]}), scheme("efron", p="4/5")
    alike = [(arm, {}) for arm, held in history if held == level]
    assert of.probabilities([(arm, {"f": held}) for arm, held in history], {"f": level}) == coin.probabilities(alike, {})


@given(histories_of_three, people, st.sampled_from(IMBALANCES))
def test_an_even_p_is_simple_randomisation(history, newcomer, imbalance):
    for rule in ({"p": "1/3"}, {"p": None, "rule": "rank", "q": "1/3"}):
        assert set(ruled({**rule, "imbalance": imbalance}).probabilities(history, newcomer).values()) == {F(1, 3)}


@given(histories, people, st.sampled_from([{"sex": 1, "age": 1}, {"sex": 2, "age": 1}, {"sex": "1/3", "age": "5/7"}]))
def test_of_two_arms_range_is_a_weighted_vote_and_variance_a_weighted_sum(history, newcomer, weights):
    leads = {name: sum((1 if arm == "A" else -1) for arm, person in history if person[name] == newcomer[name]) for name in SEX_AGE}
    held = {name: F(weight) for name, weight in weights.items()}
    vote = sum(held[name] * ((lead > 0) - (lead < 0)) for name, lead in leads.items())
    total = sum(held[name] * lead for name, lead in leads.items())
    for imbalance, expected in (("range", 2 * vote), ("variance", 2 * total)):
        of = minimising(weights=weights, imbalance=imbalance)
        first, second = of.scores(cells_of(of, history), newcomer)
        assert first - second == expected


def cells_of(of: Minimising, history: list[tuple[str, Person]]) -> tuple[int, ...]:
    rows = [(name, level) for name, levels in of.factors for level in levels]
    counted = [sum(arm == a and person[name] == level for a, person in history) for name, level in rows for arm in of.arms]
    return (*counted, *[sum(a == arm for a, _ in history) for arm in of.arms])


@pytest.mark.parametrize(
    ("weights", "rows"),
    [({"u": "0.1", "v": "0.2", "w": "0.3"}, (0, 1, 0, 1, 1, 0)), ({"u": "1/3", "v": "1/3", "w": "1/3"}, (0, 0, 0, 3, 2, 0))],
)
def test_ties_that_floats_would_break_are_ties(weights, rows):
    of = minimising(factors={name: ["x"] for name in "uvw"}, weights=weights)
    scores = of.scores((*rows, 0, 0), dict.fromkeys("uvw", "x"))
    right = [F(weights[name]) for name in "uvw"]
    floats = [sum(float(w) * abs(rows[2 * i] + (arm == 0) - rows[2 * i + 1] - (arm == 1)) for i, w in enumerate(right)) for arm in (0, 1)]
    assert floats[0] != floats[1]
    assert scores[0] == scores[1]
    assert of.law(scores) == (F(1, 2), F(1, 2))


def test_pocock_and_simon_factor_by_factor():
    """Section 3.4 of 1975: the range of factors 1, 2, 3 for arms 1, 2, 3; the standard deviation is the root of the variance."""
    published = ((9, 10, 9), (9, 11, 9), (4, 5, 3))
    by_range, by_variance = (
        [
            minimising({"1": 1, "2": 1, "3": 1}, {"f": ["L"]}, imbalance=measure).scores((*counts, *counts), {"f": "L"})
            for counts in published
        ]
        for measure in ("range", "variance")
    )
    assert list(zip(*by_range, strict=True)) == [(1, 2, 2), (2, 3, 3), (1, 2, 1)]
    deviations = [sum(weight * float(by_variance[f][arm]) ** 0.5 for f, weight in enumerate((2, 1, 1))) for arm in range(3)]
    assert deviations == pytest.approx([3.309401, 5.568978, 2.732051], abs=1e-6)


def steps(of: Minimising, n: int) -> list[Fraction]:
    """P(first arm) at every step when everybody is alike, whatever came before."""
    now, firsts = {(0,) * len(of.arms): F(1)}, []
    for _ in range(n):
        then: dict[tuple[int, ...], Fraction] = {}
        firsts.append(F(0))
        for counts, share in now.items():
            law = of.law(of.scores((*counts, *counts), {"all": "x"}))
            firsts[-1] += share * law[0]
            for arm, p in enumerate(law):
                after = tuple(count + (k == arm) for k, count in enumerate(counts))
                then[after] = then.get(after, F(0)) + share * p
        now = then
    return firsts


def test_dividing_by_the_ratio_breaks_it_which_is_why_plain_minimisation_refuses_one():
    of = Minimisation(
        arms=("A", "B"), ratio=(2, 1), factors=(("all", ("x",)),), weights=(F(1),), imbalance="range", total_weight=F(0),
        chances=(F(4, 5), F(1, 5)), ties="rank",
    )  # fmt: skip
    found = steps(of, 12)
    assert found[:3] == [F(4, 5), F(8, 25), F(88, 125)]
    assert [float(p) for p in found[3:6]] == pytest.approx([0.7808, 0.4122, 0.7194], abs=5e-5)
    assert float(sum(found)) == pytest.approx(7.654, abs=5e-4)
    with pytest.raises(ValueError, match="minimisation keeps equal ratios only"):
        minimising({"A": 2, "B": 1})


def test_a_biased_coin_keeps_the_total_closer_to_the_ratio_but_not_the_steps():
    found = steps(minimising({"A": 2, "B": 1}, {"all": ["x"]}, "biased_coin_minimisation"), 12)
    assert found[:3] == [F(9, 10), F(27, 100), F(387, 500)]
    assert float(sum(found)) == pytest.approx(7.915, abs=5e-4)


def likely(of: Scheme, n: int) -> list[tuple[Fraction, ...]]:
    """The probability of each arm at every step, whatever came before."""
    shares: dict[str, Fraction] = {"": F(1)}
    found = []
    for _ in range(n):
        totals, then = dict.fromkeys(of.arms, F(0)), {}
        for path, share in shares.items():
            for arm, p in of.probabilities([(a, {}) for a in path], {}).items():
                totals[arm] += share * p
                if p:
                    then[path + arm] = share * p
        found.append(tuple(totals.values()))
        shares = then
    return found


@pytest.mark.parametrize(
    "of",
    [
        scheme("simple", {"A": 2, "B": 1}), blocks(1, {"A": 2, "B": 1}), blocks(2, {"A": 2, "B": 1}), blocks(1, {"A": 2, "B": 1, "C": 1}),
        scheme("block_urn", {"A": 3, "B": 2, "C": 1}, lambda_=1), scheme("block_urn", THREE, lambda_=2), scheme("block_urn", lambda_=3),
        scheme("big_stick", bound=2), scheme("efron", p="4/5"), scheme("urn", a=0, b=1), scheme("maximal", bound=2, length=6),
    ],
)  # fmt: skip
def test_methods_that_keep_a_ratio_keep_it_at_every_step(of):
    assert likely(of, 6) == [tuple(F(share, sum(of.ratio)) for share in of.ratio)] * 6


def test_a_block_urn_of_an_unequal_ratio_strays_at_single_steps():
    found = likely(scheme("block_urn", {"A": 2, "B": 1}, lambda_=2), 9)
    assert found[:5] == [(F(2, 3), F(1, 3))] * 4 + [(F(16, 25), F(9, 25))]
    assert all(abs(first - F(2, 3)) < F(3, 100) for first, _ in found)


@pytest.mark.parametrize(
    ("method", "keys"),
    [("big_stick", {"bound": 3}), ("efron", {"p": "2/3"}), ("urn", {"a": 1, "b": 1}), ("maximal", {"bound": 2, "length": 8}),
     ("minimisation", {"factors": SEX_AGE, "p": "4/5"})],
)  # fmt: skip
def test_methods_that_would_break_a_ratio_refuse_one(method, keys):
    with pytest.raises(ValueError, match="equal ratio"):
        scheme(method, {"A": 2, "B": 1}, **keys)


def test_the_tree_of_four_people():
    """P of every sequence for (M,Y), (M,O), (F,Y), (M,Y) with p = 4/5; mirror images are equal and every arm is as likely at every step."""
    coming = [{"sex": sex, "age": age} for sex, age in ("MY", "MO", "FY", "MY")]
    of, shares = minimising(), {}
    for path in map("".join, product("AB", repeat=4)):
        share = F(1)
        for i, arm in enumerate(path):
            share *= of.probabilities(list(zip(path[:i], coming[:i], strict=True)), coming[i])[arm]
        shares[path] = share
    half = dict(AAAA="1/250", AAAB="2/125", AABA="2/125", ABAA="2/125", AABB="8/125", ABAB="8/125", ABBA="4/25", ABBB="4/25")
    assert {path: shares[path] for path in half} == {path: F(p) for path, p in half.items()}
    assert all(share == shares[path.translate(str.maketrans("AB", "BA"))] for path, share in shares.items())
    assert [sum(share for path, share in shares.items() if path[i] == "A") for i in range(4)] == [F(1, 2)] * 4
