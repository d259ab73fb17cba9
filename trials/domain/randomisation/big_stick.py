"""Big stick (Soares & Wu 1983): a fair coin, until one arm leads by the bound; then the other arm is given for certain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class BigStick(CountingScheme):
    """Two equal arms that never differ by more than `bound`; less predictable than blocks of twice the bound."""

    bound: int

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        lead = counts[0] - counts[1]
        if abs(lead) > self.bound:
            raise ValueError(f"the arms differ by {abs(lead)}, more than the bound of {self.bound}")
        if abs(lead) < self.bound:
            return Fraction(1, 2), Fraction(1, 2)
        return (Fraction(0), Fraction(1)) if lead > 0 else (Fraction(1), Fraction(0))

    def folded(self, counts: Counts) -> Counts:
        return self._without_rounds(counts)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> BigStick:
    table.two_equal_arms("big_stick", ratio)
    return BigStick(arms, ratio, table.whole("bound"))
