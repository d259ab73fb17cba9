"""Biased-coin minimisation for any ratio (Han, Enas & McEntegart 2009).

`p` is the probability of the preferred arm when that is an arm of the smallest ratio; a larger arm gets more when preferred. The
total keeps close to the ratio, single steps do not: an analysis by randomisation test must redraw with the same method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from trials.domain.randomisation.minimisation import Minimising, read_shared
from trials.domain.randomisation.table import Table


@dataclass(frozen=True)
class BiasedCoinMinimisation(Minimising):
    """Among arms that tie for best, the preferred one is drawn in their ratio; when all tie, so is the arm."""

    p: Fraction

    def law(self, scores: Sequence[Fraction]) -> tuple[Fraction, ...]:
        best = [k for k, score in enumerate(scores) if score == min(scores)]
        tied = sum(self.ratio[k] for k in best)
        laws = [(Fraction(self.ratio[k], tied), self._preferring(k)) for k in best]
        return tuple(sum((weight * law[k] for weight, law in laws), start=Fraction(0)) for k in range(len(scores)))

    def _preferring(self, preferred: int) -> list[Fraction]:
        whole, share = sum(self.ratio), self.ratio[preferred]
        other = (1 - self.p) * Fraction(whole - share, whole - min(self.ratio))
        return [1 - other if k == preferred else other * Fraction(r, whole - share) for k, r in enumerate(self.ratio)]


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> BiasedCoinMinimisation:
    factors, weights, imbalance, total = read_shared(table)
    lowest = Fraction(min(ratio), sum(ratio)) if ratio else Fraction(1, 2)
    return BiasedCoinMinimisation(arms, ratio, factors, weights, imbalance, total, table.fraction("p", low=lowest, below=Fraction(1)))
