"""Couples and clusters in the randomisation test, by listing every sequence by hand; and how two streams are joined."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from tests.trials.domain.randomisation.acceptance import THREE, scheme
from trials.domain.randomisation.retest import Drawn, RandomisationTest, Stream, _joined

F = Fraction
COUPLES = (
    Drawn({}, "A", F(8), (F(9), None)),
    Drawn({}, "B", F(1), (F(2),)),
    Drawn({}, "B", None, (F(9, 2),)),
    Drawn({}, "A", None),
)
ELSEWHERE = Drawn({}, "A", None, (F(1, 3), F(7)))


def apart(a: list[Fraction], b: list[Fraction]) -> Fraction | None:
    return F(sum(a), len(a)) - F(sum(b), len(b)) if a and b else None


def test_one_draw_moves_all_members_of_a_group_together() -> None:
    test = RandomisationTest(("A", "B"), (Stream(scheme("simple"), "all", COUPLES),), (ELSEWHERE,), "greater")
    groups, found = [drawn.outcomes for drawn in COUPLES], []
    for arms in product("AB", repeat=4):
        held = {"A": [*ELSEWHERE.outcomes], "B": []}
        for arm, outcomes in zip(arms, groups, strict=True):
            held[arm] += outcomes
        found.append(apart(held["A"], held["B"]))
    seen = test.exact()
    assert groups == [(8, 9), (1, 2), (F(9, 2),), ()]
    assert (test.measured, seen.statistic) == (7, F(73, 12) - F(5, 2))
    assert (seen.p, seen.undefined, seen.sequences) == (F(sum(t is not None and t >= seen.statistic for t in found), 16), F(2, 16), 16)


def test_the_members_of_every_group_count_among_three_arms() -> None:
    drawn = (*COUPLES[:2], Drawn({}, "C", F(4), (F(5), F(6))))
    test = RandomisationTest(tuple(THREE), (Stream(scheme("simple", THREE), "all", drawn),))
    mean = F(35, 7)
    between = 2 * (F(17, 2) - mean) ** 2 + 2 * (F(3, 2) - mean) ** 2 + 3 * (5 - mean) ** 2
    assert test.statistic == between / sum((y - mean) ** 2 for y in (8, 9, 1, 2, 4, 5, 6))


def test_streams_are_joined_tally_by_tally_and_the_ways_to_one_are_added() -> None:
    first = {((1, 2), (0, 0)): F(1, 3), ((0, 0), (1, 2)): F(2, 3)}
    second = {((1, 2), (0, 0)): F(1, 4), ((0, 0), (1, 2)): F(3, 4)}
    assert _joined(first, second) == {((2, 4), (0, 0)): F(1, 12), ((1, 2), (1, 2)): F(5, 12), ((0, 0), (2, 4)): F(1, 2)}
