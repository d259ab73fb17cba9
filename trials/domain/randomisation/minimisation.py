"""Minimisation (Pocock & Simon 1975): the arm that would leave the newcomer's own levels most even is the likeliest.

Counts are whole numbers and scores are fractions, so two arms tie exactly when they are equal. An element of chance is in every
allocation: a probability of 1 is refused. Where arms tie, `ties = "rank"` ranks them at random and `"split"` shares p among them.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import lcm

from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.scheme import Course, Draw, History, NotExact, Scheme, StreamState, generator
from trials.domain.randomisation.table import Table

SPEC = "rct-law-v1"
IMBALANCES = ("range", "variance", "marginal_balance")

Cells = tuple[int, ...]
"""How many people stand at each level of each factor in each arm, then how many in each arm: one row of arms after the other."""


@dataclass(frozen=True)
class Minimising(Scheme):
    """What both kinds of minimisation share: counts at the newcomer's levels, and the imbalance each arm would leave."""

    factors: tuple[tuple[str, tuple[str, ...]], ...]
    weights: tuple[Fraction, ...]
    imbalance: str
    total_weight: Fraction  # of the treatment total as a factor of its own; 0 leaves it out

    @property
    def across_strata(self) -> bool:
        return True

    @abc.abstractmethod
    def law(self, scores: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Probability of each arm given the imbalance it would leave (least is best)."""

    def scores(self, cells: Cells, newcomer: Mapping[str, str]) -> tuple[Fraction, ...]:
        """G of each arm: the weighted imbalance over the newcomer's levels if that arm were given."""
        rows = [(weight, self._row(cells, row)) for weight, row in zip(self.weights, self._rows_of(newcomer), strict=True)]
        rows.append((self.total_weight, self._row(cells, len(cells) // len(self.arms) - 1)))
        return tuple(
            sum((weight * self._uneven(row, candidate) for weight, row in rows if weight), start=Fraction(0))
            for candidate in range(len(self.arms))
        )

    def probabilities(self, history: History, newcomer: Mapping[str, str]) -> dict[str, Fraction]:
        """The history is counted, not doubted: at the greatest q of three arms or more the last rank has no chance, at any other it has."""
        self.count(history)
        return dict(zip(self.arms, self.law(self.scores(self.counted(history), newcomer)), strict=True))

    def course(self, n: int) -> Course:
        raise NotExact("how predictable minimisation is depends on who comes, so it has no exact figures")

    def start(self, seed: bytes, stratum: str) -> StreamState:
        return StreamState(generator(SPEC, seed, stratum).state(), self._empty())

    def draw(self, state: StreamState, newcomer: Mapping[str, str]) -> Draw:
        drbg = Drbg.resume(state.drbg)
        law = dict(zip(self.arms, self.law(self.scores(state.memory, newcomer)), strict=True))
        parts = lcm(*(chance.denominator for chance in law.values()))
        arm = self.choose(law, Fraction(drbg.below(parts), parts))
        after = StreamState(drbg.state(), self._with(state.memory, self.arms.index(arm), newcomer))
        return Draw(arm, after, law, tuple(drbg.words))

    def counted(self, history: History) -> Cells:
        """How many of a history stand at each level of each factor in each arm: what the stream keeps, counted anew."""
        cells = self._empty()
        for arm, levels in history:
            cells = self._with(cells, self.arms.index(arm), levels)
        return cells

    def _uneven(self, row: Cells, candidate: int) -> Fraction:
        """In whole numbers: the counts over the ratio are `z` over `whole`."""
        whole = lcm(*self.ratio)
        z = [(count + (k == candidate)) * (whole // share) for k, (count, share) in enumerate(zip(row, self.ratio, strict=True))]
        if self.imbalance == "range":
            return Fraction(max(z) - min(z), whole)
        if self.imbalance == "variance":
            squares = sum((len(z) * held - sum(z)) ** 2 for held in z)
            return Fraction(squares, len(z) ** 2 * (len(z) - 1) * whole**2)
        return Fraction(sum(abs(one - other) for one, other in combinations(z, 2)), (len(z) - 1) * sum(z))

    def _empty(self) -> Cells:
        return (0,) * (len(self.arms) * (1 + sum(len(levels) for _, levels in self.factors)))

    def _row(self, cells: Cells, row: int) -> Cells:
        return cells[row * len(self.arms) : (row + 1) * len(self.arms)]

    def _rows_of(self, person: Mapping[str, str]) -> list[int]:
        """Where the levels of a person stand. Raises ValueError naming every factor without a level."""
        rows, faults, first = [], [], 0
        for name, levels in self.factors:
            if person.get(name) in levels:
                rows.append(first + levels.index(person[name]))
            else:
                faults.append(f"{name} has no level {person.get(name)!r}, only {', '.join(levels)}")
            first += len(levels)
        if faults:
            raise ValueError("; ".join(faults))
        return rows

    def _with(self, cells: Cells, arm: int, person: Mapping[str, str]) -> Cells:
        counted = list(cells)
        for row in (*self._rows_of(person), len(cells) // len(self.arms) - 1):
            counted[row * len(self.arms) + arm] += 1
        return tuple(counted)


@dataclass(frozen=True)
class Minimisation(Minimising):
    """Equal arms. `chances` are those of the best arm, the second, and so on."""

    chances: tuple[Fraction, ...]
    ties: str

    def law(self, scores: Sequence[Fraction]) -> tuple[Fraction, ...]:
        best = [score == min(scores) for score in scores]
        if self.ties == "split" and not all(best):
            p = self.chances[0]
            return tuple(p / sum(best) if yes else (1 - p) / (len(best) - sum(best)) for yes in best)
        return tuple(self._shared(scores, score) for score in scores)

    def _shared(self, scores: Sequence[Fraction], score: Fraction) -> Fraction:
        """Tied arms are ranked at random: each gets the mean of the chances of the ranks they take up."""
        first = sum(other < score for other in scores)
        taken = self.chances[first : first + list(scores).count(score)]
        return sum(taken, start=Fraction(0)) / len(taken)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Minimisation:
    table.needs(len(set(ratio)) <= 1, "minimisation keeps equal ratios only: use biased_coin_minimisation, block_urn or permuted_blocks")
    factors, weights, imbalance, total = read_shared(table)
    k = max(len(arms), 2)
    rule = table.one_of("rule", ("best", "rank"))
    ties = table.one_of("ties", ("rank", "split"))
    if rule == "best":
        p = table.fraction("p", low=Fraction(1, k), below=Fraction(1))
        chances = (p, *[(1 - p) / (k - 1)] * (k - 1))
    else:
        q = table.fraction("q", low=Fraction(1, k))
        table.needs(q <= Fraction(2, k - 1) and (k > 2 or q < 2), f"q must be at most {Fraction(2, k - 1)}, and leave something to chance")
        table.needs(ties == "rank", 'ties must be "rank" where every rank has its own probability')
        chances = tuple(q - 2 * (k * q - 1) * place / (k * (k + 1)) for place in range(1, k + 1))
    return Minimisation(arms, ratio, factors, weights, imbalance, total, chances, ties)


def read_shared(table: Table) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[Fraction, ...], str, Fraction]:
    """Factors with levels, their weights, the measure of imbalance, and the weight of the treatment total."""
    factors = table.levels("factors")
    weights = table.weights("weights", [name for name, _ in factors])
    return factors, weights, table.one_of("imbalance", IMBALANCES), table.switch("treatment_total")
