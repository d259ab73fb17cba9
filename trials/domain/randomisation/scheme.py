"""What every method of randomisation answers: the law of the next arm, the next arm of a stream, and how predictable it is."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import fsum, sqrt
from typing import Any

from trials.domain.randomisation.drbg import STATE_BYTES, Drbg

History = Sequence[tuple[str, Mapping[str, str]]]
"""Who came before in this stratum, in order: arm, and factor -> level as used."""

_MARK = b"uplift-stream-1\x00"


class NotExact(Exception):
    """This figure has no exact answer for this scheme."""


@dataclass(frozen=True)
class Properties:
    """How a scheme behaves over its first n allocations, exact to 1e-9.

    `correct_guesses`: expected share guessed by someone who names the likeliest arm (two equal arms: the one with fewer so
    far, a coin when tied; Blackwell & Hodges 1957). `forced`: share known for certain to someone who knows the scheme and the
    allocations so far. With D the difference of two equal arms: `balanced` is the mean over i of P(D_i = 0), `sd_imbalance`
    the standard deviation of D_n, `max_imbalance` the expectation of max |D_i|; all three None otherwise.
    """

    correct_guesses: float
    forced: float
    balanced: float | None
    sd_imbalance: float | None
    max_imbalance: float | None


@dataclass(frozen=True)
class Course:
    """The same place by place, exact to 1e-9: entry i of each tuple is about allocation i + 1.

    `guesses` and `forced`: chance that it is guessed, that it is known for certain. With D the difference of two equal arms after
    it: `balanced` is P(D = 0), `square` the mean of D squared; both None otherwise.
    """

    guesses: tuple[float, ...]
    forced: tuple[float, ...]
    balanced: tuple[float, ...] | None
    square: tuple[float, ...] | None


@dataclass(frozen=True)
class Chain:
    """A stream as states that can be followed: where it may start, the law of the next arm, and where an arm may lead."""

    start: tuple[tuple[Any, Fraction], ...]
    law: Callable[[Any], Sequence[Fraction]]
    move: Callable[[Any, int], Iterable[tuple[Any, Fraction]]]


@dataclass(frozen=True)
class StreamState:
    """Where one stratum's stream stands: generator state and a few whole numbers. Secret: it holds all that will be drawn.

    Its bytes have the same length at every place of the stream, so a sealed state betrays no place in a block.
    """

    drbg: bytes
    memory: tuple[int, ...]

    def to_bytes(self) -> bytes:
        return _MARK + self.drbg + b"".join(number.to_bytes(8, "big") for number in self.memory)

    @classmethod
    def from_bytes(cls, stored: bytes) -> StreamState:
        """Read `to_bytes` back. Raises ValueError for anything else."""
        start = len(_MARK) + STATE_BYTES
        if not stored.startswith(_MARK) or len(stored) < start or (len(stored) - start) % 8:
            raise ValueError("this is not the state of a stream")
        numbers = tuple(int.from_bytes(stored[i : i + 8], "big") for i in range(start, len(stored), 8))
        return cls(stored[len(_MARK) : start], numbers)


@dataclass(frozen=True)
class Draw:
    """One draw: the arm, the stream after it, the probability of every arm before it, and the random words that decided it.

    Secret but for the arm: inside a block the probabilities and words tell what the rest of the block holds.
    """

    arm: str
    after: StreamState
    law: Mapping[str, Fraction]
    words: tuple[int, ...]
    code: str = ""
    """What the place is called outside, where an uploaded list says so."""


@dataclass(frozen=True)
class Scheme(abc.ABC):
    """Arms in declared order with their ratio, and a method."""

    arms: tuple[str, ...]
    ratio: tuple[int, ...]

    @property
    def equal(self) -> bool:
        return len(set(self.ratio)) == 1

    @property
    def across_strata(self) -> bool:
        """Whether one stream serves the whole trial, because the method itself looks at the factors."""
        return False

    @property
    def chain(self) -> Chain | None:
        """The stream of one stratum as a chain; None where the next arm hangs on who comes."""
        return None

    @property
    def two_equal_arms(self) -> bool:
        return self.equal and len(self.arms) == 2

    @abc.abstractmethod
    def probabilities(self, history: History, newcomer: Mapping[str, str]) -> dict[str, Fraction]:
        """The law of the next arm. Raises ValueError for a history this scheme cannot have made."""

    @abc.abstractmethod
    def course(self, n: int) -> Course:
        """Predictability and balance at each of the first n allocations of one stratum.

        Raises ValueError for n < 1, and NotExact where there is no exact answer or it would take more than a few seconds.
        """

    def farthest(self, n: int) -> float | None:
        """Expected max |D_i| over the first n allocations; None unless the arms are two and equal. Raises as `course` does."""
        return None

    def properties(self, n: int) -> Properties:
        """Predictability and balance over the first n allocations of one stratum. Raises as `course` does."""
        course = self.course(n)
        return Properties(
            correct_guesses=fsum(course.guesses) / n,
            forced=fsum(course.forced) / n,
            balanced=None if course.balanced is None else fsum(course.balanced) / n,
            sd_imbalance=None if course.square is None else sqrt(course.square[-1]),
            max_imbalance=self.farthest(n),
        )

    @abc.abstractmethod
    def start(self, seed: bytes, stratum: str) -> StreamState:
        """The stream of a stratum before its first allocation: a pure function of seed (32 bytes or more) and stratum key."""

    @abc.abstractmethod
    def draw(self, state: StreamState, newcomer: Mapping[str, str]) -> Draw:
        """The next arm of a stream, how it came about, and where the stream stands after it. `newcomer`: the level of every factor."""

    def advance(self, state: StreamState, newcomer: Mapping[str, str]) -> tuple[str, StreamState]:
        """The next arm of a stream and where the stream stands after it."""
        drawn = self.draw(state, newcomer)
        return drawn.arm, drawn.after

    @property
    def most_words(self) -> int:
        """So many words one draw takes, unless some are rejected: what hides in how long a draw's record is."""
        return 2

    def draw_list(self, seed: bytes, stratum: str, length: int) -> list[str]:
        """The list of a stratum; only permuted blocks have one."""
        raise ValueError("only permuted blocks can be drawn as a list")

    def choose(self, probabilities: Mapping[str, Fraction], u: Fraction) -> str:
        """The first declared arm with u below the running sum of probabilities.

        Raises ValueError unless 0 <= u < 1 and every arm has a probability, adding up to 1.
        """
        if not 0 <= u < 1:
            raise ValueError(f"u must lie in [0, 1), not {u}")
        if set(probabilities) != set(self.arms) or sum(probabilities.values()) != 1 or min(probabilities.values()) < 0:
            raise ValueError("probabilities must name every arm once and add up to 1")
        reached = accumulate(probabilities[arm] for arm in self.arms)
        return next(arm for arm, sum_so_far in zip(self.arms, reached, strict=True) if u < sum_so_far)

    def count(self, history: History) -> tuple[int, ...]:
        """How many of each arm stand in the history, in declared order. Raises ValueError for an arm the scheme does not have."""
        counts = dict.fromkeys(self.arms, 0)
        for arm, _ in history:
            if arm not in counts:
                raise ValueError(f"the history names the arm {arm!r}, which the scheme does not have")
            counts[arm] += 1
        return tuple(counts.values())


def generator(spec: str, seed: bytes, stratum: str) -> Drbg:
    """The generator of one stratum: seed as entropy, no nonce, `spec|stratum` in ASCII as personalisation."""
    if not stratum.isascii():
        raise ValueError(f"the stratum key {stratum!r} is not plain ASCII")
    return Drbg.instantiate(seed, personalisation=f"{spec}|{stratum}".encode("ascii"))
