"""The interface other tools rely on: what answers, what is None, what raises, and that plain Python is enough to run it."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.trials.domain.randomisation.acceptance import SEX_AGE, THREE, TWO, scheme
from trials.domain.randomisation import METHODS, NotExact, Properties, Scheme, scheme_from

F = Fraction
ROOT = Path(__file__).parents[4]
GOOD: dict[str, dict[str, object]] = {
    "simple": {},
    "permuted_blocks": {"multipliers": [2]},
    "big_stick": {"bound": 3},
    "block_urn": {"lambda": 3},
    "efron": {"p": "2/3"},
    "urn": {"a": 1, "b": 1},
    "maximal": {"bound": 2, "length": 8},
    "minimisation": {"factors": SEX_AGE, "p": "4/5"},
    "biased_coin_minimisation": {"factors": SEX_AGE, "p": "4/5"},
}
NEWCOMER = {"sex": "M", "age": "Y"}
MINIMISING = ("minimisation", "biased_coin_minimisation")
ANY_NUMBER = ("simple", "permuted_blocks", "block_urn", "urn", *MINIMISING)
ANY_RATIO = ("simple", "permuted_blocks", "block_urn", "biased_coin_minimisation")


def table(method: str, arms: dict[str, int] = TWO, **keys: object) -> dict[str, object]:
    return {"method": method, "arms": arms, **GOOD[method], **keys}


def test_the_methods_are_those_of_the_protocol():
    assert list(METHODS) == list(GOOD)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_starts_with_its_ratio(method):
    assert scheme_from(table(method)).probabilities([], NEWCOMER) == {"A": F(1, 2), "B": F(1, 2)}
    if method in ANY_NUMBER:
        assert scheme_from(table(method, THREE)).probabilities([], NEWCOMER) == dict.fromkeys(THREE, F(1, 3))
    if method in ANY_RATIO and method not in MINIMISING:
        assert scheme_from(table(method, {"A": 2, "B": 1})).probabilities([], NEWCOMER) == {"A": F(2, 3), "B": F(1, 3)}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("arms", [THREE, {"A": 2, "B": 1}, {"A": 2, "B": 1, "C": 1}], ids=["three", "2:1", "2:1:1"])
def test_a_method_takes_the_arms_it_can_keep_and_refuses_others(method, arms):
    allowed = (len(arms) == 2 or method in ANY_NUMBER) and (len(set(arms.values())) == 1 or method in ANY_RATIO)
    if allowed:
        assert scheme_from(table(method, arms)).arms == tuple(arms)
    else:
        with pytest.raises(ValueError, match="needs two arms in equal ratio|keeps equal ratios only"):
            scheme_from(table(method, arms))


@pytest.mark.parametrize("method", METHODS)
def test_a_table_with_everything_wrong_names_everything(method):
    bad = {key: 0.5 for key in GOOD[method] if key != "factors"}
    with pytest.raises(ValueError) as refused:
        scheme_from({"method": method, "arms": {"A": 1.5, "B": 0}, **bad, "factors": 7, "colour": "red", "seed": 1})
    faults = str(refused.value).split("; ")
    for key in ("the ratio of A must not be a float", "the ratio of B must be a whole number", "factors must", "'colour'", "'seed'", *bad):
        assert [fault for fault in faults if key in fault], key


KEYS = sorted({key for keys in GOOD.values() for key in keys} - {"factors"})
NUMBERS = [(method, key) for method, keys in GOOD.items() for key in keys if key in ("p", "a", "b", "bound", "length", "lambda")]


@pytest.mark.parametrize("method", METHODS)
def test_the_keys_of_other_methods_are_refused(method):
    foreign = [key for key in KEYS if key not in GOOD[method]]
    with pytest.raises(ValueError) as refused:
        scheme_from(table(method, **dict.fromkeys(foreign, 1)))
    assert str(refused.value).split("; ") == [f"{key!r} is not a key of this method" for key in foreign]


@pytest.mark.parametrize(("method", "key"), NUMBERS)
def test_what_is_no_exact_number_is_refused(method, key):
    for value in (0.5, 1.0, float("nan"), None, "", "half", "1e3", " 1", "1/0", "0x2", True, [1], "\u0663"):
        with pytest.raises(ValueError, match=f"^{key} must (not be a float|be a number)"):
            scheme_from(table(method, **{key: value}))


@pytest.mark.parametrize("method", ["efron", *MINIMISING])
def test_certainty_is_refused(method):
    for p in (1, "1", "5/4", "1.0"):
        with pytest.raises(ValueError, match="p must be at least 1/2 and less than 1"):
            scheme_from(table(method, p=p))
    assert scheme_from(table(method, p="999999998/999999999"))


@pytest.mark.parametrize("p", ["4/5", "0.8", "8/10"])
def test_a_number_may_be_written_in_several_ways(p):
    assert scheme_from(table("efron", p=p)) == scheme_from(table("efron", p="4/5"))


@pytest.mark.parametrize("method", [method for method in METHODS if method not in MINIMISING])
def test_figures_of_two_equal_arms_are_all_there_and_others_are_none(method):
    found = scheme_from(table(method)).properties(8)
    assert None not in (found.correct_guesses, found.forced, found.balanced, found.sd_imbalance, found.max_imbalance)
    for arms in (THREE, {"A": 2, "B": 1}):
        if (len(arms) == 2 or method in ANY_NUMBER) and (method in ANY_RATIO or len(set(arms.values())) == 1):
            found = scheme_from(table(method, arms)).properties(8)
            assert (found.balanced, found.sd_imbalance, found.max_imbalance) == (None, None, None)
            assert 1 / len(arms) - 1e-12 <= found.correct_guesses <= 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [0, -1])
def test_figures_need_an_allocation(method, n):
    with pytest.raises((ValueError, NotExact), match="at least one allocation|depends on who comes"):
        scheme_from(table(method)).properties(n)


@pytest.mark.parametrize("method", MINIMISING)
def test_minimisation_has_no_exact_figures(method):
    with pytest.raises(NotExact):
        scheme_from(table(method)).properties(100)


def test_several_sizes_have_figures_but_no_law():
    of = scheme("permuted_blocks", multipliers=[2, 3])
    assert isinstance(of.properties(10), Properties)
    with pytest.raises(NotExact):
        of.probabilities([("A", {})], {})


@pytest.mark.parametrize("method", METHODS)
def test_only_permuted_blocks_have_a_list(method):
    of = scheme_from(table(method))
    if method == "permuted_blocks":
        assert len(of.draw_list(bytes(32), "S", 5)) == 8
    else:
        with pytest.raises(ValueError, match="only permuted blocks can be drawn as a list"):
            of.draw_list(bytes(32), "S", 5)


def test_an_urn_without_balls_starts_evenly():
    for arms in (TWO, THREE):
        assert set(scheme_from(table("urn", arms, a=0)).probabilities([], {}).values()) == {F(1, len(arms))}
    assert scheme_from(table("urn", a=0)).probabilities([("A", {})], {}) == {"A": F(0), "B": F(1)}


laws = st.lists(st.integers(0, 50), min_size=3, max_size=3)


@given(laws, st.fractions(min_value=0, max_value=1, max_denominator=10_000))
def test_an_arm_is_chosen_by_where_u_falls(shares, u):
    assume(sum(shares) > 0 and u < 1)
    law = {arm: F(share, sum(shares)) for arm, share in zip("ABC", shares, strict=True)}
    of, start = scheme("simple", THREE), F(0)
    chosen = of.choose(law, u)
    for arm in THREE:
        assert (chosen == arm) == (start <= u < start + law[arm])
        start += law[arm]


@pytest.mark.parametrize("u", [F(1), F(-1, 10**9), F(2)])
def test_u_lies_from_nought_to_below_one(u):
    of: Scheme = scheme("simple")
    with pytest.raises(ValueError, match=r"u must lie in \[0, 1\)"):
        of.choose({"A": F(1, 2), "B": F(1, 2)}, u)
    assert (of.choose({"A": F(1, 2), "B": F(1, 2)}, F(0)), of.choose({"A": F(1, 2), "B": F(1, 2)}, 1 - F(1, 10**9))) == ("A", "B")


PLAIN = """
import importlib, pkgutil, sys
sys.path.insert(0, {root!r})
for package in ("trials.domain", "participants.domain", "outcomes.domain"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(module.name)
from trials.domain.randomisation import scheme_from
scheme = scheme_from({{"method": "permuted_blocks", "arms": {{"A": 1, "B": 1}}, "multipliers": [2, 3]}})
print("".join(scheme.draw_list(bytes(range(32)), "SITE01|F|<70", 24)), importlib.util.find_spec("django"))
"""


def test_all_domains_run_under_plain_python():
    """Isolated, with no site-packages to find anything in: the standard library is enough."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PLAIN.format(root=str(ROOT))], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("BBAABAABBABAABBAABBBAAABBA None\n", "")
