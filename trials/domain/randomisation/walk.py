"""Follow a scheme step by step with the probability of every state: exact predictability and balance, without simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import fsum
from typing import Generic, TypeVar

from trials.domain.randomisation.scheme import Course, NotExact

S = TypeVar("S")

MOST_WORK = 1_500_000
"""What is done before a figure is refused: one for every way on from a state, `_FIRST_LOOK` more for one not met before."""
_FIRST_LOOK = 12


class Walk(Generic[S]):
    """A Markov chain of allocation: where it starts, the law of the next arm in a state, and the states an arm leads to.

    `imbalance` gives D of a state (two equal arms), or is None; `certain` says whether an onlooker knows the next arm,
    `heft` how many times the usual work a first look at a state takes.
    """

    def __init__(
        self,
        *,
        start: Iterable[tuple[S, Fraction]],
        law: Callable[[S], Sequence[Fraction]],
        move: Callable[[S, int], Iterable[tuple[S, Fraction]]],
        imbalance: Callable[[S], int] | None,
        certain: Callable[[S], bool] | None = None,
        heft: Callable[[S], int] = lambda state: 1,
    ) -> None:
        self._start = {state: float(share) for state, share in start}
        self._law, self._move, self._imbalance = law, move, imbalance
        self._certain, self._heft = certain, heft
        self._seen: dict[S, tuple[float, bool, list[tuple[S, float]]]] = {}
        self._work = 0

    def course(self, n: int) -> Course:
        """The figures place by place; ValueError for n < 1, NotExact where there are too many states."""
        if n < 1:
            raise ValueError(f"properties need at least one allocation, not {n}")
        self._work = 0
        now: Mapping[S, float] = self._start
        guesses: list[float] = []
        forced: list[float] = []
        balanced: list[float] = []
        square: list[float] = []
        for _ in range(n):
            guesses.append(fsum(share * self._look(state)[0] for state, share in now.items()))
            forced.append(fsum(share for state, share in now.items() if self._look(state)[1]))
            then: dict[S, float] = defaultdict(float)
            for state, share in now.items():
                leads = self._look(state)[2]
                self._pay(len(leads))
                for following, chance in leads:
                    then[following] += share * chance
            now = then
            if self._imbalance is not None:
                apart = [(self._imbalance(state), share) for state, share in now.items()]
                balanced.append(fsum(share for difference, share in apart if not difference))
                square.append(fsum(share * difference**2 for difference, share in apart))
        if self._imbalance is None:
            return Course(tuple(guesses), tuple(forced), None, None)
        return Course(tuple(guesses), tuple(forced), tuple(balanced), tuple(square))

    def farthest(self, n: int) -> float | None:
        """Expected max |D_i| over the first n; None without an imbalance. NotExact where there are too many states."""
        if self._imbalance is None:
            return None
        self._work = 0
        now = {(state, 0): share for state, share in self._start.items()}
        for _ in range(n):
            then: dict[tuple[S, int], float] = defaultdict(float)
            for (state, farthest), share in now.items():
                leads = self._look(state)[2]
                self._pay(len(leads))
                for following, chance in leads:
                    then[following, max(farthest, abs(self._imbalance(following)))] += share * chance
            now = then
        return fsum(share * farthest for (_, farthest), share in now.items())

    def _look(self, state: S) -> tuple[float, bool, list[tuple[S, float]]]:
        """Chance of the best guess, whether the next arm is known, and where the state leads."""
        if state not in self._seen:
            law = self._law(state)
            self._pay(_FIRST_LOOK * len(law) * self._heft(state))
            leads = [
                (following, float(chance * weight))
                for arm, chance in enumerate(law)
                if chance
                for following, weight in self._move(state, arm)
            ]
            best = max(law)
            self._seen[state] = (float(best), best == 1 if self._certain is None else self._certain(state), leads)
        return self._seen[state]

    def _pay(self, work: int) -> None:
        self._work += work
        if self._work > MOST_WORK:
            raise NotExact("so many different situations can come up that exact figures would take too long")
