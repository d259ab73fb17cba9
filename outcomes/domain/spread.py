"""Mean, standard deviation and quantiles of exact numbers; None where there are too few of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None


def sd(values: Sequence[Decimal]) -> Decimal | None:
    """Sample standard deviation, n - 1; None below two values."""
    centre = mean(values)
    if centre is None or len(values) < 2:
        return None
    return (sum(((v - centre) ** 2 for v in values), Decimal(0)) / (len(values) - 1)).sqrt()


def quantile(values: Sequence[Decimal], share: Decimal) -> Decimal | None:
    """Type 7 of Hyndman & Fan 1996: the value at position (n - 1) x share, interpolated."""
    if not values:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
