"""Methods whose next arm depends on how many of each arm stand in the stratum, and on nothing else."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.lead import Lead
from trials.domain.randomisation.scheme import Chain, Course, Draw, History, Scheme, StreamState, generator
from trials.domain.randomisation.walk import Walk

SPEC = "rct-law-v1"

Counts = tuple[int, ...]


@dataclass(frozen=True)
class CountingScheme(Scheme):
    """A method that is a law of the next arm given the counts; a stream keeps the generator and the counts."""

    @abc.abstractmethod
    def law(self, counts: Counts) -> tuple[Fraction, ...]:
        """Probability of each arm in declared order. Raises ValueError for counts that the method cannot have made."""

    @abc.abstractmethod
    def folded(self, counts: Counts) -> Counts:
        """Counts that behave alike from here on, told by one of them; for two equal arms the difference must stay."""

    def probabilities(self, history: History, newcomer: Mapping[str, str]) -> dict[str, Fraction]:
        self.count(history)
        counts: Counts = (0,) * len(self.arms)
        law = self.law(counts)
        for place, (code, _) in enumerate(history, start=1):
            arm = self.arms.index(code)
            if not law[arm]:
                raise ValueError(f"place {place} of the history holds {code!r}, which cannot come there")
            counts = self._after(counts, arm)
            law = self.law(counts)
        return dict(zip(self.arms, law, strict=True))

    def course(self, n: int) -> Course:
        return self._lead.course(n) if self.two_equal_arms else self._walk.course(n)

    def farthest(self, n: int) -> float | None:
        return self._lead.farthest(n) if self.two_equal_arms else None

    def start(self, seed: bytes, stratum: str) -> StreamState:
        return StreamState(generator(SPEC, seed, stratum).state(), (0,) * len(self.arms))

    def draw(self, state: StreamState, newcomer: Mapping[str, str]) -> Draw:
        """One evenly drawn u = j/d, d the common denominator of the law, so that no probability is rounded."""
        drbg = Drbg.resume(state.drbg)
        law = dict(zip(self.arms, self.law(state.memory), strict=True))
        parts = lcm(*(chance.denominator for chance in law.values()))
        arm = self.choose(law, Fraction(drbg.below(parts), parts))
        after = StreamState(drbg.state(), self._after(state.memory, self.arms.index(arm)))
        return Draw(arm, after, law, tuple(drbg.words))

    @cached_property
    def chain(self) -> Chain:
        nobody: Counts = (0,) * len(self.arms)
        return Chain(((nobody, Fraction(1)),), self.law, lambda counts, arm: [(self.folded(self._after(counts, arm)), Fraction(1))])

    @cached_property
    def _walk(self) -> Walk[Counts]:
        return Walk(start=self.chain.start, law=self.chain.law, move=self.chain.move, imbalance=None)

    @cached_property
    def _lead(self) -> Lead:
        known: dict[Counts, float] = {}

        def towards(done: int, lead: int) -> float:
            counts = self.folded(((done + lead) // 2, (done - lead) // 2))
            if counts not in known:
                known[counts] = float(self.law(counts)[1])
            return known[counts]

        return Lead(towards)

    def _after(self, counts: Counts, arm: int) -> Counts:
        return tuple(count + (k == arm) for k, count in enumerate(counts))

    def _without_rounds(self, counts: Counts) -> Counts:
        """What stands beyond the whole rounds of the ratio."""
        rounds = min(count // share for count, share in zip(counts, self.ratio, strict=True))
        return tuple(count - rounds * share for count, share in zip(counts, self.ratio, strict=True))
