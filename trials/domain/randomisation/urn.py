"""Urn design (Wei 1978): `a` balls of each arm to begin with; after each draw `b` balls of every other arm are added."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class Urn(CountingScheme):
    """Equal arms; pulls hard towards balance at the start and tends to simple randomisation."""

    a: Fraction
    b: Fraction

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        balls = [self.a + self.b * (sum(counts) - count) for count in counts]
        if not sum(balls):
            return (Fraction(1, len(counts)),) * len(counts)
        return tuple(held / sum(balls) for held in balls)

    def folded(self, counts: Counts) -> Counts:
        return counts if self.two_equal_arms else tuple(sorted(counts))


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Urn:
    table.needs(len(set(ratio)) <= 1, "urn keeps equal ratios only")
    a, b = table.fraction("a", low=Fraction(0)), table.fraction("b", low=Fraction(0))
    table.needs(bool(table.faults) or a + b > 0, "a and b must not both be 0")
    return Urn(arms, ratio, a, b)
