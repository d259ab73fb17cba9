"""Simple, big stick, block urn, Efron, urn and maximal: published and exact figures, identities between methods, frequencies."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations, product

import pytest

from trials.domain.randomisation import Scheme, scheme_from
from trials.domain.randomisation.stream import next_arm, open_stream

SEED = bytes(range(32))
TWO = {"A": 1, "B": 1}
THREE = {"A": 1, "B": 1, "C": 1}
WIDE = {"A": 2, "B": 1}


def scheme(method: str, arms: dict[str, int] | None = None, **keys: object) -> Scheme:
    return scheme_from({"method": method, "arms": arms or TWO, **{key.rstrip("_"): value for key, value in keys.items()}})


def law(of: Scheme, arms: str) -> tuple[Fraction, ...]:
    return tuple(of.probabilities([(arm, {}) for arm in arms], {}).values())


def drawn(of: Scheme, length: int, stratum: str = "S") -> str:
    state, arms = open_stream(of, seed=SEED, stratum=stratum), []
    for _ in range(length):
        arm, state = next_arm(of, state)
        arms.append(arm)
    return "".join(arms)


def paths(of: Scheme, n: int) -> dict[str, Fraction]:
    """Every sequence of n arms with its probability, from the law alone."""
    shares = {"": Fraction(1)}
    for _ in range(n):
        shares = {
            path + arm: share * chance
            for path, share in shares.items()
            for arm, chance in zip(of.arms, law(of, path), strict=True)
            if chance
        }
    return shares


@pytest.mark.parametrize(
    ("of", "figures"),
    [
        (scheme("simple"), (0.5, 0, 0.0704, 10.0, 12.054)),
        (scheme("efron", p="2/3"), (0.623333, 0, 0.2550, 2.108, 5.163)),
        (scheme("big_stick", bound=2), (0.622500, 0.2450, 0.2500, 1.414, 2.000)),
        (scheme("big_stick", bound=3), (0.581111, 0.1622, 0.1689, 1.633, 3.000)),
        (scheme("big_stick", bound=4), (0.558750, 0.1175, 0.1300, 6**0.5, 4.000)),
        (scheme("urn", a=0, b=1), (0.543438, 0.01, 0.1239, 5.774, 8.457)),
        (scheme("urn", a=1, b=1), (0.538896, 0, 0.1152, 5.831, 8.546)),
    ],
)
def test_a_hundred_allocations(of, figures):
    found = of.properties(100)
    assert found.correct_guesses == pytest.approx(figures[0], abs=5e-7)
    assert (found.forced, found.balanced) == (pytest.approx(figures[1], abs=5e-5), pytest.approx(figures[2], abs=5e-5))
    assert (found.sd_imbalance, found.max_imbalance) == (pytest.approx(figures[3], abs=5e-4), pytest.approx(figures[4], abs=5e-4))


@pytest.mark.parametrize(
    ("rounds", "guesses", "forced"), [(2, 0.6650, 0.1633), (3, 0.6304, 0.0574), (4, 0.6104, 0.0201), (5, 0.5970, 0.0072)]
)
def test_a_hundred_allocations_from_a_block_urn(rounds, guesses, forced):
    found = scheme("block_urn", lambda_=rounds).properties(100)
    assert (found.correct_guesses, found.forced) == (pytest.approx(guesses, abs=5e-5), pytest.approx(forced, abs=5e-5))


@pytest.mark.parametrize(
    ("length", "bound", "guesses"), [(10, 2, Fraction(41, 60)), (8, 3, Fraction(91, 136)), (12, 3, Fraction(1555, 2376))]
)
def test_the_maximal_procedure_is_guessed_as_often_as_published(length, bound, guesses):
    found = scheme("maximal", bound=bound, length=length).properties(length)
    assert (found.correct_guesses, found.sd_imbalance) == (pytest.approx(float(guesses), abs=1e-12), 0)


@pytest.mark.parametrize("n", [2, 4, 10, 40])
def test_big_stick_of_two_has_a_closed_form(n):
    assert scheme("big_stick", bound=2).properties(n).correct_guesses == pytest.approx(5 / 8 - 1 / (4 * n), abs=1e-12)


@pytest.mark.parametrize(("a", "variance"), [(0, lambda n: n / 3), (1, lambda n: (n + 2) / 3)])
@pytest.mark.parametrize("n", [3, 10, 41])
def test_the_variance_of_an_urn_is_that_of_wei(a, variance, n):
    assert scheme("urn", a=a, b=1).properties(n).sd_imbalance == pytest.approx(variance(n) ** 0.5, abs=1e-9)


@pytest.mark.parametrize(
    "of",
    [
        scheme("simple"), scheme("simple", arms=WIDE), scheme("efron", p="2/3"), scheme("big_stick", bound=2), scheme("urn", a=0, b=1),
        scheme("urn", arms=THREE, a="1/2", b=1), scheme("maximal", bound=2, length=4), scheme("block_urn", lambda_=2),
        scheme("block_urn", arms=WIDE, lambda_=2),
    ],
)  # fmt: skip
def test_figures_agree_with_listing_every_sequence(of):
    n = 7
    shares = paths(of, n)
    laws = [(share, law(of, path[:i])) for path, share in shares.items() for i in range(n)]
    found = of.properties(n)
    assert sum(shares.values()) == 1
    assert found.correct_guesses == pytest.approx(float(sum(share * max(now) for share, now in laws) / n), abs=1e-12)
    assert found.forced == pytest.approx(float(sum(share for share, now in laws if max(now) == 1) / n), abs=1e-12)
    if not of.two_equal_arms:
        assert (found.balanced, found.sd_imbalance, found.max_imbalance) == (None, None, None)
        return
    walks = {path: [2 * path[: i + 1].count("A") - i - 1 for i in range(n)] for path in shares}
    assert found.balanced == pytest.approx(float(sum(share * walks[path].count(0) for path, share in shares.items()) / n), abs=1e-12)
    assert found.sd_imbalance == pytest.approx(float(sum(share * walks[path][-1] ** 2 for path, share in shares.items())) ** 0.5, abs=1e-12)
    assert found.max_imbalance == pytest.approx(float(sum(share * max(map(abs, walks[path])) for path, share in shares.items())), abs=1e-12)


@pytest.mark.parametrize(("n", "share"), [(2, "2/3"), (4, "16/27"), (6, "136/243"), (10, "10432/19683")])
def test_efron_is_balanced_as_often_as_computed(n, share):
    even = sum(chance for path, chance in paths(scheme("efron", p="2/3"), n).items() if path.count("A") * 2 == n)
    assert even == Fraction(share)


def test_expected_correct_guesses_of_efron():
    expected = ["1/2", "7/6", "31/18", "43/18", "479/162", "587/162"]
    found = [scheme("efron", p="2/3").properties(n).correct_guesses * n for n in range(1, 7)]
    assert found == pytest.approx([float(Fraction(e)) for e in expected], abs=1e-12)


@pytest.mark.parametrize(
    ("length", "bound", "count"), [(4, 1, 4), (4, 2, 6), (6, 2, 18), (8, 2, 54), (10, 2, 162), (8, 3, 68), (10, 3, 232)]
)
def test_every_maximal_sequence_is_equally_likely(length, bound, count):
    shares = paths(scheme("maximal", bound=bound, length=length), length)
    assert set(shares.values()) == {Fraction(1, count)}
    assert len(shares) == count
    assert all(path.count("A") * 2 == length for path in shares)


def test_a_maximal_sequence_is_followed_by_another():
    of = scheme("maximal", bound=2, length=4)
    assert law(of, "AABB" + "AA") == law(of, "AA") == (0, 1)
    whole = drawn(of, 400)
    assert all(whole[i : i + 4].count("A") == 2 for i in range(0, 400, 4))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (scheme("block_urn", lambda_=1), scheme("permuted_blocks", multipliers=[1])),
        (scheme("block_urn", arms=WIDE, lambda_=1), scheme("permuted_blocks", arms=WIDE, multipliers=[1])),
        (scheme("big_stick", bound=1), scheme("permuted_blocks", multipliers=[1])),
        (scheme("maximal", bound=1, length=6), scheme("permuted_blocks", multipliers=[1])),
        (scheme("maximal", bound=3, length=6), scheme("permuted_blocks", multipliers=[3])),
        (scheme("efron", p="1/2"), scheme("simple")),
        (scheme("urn", a=1, b=0), scheme("simple")),
        (scheme("big_stick", bound=9), scheme("simple")),
    ],
)
def test_methods_that_are_the_same_give_the_same_law(one, other):
    assert paths(one, 6) == paths(other, 6)


@pytest.mark.parametrize(
    ("keys", "history"),
    [
        ({"method": "simple"}, "AAB"), ({"method": "urn", "a": 1, "b": 1}, "AAB"), ({"method": "block_urn", "lambda": 2}, "AABC"),
    ],
)  # fmt: skip
def test_renaming_the_arms_renames_the_probabilities(keys, history):
    straight = scheme_from({"arms": THREE, **keys}).probabilities([(arm, {}) for arm in history], {})
    for order in permutations("ABC"):
        rename = dict(zip("ABC", order, strict=True))
        renamed = scheme_from({"arms": THREE, **keys}).probabilities([(rename[arm], {}) for arm in history], {})
        assert renamed == {rename[arm]: chance for arm, chance in straight.items()}


@pytest.mark.parametrize(
    ("of", "history", "expected"),
    [
        (scheme("simple", arms=WIDE), "BBB", "2/3 1/3"),
        (scheme("efron", p="4/5"), "A", "1/5 4/5"),
        (scheme("efron", p="4/5"), "B", "4/5 1/5"),
        (scheme("efron", p="4/5"), "AB", "1/2 1/2"),
        (scheme("big_stick", bound=2), "AA", "0 1"),
        (scheme("big_stick", bound=2), "BB", "1 0"),
        (scheme("urn", a=0, b=1), "", "1/2 1/2"),
        (scheme("urn", arms=THREE, a=1, b=1), "AAB", "2/9 3/9 4/9"),
        (scheme("block_urn", arms=WIDE, lambda_=2), "A", "3/5 2/5"),
        (scheme("block_urn", arms=WIDE, lambda_=2), "AAB", "4/6 2/6"),
    ],
)
def test_the_law_after_a_history(of, history, expected):
    assert law(of, history) == tuple(Fraction(e) for e in expected.split())


@pytest.mark.parametrize(
    ("of", "history", "sentence"),
    [
        (scheme("big_stick", bound=2), "AAA", "the arms differ by 3, more than the bound of 2"),
        (scheme("block_urn", lambda_=2), "AAA", "one arm leads by more than the urn can hold"),
        (scheme("maximal", bound=2, length=4), "AAA", "no sequence leads by 3 after 3 of its 4 places"),
        (scheme("simple"), "C", "the history names the arm 'C', which the scheme does not have"),
    ],
)
def test_a_history_the_method_cannot_have_made_is_refused(of, history, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        of.probabilities([(arm, {}) for arm in history], {})


@pytest.mark.parametrize(
    ("keys", "faults"),
    [
        (
            {"method": "big_stick", "arms": THREE, "bound": 0},
            ["big_stick needs two arms in equal ratio", "bound must be a whole number from 1"],
        ),
        ({"method": "big_stick", "arms": WIDE}, ["big_stick needs two arms in equal ratio", "bound must be a number, not None"]),
        ({"method": "efron", "p": 0.7}, ["p must not be a float (0.7)"]),
        ({"method": "efron", "p": "1/3"}, ["p must be at least 1/2 and less than 1, not 1/3"]),
        ({"method": "efron", "p": 1, "q": 2}, ["p must be at least 1/2 and less than 1, not 1", "'q' is not a key of this method"]),
        ({"method": "urn", "arms": WIDE, "a": -1, "b": 1}, ["urn keeps equal ratios only", "a must be at least 0, not -1"]),
        ({"method": "urn", "a": 0, "b": 0}, ["a and b must not both be 0"]),
        ({"method": "maximal", "bound": 2, "length": 7}, ["length must be even"]),
        ({"method": "maximal", "bound": 2, "length": 2002}, ["length must be at most 2,000"]),
        ({"method": "block_urn"}, ["lambda must be a number, not None"]),
        ({"method": "simple", "p": "1/2", "arms": None}, ["arms must map", "'p' is not a key of this method"]),
    ],
)
def test_bad_parameters_are_refused_with_every_fault(keys, faults):
    with pytest.raises(ValueError) as refused:
        scheme_from({"arms": TWO, **keys})
    assert [fault for fault in faults if fault not in str(refused.value)] == []
    assert str(refused.value).count("; ") == len(faults) - 1


@pytest.mark.parametrize(
    ("of", "bound"),
    [(scheme("big_stick", bound=3), 3), (scheme("block_urn", lambda_=3), 3), (scheme("maximal", bound=2, length=40), 2)],
)
def test_no_prefix_leaves_the_bound(of, bound):
    lead = farthest = 0
    for arm in drawn(of, 2000):
        lead += 1 if arm == "A" else -1
        farthest = max(farthest, abs(lead))
    assert farthest == bound


def test_the_first_of_many_strata_gets_either_arm_equally_often():
    for of in [scheme("big_stick", bound=3), scheme("efron", p="4/5"), scheme("urn", a=0, b=1), scheme("block_urn", lambda_=3)]:
        assert 864 <= sum(drawn(of, 1, f"site=S{i}") == "A" for i in range(2000)) <= 1136


def test_every_arm_of_three_is_drawn_in_its_ratio():
    counts = Counter(drawn(scheme("simple", arms={"A": 1, "B": 2, "C": 1}), 10_000))
    assert sum((counts[arm] - share * 2500) ** 2 / (share * 2500) for arm, share in {"A": 1, "B": 2, "C": 1}.items()) < 41.45


def test_the_stream_keeps_a_constant_size_and_starts_over_from_the_same_seed():
    of, lengths = scheme("big_stick", bound=3), set()
    state = open_stream(of, seed=SEED, stratum="S")
    for _ in range(300):
        lengths.add(len(state.to_bytes()))
        _, state = next_arm(of, state)
    assert len(lengths) == 1
    assert drawn(of, 50) == drawn(of, 50) != drawn(of, 50, "T")


def test_the_law_of_the_stream_is_the_law_of_the_history():
    of = scheme("efron", p="3/4")
    toward = [path for path in ("".join(p) for p in product("AB", repeat=3)) if path.count("A") == 1]
    assert {law(of, path) for path in toward} == {(Fraction(3, 4), Fraction(1, 4))}
    whole = drawn(of, 8000)
    untied = [(lead, arm) for lead, arm in _leads(whole) if lead]
    right = sum((arm == "B") == (lead > 0) for lead, arm in untied)
    assert abs(right / len(untied) - 0.75) < 6.1094 * (0.75 * 0.25 / len(untied)) ** 0.5


def _leads(arms: str) -> list[tuple[int, str]]:
    return [(2 * arms[:i].count("A") - i, arms[i]) for i in range(len(arms))]
