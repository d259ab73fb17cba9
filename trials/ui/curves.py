"""Drawings of a design: how far the arms drift apart as people come, and how often the next arm is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from trials.domain.randomisation.design import Column
from trials.ui import words

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 12, 34
ROW = 40


@dataclass(frozen=True)
class Line:
    """One method's line; `arm` is the number of its colour and dash."""

    name: str
    arm: int
    points: str
    x: float
    y: float
    values: tuple[float, ...]


@dataclass(frozen=True)
class Tick:
    at: float
    word: str


@dataclass(frozen=True)
class Drift:
    """SD of the difference after each of the first places of a stratum; rows of the table behind it: place, then a value a line."""

    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    places: int
    rows: tuple[tuple[int, tuple[float, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    name: str
    arm: int
    y: float
    width: float
    share: float
    word: str


@dataclass(frozen=True)
class Guesses:
    """Bars from 0 to 100 %, with the share that a coin would reach."""

    bars: tuple[Bar, ...]
    coin: float
    coin_x: float
    across: tuple[Tick, ...]
    height: int
    width: int = WIDTH
    left: int = LEFT
    bottom: int = 0


def drift(columns: Sequence[Column]) -> Drift | None:
    """None where no method has exact figures of two equal arms, or where a single person comes."""
    courses = [(number, column, column.figures.course) for number, column in enumerate(columns, start=1)]
    held = [(number, column.name, [sqrt(d) for d in course.square]) for number, column, course in courses if course and course.square]
    places = min((len(values) for _, _, values in held), default=0)
    if places < 2:
        return None
    most = max(1, ceil(max(max(values[:places]) for _, _, values in held)))
    lines = []
    for number, name, values in held:
        points = [(_x(place, places), _y(value, most)) for place, value in enumerate(values[:places], start=1)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(Line(name, number, drawn, *points[-1], tuple(values[:places])))
    step = max(1, round(places / 8))
    shown = sorted({1, *range(step, places + 1, step)})
    up = tuple(Tick(_y(value, most), str(value)) for value in range(0, most + 1, max(1, ceil(most / 5))))
    rows = tuple((place, tuple(line.values[place - 1] for line in lines)) for place in shown)
    return Drift(tuple(lines), tuple(Tick(_x(place, places), str(place)) for place in shown), up, places, rows)


def guesses(columns: Sequence[Column]) -> Guesses | None:
    """None where no method has a share."""
    known = [(number, column, column.figures.guesses) for number, column in enumerate(columns, start=1)]
    told = [(number, column, share) for number, column, share in known if share is not None]
    if not told:
        return None
    whole = WIDTH - LEFT - RIGHT
    bars = tuple(
        Bar(column.name, number, TOP + row * ROW, share * whole, share, words.percent(round(share, 3), 1))
        for row, (number, column, share) in enumerate(told)
    )
    bottom = TOP + len(bars) * ROW
    coin = columns[0].figures.coin
    across = tuple(Tick(LEFT + share * whole / 100, f"{share} %") for share in (0, 25, 50, 75, 100))
    return Guesses(bars, coin, LEFT + coin * whole, across, bottom + BOTTOM, bottom=bottom)


def _x(place: int, places: int) -> float:
    return LEFT + (place - 1) * (WIDTH - LEFT - RIGHT) / (places - 1)


def _y(value: float, most: int) -> float:
    return HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP) / most
