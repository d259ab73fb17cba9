"""One planned or performed set, named by the columns of exercise_set.csv, and the 1RM that its load is a share of.

Loads and volumes are kilograms as `Decimal`; a set's load is the total external mass moved per repetition (bar included, both dumbbells
added); repetitions are per side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class SetRecord:
    """One planned or performed set. An extra set has no `planned_reps`; a planned set not done in a held session has `done_reps` 0."""

    trial_id: str
    session_no: int
    exercise_no: int
    set_no: int
    planned_reps: int | None
    planned_reps_max: int | None
    planned_load_kg: Decimal | None
    planned_pct_1rm: Decimal | None
    exercise: str = ""
    set_kind: str = "working"
    done_reps: int | None = None
    done_load_kg: Decimal | None = None
    sides: int = 1
    bodyweight_kg: Decimal | None = None
    rpe: Decimal | None = None
    rir: Decimal | None = None
    load_model: str = "external"
    substitute_for: str = ""
    band: str = ""  # an elastic band in place of kilograms: its load is not known
    e1rm_kg: Decimal | None = None
    pct_1rm: Decimal | None = None

    @property
    def planned(self) -> bool:
        return self.planned_reps is not None

    @property
    def working(self) -> bool:
        return self.set_kind == "working"

    @property
    def planned_exercise(self) -> str:
        """The exercise of the plan: the one swapped out, else its own; where sets bear no names, its number in the session."""
        return self.substitute_for or self.exercise or str(self.exercise_no)

    @property
    def performed(self) -> bool:
        return (self.done_reps or 0) >= 1

    def load(self, external: Decimal | None) -> Decimal | None:
        """Kilograms moved per repetition under the set's load model; None where they aren't known or aren't counted."""
        if self.load_model == "reps_only":
            return None
        if self.load_model == "bodyweight_fraction":
            return None if self.bodyweight_kg is None else self.bodyweight_kg + (external or 0)
        return external

    @property
    def planned_load(self) -> Decimal | None:
        return self.load(self.planned_load_kg) if self.planned else None

    @property
    def done_load(self) -> Decimal | None:
        return self.load(self.done_load_kg) if self.performed else None

    @property
    def planned_volume(self) -> Decimal | None:
        """Lower bound of the repetitions x load x sides, in kg."""
        return None if self.planned_load is None else (self.planned_reps or 0) * self.planned_load * self.sides

    @property
    def done_volume(self) -> Decimal | None:
        return None if self.done_load is None else (self.done_reps or 0) * self.done_load * self.sides


Tested = tuple[str, date, Decimal | None]  # exercise, day, estimated 1RM in kg


def e1rm_on(tests: Iterable[Tested], exercise: str, on: date) -> Decimal | None:
    """Kilograms of the last strength test of that exercise on or before the day; None without one."""
    known = [(tested_on, e1rm) for name, tested_on, e1rm in tests if name == exercise and e1rm is not None and tested_on <= on]
    return max(known)[1] if known else None


def as_done(one: SetRecord, held: bool) -> SetRecord:
    """A planned set left out of a held session was done 0 times; of a session not held nothing is known to be done."""
    if not held:
        return replace(one, done_reps=None, done_load_kg=None)
    return replace(one, done_reps=0) if one.done_reps is None and one.planned else one


def with_e1rm(one: SetRecord, tests: Iterable[Tested], on: date | None) -> SetRecord:
    """The exercise's last tested 1RM on or before the session, and the load as a share of it, for performed external loads."""
    if on is None or not one.performed or one.load_model != "external" or one.done_load_kg is None:
        return one
    e1rm = e1rm_on(tests, one.exercise, on)
    return replace(one, e1rm_kg=e1rm, pct_1rm=one.done_load_kg / e1rm) if e1rm else one
