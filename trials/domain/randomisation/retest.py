"""The randomisation test (Fisher 1935): are the arms further apart than the way they were drawn explains?

Who came, in what order, with which factors, and what was measured of them stay as they are; only the arms are drawn again, by the
scheme and the allocator that drew them. The p-value is the share of such draws with a statistic at least as extreme as the one
found (Rosenberger & Lachin 2016, Randomization in Clinical Trials, chapter 6). It holds whatever the outcomes' distribution.

Statistic: with two arms the mean of the first declared arm minus that of the second; with more, the share of the outcomes' sum of
squares that lies between arms, which orders draws exactly as the F statistic of a one-way analysis of variance does. A draw that
leaves an arm without an outcome has no statistic: it counts as drawn, never as extreme, and how many there were is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from math import lcm, sqrt

from trials.domain.randomisation.scheme import History, Scheme
from trials.domain.randomisation.stream import next_arm, open_stream

SPEC = "rct-redraw-v1"
MOST_SEQUENCES = 50_000
SEED_BYTES = 32
TWO_SIDED, GREATER, LESS = "two_sided", "greater", "less"
SIDES = (TWO_SIDED, GREATER, LESS)

Tally = tuple[tuple[int, int], ...]
"""Arm by arm in declared order: how many outcomes, and their sum in whole units."""


class TooMany(Exception):
    """There are too many sequences to go through all of them."""


@dataclass(frozen=True)
class Drawn:
    """One draw as it was made: factors as used, the arm given, and the outcome; None where there is none.

    In a couple or cluster `others` are the outcomes of the further members: one draw moves all of them together.
    """

    factors: Mapping[str, str]
    arm: str
    outcome: Fraction | None
    others: tuple[Fraction | None, ...] = ()

    @property
    def outcomes(self) -> tuple[Fraction, ...]:
        """Of everybody measured whom this draw gave its arm."""
        return tuple(outcome for outcome in (self.outcome, *self.others) if outcome is not None)


@dataclass(frozen=True)
class Stream:
    """What one stream of a scheme gave, in the order of its places; everybody, measured or not, since each draw moved it on."""

    scheme: Scheme
    stratum: str
    people: tuple[Drawn, ...]


@dataclass(frozen=True)
class Exact:
    """The p-value over every sequence the scheme can give; `undefined` is the probability of one without a statistic."""

    statistic: Fraction
    p: Fraction
    undefined: Fraction
    sequences: int


@dataclass(frozen=True)
class Redraws:
    """Of so many draws, how many were at least as extreme, and how many had no statistic."""

    draws: int
    extreme: int
    undefined: int

    @property
    def p(self) -> Fraction:
        """(1 + extreme) / (1 + draws): the draw that happened is one of them, so that the test is exact at any number of draws."""
        return Fraction(1 + self.extreme, 1 + self.draws)

    @property
    def se(self) -> float:
        """The standard error of p as an estimate of the exact p-value, by the binomial law; nan before the first draw."""
        return sqrt(self.p * (1 - self.p) / self.draws) if self.draws else float("nan")

    def __add__(self, more: Redraws) -> Redraws:
        return Redraws(self.draws + more.draws, self.extreme + more.extreme, self.undefined + more.undefined)


@dataclass(frozen=True)
class RandomisationTest:
    """A trial whose accrual and outcomes are frozen. `fixed` are people whose arm was drawn elsewhere: it stands in every draw.

    `side` is of the difference of two arms: `greater` where the first declared arm has the higher mean. Raises ValueError for an
    arm without an outcome, for a one-sided question about more than two arms, and for an unknown side.
    """

    arms: tuple[str, ...]
    streams: tuple[Stream, ...]
    fixed: tuple[Drawn, ...] = ()
    side: str = TWO_SIDED

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"the side must be one of {', '.join(SIDES)}, not {self.side!r}")
        if len(self.arms) > 2 and self.side != TWO_SIDED:
            raise ValueError("more than two arms have no side")
        missing = [arm for arm, (count, _) in zip(self.arms, self._given, strict=True) if not count]
        if missing:
            raise ValueError(f"nobody in {' and '.join(missing)} has an outcome")

    @property
    def measured(self) -> int:
        """How many people have an outcome."""
        return len(self._outcomes)

    @cached_property
    def statistic(self) -> Fraction:
        """As it happened, in the outcomes' own unit (two arms), or a share between 0 and 1 (more)."""
        found = self._statistic(self._given)
        assert found is not None  # every arm has an outcome
        return found

    @property
    def f(self) -> Fraction | None:
        """The F statistic of a one-way analysis of variance; None for two arms and where nothing varies within arms."""
        between, groups = self.statistic, len(self.arms)
        if groups == 2 or between == 1 or self.measured == groups:
            return None
        return (between / (groups - 1)) / ((1 - between) / (self.measured - groups))

    def exact(self, most: int = MOST_SEQUENCES) -> Exact:
        """Over every sequence, each with its probability under the scheme.

        Raises TooMany where a stream has more than `most` sequences or the streams together more than `most` tallies, and
        NotExact where the scheme's next-arm law has no exact form.
        """
        law: dict[Tally, Fraction] = {self._fixed: Fraction(1)}
        sequences = 1
        for stream in self.streams:
            own, count = self._law(stream, most)
            sequences *= count
            if len(law) * len(own) > most:
                raise TooMany(f"the streams together have more than {most:,} outcomes")
            law = _joined(law, own)
        p = sum((chance for tally, chance in law.items() if self._extreme(tally)), start=Fraction(0))
        undefined = sum((chance for tally, chance in law.items() if self._statistic(tally) is None), start=Fraction(0))
        return Exact(self.statistic, p, undefined, sequences)

    def redraw(self, seed: bytes, draws: int, *, first: int = 0) -> Redraws:
        """Draws number `first` to `first + draws - 1` of this seed (32 bytes or more), each with streams of its own.

        The seed is not the trial's: it opens nothing, and stands in the report so that the draws can be repeated. Raises
        ValueError for a short seed.
        """
        if len(seed) < SEED_BYTES:
            raise ValueError(f"a seed needs at least {SEED_BYTES} bytes, not {len(seed)}")
        tallies = [self._drawn_again(seed, number) for number in range(first, first + draws)]
        undefined = sum(self._statistic(tally) is None for tally in tallies)
        return Redraws(draws, sum(map(self._extreme, tallies)), undefined)

    def _drawn_again(self, seed: bytes, number: int) -> Tally:
        tally = self._fixed
        for place, stream in enumerate(self.streams):
            own = sha256(f"{SPEC}|{number}|{place}|".encode("ascii") + seed).digest()
            state = open_stream(stream.scheme, seed=own, stratum=stream.stratum)
            for person in stream.people:
                arm, state = next_arm(stream.scheme, state, person.factors)
                tally = self._with(tally, arm, person)
        return tally

    def _law(self, stream: Stream, most: int) -> tuple[dict[Tally, Fraction], int]:
        """Probability of every tally a stream can end in, and how many sequences lead there."""
        law: dict[Tally, Fraction] = defaultdict(Fraction)
        sequences = 0
        begun: list[tuple[History, Fraction, Tally]] = [((), Fraction(1), self._nobody)]
        while begun:
            history, chance, tally = begun.pop()
            if len(history) == len(stream.people):
                law[tally] += chance
                sequences += 1
                if sequences > most:
                    raise TooMany(f"the stream {stream.stratum} has more than {most:,} sequences")
                continue
            person = stream.people[len(history)]
            for arm, p in stream.scheme.probabilities(history, person.factors).items():
                if p:
                    begun.append(((*history, (arm, person.factors)), chance * p, self._with(tally, arm, person)))
        return law, sequences

    def _extreme(self, tally: Tally) -> bool:
        found = self._statistic(tally)
        return found is not None and self._sided(found) >= self._sided(self.statistic)

    def _sided(self, statistic: Fraction) -> Fraction:
        return {TWO_SIDED: abs(statistic), GREATER: statistic, LESS: -statistic}[self.side]

    def _statistic(self, tally: Tally) -> Fraction | None:
        if not all(count for count, _ in tally):
            return None
        if len(tally) == 2:
            (n, total), (other_n, other_total) = tally
            return (Fraction(total, n) - Fraction(other_total, other_n)) / self._units
        n, total = sum(count for count, _ in tally), sum(part for _, part in tally)
        whole = self._squares - Fraction(total**2, n)
        between = sum((Fraction(part**2, count) for count, part in tally), start=Fraction(0)) - Fraction(total**2, n)
        return between / whole if whole else Fraction(0)

    @cached_property
    def _outcomes(self) -> tuple[Fraction, ...]:
        drawn = (person for stream in self.streams for person in stream.people)
        return tuple(outcome for person in (*drawn, *self.fixed) for outcome in person.outcomes)

    @cached_property
    def _units(self) -> int:
        """Outcomes are whole multiples of 1 / this, so that a tally holds whole numbers."""
        return lcm(*(outcome.denominator for outcome in self._outcomes))

    @cached_property
    def _squares(self) -> int:
        return sum(int(outcome * self._units) ** 2 for outcome in self._outcomes)

    @cached_property
    def _nobody(self) -> Tally:
        return ((0, 0),) * len(self.arms)

    @cached_property
    def _fixed(self) -> Tally:
        tally = self._nobody
        for person in self.fixed:
            tally = self._with(tally, person.arm, person)
        return tally

    @cached_property
    def _given(self) -> Tally:
        tally = self._fixed
        for person in (person for stream in self.streams for person in stream.people):
            tally = self._with(tally, person.arm, person)
        return tally

    def _with(self, tally: Tally, arm: str, person: Drawn) -> Tally:
        outcomes = person.outcomes
        if not outcomes:
            return tally
        place = self.arms.index(arm)
        count, total = tally[place]
        return (*tally[:place], (count + len(outcomes), total + int(sum(outcomes) * self._units)), *tally[place + 1 :])


def _joined(one: Mapping[Tally, Fraction], other: Mapping[Tally, Fraction]) -> dict[Tally, Fraction]:
    """The law of two independent streams together."""
    law: dict[Tally, Fraction] = defaultdict(Fraction)
    for tally, chance in one.items():
        for more, factor in other.items():
            law[tuple((n + m, total + part) for (n, total), (m, part) in zip(tally, more, strict=True))] += chance * factor
    return law
