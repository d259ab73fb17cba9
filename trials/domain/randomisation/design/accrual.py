"""A trial's accrual, simulated: people arrive at sites and levels by chance, the method gives them arms, and the arms are counted.

Chance comes from HMAC_DRBG of a stated seed, so the same design gives the same figures; probabilities are met to 2**-32. People
arrive from one stream and arms are drawn from another, so that two designs are tried on the same people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum, gcd
from struct import unpack
from typing import Any, Protocol

from trials.domain.randomisation.design.setting import Setting
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.minimisation import Minimising
from trials.domain.randomisation.scheme import Chain, NotExact, Scheme

SEED = bytes(range(48))
MOST_RUNS = 1_000
FEWEST_RUNS = 10
MOST_WORK = 250_000
"""What is done before no further trial is begun, in about two microseconds: a person costs 2 by chain and 4 by cells, a state or
cells not met before cost more."""
_WORD = 1 << 32
_CHUNK = 1 << 14

Levels = tuple[str, ...]
Ladder = tuple[tuple[int, Any], ...]
"""What a word leads to: the first rung above it."""
Options = tuple[float, Ladder]
"""Chance of the best guess, and the ways on: arm and state after."""


@dataclass(frozen=True)
class Spread:
    """How far apart the arms stood over the runs: at the median, in the worst tenth of the runs at least, and at worst."""

    median: float
    worst_tenth: float
    worst: float


@dataclass(frozen=True)
class Accrual:
    """`correct_guesses`: as in Properties, over whole trials. The spreads: all people; the worst site and the worst stratum of a run.

    How far apart: the largest difference between arms after dividing by their ratio (in lowest terms).
    """

    runs: int
    correct_guesses: float
    overall: Spread
    site: Spread
    stratum: Spread


def simulate(scheme: Scheme, setting: Setting, *, seed: bytes = SEED, runs: int = MOST_RUNS) -> Accrual:
    """`runs` trials at most, fewer where they cost more. Raises NotExact where not even 10 can be run in about half a second."""
    arrivals = _Arrivals(setting, _words(seed, "uplift-accrual-1|people"))
    arms = _allocator(scheme, _words(seed, "uplift-accrual-1|arms"))
    unit = gcd(*scheme.ratio)
    ratio = [share // unit for share in scheme.ratio]
    guesses: list[float] = []
    overall: list[float] = []
    at_sites: list[float] = []
    in_strata: list[float] = []
    while len(overall) < min(runs, MOST_RUNS) and arms.work + 2 * setting.people <= MOST_WORK:
        arms.begin()
        total = [0] * len(ratio)
        by_site: dict[str, list[int]] = defaultdict(lambda: [0] * len(ratio))
        by_stratum: dict[Levels, list[int]] = defaultdict(lambda: [0] * len(ratio))
        right = 0.0
        for _ in range(setting.people):
            site, levels = arrivals.next()
            chance, arm = arms.next(levels)
            right += chance
            for counts in (total, by_site[site], by_stratum[levels]):
                counts[arm] += 1
            if arms.work > MOST_WORK:
                break
        else:
            guesses.append(right / setting.people)
            overall.append(_apart(total, ratio))
            at_sites.append(max(_apart(counts, ratio) for counts in by_site.values()))
            in_strata.append(max(_apart(counts, ratio) for counts in by_stratum.values()))
    if len(overall) < min(runs, FEWEST_RUNS):
        raise NotExact(f"trials of {setting.people:,} people by this method can't be simulated in reasonable time")
    return Accrual(len(overall), fsum(guesses) / len(guesses), _spread(overall), _spread(at_sites), _spread(in_strata))


class _Arrivals:
    """Who comes next: site, and levels in the order of the factors."""

    def __init__(self, setting: Setting, words: Iterator[int]) -> None:
        self._words = words
        self._sites = _ladder(setting.sites.shares)
        self._factors = [None if split.name == setting.site_factor else _ladder(split.shares) for split in setting.factors]

    def next(self) -> tuple[str, Levels]:
        site = _picked(self._sites, next(self._words))
        return site, tuple(site if ladder is None else _picked(ladder, next(self._words)) for ladder in self._factors)


class _Allocator(Protocol):
    work: int

    def begin(self) -> None:
        """A new trial: nobody has come."""

    def next(self, levels: Levels) -> tuple[float, int]:
        """The chance that the best guess is right, and the arm."""


class _Streams:
    """One stream a stratum, each followed along its chain; what a state leads to is worked out once."""

    def __init__(self, chain: Chain, words: Iterator[int]) -> None:
        self._chain, self._words = chain, words
        self._start = _ladder(chain.start)
        self.work = 0
        self._known: dict[Any, Options] = {}

    def begin(self) -> None:
        self._states: dict[Levels, Any] = {}

    def next(self, levels: Levels) -> tuple[float, int]:
        state = self._states[levels] if levels in self._states else self._opening()
        self.work += 2
        if state not in self._known:
            law = self._chain.law(state)
            self.work += 4 * len(law)
            ways = [((arm, after), p * q) for arm, p in enumerate(law) if p for after, q in self._chain.move(state, arm)]
            self._known[state] = float(max(law)), _ladder(ways)
        chance, ways_on = self._known[state]
        arm, self._states[levels] = _picked(ways_on, next(self._words))
        return chance, arm

    def _opening(self) -> Any:
        return _picked(self._start, next(self._words)) if len(self._start) > 1 else self._start[0][1]


class _Cells:
    """Minimisation: the law hangs on the counts at the newcomer's levels; whole rounds of the ratio change no range or variance."""

    def __init__(self, scheme: Minimising, words: Iterator[int]) -> None:
        self._scheme, self._words = scheme, words
        self._known: dict[Any, Options] = {}
        sizes = [len(levels) for _, levels in scheme.factors]
        self.work = 0
        self._first = [sum(sizes[:row]) for row in range(len(sizes))]

    def begin(self) -> None:
        rows = 1 + sum(len(levels) for _, levels in self._scheme.factors)
        self._rows = [[0] * len(self._scheme.arms) for _ in range(rows)]

    def next(self, levels: Levels) -> tuple[float, int]:
        own = zip(self._first, levels, self._scheme.factors, strict=True)
        met = [*(self._rows[first + held.index(level)] for first, level, (_, held) in own), self._rows[-1]]
        key = tuple(tuple(row) for row in met)
        if self._scheme.imbalance != "marginal_balance":
            key = tuple(self._without_rounds(row) for row in key)
        self.work += 4
        if key not in self._known:
            self.work += 15 * len(self._scheme.arms)
            cells = tuple(count for row in self._rows for count in row)
            newcomer = {name: level for (name, _), level in zip(self._scheme.factors, levels, strict=True)}
            law = self._scheme.law(self._scheme.scores(cells, newcomer))
            self._known[key] = float(max(law)), _ladder(enumerate(law))
        chance, arms = self._known[key]
        arm: int = _picked(arms, next(self._words))
        for row in met:
            row[arm] += 1
        return chance, arm

    def _without_rounds(self, row: Sequence[int]) -> tuple[int, ...]:
        rounds = min(count // share for count, share in zip(row, self._scheme.ratio, strict=True))
        return tuple(count - rounds * share for count, share in zip(row, self._scheme.ratio, strict=True))


def _allocator(scheme: Scheme, words: Iterator[int]) -> _Allocator:
    if isinstance(scheme, Minimising):
        return _Cells(scheme, words)
    if scheme.chain is None:
        raise NotExact("this method can't be followed person by person")
    return _Streams(scheme.chain, words)


def _words(seed: bytes, personalisation: str) -> Iterator[int]:
    drbg = Drbg.instantiate(seed, personalisation=personalisation.encode("ascii"))
    while True:
        yield from unpack(f">{_CHUNK // 4}I", drbg.generate(_CHUNK))


def _ladder(shares: Iterable[tuple[Any, Fraction]]) -> Ladder:
    rungs, reached = [], Fraction(0)
    for thing, share in shares:
        reached += share
        rungs.append((int(reached * _WORD), thing))
    return tuple(rungs)


def _picked(ladder: Ladder, word: int) -> Any:
    for below, thing in ladder:
        if word < below:
            return thing
    raise AssertionError("the shares of a ladder add up to 1")  # pragma: no cover


def _apart(counts: Sequence[int], ratio: Sequence[int]) -> float:
    held = [count / share for count, share in zip(counts, ratio, strict=True)]
    return max(held) - min(held)


def _spread(found: Sequence[float]) -> Spread:
    """The worst tenth begins where at least a tenth of the runs are as far apart or farther."""
    ranked = sorted(found)
    return Spread(ranked[len(ranked) // 2], ranked[len(ranked) - -(-len(ranked) // 10)], ranked[-1])
