"""Limit and subject, turn and turn about: medians of blocks, ratios of pairs, and the limit against itself as a guard."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Lane = Callable[[], object]

AA_MEDIAN, AA_RANGE = (0.9, 1.1), (0.7, 1.4)  # outside of these the machine was too busy for a verdict


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of a run's blocks."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(round(median(values), 3), round(min(values), 3), round(max(values), 3))


@dataclass(frozen=True)
class Pairs:
    """One measurement: milliseconds an operation, the ratio subject / limit, and the limit against itself."""

    limit_ms: float
    subject_ms: float
    ratio: Spread
    aa: Spread
    blocks: int
    each: int

    @property
    def noisy(self) -> bool:
        inside = AA_MEDIAN[0] <= self.aa.median <= AA_MEDIAN[1]
        return not (inside and AA_RANGE[0] <= self.aa.low and self.aa.high <= AA_RANGE[1])


def measure(limit: Lane, subject: Lane, *, blocks: int = 9, each: int = 8, warm: int = 2, subject_first: bool = False) -> Pairs:
    """Three lanes - limit, subject, limit again - one operation at a time in turning order; `each` operations make a block.

    A lane is called once an operation and takes its own next item. With `subject_first` the subject leads every turn, for a limit that
    repeats what the subject has just written.
    """
    lanes = {"limit": limit, "subject": subject, "again": limit}
    orders = _orders(subject_first)
    for _ in range(warm):
        for name in orders[0]:
            lanes[name]()
    taken: dict[str, list[float]] = {name: [] for name in lanes}
    for turn in range(blocks * each):
        for name in orders[turn % len(orders)]:
            began = perf_counter()
            lanes[name]()
            taken[name].append(perf_counter() - began)
    return of_times(taken["limit"], taken["subject"], taken["again"], each=each)


def _orders(subject_first: bool) -> list[tuple[str, ...]]:
    if subject_first:
        return [("subject", "limit", "again"), ("subject", "again", "limit")]
    return [("limit", "subject", "again"), ("subject", "again", "limit"), ("again", "limit", "subject")]


def of_times(limit: Sequence[float], subject: Sequence[float], again: Sequence[float], *, each: int) -> Pairs:
    """From seconds an operation, in order of time, to a measurement."""
    blocks = [slice(start, start + each) for start in range(0, len(subject), each)]
    first, tried, second = ([median(times[block]) for block in blocks] for times in (limit, subject, again))
    both = [median([*limit[block], *again[block]]) for block in blocks]
    return Pairs(
        limit_ms=round(1000 * median(both), 3),
        subject_ms=round(1000 * median(tried), 3),
        ratio=Spread.of([s / b for s, b in zip(tried, both, strict=True)]),
        aa=Spread.of([a / b for a, b in zip(first, second, strict=True)]),
        blocks=len(blocks),
        each=each,
    )


def slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The exponent of growth: 0 = does not depend on the size, 1 = in proportion to it (least squares of the logarithms)."""
    xs, ys = [math.log(size) for size in sizes], [math.log(time) for time in times]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return round(sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs), 2)
