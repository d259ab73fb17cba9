"""Simple randomisation: every arm in its ratio, independent of all that came before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class Simple(CountingScheme):
    """A coin or a die. Never predictable; small trials may end far from their ratio."""

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        return tuple(Fraction(share, sum(self.ratio)) for share in self.ratio)

    def folded(self, counts: Counts) -> Counts:
        return self._without_rounds(counts) if self.two_equal_arms else (0,) * len(counts)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Simple:
    return Simple(arms, ratio)
