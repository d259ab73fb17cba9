"""Permuted blocks: every block holds each arm in its exact ratio, in an order of which every one is equally likely.

Sizes are drawn at random from a set of multipliers. That hides where a block ends; it does not lower the share of correct
guesses below that of the sizes themselves, so an open-label trial is better served by big stick or block urn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.lead import Lead
from trials.domain.randomisation.scheme import Chain, Course, Draw, History, NotExact, Scheme, StreamState, generator
from trials.domain.randomisation.table import MOST_PLACES, Table
from trials.domain.randomisation.walk import Walk

SPEC = "rct-list-v1"

Counts = tuple[int, ...]
Phase = tuple[int, Counts]
"""A place inside a block: its multiplier, and what has been given of each arm."""
Place = tuple[frozenset[Phase], Phase]
"""What an onlooker holds possible, and what is true."""


@dataclass(frozen=True)
class PermutedBlocks(Scheme):
    """Blocks of m x ratio, m drawn evenly from `multipliers` (in their stated order) for every block."""

    multipliers: tuple[int, ...]

    def draw_list(self, seed: bytes, stratum: str, length: int) -> list[str]:
        """Whole blocks until `length` places are reached (rct-list-v1), so at times a few more."""
        drbg = generator(SPEC, seed, stratum)
        places: list[str] = []
        while len(places) < length:
            places += self._block(drbg)
        return places

    def start(self, seed: bytes, stratum: str) -> StreamState:
        return StreamState(generator(SPEC, seed, stratum).state(), (0,))

    def draw(self, state: StreamState, newcomer: Mapping[str, str]) -> Draw:
        """The stream keeps the generator as it stood before the current block, and the place reached: no arm is ever stored.

        The words of a draw are those of its whole block.
        """
        (place,) = state.memory
        drbg = Drbg.resume(state.drbg)
        block = self._block(drbg)
        phase = len(block) // sum(self.ratio), tuple(block[:place].count(arm) for arm in self.arms)
        after = StreamState(state.drbg, (place + 1,)) if place + 1 < len(block) else StreamState(drbg.state(), (0,))
        return Draw(block[place], after, dict(zip(self.arms, self._law(phase), strict=True)), tuple(drbg.words))

    @property
    def most_words(self) -> int:
        return 1 + max(self.multipliers) * sum(self.ratio)

    def probabilities(self, history: History, newcomer: Mapping[str, str]) -> dict[str, Fraction]:
        """What is left of each arm in the current block. Raises NotExact with several block sizes."""
        if len(self.multipliers) > 1:
            raise NotExact("with several block sizes the law of the next arm depends on sizes that nobody has seen")
        (multiplier,) = self.multipliers
        size = multiplier * sum(self.ratio)
        given: Counts = (0,) * len(self.arms)
        for start in range(0, len(history) + 1, size):
            given = self.count(history[start : start + size])
            if any(c > multiplier * r for c, r in zip(given, self.ratio, strict=True)):
                raise ValueError(f"the block that starts at place {start + 1} of the history holds too many of one arm")
        return dict(zip(self.arms, self._law((multiplier, given)), strict=True))

    def course(self, n: int) -> Course:
        """Exact by recursion. With several sizes and an unequal ratio the guesser is allowed to know the size of the current block."""
        return self._lead.course(n) if self._plain else self._walk.course(n)

    def farthest(self, n: int) -> float | None:
        return self._lead.farthest(n) if self._plain else self._within.farthest(n)

    @property
    def _plain(self) -> bool:
        """Two equal arms in blocks of one size: the lead and the place in the block say it all."""
        return self.two_equal_arms and len(self.multipliers) == 1

    @cached_property
    def _lead(self) -> Lead:
        half = self.multipliers[0] * self.ratio[0]

        def towards(done: int, lead: int) -> float:
            place = done % (2 * half)
            return (half - (place - lead) / 2) / (2 * half - place)

        return Lead(towards)

    @cached_property
    def chain(self) -> Chain:
        """Places of a block without what an onlooker knows."""
        return Chain(
            start=tuple((phase, Fraction(1, len(self._openings))) for phase in self._openings),
            law=self._law,
            move=lambda phase, arm: [(after, Fraction(1, len(ends))) for ends in [self._after(phase, arm)] for after in ends],
        )

    @cached_property
    def _within(self) -> Walk[Phase]:
        chain = self.chain
        apart = (lambda phase: phase[1][0] - phase[1][1]) if self.two_equal_arms else None
        return Walk(start=chain.start, law=chain.law, move=chain.move, imbalance=apart)

    @cached_property
    def _walk(self) -> Walk[Place]:
        begun = frozenset(self._openings)
        return Walk(
            start=[((begun, phase), Fraction(1, len(self._openings))) for phase in self._openings],
            law=lambda place: self._law(place[1]),
            move=self._move,
            imbalance=(lambda place: place[1][1][0] - place[1][1][1]) if self.two_equal_arms else None,
            certain=lambda place: len({arm for phase in place[0] for arm, p in enumerate(self._law(phase)) if p}) == 1,
            heft=lambda place: len(place[0]),
        )

    @cached_property
    def _openings(self) -> tuple[Phase, ...]:
        return tuple((multiplier, (0,) * len(self.arms)) for multiplier in self.multipliers)

    def _block(self, drbg: Drbg) -> list[str]:
        several = len(self.multipliers) > 1
        multiplier = self.multipliers[drbg.below(len(self.multipliers))] if several else self.multipliers[0]
        block = [arm for arm, share in zip(self.arms, self.ratio, strict=True) for _ in range(share * multiplier)]
        drbg.shuffle(block)
        return block

    def _law(self, phase: Phase) -> tuple[Fraction, ...]:
        if phase not in self._laws:
            multiplier, given = phase
            left = [multiplier * share - taken for share, taken in zip(self.ratio, given, strict=True)]
            self._laws[phase] = tuple(Fraction(count, sum(left)) for count in left)
        return self._laws[phase]

    @cached_property
    def _laws(self) -> dict[Phase, tuple[Fraction, ...]]:
        return {}

    def _move(self, place: Place, arm: int) -> list[tuple[Place, Fraction]]:
        possible, true = place
        seen = frozenset(after for phase in possible if self._law(phase)[arm] for after in self._after(phase, arm))
        ends = self._after(true, arm)
        return [((seen, phase), Fraction(1, len(ends))) for phase in ends]

    def _after(self, phase: Phase, arm: int) -> tuple[Phase, ...]:
        """The same block one arm further, or, where it is full, every block that may open."""
        multiplier, given = phase
        given = tuple(taken + (k == arm) for k, taken in enumerate(given))
        return self._openings if sum(given) == multiplier * sum(self.ratio) else ((multiplier, given),)


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> PermutedBlocks:
    multipliers = table.whole_numbers("multipliers")
    longest = max(multipliers, default=1) * sum(ratio)
    table.needs(longest <= MOST_PLACES, f"multipliers make a block of more than {MOST_PLACES:,} places")
    return PermutedBlocks(arms, ratio, multipliers)
