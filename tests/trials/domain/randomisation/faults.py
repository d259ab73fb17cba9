"""Faults that allocators have had, planted in this one: the acceptance tests must tell each of them from chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest

from trials.domain.randomisation import blocks, counting
from trials.domain.randomisation.big_stick import BigStick
from trials.domain.randomisation.block_urn import BlockUrn
from trials.domain.randomisation.blocks import PermutedBlocks
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.maximal import Maximal
from trials.domain.randomisation.minimisation import Minimisation
from trials.domain.randomisation.simple import Simple

SAME = bytes(range(32))


def swap_with_any(patch: pytest.MonkeyPatch) -> None:
    """A shuffle that swaps every place with any other: 256 paths to 6 arrangements."""

    def shuffle(self: Drbg, items: list[str]) -> None:
        for i in range(len(items)):
            j = self.below(len(items))
            items[i], items[j] = items[j], items[i]

    patch.setattr(Drbg, "shuffle", shuffle)


def never_in_place(patch: pytest.MonkeyPatch) -> None:
    """Off by one in the shuffle: no place may keep what it holds (Sattolo's cycles)."""

    def shuffle(self: Drbg, items: list[str]) -> None:
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i)
            items[i], items[j] = items[j], items[i]

    patch.setattr(Drbg, "shuffle", shuffle)


def byte_modulo(patch: pytest.MonkeyPatch) -> None:
    """One byte modulo n, for a whole number and for the arrangement of a block of four: 43 of 256 for some, 42 for others."""
    fours = sorted(set(permutations("AABB")))
    patch.setattr(Drbg, "below", lambda self, n: self.generate(1)[0] % n)
    patch.setattr(PermutedBlocks, "_block", lambda self, drbg: [*fours[drbg.below(6)]])


def word_modulo(patch: pytest.MonkeyPatch) -> None:
    """No rejection: the last words give the small remainders once more."""
    patch.setattr(Drbg, "below", lambda self, n: self.word() % n)


def scaled(patch: pytest.MonkeyPatch) -> None:
    """floor((n - 1) u): the last of n is out of reach, so of two arms that tie the first is always taken."""
    patch.setattr(Drbg, "below", lambda self, n: (n - 1) * self.word() >> 32)


def reseeded(patch: pytest.MonkeyPatch) -> None:
    """The generator starts over for every block."""
    block = PermutedBlocks._block
    patch.setattr(PermutedBlocks, "_block", lambda self, drbg: block(self, Drbg.instantiate(SAME)))


def drawn_again(patch: pytest.MonkeyPatch) -> None:
    """Every fifth block is drawn from the state of the block before it."""
    block, kept, drawn = PermutedBlocks._block, [Drbg.instantiate(SAME)], [0]

    def again(self: PermutedBlocks, drbg: Drbg) -> list[str]:
        drawn[0] += 1
        if drawn[0] % 5 == 0:
            return block(self, Drbg.resume(kept[0].state()))
        kept[0] = Drbg.resume(drbg.state())
        return block(self, drbg)

    patch.setattr(PermutedBlocks, "_block", again)


def in_pairs(patch: pytest.MonkeyPatch) -> None:
    """A block put together of rounds that hold one of each: balanced, but half of it is known."""
    block = PermutedBlocks._block

    def paired(self: PermutedBlocks, drbg: Drbg) -> list[str]:
        return [arm for _ in range(self.multipliers[0]) for arm in block(replace(self, multipliers=(1,)), drbg)]

    patch.setattr(PermutedBlocks, "_block", paired)


def by_coins(patch: pytest.MonkeyPatch) -> None:
    """A block filled by as many coins, which holds the ratio on average alone."""
    patch.setattr(PermutedBlocks, "_block", lambda self, drbg: ["AB"[drbg.below(2)] for _ in range(2 * self.multipliers[0])])


def one_seed_for_all(patch: pytest.MonkeyPatch) -> None:
    """The stratum is forgotten: every stratum gets the same list."""
    for module in (blocks, counting):
        patch.setattr(module, "generator", lambda spec, seed, stratum: Drbg.instantiate(seed))


def last_bit_lost(patch: pytest.MonkeyPatch) -> None:
    """Neighbouring seeds are one seed."""
    plain = blocks.generator
    patch.setattr(blocks, "generator", lambda spec, seed, stratum: plain(spec, seed[:-1] + bytes([seed[-1] & 0xFE]), stratum))


def one_sequence_moved_along(patch: pytest.MonkeyPatch) -> None:
    """One sequence of words for all strata; each starts one block of four (three words) after the stratum before it."""
    states: list[bytes] = []

    def generator(spec: str, seed: bytes, stratum: str) -> Drbg:
        if not states:
            drbg = Drbg.instantiate(seed)
            for _ in range(500):
                states.append(drbg.state())
                drbg.word(), drbg.word(), drbg.word()
        return Drbg.resume(states[int(stratum.removeprefix("site=S"))])

    patch.setattr(blocks, "generator", generator)


def three_quarters(patch: pytest.MonkeyPatch) -> None:
    """The preferred arm gets 3/4 where 4/5 is asked for, the others share the rest."""
    law = Minimisation.law

    def weaker(self: Minimisation, scores: Sequence[Fraction]) -> tuple[Fraction, ...]:
        return tuple(p * Fraction(15, 16) if p == Fraction(4, 5) else p * Fraction(5, 4) for p in law(self, scores))

    patch.setattr(Minimisation, "law", weaker)


def ratio_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A die with as many sides as there are arms, whatever the ratio."""
    patch.setattr(Simple, "law", lambda self, counts: (Fraction(1, len(self.arms)),) * len(self.arms))


def _one_more(kind: type[BigStick] | type[BlockUrn], field: str) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        law = kind.law
        patch.setattr(kind, "law", lambda self, counts: law(replace(self, **{field: getattr(self, field) + 1}), counts))

    return plant


big_stick_one_more = _one_more(BigStick, "bound")
block_urn_one_more = _one_more(BlockUrn, "rounds")


def never_brought_home(patch: pytest.MonkeyPatch) -> None:
    """The maximal procedure keeps its bound, but need not end level."""

    def law(self: Maximal, counts: tuple[int, ...]) -> tuple[Fraction, ...]:
        return BigStick(self.arms, self.ratio, self.bound).law(counts)

    patch.setattr(Maximal, "law", law)
