"""Simple randomisation: every arm in its ratio, independent of all that came before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import comb, fsum

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class Simple(CountingScheme):
    """A coin or a die. Never predictable; small trials may end far from their ratio."""

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        return tuple(Fraction(share, sum(self.ratio)) for share in self.ratio)

    def folded(self, counts: Counts) -> Counts:
        return self._without_rounds(counts) if self.two_equal_arms else (0,) * len(counts)

    def farthest(self, n: int) -> float | None:
        """By reflection (Feller I, III.2): P(max |D| < m) sums P(D_n = y), + where y is within m of a multiple of 4m, - beyond."""
        if not self.two_equal_arms:
            return None
        ends = [(2 * heads - n, float(Fraction(comb(n, heads), 2**n))) for heads in range(n + 1)]
        ends = [(y, share) for y, share in ends if share > 1e-20]
        total = 0.0
        for most in count(1):
            reached = 1 - fsum(share * _sign(y, most) for y, share in ends)
            if reached < 1e-12:
                return total
            total += reached
        raise AssertionError("a difference has an end")  # pragma: no cover


def _sign(y: int, most: int) -> int:
    away = abs((y + 2 * most) % (4 * most) - 2 * most)
    return (away < most) - (away > most)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Simple:
    return Simple(arms, ratio)
