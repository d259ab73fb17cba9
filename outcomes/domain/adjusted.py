"""Outcomes less what the baseline score explains: what is left can be compared between arms with less noise.

The line is fitted over everybody together, without the arms, so that it stays the same however the arms are drawn: the test of the
residuals is as exact as that of the raw scores (Rosenbaum 2002, Statistical Science 17:286; Gail, Tan & Piantadosi 1988, Biometrika
75:57).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def residuals(outcomes: Mapping[str, Fraction], baseline: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Outcome minus the least-squares line on the baseline score, person by person, exact, in the outcome's unit.

    Who has no baseline score takes the mean of the others (a covariate known before randomisation may be filled in so: White &
    Thompson 2005, Statistics in Medicine 24:993). Where nobody has one, or all are alike, the mean alone is taken away.
    """
    known = [baseline[who] for who in outcomes if who in baseline]
    if not known:
        return _centred(outcomes)
    middle = _mean(known)
    apart = {who: baseline.get(who, middle) - middle for who in outcomes}
    left = _centred(outcomes)
    spread = sum((x**2 for x in apart.values()), start=Fraction(0))
    if not spread:
        return left
    slope = sum((apart[who] * y for who, y in left.items()), start=Fraction(0)) / spread
    return {who: y - slope * apart[who] for who, y in left.items()}


def _centred(outcomes: Mapping[str, Fraction]) -> dict[str, Fraction]:
    middle = _mean(list(outcomes.values()))
    return {who: y - middle for who, y in outcomes.items()}


def _mean(values: list[Fraction]) -> Fraction:
    return sum(values, start=Fraction(0)) / len(values) if values else Fraction(0)
