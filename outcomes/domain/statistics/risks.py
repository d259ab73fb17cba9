"""Two groups and an event: difference and ratio of risks, ratio of odds, number needed to treat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from outcomes.domain.statistics.distributions import Z

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RiskDifference:
    """Risk in group 1 minus risk in group 2 with two 95 % intervals: Wald's, and Newcombe's, which holds in small groups."""

    estimate: float
    wald: Interval
    newcombe: Interval


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio with its 95 % interval on the log scale; both None where a cell of the table is empty and no ratio stands."""

    estimate: float | None
    ci: Interval | None


@dataclass(frozen=True, kw_only=True)
class NumberNeeded:
    """1 / risk difference: how many have to be in group 1 for one event more; negative means one event fewer.

    `ci` runs from the reciprocals of Wald's limits. Where that interval holds 0 the numbers go through infinity, and no single interval
    says it (Altman 1998): `ci` then keeps the side of the estimate and is open (`math.inf`) at the other, and `through_infinity`
    is (number needed for one more, number needed for one fewer).
    """

    estimate: float
    ci: Interval
    through_infinity: Interval | None


def risk_difference(a: int, n1: int, c: int, n2: int) -> RiskDifference:
    """a of n1 against c of n2. Newcombe (1998), method 10: Wilson's score intervals put together, no continuity correction.

    Raises ValueError where a count is negative, above its group, or a group is empty.
    """
    p1, p2 = _risk(a, n1), _risk(c, n2)
    difference = float(Fraction(a, n1) - Fraction(c, n2))
    half = Z * math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    low1, high1 = _wilson(a, n1)
    low2, high2 = _wilson(c, n2)
    down, up = math.hypot(p1 - low1, high2 - p2), math.hypot(high1 - p1, p2 - low2)
    return RiskDifference(estimate=difference, wald=(difference - half, difference + half), newcombe=(difference - down, difference + up))


def nnt(a: int, n1: int, c: int, n2: int) -> NumberNeeded:
    """The number needed to treat from the same counts; infinite where the risks are equal. Raises ValueError as `risk_difference`."""
    found = risk_difference(a, n1, c, n2)
    low, high = found.wald
    estimate = _reciprocal(found.estimate)
    if low > 0 or high < 0:
        return NumberNeeded(estimate=estimate, ci=(1 / high, 1 / low), through_infinity=None)
    more, fewer = _reciprocal(high), -_reciprocal(-low)
    ci = (more, math.inf) if found.estimate >= 0 else (-math.inf, fewer)
    return NumberNeeded(estimate=estimate, ci=ci, through_infinity=(more, fewer))


def risk_ratio(a: int, n1: int, c: int, n2: int) -> Ratio:
    """(a / n1) / (c / n2), interval by the log method (Katz et al. 1978). Raises ValueError as `risk_difference`."""
    p1, p2 = _risk(a, n1), _risk(c, n2)
    if a == 0 or c == 0:
        return Ratio(estimate=None, ci=None)
    return _on_the_log_scale(p1 / p2, 1 / a - 1 / n1 + 1 / c - 1 / n2)


def odds_ratio(a: int, n1: int, c: int, n2: int) -> Ratio:
    """Odds of a of n1 over odds of c of n2, interval by Woolf (1955). Raises ValueError as `risk_difference`."""
    _risk(a, n1)
    _risk(c, n2)
    b, d = n1 - a, n2 - c
    if 0 in (a, b, c, d):
        return Ratio(estimate=None, ci=None)
    return _on_the_log_scale(a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d)


def _on_the_log_scale(ratio: float, variance: float) -> Ratio:
    half = Z * math.sqrt(variance)
    return Ratio(estimate=ratio, ci=(ratio * math.exp(-half), ratio * math.exp(half)))


def _risk(events: int, people: int) -> float:
    if people < 1 or not 0 <= events <= people:
        raise ValueError(f"{events} of {people} is no share of a group")
    return events / people


def _wilson(events: int, people: int) -> Interval:
    """Wilson's (1927) score interval of a share."""
    share = events / people
    centre = share + Z**2 / (2 * people)
    half = Z * math.sqrt(share * (1 - share) / people + Z**2 / (4 * people**2))
    return (max(0.0, (centre - half) / (1 + Z**2 / people)), min(1.0, (centre + half) / (1 + Z**2 / people)))


def _reciprocal(number: float) -> float:
    return 1 / number if number else math.inf
