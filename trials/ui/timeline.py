"""A participant's course on one axis, as plain coordinates for `ui/timeline.html`. Days in, user units of the drawing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from trials.ui.words import MONTHS

LEFT, RIGHT, WIDTH, TOP, LANE = 120, 24, 960, 34, 38


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A window, both days inclusive; `state` is "", due, warn, stop or done."""

    first: date
    last: date
    label: str
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something on one day: a session, an answer, an event."""

    on: date
    label: str
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Lane:
    name: str
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    title: str
    first: date
    last: date
    lanes: Sequence[Lane]
    today: date | None = None
    note: str = ""


@dataclass(frozen=True)
class DrawnBar:
    x: float
    y: float
    width: float
    label: str
    title: str
    state: str
    word: bool  # wide enough to hold its label


@dataclass(frozen=True)
class DrawnMark:
    x: float
    y: float
    title: str
    state: str

    @property
    def shape(self) -> str:
        return f"state-{self.state or 'plain'}"


@dataclass(frozen=True)
class Tick:
    x: float
    word: str


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    ticks: tuple[Tick, ...]
    lanes: tuple[tuple[str, float, float], ...]  # name, baseline of its words, top edge
    bars: tuple[DrawnBar, ...]
    marks: tuple[DrawnMark, ...]
    today: float | None
    rows: tuple[tuple[str, str, date, date, str], ...] = field(default=())


def draw(timeline: Timeline) -> Drawing:
    """Place every lane, window and mark of a timeline; what lies outside the axis is cut to it."""
    days = max((timeline.last - timeline.first).days, 1)

    def x(on: date) -> float:
        share = min(max((on - timeline.first).days, 0), days) / days
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    bars: list[DrawnBar] = []
    marks: list[DrawnMark] = []
    rows: list[tuple[str, str, date, date, str]] = []
    for place, lane in enumerate(timeline.lanes):
        top = TOP + place * LANE
        for bar in lane.bars:
            start, end = x(bar.first), x(bar.last + timedelta(days=1))
            width = round(max(end - start, 6), 1)
            bars.append(DrawnBar(start, top + 7, width, bar.label, bar.label, bar.state, width > len(bar.label) * 7 + 10))
            rows.append((lane.name, bar.label, bar.first, bar.last, bar.state))
        for mark in lane.marks:
            marks.append(DrawnMark(round(x(mark.on) - 6, 1), top + 13, mark.label, mark.state))
            rows.append((lane.name, mark.label, mark.on, mark.on, mark.state))
    lanes = tuple((lane.name, TOP + place * LANE + 24, TOP + place * LANE) for place, lane in enumerate(timeline.lanes))
    today = x(timeline.today) if timeline.today and timeline.first <= timeline.today <= timeline.last else None
    height = TOP + len(timeline.lanes) * LANE + 22
    return Drawing(WIDTH, height, _months(timeline, x), lanes, tuple(bars), tuple(marks), today, tuple(rows))


def _months(timeline: Timeline, x: object) -> tuple[Tick, ...]:
    """The first of each month on the axis; over two years every third."""
    assert callable(x)
    month = timeline.first.replace(day=1)
    ticks: list[Tick] = []
    every = 3 if (timeline.last - timeline.first).days > 730 else 1
    while month <= timeline.last:
        if month >= timeline.first and (month.month - 1) % every == 0:
            ticks.append(Tick(x(month), MONTHS[month.month - 1] + (f" {month.year}" if month.month == 1 or not ticks else "")))
        month = (month + timedelta(days=32)).replace(day=1)
    return tuple(ticks)


def spark(values: Sequence[float], *, width: int = 96, height: int = 24) -> tuple[str, float, float]:
    """The points of a sparkline and its last point; a flat or single series lies in the middle."""
    low, high = min(values), max(values)
    span = (high - low) or 1
    middle = high == low

    def y(value: float) -> float:
        return round(height / 2 if middle else height - 4 - (value - low) / span * (height - 8), 1)

    step = (width - 8) / max(len(values) - 1, 1)
    points = [(round(4 + place * step, 1), y(float(value))) for place, value in enumerate(values)]
    return " ".join(f"{a},{b}" for a, b in points), points[-1][0], points[-1][1]
