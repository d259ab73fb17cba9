"""Student's t and Fisher's F, from the regularised incomplete beta function; the normal distribution is the standard library's.

The incomplete beta function is the continued fraction of Abramowitz & Stegun (1964) 26.5.8, evaluated by Lentz's method; relative error
about 1e-13 for the degrees of freedom of a trial, 1e-11 at 100,000.
"""

from __future__ import annotations

import math
from statistics import NormalDist

LEVEL = 0.95
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
"""1.959964: half the width of a 95 % interval in standard errors."""

_TINY = 1e-300
_CLOSE = 1e-15


def incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b), regularised, for a, b > 0 and 0 <= x <= 1."""
    if not 0 <= x <= 1:
        raise ValueError(f"x must lie between 0 and 1, not {x}")
    if x in (0, 1):
        return float(x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    upper, lower = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value, change, m = lower, math.inf, 0
    while abs(change - 1) > _CLOSE:
        m += 1
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1 / _away(1 + numerator * lower)
            upper = _away(1 + numerator / upper)
            change = lower * upper
            value *= change
    return value


def _away(number: float) -> float:
    """Lentz's method must not divide by nothing."""
    return number if abs(number) > _TINY else _TINY


def t_two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|) for Student's t with `df` degrees of freedom."""
    _check(df)
    return 0.0 if math.isinf(t) else incomplete_beta(df / 2, 0.5, df / (df + t * t))


def t_quantile(df: float, level: float = LEVEL) -> float:
    """The t that |T| exceeds with probability 1 - level: half the width of an interval in standard errors."""
    low, high = 0.0, 1.0
    while t_two_sided(high, df) > 1 - level:
        low, high = high, high * 2
    while (middle := (low + high) / 2) not in (low, high):
        if t_two_sided(middle, df) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def f_above(f: float, df1: float, df2: float) -> float:
    """P(F >= f) for Fisher's F with df1 and df2 degrees of freedom; f >= 0."""
    _check(df1)
    _check(df2)
    if math.isinf(f):
        return 0.0
    return incomplete_beta(df2 / 2, df1 / 2, df2 / (df2 + df1 * f))


def _check(df: float) -> None:
    if not df > 0:
        raise ValueError(f"degrees of freedom must be above 0, not {df}")
