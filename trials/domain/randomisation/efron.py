"""Biased coin (Efron 1971): the arm with fewer so far with probability p, a fair coin when tied."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class Efron(CountingScheme):
    """Two equal arms, 1/2 <= p < 1. Nothing is ever certain, and nothing bounds the difference."""

    p: Fraction

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        first, second = counts
        if first == second:
            return Fraction(1, 2), Fraction(1, 2)
        return (self.p, 1 - self.p) if first < second else (1 - self.p, self.p)

    def folded(self, counts: Counts) -> Counts:
        return self._without_rounds(counts)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Efron:
    table.two_equal_arms("efron", ratio)
    return Efron(arms, ratio, table.fraction("p", low=Fraction(1, 2), below=Fraction(1)))
