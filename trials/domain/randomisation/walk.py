"""Follow a scheme step by step with the probability of every state: exact predictability and balance, without simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import fsum, sqrt
from typing import Generic, TypeVar

from trials.domain.randomisation.scheme import Properties

S = TypeVar("S")


class Walk(Generic[S]):
    """A Markov chain of allocation: where it starts, the law of the next arm in a state, and the states an arm leads to.

    `imbalance` gives D of a state (two equal arms), or is None; `certain` says whether an onlooker knows the next arm.
    """

    def __init__(
        self,
        *,
        start: Iterable[tuple[S, Fraction]],
        law: Callable[[S], Sequence[Fraction]],
        move: Callable[[S, int], Iterable[tuple[S, Fraction]]],
        imbalance: Callable[[S], int] | None,
        certain: Callable[[S], bool] | None = None,
    ) -> None:
        self._start = tuple(start)
        self._law, self._move, self._imbalance = law, move, imbalance
        self._certain = certain or (lambda state: max(law(state)) == 1)
        self._seen: dict[S, tuple[float, bool, list[tuple[S, float]]]] = {}

    def properties(self, n: int) -> Properties:
        """The figures over the first n allocations; ValueError for n < 1."""
        if n < 1:
            raise ValueError(f"properties need at least one allocation, not {n}")
        now = {(state, 0): float(share) for state, share in self._start}
        guesses: list[float] = []
        forced: list[float] = []
        balanced: list[float] = []
        for _ in range(n):
            guesses.extend(share * self._look(state)[0] for (state, _), share in now.items())
            forced.extend(share for (state, _), share in now.items() if self._look(state)[1])
            now = self._step(now)
            balanced.extend(share for (state, _), share in now.items() if self._distance(state) == 0)
        if self._imbalance is None:
            return Properties(fsum(guesses) / n, fsum(forced) / n, None, None, None)
        return Properties(
            correct_guesses=fsum(guesses) / n,
            forced=fsum(forced) / n,
            balanced=fsum(balanced) / n,
            sd_imbalance=sqrt(fsum(share * self._distance(state) ** 2 for (state, _), share in now.items())),
            max_imbalance=fsum(share * farthest for (_, farthest), share in now.items()),
        )

    def _step(self, now: dict[tuple[S, int], float]) -> dict[tuple[S, int], float]:
        then: dict[tuple[S, int], float] = defaultdict(float)
        for (state, farthest), share in now.items():
            for following, chance in self._look(state)[2]:
                then[following, max(farthest, self._distance(following))] += share * chance
        return then

    def _distance(self, state: S) -> int:
        return 0 if self._imbalance is None else abs(self._imbalance(state))

    def _look(self, state: S) -> tuple[float, bool, list[tuple[S, float]]]:
        """Chance of the best guess, whether the next arm is known, and where the state leads."""
        if state not in self._seen:
            law = self._law(state)
            leads = [
                (following, float(chance * weight))
                for arm, chance in enumerate(law)
                if chance
                for following, weight in self._move(state, arm)
            ]
            self._seen[state] = (float(max(law)), self._certain(state), leads)
        return self._seen[state]
