"""Block urn (Zhao & Weng 2011): balls come back as soon as a whole round has been drawn, not at the end of a block."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.counting import CountingScheme, Counts
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class BlockUrn(CountingScheme):
    """Any number of arms, any ratio; as tight as blocks of `rounds` x ratio and harder to guess.

    Equal arms are equally likely at every step. An unequal ratio is kept in the totals, while single steps stray from it by a few
    hundredths where `rounds` is 2 or more (2:1 of two rounds: 16/25 at the fifth step): a randomisation test redraws with the urn.
    """

    rounds: int

    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        beyond = self._without_rounds(counts)
        left = [share * self.rounds - count for share, count in zip(self.ratio, beyond, strict=True)]
        if min(left) < 0:
            raise ValueError("one arm leads by more than the urn can hold")
        return tuple(Fraction(balls, sum(left)) for balls in left)

    def folded(self, counts: Counts) -> Counts:
        return self._without_rounds(counts)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> BlockUrn:
    return BlockUrn(arms, ratio, table.whole("lambda"))
