"""Whether training followed the guideline for resistance exercise, by week: as prescribed by a plan, and as done by a person.

At least 8 exercises for the major muscle groups, at least 2 sets of 8 to 12 repetitions of each, on at least 2 non-consecutive days a
week, with the load progressed over time (Herring & Meyer 2024; ACSM for novices and WHO, as Gordon 2020 quotes them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from participants.domain.prescription import dose_of
from participants.domain.progression import HOLD
from trials.domain.protocol.shape import SessionPlan

EXERCISES, SETS, FEWEST_REPS, MOST_REPS, DAYS = 8, 2, 8, 12, 2


@dataclass(frozen=True, kw_only=True)
class TrainedSet:
    """One working set done: repetitions (a side), and the load in kg where one is counted."""

    exercise: str
    reps: int
    load_kg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Conformity:
    """One week against the guideline. `progressed` is None where there is nothing to compare with: the first week with any set.

    `sets` is the smallest number of sets that any of the week's exercises got on a day; `reps_in_range` the share (0-1) of sets with 8 to
    12 repetitions, None without sets; `days` the most days of the week of which no two follow one another.
    """

    week: int
    exercises: int
    sets: int
    reps_in_range: Decimal | None
    days: int
    progressed: bool | None

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the guideline asks for and the week did not have, in its order: exercises, sets, reps, days, progression."""
        met = {
            "exercises": self.exercises >= EXERCISES,
            "sets": self.sets >= SETS,
            "reps": self.reps_in_range == 1,
            "days": self.days >= DAYS,
            "progression": self.progressed is not False,
        }
        return tuple(name for name, kept in met.items() if not kept)

    @property
    def conforms(self) -> bool:
        return not self.lacks


def done_weeks(days: Mapping[int, Mapping[date, Iterable[TrainedSet]]]) -> tuple[Conformity, ...]:
    """One person's weeks (trial week -> day -> sets) in order. Sets of 0 repetitions were not done.

    A week progressed where some exercise was done with more load than in every week before, or with more repetitions at its greatest load
    (repetitions alone where none is counted).
    """
    best: dict[str, tuple[Decimal, int]] = {}
    found = []
    for week in sorted(days):
        by_day = {on: [s for s in sets if s.reps > 0] for on, sets in days[week].items()}
        trained = {on: sets for on, sets in by_day.items() if sets}
        every = [s for sets in trained.values() for s in sets]
        found.append(
            Conformity(
                week=week,
                exercises=len({s.exercise for s in every}),
                sets=min((_count(sets, s.exercise) for sets in trained.values() for s in sets), default=0),
                reps_in_range=Decimal(sum(FEWEST_REPS <= s.reps <= MOST_REPS for s in every)) / len(every) if every else None,
                days=_apart(trained),
                progressed=any(s.exercise in best and _level(s) > best[s.exercise] for s in every) if best else None,
            )
        )
        for s in every:
            best[s.exercise] = max(best.get(s.exercise, _level(s)), _level(s))
    return tuple(found)


def planned_weeks(plan: SessionPlan) -> tuple[Conformity, ...]:
    """What a plan prescribes, week by week of its own. It progresses where its rule does or the week's share of 1RM exceeds all before."""
    found: list[Conformity] = []
    shares: list[Decimal] = []
    for week in range(1 - plan.familiarisation_weeks, plan.weeks + 1):
        dose = dose_of(plan, week)
        if dose is None:
            continue
        in_range = dose.reps_min >= FEWEST_REPS and dose.reps_max <= MOST_REPS
        share = dose.pct_1rm or Decimal(0)
        moves = plan.progression.rule not in (HOLD, "percent_ramp")
        found.append(
            Conformity(
                week=week,
                exercises=len(plan.exercises),
                sets=dose.sets,
                reps_in_range=Decimal(in_range),
                days=plan.per_week if plan.rest_days else (plan.per_week + 1) // 2,  # at worst all follow one another
                progressed=(moves or share > max(shares)) if shares else None,
            )
        )
        shares.append(share)
    return tuple(found)


def _count(sets: Iterable[TrainedSet], exercise: str) -> int:
    return sum(s.exercise == exercise for s in sets)


def _level(done: TrainedSet) -> tuple[Decimal, int]:
    return (done.load_kg if done.load_kg is not None else Decimal(0)), done.reps


def _apart(days: Iterable[date]) -> int:
    """The most dates of which no two follow one another, taking each as early as possible."""
    taken: list[date] = []
    for on in sorted(days):
        if not taken or (on - taken[-1]).days >= 2:
            taken.append(on)
    return len(taken)
