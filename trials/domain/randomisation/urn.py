"""Urn design (Wei 1978): `a` balls of each arm to begin with; after each draw `b` balls of every other arm are added."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class Urn(CountingScheme):
    """Equal arms; pulls hard towards balance at the start and tends to simple randomisation."""

    a: Fraction
    b: Fraction

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        first, each = self._whole
        total = sum(counts)
        balls = [first + each * (total - count) for count in counts]
        held = sum(balls)
        return tuple(Fraction(ball, held) for ball in balls) if held else (Fraction(1, len(counts)),) * len(counts)

    @cached_property
    def _whole(self) -> tuple[int, int]:
        """`a` and `b` in one unit that makes both whole numbers."""
        unit = lcm(self.a.denominator, self.b.denominator)
        return int(self.a * unit), int(self.b * unit)

    def folded(self, counts: Counts) -> Counts:
        return counts if self.two_equal_arms else tuple(sorted(counts))


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Urn:
    table.needs(len(set(ratio)) <= 1, "urn keeps equal ratios only")
    a, b = table.fraction("a", low=Fraction(0)), table.fraction("b", low=Fraction(0))
    table.needs(bool(table.faults) or a + b > 0, "a and b must not both be 0")
    return Urn(arms, ratio, a, b)
