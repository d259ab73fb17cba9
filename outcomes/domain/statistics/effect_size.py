"""Hedges' g: the difference of two means in units of their pooled standard deviation, corrected for small samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from outcomes.domain.statistics.distributions import Z

Formula = Literal["borenstein", "lrstat"]


@dataclass(frozen=True, kw_only=True)
class HedgesG:
    """`estimate` = j x d, with its variance by the formula named, its standard error and 95 % interval (normal)."""

    d: float
    j: float
    estimate: float
    variance: float
    se: float
    ci: tuple[float, float]
    formula: Formula


def hedges_g(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, formula: Formula = "borenstein") -> HedgesG:
    """g of group 1 against group 2, from means, standard deviations (n - 1) and sizes.

    d = (m1 - m2) / sp, sp^2 the pooled variance; j = 1 - 3 / (4 df - 1), df = n1 + n2 - 2 (Hedges 1981).
    `borenstein` (Borenstein et al. 2009, chapter 4): variance = j^2 ((n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2))).
    `lrstat` (R package lrstat, hedgesg): variance = (n1 + n2) / (n1 n2) + g^2 / (2 df). The two differ in small samples.
    Raises ValueError for a group below two, a negative or not finite number, no spread at all, or an unknown formula.
    """
    if formula not in ("borenstein", "lrstat"):
        raise ValueError(f"formula must be borenstein or lrstat, not {formula!r}")
    if min(n1, n2) < 2:
        raise ValueError("each group needs at least two people")
    if not all(math.isfinite(x) for x in (m1, sd1, m2, sd2)) or min(sd1, sd2) < 0:
        raise ValueError("means must be finite, standard deviations finite and not negative")
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    if pooled == 0:
        raise ValueError("without any spread there is no standardised difference")
    d, j = (m1 - m2) / pooled, 1 - 3 / (4 * df - 1)
    g, sampling = j * d, (n1 + n2) / (n1 * n2)
    variance = j**2 * (sampling + d**2 / (2 * (n1 + n2))) if formula == "borenstein" else sampling + g**2 / (2 * df)
    se = math.sqrt(variance)
    return HedgesG(d=d, j=j, estimate=g, variance=variance, se=se, ci=(g - Z * se, g + Z * se), formula=formula)
