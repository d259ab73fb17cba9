"""How training as done met the guideline for resistance exercise: week by week of a person, and by week of an arm.

What the guideline asks for, and its sources, stand in `participants.domain.guideline`. A week counts once its last day has passed and a
session was planned in it: whoever did nothing in it, drop-outs included, stays in the denominator and lacks everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.records import SessionRecord, SetRecord
from participants.domain.guideline import Conformity, TrainedSet, done_weeks

PARTS = ("exercises", "sets", "reps", "days", "progression")


@dataclass(frozen=True, kw_only=True)
class GuidedWeek:
    """Of an arm's people with a due week: how many met each part of the guideline in it, how many all of it, and their share (0-1)."""

    arm: str
    week: int
    people: int
    exercises: int
    sets: int
    reps: int
    days: int
    progression: int
    conforming: int
    share: Decimal | None


def weeks_of(sessions: Iterable[SessionRecord], sets: Iterable[SetRecord], *, as_of: date) -> tuple[Conformity, ...]:
    """One person's due trial weeks in order. Working sets of sessions held count, with the exercise and load that were done."""
    days: dict[int, dict[date, list[TrainedSet]]] = {}
    held: dict[int, list[TrainedSet]] = {}
    for session in sessions:
        if session.week is None or session.window_closes_on >= as_of:
            continue
        week = days.setdefault(session.week, {})
        if session.held:
            held[session.session_no] = week.setdefault(session.on, [])
    for one in sets:
        if one.working and one.session_no in held and one.done_reps is not None:
            held[one.session_no].append(TrainedSet(exercise=one.exercise, reps=one.done_reps, load_kg=one.done_load_kg))
    return done_weeks(days)


def by_week(arm: str, people: Iterable[Sequence[Conformity]]) -> list[GuidedWeek]:
    """An arm's due weeks in order."""
    found: dict[int, list[Conformity]] = defaultdict(list)
    for weeks in people:
        for week in weeks:
            found[week.week].append(week)
    rows = []
    for number, those in sorted(found.items()):
        met = {part: sum(week.exercises > 0 and part not in week.lacks for week in those) for part in PARTS}
        whole = sum(week.conforms for week in those)
        rows.append(GuidedWeek(arm=arm, week=number, people=len(those), conforming=whole, share=share(whole, len(those)), **met))
    return rows
