"""Simple, big stick, block urn, Efron, urn and maximal: published and exact figures, identities between methods, bad tables."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest

from trials.domain.randomisation import NotExact, Scheme, lead, scheme_from, walk
from trials.domain.randomisation.stream import next_arm, open_stream
from trials.domain.randomisation.walk import Walk

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
        (scheme("big_stick", bound=2), "AAA", "place 3 of the history holds 'A', which cannot come there"),
        (scheme("big_stick", bound=2), "ABBBBA", "place 5 of the history holds 'B', which cannot come there"),
        (scheme("block_urn", lambda_=2), "BBB", "place 3 of the history holds 'B', which cannot come there"),
        (scheme("urn", a=0, b=1), "AA", "place 2 of the history holds 'A', which cannot come there"),
        (scheme("maximal", bound=2, length=4), "AABA", "place 4 of the history holds 'A', which cannot come there"),
        (scheme("simple"), "C", "the history names the arm 'C', which the scheme does not have"),
    ],
)
def test_a_history_the_method_cannot_have_made_is_refused(of, history, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        of.probabilities([(arm, {}) for arm in history], {})


@pytest.mark.parametrize(
    ("of", "counts", "sentence"),
    [
        (scheme("big_stick", bound=2), (1, 4), "the arms differ by 3, more than the bound of 2"),
        (scheme("block_urn", lambda_=2), (3, 0), "one arm leads by more than the urn can hold"),
        (scheme("maximal", bound=2, length=4), (0, 3), "no sequence leads by 3 after 3 of its 4 places"),
        (scheme("maximal", bound=2, length=4), (3, 1), "no sequence leads by 2 after 0 of its 4 places"),
    ],
)
def test_counts_that_the_method_cannot_have_made_have_no_law(of, counts, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        of.law(counts)


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


def test_the_stream_keeps_a_constant_size_and_starts_over_from_the_same_seed():
    of, lengths = scheme("big_stick", bound=3), set()
    state = open_stream(of, seed=SEED, stratum="S")
    for _ in range(300):
        lengths.add(len(state.to_bytes()))
        _, state = next_arm(of, state)
    assert len(lengths) == 1
    assert drawn(of, 50) == drawn(of, 50) != drawn(of, 50, "T")


def test_what_a_state_is_folded_to_keeps_what_the_figures_need() -> None:
    assert scheme("simple").folded((5, 3)) == (2, 0)
    assert scheme("simple", WIDE).folded((5, 3)) == (0, 0)
    assert scheme("simple", THREE).folded((5, 3, 1)) == (0, 0, 0)
    assert scheme("urn", a=1, b=1).folded((5, 3)) == (5, 3)
    assert scheme("urn", THREE, a=1, b=1).folded((5, 1, 3)) == (1, 3, 5)
    assert scheme("simple").most_words == 2


def test_what_a_walk_may_cost_is_counted_to_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Big stick 1 of two arms has three states (12 x 2 for each first look) and five ways on: place by place 24, then 2, 48, 2, 2, 2."""
    sentence = "^so many different situations can come up that exact figures would take too long$"

    def walking(imbalance):
        chain = scheme("big_stick", bound=1).chain
        return Walk(start=chain.start, law=chain.law, move=chain.move, imbalance=imbalance)

    for most, work in ((24 + 2 + 48 + 2 + 2, 3),):
        for ask in (lambda n: walking(None).course(n), lambda n: walking(lambda counts: counts[0] - counts[1]).farthest(n)):
            monkeypatch.setattr(walk, "MOST_WORK", most)
            ask(work)
            monkeypatch.setattr(walk, "MOST_WORK", most - 1)
            with pytest.raises(NotExact, match=sentence):
                ask(work)
    monkeypatch.setattr(walk, "MOST_WORK", 10**6)
    assert walking(lambda counts: counts[0] - counts[1]).farthest(0) == 0
    again = walking(None)
    monkeypatch.setattr(walk, "MOST_WORK", 78)
    assert again.course(3) == again.course(3)


def test_how_far_leads_are_followed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    coin = scheme("permuted_blocks", multipliers=[3])
    monkeypatch.setattr(lead, "MOST_STATES", 1 + 1 + 2)
    assert len(coin.course(3).guesses) == 3
    fresh = scheme("permuted_blocks", multipliers=[3])
    monkeypatch.setattr(lead, "MOST_STATES", 3)
    with pytest.raises(NotExact, match="^the arms can drift so far apart that exact figures would take too long$"):
        fresh.course(3)
