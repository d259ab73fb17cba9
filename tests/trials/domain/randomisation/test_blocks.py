"""Permuted blocks: golden lists, exact figures, and frequencies that a biased draw would fail (false alarm below 1e-9)."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial, prod

import pytest

from trials.domain.randomisation import NotExact, Scheme, scheme_from
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.stream import next_arm, open_dummy_stream, open_stream

SEED = bytes(range(32))


def blocks(*multipliers: int, **ratio: int) -> Scheme:
    return scheme_from({"method": "permuted_blocks", "arms": ratio or {"A": 1, "B": 1}, "multipliers": list(multipliers)})


def block_list(scheme: Scheme, size: int, count: int, stratum: str = "S") -> list[str]:
    drawn = "".join(scheme.draw_list(SEED, stratum, size * count))
    return [drawn[i : i + size] for i in range(0, len(drawn), size)]


def test_the_golden_two_arm_list() -> None:
    assert "".join(blocks(2, 3).draw_list(SEED, "SITE01|F|<70", 24)) == "BBAABAABBABAABBAABBBAAABBA"


def test_the_golden_three_arm_list() -> None:
    drawn = blocks(1, 2, HRT=1, MIT=1, CON=1).draw_list(SEED, "SITE01|M|>=70", 18)
    assert " ".join(drawn) == "HRT CON MIT MIT HRT CON CON HRT MIT HRT MIT MIT CON CON HRT HRT CON MIT"


@pytest.mark.parametrize("length", [0, 1, 6, 7])
def test_lists_hold_whole_blocks(length: int) -> None:
    assert len(blocks(3).draw_list(SEED, "S", length)) == {0: 0, 1: 6, 6: 6, 7: 12}[length]


@pytest.mark.parametrize(
    ("ratio", "multipliers"),
    [({"A": 1, "B": 1}, (2, 3)), ({"HRT": 1, "MIT": 1, "CON": 1}, (1, 2)), ({"RET": 2, "WL": 1}, (2,)), ({"A": 1, "B": 1}, (1, 3, 4))],
)
def test_the_stream_gives_the_list_one_arm_at_a_time(ratio: dict[str, int], multipliers: tuple[int, ...]) -> None:
    scheme = blocks(*multipliers, **ratio)
    state, arms, lengths = open_stream(scheme, seed=SEED, stratum="site=LIM|sex=F"), [], set()
    for _ in range(120):
        lengths.add(len(state.to_bytes()))
        arm, state = next_arm(scheme, type(state).from_bytes(state.to_bytes()))
        arms.append(arm)
    assert arms == scheme.draw_list(SEED, "site=LIM|sex=F", 120)[:120]
    assert len(lengths) == 1


def test_a_step_taken_twice_gives_the_same_arm() -> None:
    scheme = blocks(2, 3)
    state = open_stream(scheme, seed=SEED, stratum="S")
    assert next_arm(scheme, state) == next_arm(scheme, state)


def test_the_ten_thousandth_arm_costs_what_the_first_did(monkeypatch: pytest.MonkeyPatch) -> None:
    scheme, words, costs = blocks(2), [0], []
    draw = Drbg.word

    def counted(self: Drbg) -> int:
        words[0] += 1
        return draw(self)

    monkeypatch.setattr(Drbg, "word", counted)
    state = open_stream(scheme, seed=SEED, stratum="S")
    for _ in range(2000):
        words[0] = 0
        _, state = next_arm(scheme, state)
        costs.append(words[0])
    assert set(costs) == {3}


def test_sham_arms_come_from_a_stream_of_their_own() -> None:
    scheme = blocks(2, 3)
    state, sham = open_dummy_stream(scheme, seed=SEED, stratum="site=LIM"), []
    for _ in range(60):
        arm, state = next_arm(scheme, state)
        sham.append(arm)
    assert sham == scheme.draw_list(SEED, "dummy|site=LIM", 60)[:60] != scheme.draw_list(SEED, "site=LIM", 60)[:60]


@pytest.mark.parametrize(
    "stored", [b"", b"uplift-stream-1\x00" + bytes(71), b"uplift-stream-1\x00" + bytes(73), b"uplift-stream-2\x00" + bytes(72)]
)
def test_foreign_bytes_are_not_a_stream(stored: bytes) -> None:
    with pytest.raises(ValueError, match="not the state of a stream"):
        type(open_stream(blocks(2), seed=SEED, stratum="S")).from_bytes(stored)


@pytest.mark.parametrize(
    ("multiplier", "arrangements", "guesses", "forced", "balanced", "farthest"),
    [
        (1, 2, Fraction(3, 4), Fraction(1, 2), 1 / 2, 1),
        (2, 6, Fraction(17, 24), Fraction(1, 3), 5 / 12, 4 / 3),
        (3, 20, Fraction(41, 60), Fraction(1, 4), 11 / 30, 1.7),
        (4, 70, Fraction(373, 560), Fraction(1, 5), 0.332143, 2.0286),
        (5, 252, Fraction(823, 1260), Fraction(1, 6), 0.306349, 2.3175),
        (6, 924, Fraction(3565, 5544), Fraction(1, 7), 0.286075, 2.5758),
    ],
)
def test_one_block_of_two_equal_arms(
    multiplier: int, arrangements: int, guesses: Fraction, forced: Fraction, balanced: float, farthest: float
) -> None:
    size = 2 * multiplier
    figures = blocks(multiplier).properties(size)
    assert factorial(size) // factorial(multiplier) ** 2 == arrangements
    assert (figures.correct_guesses, figures.forced) == (pytest.approx(float(guesses), abs=1e-9), pytest.approx(float(forced), abs=1e-9))
    assert (figures.balanced, figures.max_imbalance) == (pytest.approx(balanced, abs=5e-7), pytest.approx(farthest, abs=5e-5))
    assert figures.sd_imbalance == 0


@pytest.mark.parametrize(
    ("ratio", "multiplier", "arrangements", "guesses", "forced"),
    [
        ((1, 1, 1), 1, 6, "11/18", "1/3"),
        ((1, 1, 1), 2, 90, "101/180", "1/5"),
        ((1, 1, 1), 3, 1680, "4021/7560", "1/7"),
        ((1, 1, 1, 1), 1, 24, "25/48", "1/4"),
        ((2, 1), 1, 3, "7/9", "4/9"),
        ((2, 1), 2, 15, "67/90", "13/45"),
        ((2, 1), 3, 84, "275/378", "3/14"),
        ((3, 1), 1, 4, "13/16", "7/16"),
        ((3, 2), 1, 10, "18/25", "3/10"),
        ((2, 1, 1), 1, 12, "31/48", "7/24"),
        ((2, 2, 1), 1, 30, "91/150", "6/25"),
        ((1, 2, 3), 1, 60, "113/180", "79/360"),
    ],
)
def test_one_block_of_other_ratios(ratio: tuple[int, ...], multiplier: int, arrangements: int, guesses: str, forced: str) -> None:
    scheme = blocks(multiplier, **dict(zip("ABCD", ratio, strict=False)))
    size = multiplier * sum(ratio)
    figures = scheme.properties(size)
    assert factorial(size) // prod(factorial(multiplier * share) for share in ratio) == arrangements
    assert figures.correct_guesses == pytest.approx(float(Fraction(guesses)), abs=1e-9)
    assert figures.forced == pytest.approx(float(Fraction(forced)), abs=1e-9)
    assert (figures.balanced, figures.sd_imbalance, figures.max_imbalance) == (None, None, None)


def test_the_farthest_imbalance_of_a_hundred_is_exact() -> None:
    reaches_two = 1 - Fraction(4, 6) ** 25
    assert blocks(2).properties(100).max_imbalance == pytest.approx(float(1 + reaches_two), abs=1e-9)


def test_the_law_is_what_is_left_of_the_block() -> None:
    scheme = blocks(1, RET=2, WL=1)
    given: list[tuple[str, dict[str, str]]] = [("RET", {}), ("WL", {}), ("RET", {}), ("RET", {})]
    laws = [scheme.probabilities(given[:i], {}) for i in range(5)]
    assert laws == [
        {"RET": Fraction(2, 3), "WL": Fraction(1, 3)},
        {"RET": Fraction(1, 2), "WL": Fraction(1, 2)},
        {"RET": Fraction(1), "WL": Fraction(0)},
        {"RET": Fraction(2, 3), "WL": Fraction(1, 3)},
        {"RET": Fraction(1, 2), "WL": Fraction(1, 2)},
    ]


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (["A", "A"], "the block that starts at place 1 of the history holds too many of one arm"),
        (["A", "B", "B", "B", "A"], "the block that starts at place 3 of the history holds too many of one arm"),
        (["A", "C"], "the history names the arm 'C', which the scheme does not have"),
    ],
)
def test_a_history_the_scheme_cannot_have_made_is_refused(history: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        blocks(1).probabilities([(arm, {}) for arm in history], {})


def test_several_sizes_have_no_law_of_the_next_arm() -> None:
    with pytest.raises(NotExact, match="depends on sizes that nobody has seen"):
        blocks(2, 3).probabilities([], {})


@pytest.mark.parametrize(("seed", "stratum", "sentence"), [(bytes(31), "S", "at least 32 bytes"), (SEED, "sité=A", "not plain ASCII")])
def test_a_list_needs_a_long_seed_and_a_plain_key(seed: bytes, stratum: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        blocks(2).draw_list(seed, stratum, 4)


def test_properties_need_an_allocation() -> None:
    with pytest.raises(ValueError, match="at least one allocation, not 0"):
        blocks(2).properties(0)


def test_arrangements_of_one_of_each_are_all_reached() -> None:
    drawn = block_list(blocks(1, A=1, B=1, C=1), 3, 600)
    assert set(drawn) == {"".join(order) for order in permutations("ABC")}
