"""James' and Bang's indices: published tables, the paper's own variance formula, and what holds by hand."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product
from math import isclose, sqrt

import pytest

from outcomes.domain.blinding_index import Guesses, Index, bang, counted, james

TWO = ("T", "P")
CRISP = Guesses(TWO, ((82, 25), (27, 29)), (170, 83))
INVESTIGATORS = Guesses(TWO, ((48, 4), (22, 30)), (330, 319))


def shown(index: Index) -> tuple[float, float, float, float]:
    return tuple(round(value, 3) for value in (float(index.estimate), index.se, index.low, index.high))  # type: ignore[return-value]


def test_the_investigators_of_a_device_trial() -> None:
    """Houweling 2014 (Clin Trials 11:547), table 2, with the results of the R package BI 1.2.0 to three places."""
    assert shown(james(INVESTIGATORS)) == (0.896, 0.011, 0.875, 0.918)
    assert shown(bang(INVESTIGATORS, "T")) == (0.115, 0.018, 0.08, 0.15)
    assert shown(bang(INVESTIGATORS, "P")) == (0.022, 0.019, -0.016, 0.06)


def test_the_crisp_trial_of_bangs_paper() -> None:
    """Counts of Bang 2004, table 7; the indices by hand: (82 - 25) / 277, (29 - 27) / 139, and James' from its definition."""
    assert bang(CRISP, "T").estimate == F(57, 277)
    assert bang(CRISP, "P").estimate == F(2, 139)
    # 253 of 416 don't know; 163 guesses, 52 wrong; said T 109, P 54; guesses in T 107, in P 56
    assert james(CRISP).estimate == F(253, 416) + F(163**2 * 52, 2 * 416 * (109 * 56 + 54 * 107))
    assert round(float(james(CRISP).estimate), 2) == 0.75


def closed_form(guesses: Guesses) -> tuple[float, float]:
    """James' index and variance as written in the papers: kappa of disagreement, and the two terms of its asymptotic variance."""
    n, w = guesses.n, [[0, 0.5], [0.5, 0]]
    p = [[guesses.counts[j][i] / n for j in range(2)] for i in range(2)]  # guess x arm
    dk = sum(guesses.unknown) / n
    rows, cols = [sum(row) for row in p], [p[0][j] + p[1][j] for j in range(2)]
    cells = list(product(range(2), repeat=2))
    observed = sum(w[i][j] * p[i][j] for i, j in cells) / (1 - dk)
    expected = sum(w[i][j] * rows[i] * cols[j] for i, j in cells) / (1 - dk) ** 2
    kappa = (observed - expected) / expected
    below = 4 * sum(w[i][j] * rows[i] * cols[j] for i, j in cells) ** 2
    above = sum(
        p[i][j] * (1 - dk) ** 2 * ((1 - dk) * w[i][j] - (1 + kappa) * sum(w[r][j] * rows[r] + w[i][r] * cols[r] for r in range(2))) ** 2
        for i, j in cells
    )
    second = dk * (1 - dk) - (1 - dk) * (1 + kappa) * (dk + (1 - dk) * (1 + kappa) / 4)
    return (1 + dk + (1 - dk) * kappa) / 2, (above / below + second) / n


@pytest.mark.parametrize(
    "guesses",
    [
        CRISP,
        INVESTIGATORS,
        Guesses(TWO, ((10, 2), (3, 9)), (0, 0)),
        Guesses(TWO, ((30, 20), (12, 15)), (9, 40)),
        Guesses(TWO, ((1, 0), (4, 1)), (0, 7)),
    ],
)
def test_the_variance_is_that_of_the_paper(guesses) -> None:
    estimate, variance = closed_form(guesses)
    found = james(guesses)
    assert isclose(found.estimate, estimate, rel_tol=1e-12)
    assert isclose(found.variance, variance, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("counts", "unknown", "index", "own"),
    [
        (((5, 0), (0, 5)), (0, 0), 0, (1, 1)),
        (((0, 5), (5, 0)), (0, 0), 1, (-1, -1)),
        (((5, 5), (5, 5)), (0, 0), F(1, 2), (0, 0)),
        (((0, 0), (0, 0)), (5, 5), 1, (0, 0)),
        (((9, 0), (9, 0)), (0, 0), F(1, 2), (1, -1)),
        (((4, 4), (4, 4)), (8, 8), F(3, 4), (0, 0)),
    ],
    ids=["all right", "all wrong", "at random", "nobody knows", "everybody says T", "half don't know, the rest at random"],
)
def test_the_ends_and_the_middle_of_the_scales(counts, unknown, index, own) -> None:
    guesses = Guesses(TWO, counts, unknown)
    assert james(guesses).estimate == index
    assert tuple(bang(guesses, arm).estimate for arm in TWO) == own


def test_nobody_knowing_is_certain() -> None:
    assert james(Guesses(TWO, ((0, 0), (0, 0)), (3, 2))) == Index(F(1), F(0))


def test_where_nothing_can_be_said_nothing_is() -> None:
    assert james(Guesses(TWO, ((0, 0), (0, 0)), (0, 0))) is None
    assert james(Guesses(TWO, ((5, 0), (0, 0)), (0, 1))) is None  # nobody could have been wrong
    assert bang(Guesses(TWO, ((5, 0), (0, 0)), (0, 0)), "P") is None
    assert bang(Guesses(TWO, ((5, 0), (0, 0)), (0, 1)), "P") == Index(F(0), F(0))


def test_bangs_variance_is_that_of_a_difference_of_shares() -> None:
    """6 right, 3 wrong, 1 neither of 10: (.6 x .4 + .3 x .7 + 2 x .6 x .3) / 10."""
    assert bang(Guesses(TWO, ((6, 3), (0, 1)), (1, 0)), "T") == Index(F(3, 10), F(81, 1000))


def test_relabelling_the_arms_changes_nothing() -> None:
    turned = Guesses(("P", "T"), ((29, 27), (25, 82)), (83, 170))
    assert james(turned) == james(CRISP)
    assert (bang(turned, "T"), bang(turned, "P")) == (bang(CRISP, "T"), bang(CRISP, "P"))


def test_three_arms_at_random_and_all_right() -> None:
    three = ("A", "B", "C")
    random = Guesses(three, ((2, 2, 2),) * 3, (0, 0, 0))
    assert james(random).estimate == F(1, 2)
    assert [bang(random, arm).estimate for arm in three] == [0, 0, 0]
    right = Guesses(three, ((4, 0, 0), (0, 4, 0), (0, 0, 4)), (0, 0, 0))
    assert (james(right).estimate, bang(right, "B").estimate) == (0, 1)
    # 3 right, 2 wrong of 6: 3/6 - (2/6) / 2; variance by a + b/4 + covariance
    some = Guesses(three, ((3, 1, 1), (0, 1, 0), (0, 0, 1)), (1, 0, 0))
    assert bang(some, "A") == Index(F(1, 3), (F(1, 4) + F(1, 4) * F(1, 3) * F(2, 3) + F(1, 2) * F(1, 3)) / 6)


def test_guesses_are_counted_by_arm() -> None:
    pairs = [("T", "T"), ("T", "P"), ("T", ""), ("P", "P"), ("P", "P")]
    assert counted(TWO, pairs) == Guesses(TWO, ((1, 1), (0, 2)), (1, 0))
    assert counted(TWO, pairs).n == 5
    for pair in (("X", "T"), ("T", "X"), ("", "T")):
        with pytest.raises(ValueError, match="may be other than T, P"):
            counted(TWO, [pair])


def test_intervals_are_symmetric_at_ninety_five_per_cent() -> None:
    index = Index(F(1, 2), F(1, 100))
    assert isclose(index.se, 0.1)
    assert isclose(index.high - 0.5, 0.5 - index.low)
    assert isclose(index.high, 0.5 + 1.959963984540054 * sqrt(0.01))
