"""The paragraph of a randomisation test, whole; the kept result, whole."""

from __future__ import annotations

from fractions import Fraction as F

from outcomes.domain.randomisation_report import decimal, paragraph, told
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.retest import Drawn, RandomisationTest, Redraws, Stream

TWO = scheme_from({"method": "permuted_blocks", "arms": {"RET": 1, "WL": 1}, "multipliers": [2]})
THREE = scheme_from({"method": "simple", "arms": {"A": 1, "B": 1, "C": 1}})
QUESTION = {"visit": "week8", "instrument": "phq9", "adjusted": False, "side": "two_sided", "draws": 999}
MADE = {"schemes": [{"version": 1, "method": "permuted_blocks"}], "code_digest": "c0de", "seed": "5eed", "cut": "2026-06-01T10:00:00Z"}


def drawn(arms: str, *outcomes: int | None) -> tuple[Drawn, ...]:
    names = {"R": "RET", "W": "WL"}
    return tuple(Drawn({}, names.get(a, a), None if y is None else F(y)) for a, y in zip(arms, outcomes, strict=True))


def test_two_arms_with_few_sequences() -> None:
    test = RandomisationTest(("RET", "WL"), (Stream(TWO, "all", drawn("RWWR", 4, 9, 10, None)),))
    kept = told(test, Redraws(999, 332, 0), test.exact())
    assert kept == {
        "statistic": "-5.5", "statistic_exact": "-11/2", "f": None,
        "arms": [{"arm": "RET", "n": 1, "mean": "4"}, {"arm": "WL", "n": 2, "mean": "9.5"}],
        "side": "two_sided", "randomised": 4, "measured": 3, "fixed": 0, "draws": 999, "extreme": 332, "undefined": 0,
        "p": "0.333", "p_exact_fraction": "333/1000", "se": "0.014911",
        "exact": {"p": "1/3", "undefined": "0", "sequences": 6},
    }  # fmt: skip
    assert paragraph(QUESTION, kept | MADE) == (
        "phq9 at week8: mean of RET 4 (n = 1) minus mean of WL 9.5 (n = 2): T = -5.5. The arms of 4 people were drawn again 999 times by "
        "scheme 1 (permuted_blocks), in the order and with the factors of their allocation; 332 draws were at least as far from 0 "
        "(two-sided). p = 0.333 (standard error 0.014911). Over all 6 sequences that the scheme can give, p = 1/3 = 0.333333. "
        "Cut 2026-06-01T10:00:00Z; seed 5eed; code c0de."
    )


def test_one_side_adjusted_with_undefined_draws_and_people_from_elsewhere() -> None:
    test = RandomisationTest(("RET", "WL"), (Stream(TWO, "all", drawn("RW", 4, 9)),), drawn("W", 3), side="less")
    kept = told(test, Redraws(9_999, 1_499, 1_250), None)
    assert paragraph(QUESTION | {"adjusted": True}, kept | MADE) == (
        "phq9 at week8, adjusted for the baseline score: mean of RET 4 (n = 1) minus mean of WL 6 (n = 2): T = -2. The arms of 2 people "
        "were drawn again 9,999 times by scheme 1 (permuted_blocks), in the order and with the factors of their allocation; 1,499 draws "
        "were at least as low (one-sided, the first arm lower). p = 0.15 (standard error 0.003571). 1,250 draws left an arm without an "
        "outcome; they count as drawn, never as extreme. 1 allocations were made elsewhere and keep their arm in every draw. "
        "Cut 2026-06-01T10:00:00Z; seed 5eed; code c0de."
    )


def test_three_arms_by_f() -> None:
    test = RandomisationTest(("A", "B", "C"), (Stream(THREE, "all", drawn("AABBCC", 1, 2, 5, 6, 9, 13)),))
    kept = told(test, Redraws(99, 4, 0), None)
    schemes = [{"version": 1, "method": "simple"}, {"version": 2, "method": "simple"}]
    assert kept["f"] == "15.1667"
    assert paragraph(QUESTION, kept | MADE | {"schemes": schemes}) == (
        "phq9 at week8: means A 1.5 (n = 2), B 5.5 (n = 2), C 11 (n = 2): F = 15.1667. The arms of 6 people were drawn again 99 times by "
        "scheme 1 (simple), 2 (simple), in the order and with the factors of their allocation; 4 draws were with an F at least as high. "
        "p = 0.05 (standard error 0.021904). Cut 2026-06-01T10:00:00Z; seed 5eed; code c0de."
    )


def test_three_arms_without_spread_within() -> None:
    test = RandomisationTest(("A", "B", "C"), (Stream(THREE, "all", drawn("AABC", 1, 1, 5, 6)),))
    told_here = paragraph(QUESTION, told(test, Redraws(99, 4, 0), None) | MADE)
    assert "C 6 (n = 1): share of the sum of squares between arms 1." in told_here


def test_decimals_are_rounded_half_up() -> None:
    assert (decimal(F(1, 3)), decimal(F(-1, 8), 2), decimal(F(5, 2))) == ("0.3333", "-0.13", "2.5")
