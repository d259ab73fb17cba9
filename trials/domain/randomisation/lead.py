"""How far the leading one of two equal arms is ahead: one chain for every method that treats the two alike, followed exactly.

Only the size of the difference matters, so n allocations cost in the order of n times its spread.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from math import fsum
from operator import add, mul, sub

from trials.domain.randomisation.scheme import Course, NotExact

MOST_STATES = 300_000
"""Places times leads that are followed before a figure is refused: about 2,000 fair tosses, under two seconds."""
_NOTHING = 1e-20  # what all figures together lose stays far below 1e-9
_SURE = 1e-12


class Lead:
    """The chain of leads. `towards(done, lead)`: the chance of the trailing arm after so many allocations, for a lead above 0.

    At a lead of 0 either arm has one half. Leads after an even number of allocations are even, after an odd one odd, so row i of
    the chances holds every second lead only.
    """

    def __init__(self, towards: Callable[[int, int], float]) -> None:
        self._towards = towards
        self._rows: list[list[float]] = []
        self._states: list[list[float]] = [[1.0]]
        self._followed = 0

    def course(self, n: int) -> Course:
        """The figures place by place; ValueError for n < 1, NotExact where the chain grows too large."""
        if n < 1:
            raise ValueError(f"properties need at least one allocation, not {n}")
        while len(self._rows) < n:
            self._go_on()
        guesses, forced, balanced, square = [], [], [], []
        for done in range(n):
            row, now = self._rows[done], self._states[done]
            guesses.append(fsum(share * (max(p, 1 - p) if lead else 0.5) for lead, share, p in _by_lead(done, now, row)))
            forced.append(fsum(share for lead, share, p in _by_lead(done, now, row) if lead and p in (0.0, 1.0)))
            after = self._states[done + 1]
            balanced.append(after[0] if done % 2 else 0.0)
            square.append(fsum(share * lead * lead for lead, share, _ in _by_lead(done + 1, after, after)))
        return Course(tuple(guesses), tuple(forced), tuple(balanced), tuple(square))

    def farthest(self, n: int) -> float:
        """Expected largest lead among the first n: the sum over m of the chance that the lead ever goes beyond m."""
        self.course(n)
        total = 0.0
        for most in count():
            beyond = 1 - self._staying(n, most)
            if beyond < _SURE:
                return total
            total += beyond
        raise AssertionError("a lead has an end")  # pragma: no cover

    def _staying(self, n: int, most: int) -> float:
        """The chance that no lead among the first n is above `most`."""
        now = [1.0]
        for done in range(n):
            now = _moved(done, now, self._rows[done])
            kept = (most - (done + 1) % 2) // 2 + 1
            if kept < len(now):
                del now[kept:]
        return fsum(now)

    def _go_on(self) -> None:
        done, now = len(self._rows), self._states[-1]
        self._followed += len(now)
        if self._followed > MOST_STATES:
            raise NotExact("the arms can drift so far apart that exact figures would take too long")
        row = [self._towards(done, lead) if lead else 0.0 for lead in range(done % 2, done % 2 + 2 * len(now), 2)]
        after = _moved(done, now, row)
        while after[-1] < _NOTHING:
            after.pop()
        self._rows.append(row)
        self._states.append(after)


def _by_lead(done: int, now: list[float], row: list[float]) -> list[tuple[int, float, float]]:
    return [(done % 2 + 2 * place, share, chance) for place, (share, chance) in enumerate(zip(now, row, strict=True))]


def _moved(done: int, now: list[float], row: list[float]) -> list[float]:
    """One allocation further. From a lead of 0 the lead can only rise, and its entry of the row is 0."""
    falls = list(map(mul, now, row))
    rises = list(map(sub, now, falls))
    if done % 2:
        return list(map(add, [0.0, *rises], [*falls, 0.0]))
    return list(map(add, rises, [*falls[1:], 0.0]))
