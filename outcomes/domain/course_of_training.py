"""One person's training session by session: what a trainer and a statistician look at. Rows only; nothing is rounded.

RPE drift is the slope of a straight line by least squares through the session ratings over the session numbers: points of the scale a
session. Ratings on another scale than the last one are left out; fewer than two sessions rated have no drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.training import Sums


@dataclass(frozen=True, kw_only=True)
class VolumeOfSession:
    """Volumes in kg; `done_kg` None for a session not held, `planned_kg` None where no load was prescribed."""

    session_no: int
    week: int | None
    status: str
    planned_kg: Decimal | None
    done_kg: Decimal | None

    @property
    def share(self) -> Decimal | None:
        return None if self.planned_kg is None or self.done_kg is None else share(self.done_kg, self.planned_kg)


@dataclass(frozen=True, kw_only=True)
class LoadOfExercise:
    """The heaviest load prescribed and lifted in one session's working sets of an exercise, in kg."""

    exercise: str
    session_no: int
    held_on: date | None
    planned_kg: Decimal | None
    done_kg: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Slope in points a session over `n` ratings on one scale, and the line's value at session 0."""

    scale: str
    n: int
    slope: Decimal | None
    intercept: Decimal | None


def volumes(sessions: Iterable[SessionRecord], sums: Sums) -> list[VolumeOfSession]:
    """Planned against done, in the order of sessions; only sessions with a plan or a record."""
    found = []
    for session in sorted(sessions, key=lambda s: s.session_no):
        added = sums.get((session.trial_id, session.session_no))
        if added is not None:
            done = (added.done_volume_kg or Decimal(0)) if session.held else None
            found.append(
                VolumeOfSession(
                    session_no=session.session_no,
                    week=session.week,
                    status=session.status,
                    planned_kg=added.planned_volume_kg,
                    done_kg=done,
                )
            )
    return found


def loads(sessions: Iterable[SessionRecord], sets: Iterable[SetRecord]) -> list[LoadOfExercise]:
    """Sessions held, by planned exercise; swapped sets and those that count repetitions only have no load here."""
    held = {s.session_no: s for s in sessions if s.held}
    found: dict[tuple[str, int], list[SetRecord]] = {}
    for one in sets:
        if one.working and one.session_no in held and one.load_model != "reps_only" and not one.substitute_for:
            found.setdefault((one.planned_exercise, one.session_no), []).append(one)
    return [
        LoadOfExercise(
            exercise=exercise,
            session_no=number,
            held_on=held[number].held_on,
            planned_kg=max((s.planned_load_kg for s in rows if s.planned_load_kg is not None), default=None),
            done_kg=max((s.done_load_kg for s in rows if s.performed and s.done_load_kg is not None), default=None),
        )
        for (exercise, number), rows in sorted(found.items())
    ]


def ratings(sessions: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Sessions held with a rating, on the scale of the last one, in order."""
    rated = sorted((s for s in sessions if s.held and s.session_rpe is not None), key=lambda s: s.session_no)
    return [s for s in rated if s.rpe_scale == rated[-1].rpe_scale]


def drift(rated: Sequence[SessionRecord]) -> Drift:
    """The straight line through `ratings`."""
    points = [(Decimal(s.session_no), s.session_rpe or Decimal(0)) for s in rated]
    scale = rated[-1].rpe_scale if rated else ""
    if len(points) < 2:
        return Drift(scale=scale, n=len(points), slope=None, intercept=None)
    slope, intercept = straight_line(points)
    return Drift(scale=scale, n=len(points), slope=slope, intercept=intercept)


def straight_line(points: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal | None, Decimal | None]:
    """Slope and intercept by least squares; None where x does not vary."""
    n = len(points)
    x_mean, y_mean = sum((x for x, _ in points), Decimal(0)) / n, sum((y for _, y in points), Decimal(0)) / n
    spread = sum(((x - x_mean) ** 2 for x, _ in points), Decimal(0))
    slope = share(sum(((x - x_mean) * (y - y_mean) for x, y in points), Decimal(0)), spread)
    return slope, None if slope is None else y_mean - slope * x_mean
