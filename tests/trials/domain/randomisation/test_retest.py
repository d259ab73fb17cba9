"""The randomisation test against exact p-values: the same outcomes under six designs, tea and milk, strata, minimisation, three arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import isnan, sqrt

import pytest

from trials.domain.randomisation import NotExact, Scheme, scheme_from
from trials.domain.randomisation.retest import Drawn, RandomisationTest, Redraws, Stream, TooMany
from trials.domain.randomisation.stream import next_arm, open_stream

F = Fraction
TWO = {"A": 1, "B": 1}
Y = (12, 7, 15, 9, 8, 14, 11, 6)
ARMS = "ABABBAAB"
SEED = bytes(range(32))
DESIGNS: dict[str, dict[str, object]] = {
    "CR": {"method": "simple"},
    "RAR": {"method": "permuted_blocks", "multipliers": [4]},
    "PBR 4": {"method": "permuted_blocks", "multipliers": [2]},
    "Efron 2/3": {"method": "efron", "p": "2/3"},
    "BSD 2": {"method": "big_stick", "bound": 2},
    "UD(1,1)": {"method": "urn", "a": 1, "b": 1},
}


def of(table: Mapping[str, object], arms: Mapping[str, int] = TWO) -> Scheme:
    return scheme_from({**table, "arms": arms})


def stream(
    scheme: Scheme, arms: Sequence[str], outcomes: Sequence[int | Fraction | None], levels: Sequence[Mapping[str, str]] = ()
) -> Stream:
    factors = levels or [{}] * len(arms)
    told = (None if y is None else F(y) for y in outcomes)
    return Stream(scheme, "all", tuple(Drawn(f, arm, y) for f, arm, y in zip(factors, arms, told, strict=True)))


def one(
    scheme: Scheme, arms: Sequence[str], outcomes: Sequence[int | Fraction | None], *, side: str = "two_sided", **more: object
) -> RandomisationTest:
    return RandomisationTest(scheme.arms, (stream(scheme, arms, outcomes),), side=side, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("design", "sequences", "one_sided", "two_sided", "undefined"),
    [
        ("CR", 256, F(1, 128), F(1, 64), F(1, 128)),
        ("RAR", 70, F(1, 70), F(1, 35), F(0)),
        ("PBR 4", 36, F(1, 36), F(1, 18), F(0)),
        ("Efron 2/3", 256, F(29, 2187), F(58, 2187), F(1, 2187)),
        ("BSD 2", 108, F(1, 256), F(1, 128), F(0)),
        ("UD(1,1)", 256, F(19, 2016), F(19, 1008), F(1, 181440)),
    ],
)
def test_the_same_outcomes_under_six_designs(design, sequences, one_sided, two_sided, undefined) -> None:
    """The shared table of exact p-values: T = mean A - mean B = 11/2, p from .004 to .028 by the design alone."""
    scheme = of(DESIGNS[design])
    upper, both = one(scheme, ARMS, Y, side="greater").exact(), one(scheme, ARMS, Y).exact()
    assert (upper.statistic, upper.p, upper.undefined, upper.sequences) == (F(11, 2), one_sided, undefined, sequences)
    assert (both.statistic, both.p, both.undefined, both.sequences) == (F(11, 2), two_sided, undefined, sequences)


def test_the_lower_side_is_all_that_does_not_lie_above() -> None:
    """RAR: one sequence of 70 reaches 11/2, so everything is at or below it; arms swapped, the two sides swap."""
    scheme = of(DESIGNS["RAR"])
    assert one(scheme, ARMS, Y, side="less").exact().p == 1
    swapped = ARMS.translate(str.maketrans("AB", "BA"))
    assert one(scheme, swapped, Y, side="less").exact() == one(scheme, swapped, Y, side="less").exact(70)
    assert one(scheme, swapped, Y, side="less").exact().p == F(1, 70)
    assert one(scheme, swapped, Y).exact().statistic == F(-11, 2)


def test_a_lady_tasting_tea() -> None:
    """Fisher 1935, chapter 2: eight cups, four of each kind, all told right: one chance in 70."""
    cups = "MTTMMTMT"
    tasted = one(
        of({"method": "permuted_blocks", "multipliers": [4]}, {"M": 1, "T": 1}), cups, [cup == "M" for cup in cups], side="greater"
    )
    assert tasted.exact().p == F(1, 70)


@pytest.mark.unmeasured
@pytest.mark.parametrize("design", DESIGNS)
def test_redrawing_agrees_with_going_through_all(design) -> None:
    test = one(of(DESIGNS[design]), ARMS, Y)
    exact, drawn = test.exact(), test.redraw(SEED, 4000)
    assert abs(F(drawn.extreme, drawn.draws) - exact.p) < 3 * sqrt(exact.p * (1 - exact.p) / drawn.draws)
    assert abs(F(drawn.undefined, drawn.draws) - exact.undefined) <= 3 * sqrt(exact.undefined * (1 - exact.undefined) / drawn.draws)
    assert (drawn.undefined > 0) is (design in ("CR", "Efron 2/3"))


def test_draws_are_those_of_the_allocator_itself() -> None:
    """Redrawn by hand from the streams that the allocator opens: the same count of sequences as extreme as the one found."""
    from hashlib import sha256

    scheme = of({"method": "permuted_blocks", "multipliers": [1, 2]})
    test = one(scheme, ARMS, Y)
    extreme = 0
    for number in range(50):
        state = open_stream(scheme, seed=sha256(f"rct-redraw-v1|{number}|0|".encode() + SEED).digest(), stratum="all")
        arms = []
        for _ in Y:
            arm, state = next_arm(scheme, state)
            arms.append(arm)
        a = [y for arm, y in zip(arms, Y, strict=True) if arm == "A"]
        b = [y for arm, y in zip(arms, Y, strict=True) if arm == "B"]
        extreme += abs(F(sum(a), len(a)) - F(sum(b), len(b))) >= F(11, 2)
    assert test.redraw(SEED, 50) == Redraws(50, extreme, 0)
    assert extreme > 0


def test_slices_of_draws_add_up_and_a_seed_repeats_itself() -> None:
    test = one(of(DESIGNS["CR"]), ARMS, Y)
    whole = test.redraw(SEED, 300)
    assert test.redraw(SEED, 120) + test.redraw(SEED, 180, first=120) == whole
    assert test.redraw(SEED, 300, first=300) != whole
    assert test.redraw(bytes(32), 300) != whole


def test_the_p_value_counts_the_draw_that_happened() -> None:
    assert Redraws(999, 49, 0).p == F(1, 20)
    assert Redraws(0, 0, 0).p == 1
    assert isnan(Redraws(0, 0, 0).se)
    assert Redraws(3, 2, 1) + Redraws(10, 20, 30) == Redraws(13, 22, 31)


@pytest.mark.parametrize(("draws", "extreme", "se"), [(999, 49, ".0069"), (9_999, 499, ".0022"), (99_999, 4_999, ".0007")])
def test_the_standard_error_at_five_per_cent(draws, extreme, se) -> None:
    """Printed in the shared reference for M = 999, 9,999 and 99,999."""
    assert f"{Redraws(draws, extreme, 0).se:.4f}" == f"0{se}"


def test_strata_are_drawn_each_by_itself() -> None:
    """Two strata of one block of 4: 36 pairs of sequences, gone through by hand with itertools alone."""
    scheme = of(DESIGNS["PBR 4"])
    low, high = (1, 2, 5, 9), (20, 26, 30, 31)
    test = RandomisationTest(("A", "B"), (stream(scheme, "BABA", low), stream(scheme, "BBAA", high)))
    blocks = [b for b in product("AB", repeat=4) if b.count("A") == 2]
    found = [mean_difference((*first, *second), low + high) for first in blocks for second in blocks]
    expected = F(sum(abs(t) >= abs(mean_difference("BABABBAA", low + high)) for t in found), 36)
    assert (test.exact().p, test.exact().sequences) == (expected, 36)
    drawn = test.redraw(SEED, 2000)
    assert abs(drawn.p - expected) < 3 * drawn.se


def test_strata_of_one_seed_do_not_move_together() -> None:
    """Were both drawn alike, the difference could never be 0 here. A scheme opened anew may even have the same strata again."""
    block = stream(of({"method": "permuted_blocks", "multipliers": [1]}), "AB", (0, 1))
    test = RandomisationTest(("A", "B"), (block, block))
    assert test.exact().p == F(1, 2)
    assert 400 < test.redraw(SEED, 1000).extreme < 600


def mean_difference(arms: Sequence[str], outcomes: Sequence[int]) -> Fraction:
    a = [y for arm, y in zip(arms, outcomes, strict=True) if arm == "A"]
    return F(sum(a), len(a)) - F(sum(outcomes) - sum(a), len(outcomes) - len(a))


MINIMISED: dict[str, object] = {"method": "minimisation", "factors": {"sex": ["M", "F"], "age": ["Y", "O"]}, "p": "4/5"}
PEOPLE = [{"sex": s, "age": a} for s, a in ("MY", "MO", "FY", "MY")]


@pytest.mark.unmeasured
def test_minimisation_weighs_each_sequence_by_its_own_law() -> None:
    """The tree of the shared reference (4.9). T = 6 at ABAA's mirror BABB: A has only the third person's outcome left out."""
    test = RandomisationTest(("A", "B"), (stream(of(MINIMISED), "ABBA", (9, 1, 2, 8), PEOPLE),))
    assert test.statistic == 7
    assert test.exact().p == 2 * F(4, 25)
    assert test.exact().undefined == 2 * F(1, 250)
    drawn = test.redraw(SEED, 2000)
    assert abs(drawn.p - F(8, 25)) < 3 * drawn.se


def test_biased_coin_minimisation_is_redrawn_too() -> None:
    table = {**MINIMISED, "method": "biased_coin_minimisation"}
    test = RandomisationTest(("A", "B"), (stream(of(table, {"A": 2, "B": 1}), "ABBA", (9, 1, 2, 8), PEOPLE),))
    exact, drawn = test.exact(), test.redraw(SEED, 2000)
    assert abs(drawn.p - exact.p) < 3 * drawn.se


@pytest.mark.parametrize(
    "table",
    [{"method": "block_urn", "lambda": 2}, {"method": "maximal", "bound": 2, "length": 8}, {"method": "simple"}],
    ids=lambda table: str(table["method"]),
)
def test_every_other_method_is_redrawn_too(table) -> None:
    test = one(of(table), ARMS, Y)
    drawn = test.redraw(SEED, 2000)
    assert abs(drawn.p - test.exact().p) < 3 * drawn.se


def test_three_arms_are_compared_by_the_share_between_them() -> None:
    """One block of two a arm: 90 sequences; F and the share by hand, p counted over all 90."""
    scheme = of({"method": "permuted_blocks", "multipliers": [2]}, {"A": 1, "B": 1, "C": 1})
    outcomes, given = (1, 2, 5, 6, 9, 13), "AABBCC"
    test = one(scheme, given, outcomes)
    between = F(3 * 3, 2) + F(11 * 11, 2) + F(22 * 22, 2) - F(36 * 36, 6)
    whole = F(1 + 4 + 25 + 36 + 81 + 169) - F(36 * 36, 6)
    assert test.statistic == between / whole
    assert test.f == (between / 2) / ((whole - between) / 3)
    assert test.exact().p == F(6, 90)  # whichever arm the three pairs go to
    assert test.exact().sequences == 90
    drawn = test.redraw(SEED, 2000)
    assert abs(drawn.p - F(6, 90)) < 3 * drawn.se


def test_with_three_arms_nothing_that_varies_is_nothing_between() -> None:
    scheme = of({"method": "simple"}, {"A": 1, "B": 1, "C": 1})
    alike = one(scheme, "ABCA", (3, 3, 3, 3))
    assert (alike.statistic, alike.f, alike.exact().undefined) == (0, 0, F(1) - F(36, 81))
    assert alike.exact().p == F(36, 81)
    assert one(scheme, "ABCA", (3, 4, 5, 3)).f is None  # nothing varies within
    assert one(scheme, "ABC", (3, 4, 5)).f is None
    assert one(of({"method": "simple"}), "AB", (3, 4)).f is None


def test_people_without_an_outcome_move_the_stream_on_but_not_the_statistic() -> None:
    """PBR 4, the second person unmeasured: of 6 blocks A has 1 or 2 of the measured 3."""
    test = one(of(DESIGNS["PBR 4"]), "ABBA", (4, None, 1, 7))
    assert test.measured == 3
    assert test.statistic == F(11, 2) - 1
    counted = [mean_of(block, {0: 4, 2: 1, 3: 7}) for block in ("AABB", "ABAB", "ABBA", "BAAB", "BABA", "BBAA")]
    assert test.exact().p == F(sum(abs(t) >= F(9, 2) for t in counted), 6)


def mean_of(block: str, outcomes: Mapping[int, int]) -> Fraction:
    a = [y for place, y in outcomes.items() if block[place] == "A"]
    b = [y for place, y in outcomes.items() if block[place] == "B"]
    return F(sum(a), len(a)) - F(sum(b), len(b))


def test_arms_given_elsewhere_stand_in_every_draw() -> None:
    """Two fixed people, then one block of 2: each sequence has probability 1/2, and the fixed means stay."""
    fixed = (Drawn({}, "A", F(10)), Drawn({}, "B", F(0)), Drawn({}, "B", None))
    test = one(of({"method": "permuted_blocks", "multipliers": [1]}), "AB", (F(3, 2), F(1, 3)), fixed=fixed)
    assert test.statistic == (10 + F(3, 2)) / 2 - F(1, 3) / 2
    assert (test.measured, test.exact().p, test.exact().sequences) == (4, F(1, 2), 2)
    assert 400 < test.redraw(SEED, 1000).extreme < 600


def test_too_many_sequences_are_not_gone_through() -> None:
    test = one(of(DESIGNS["CR"]), ARMS, Y)
    assert test.exact(256).sequences == 256
    with pytest.raises(TooMany, match="the stream all has more than 255 sequences"):
        test.exact(255)
    block = stream(of({"method": "permuted_blocks", "multipliers": [1]}), "AB", (1, 2))
    apart = stream(of({"method": "permuted_blocks", "multipliers": [1]}), "AB", (10, 20))
    assert RandomisationTest(("A", "B"), (block, apart)).exact(4).sequences == 4
    with pytest.raises(TooMany, match="together have more than 3 outcomes"):
        RandomisationTest(("A", "B"), (block, apart)).exact(3)


def test_several_block_sizes_have_no_exact_law_but_can_be_redrawn() -> None:
    test = one(of({"method": "permuted_blocks", "multipliers": [1, 2]}), ARMS, Y)
    with pytest.raises(NotExact):
        test.exact()
    assert 0 < test.redraw(SEED, 200).p < 1


@pytest.mark.parametrize(
    ("arms", "outcomes", "side", "sentence"),
    [
        ("AB", (1, None), "two_sided", "nobody in B has an outcome"),
        ("AB", (None, None), "two_sided", "nobody in A and B has an outcome"),
        ("AB", (1, 2), "both", "the side must be one of two_sided, greater, less, not 'both'"),
    ],
)
def test_what_cannot_be_tested_is_refused(arms, outcomes, side, sentence) -> None:
    with pytest.raises(ValueError) as refused:
        one(of({"method": "simple"}), arms, outcomes, side=side)
    assert str(refused.value) == sentence


def test_three_arms_have_no_side() -> None:
    with pytest.raises(ValueError) as refused:
        one(of({"method": "simple"}, {"A": 1, "B": 1, "C": 1}), "ABC", (1, 2, 3), side="greater")
    assert str(refused.value) == "more than two arms have no side"


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(ValueError) as refused:
        one(of({"method": "simple"}), "AB", (1, 2)).redraw(bytes(31), 1)
    assert str(refused.value) == "a seed needs at least 32 bytes, not 31"


@pytest.mark.unmeasured
def test_under_no_effect_p_values_are_even() -> None:
    """Every sequence of a design taken in turn as the one that happened: P(p <= a) never exceeds a (the test is valid)."""
    scheme = of(DESIGNS["BSD 2"])
    law: Counter[Fraction] = Counter()
    for arms in product("AB", repeat=6):
        chance = F(1)
        for place, arm in enumerate(arms):
            chance *= 0 if not chance else scheme.probabilities([(a, {}) for a in arms[:place]], {})[arm]
        if chance:
            law[one(scheme, arms, Y[:6]).exact().p] += chance  # type: ignore[assignment]
    assert sum(law.values()) == 1
    for limit in law:
        assert sum(chance for p, chance in law.items() if p <= limit) <= limit


# --- small enough for a pencil


@pytest.mark.parametrize("unit", [1, F(1, 3)])
def test_the_f_of_three_arms_is_that_of_the_textbook(unit) -> None:
    """Means 2, 4, 9 around 5: between 2 * (9 + 1 + 16) = 52 on 2 degrees, within 3 * 2 = 6 on 3; F = (52 / 2) / (6 / 3) = 13."""
    scheme = of({"method": "simple"}, {"A": 1, "B": 1, "C": 1})
    found = one(scheme, "AABBCC", [unit * y for y in (1, 3, 3, 5, 8, 10)])
    assert (found.f, found.statistic, found.measured) == (13, F(52, 58), 6)
    assert one(scheme, "ABC", (1, 2, 3)).f is None
    assert one(scheme, "AABBCC", (1, 1, 2, 2, 3, 3)).f is None
    assert one(of({"method": "simple"}), "AABB", (1, 2, 3, 5)).f is None


def test_two_streams_are_joined_by_adding_numbers_and_totals() -> None:
    """Two coins of two people each, outcomes 1, 2 and 4, 8: all 16 sequences, and how many lie as far out as A with 8 and 4."""
    scheme = of({"method": "simple"})
    test = RandomisationTest(("A", "B"), (stream(scheme, "BB", (1, 2)), stream(scheme, "AA", (4, 8))))
    apart = []
    for arms in product("AB", repeat=4):
        a, b = ([y for arm, y in zip(arms, (1, 2, 4, 8), strict=True) if arm == own] for own in "AB")
        apart.append(F(sum(a), len(a)) - F(sum(b), len(b)) if a and b else None)
    seen = test.exact()
    assert seen.statistic == F(9, 2)
    assert seen.p == F(sum(found is not None and abs(found) >= F(9, 2) for found in apart), 16)
    assert (seen.undefined, seen.sequences) == (F(2, 16), 16)


LEVELS = ({"sex": "F"}, {"sex": "M"}, {"sex": "F"}, {"sex": "F"})


def test_the_levels_of_everybody_count() -> None:
    scheme = of({"method": "minimisation", "p": "4/5", "factors": {"sex": ["F", "M"]}})
    test = RandomisationTest(scheme.arms, (stream(scheme, "ABBA", (1, 2, 3, 5), LEVELS),))
    p = undefined = F(0)
    for arms in product("AB", repeat=4):
        chance, history = F(1), []
        for arm, levels in zip(arms, LEVELS, strict=True):
            chance *= scheme.probabilities(history, levels)[arm]
            history.append((arm, levels))
        a, b = ([y for arm, y in zip(arms, (1, 2, 3, 5), strict=True) if arm == own] for own in "AB")
        if not (a and b):
            undefined += chance
        elif abs(F(sum(a), len(a)) - F(sum(b), len(b))) >= F(1, 2):
            p += chance
    seen = test.exact()
    assert (seen.p, seen.undefined) == (p, undefined)


def test_a_draw_has_a_number_and_streams_of_its_own() -> None:
    """Draw by draw from the seed's own words, and slices of them."""
    from hashlib import sha256

    scheme = of({"method": "minimisation", "p": "4/5", "factors": {"sex": ["F", "M"]}})
    test = RandomisationTest(scheme.arms, (stream(scheme, "ABBA", (1, 2, 3, 5), LEVELS), stream(scheme, "BA", (7, 9), LEVELS[:2])))

    def by_hand(number: int) -> bool:
        held: dict[str, list[int]] = {"A": [], "B": []}
        for place, people in enumerate((zip(LEVELS, (1, 2, 3, 5), strict=True), zip(LEVELS[:2], (7, 9), strict=True))):
            own = sha256(f"rct-redraw-v1|{number}|{place}|".encode() + SEED).digest()
            state = open_stream(scheme, seed=own, stratum="all")
            for levels, outcome in people:
                arm, state = next_arm(scheme, state, levels)
                held[arm].append(outcome)
        if not (held["A"] and held["B"]):
            return False
        return abs(F(sum(held["A"]), len(held["A"])) - F(sum(held["B"]), len(held["B"]))) >= abs(test.statistic)

    extreme = [by_hand(number) for number in range(12)]
    assert test.redraw(SEED, 12).extreme == sum(extreme)
    for first, draws in ((0, 3), (3, 4), (7, 5)):
        found = test.redraw(SEED, draws, first=first)
        assert (found.draws, found.extreme) == (draws, sum(extreme[first : first + draws]))
