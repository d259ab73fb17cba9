"""Maximal procedure (Berger, Ivanova & Knoll 2003): every sequence that keeps the bound and ends balanced is equally likely."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table

LONGEST = 2_000


@dataclass(frozen=True)
class Maximal(CountingScheme):
    """Two equal arms, sequences of `length` places that end balanced, one after the other, never further apart than `bound`."""

    bound: int
    length: int

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        lead, place = counts[0] - counts[1], sum(counts) % self.length
        whole = self._endings[place].get(lead, 0)
        if not whole:
            raise ValueError(f"no sequence leads by {abs(lead)} after {place} of its {self.length} places")
        ahead = Fraction(self._endings[place + 1].get(lead + 1, 0), whole)
        return ahead, 1 - ahead

    def folded(self, counts: Counts) -> Counts:
        return counts

    @cached_property
    def _endings(self) -> list[dict[int, int]]:
        """For each place and difference, how many ways the sequence can end; it starts level."""
        endings = [{0: 1}]
        for _ in range(self.length):
            last = endings[0]
            reach = range(-self.bound, self.bound + 1)
            ways = {lead: last.get(lead - 1, 0) + last.get(lead + 1, 0) for lead in reach}
            endings.insert(0, {lead: count for lead, count in ways.items() if count})
        endings[0] = {0: endings[0][0]}
        return endings


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Maximal:
    table.two_equal_arms("maximal", ratio)
    bound, length = table.whole("bound"), table.whole("length")
    table.needs(length <= LONGEST, f"length must be at most {LONGEST:,}")
    table.needs(bool(table.faults) or length % 2 == 0, "length must be even, so that the sequence can end balanced")
    return Maximal(arms, ratio, bound, length)
