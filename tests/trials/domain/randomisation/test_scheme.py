"""Allocation tables are refused with every fault at once, and an arm is chosen from its law in declared order."""

from __future__ import annotations

from fractions import Fraction

import pytest

from trials.domain.randomisation import Scheme, scheme_from

TWO = {"A": 1, "B": 1}
GOOD: dict[str, object] = {"method": "permuted_blocks", "arms": TWO, "multipliers": [2, 3]}


def test_numbers_may_be_text() -> None:
    assert scheme_from({"method": "permuted_blocks", "arms": {"A": "1", "B": "1"}, "multipliers": ["2", "6/2"]}) == scheme_from(GOOD)


def test_stratification_factors_may_stand_in_the_table() -> None:
    assert scheme_from({**GOOD, "factors": {"sex": ["F", "M"]}}) == scheme_from(GOOD)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"method": "dice"}, ["method must be one of simple, permuted_blocks", "not 'dice'"]),
        ({"method": ["x"]}, ["method must be one of", "not ['x']"]),
        (
            {"method": "dice", "multipliers": [2.5, {"x": 0.5}], "dices": 2, "arms": {"A": 1.5, "B": 1}},
            [
                "'dice'",
                "multipliers must not hold a float (2.5)",
                "(0.5)",
                "'dices' is not a key",
                "the ratio of A must not be a float (1.5)",
            ],
        ),
        ({"arms": {"A": 1}}, ["arms must map between 2 and 20 arm codes"]),
        ({"arms": {f"A{i}": 1 for i in range(21)}}, ["arms must map between 2 and 20 arm codes"]),
        ({"arms": ["A", "B"]}, ["arms must map between 2 and 20 arm codes"]),
        ({"arms": {"": 1, 7: 1}}, ["arms: '' is not an arm code", "arms: 7 is not an arm code"]),
        ({"arms": {"A": 0, "B": -1}}, ["the ratio of A must be a whole number from 1", "the ratio of B must be a whole number from 1"]),
        ({"arms": {"A": 10_001, "B": 1}}, ["the ratio of A must be a whole number from 1 to 10,000, not 10001"]),
        ({"arms": {"A": True, "B": "one"}}, ["the ratio of A must be a number, not True", "the ratio of B must be a number, not 'one'"]),
        ({"arms": {"A": "1/0", "B": "1e99999999"}}, ["must be a number, not '1/0'", "must be a number, not '1e99999999'"]),
        ({"multipliers": []}, ["multipliers must be a list of one or more whole numbers"]),
        ({"multipliers": 2}, ["multipliers must be a list of one or more whole numbers"]),
        ({"multipliers": [2, "2"]}, ["multipliers names a number twice"]),
        ({"multipliers": ["1/2"]}, ["multipliers: place 1 must be a whole number from 1 to 10,000, not 1/2"]),
        ({"multipliers": [6000]}, ["multipliers make a block of more than 10,000 places"]),
        ({"factors": "sex"}, ["factors must be a table or a list of tables"]),
        (
            {"arms": {"A": 1.0, "B": 1}, "multipliers": [2.0, 0], "bound": 3, "seed": 1},
            [
                "ratio of A must not be a float",
                "place 1 must not be a float",
                "place 2 must be a whole",
                "'bound' is not a key",
                "'seed' is not a key",
            ],
        ),
    ],
)
def test_a_bad_table_is_refused_with_every_fault(changes: dict[str, object], faults: list[str]) -> None:
    with pytest.raises(ValueError) as refused:
        scheme_from({**GOOD, **changes})
    assert [fault for fault in faults if fault not in str(refused.value)] == []


@pytest.mark.parametrize("longest", [5000])
def test_the_longest_block_is_allowed(longest: int) -> None:
    assert len(scheme_from({**GOOD, "multipliers": [longest]}).arms) == 2


@pytest.mark.parametrize(
    ("u", "arm"),
    [("0", "A"), ("1/6", "B"), ("99/600", "A"), ("1/2", "B"), ("2/3", "D"), ("999/1000", "D")],
    ids=["first", "at the border", "just below it", "middle", "an arm without a chance is passed over", "last"],
)
def test_the_first_arm_whose_running_sum_exceeds_u_is_chosen(u: str, arm: str) -> None:
    scheme = scheme_from({"method": "permuted_blocks", "arms": dict.fromkeys("ABCD", 1), "multipliers": [1]})
    law = {"D": Fraction(1, 3), "B": Fraction(1, 2), "C": Fraction(0), "A": Fraction(1, 6)}
    assert scheme.choose(law, Fraction(u)) == arm


@pytest.mark.parametrize(
    ("law", "u"),
    [
        ({"A": Fraction(1, 2), "B": Fraction(1, 2)}, Fraction(1)),
        ({"A": Fraction(1, 2), "B": Fraction(1, 2)}, Fraction(-1, 10)),
        ({"A": Fraction(1, 2), "B": Fraction(1, 3)}, Fraction(0)),
        ({"A": Fraction(3, 2), "B": Fraction(-1, 2)}, Fraction(0)),
        ({"A": Fraction(1)}, Fraction(0)),
    ],
)
def test_a_choice_needs_a_whole_law_and_a_place_in_it(law: dict[str, Fraction], u: Fraction) -> None:
    with pytest.raises(ValueError, match=r"u must lie in|must name every arm once and add up to 1"):
        scheme_from(GOOD).choose(law, u)


def test_only_permuted_blocks_have_a_list() -> None:
    with pytest.raises(ValueError, match="only permuted blocks can be drawn as a list"):
        Scheme.draw_list(scheme_from(GOOD), bytes(32), "S", 4)
