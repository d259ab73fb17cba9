"""What changed between two cuts of the dataset, row by row, and which recorded steps can have changed a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Row = Mapping[str, str]

# The first word of an audit verb, or of a corrected or voided record the table's, for the rows that such a step writes.
NOUNS: Mapping[str, frozenset[str]] = {
    "participant": frozenset(
        [
            "participant",
            "screening",
            "consent",
            "training",
            "unblinding",
            "guess",
            "people",
            "batch",
            "unit",
            "ending",
            "enrolment",
            "allocation",
        ]
    ),
    "baseline": frozenset(["baseline", "baselinevalue", "people"]),
    "assessment": frozenset(["assessment", "sitting", "people"]),
    "item": frozenset(["assessment", "sitting", "people"]),
    "session": frozenset(["session", "sessions", "slot", "absence", "trainingsession", "training", "participant", "people"]),
    "exercise_set": frozenset(["session", "exerciseset", "people"]),
    "strength_test": frozenset(["strength_test", "strengthtest", "people"]),
    "adverse_event": frozenset(["event", "harms", "adverseevent", "people"]),
    "medication": frozenset(["medication", "harms", "people"]),
    "concomitant": frozenset(["concomitant", "harms", "people"]),
    "deviation": frozenset(["deviation", "unblinding", "code", "people"]),
    "safety_alert": frozenset(["alert", "people"]),
    "adherence": frozenset(["session", "sessions", "slot", "trainingsession", "training", "people"]),
}


@dataclass(frozen=True)
class Cell:
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row that stands in one cut alone (`added`, `removed`), or in both with differing cells (`changed`)."""

    file: str
    key: tuple[str, ...]
    kind: str
    cells: tuple[Cell, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(cell.column for cell in self.cells)


@dataclass(frozen=True)
class Step:
    """A step of the trial as the audit keeps it; `subject` is the first word of what it did, or the corrected record's table."""

    verb: str
    subject: str
    actor: str
    at: datetime
    reason: str


def row_changes(file: str, key: Sequence[str], before: Iterable[Row], after: Iterable[Row]) -> list[RowChange]:
    """Every row that differs, in the order of their keys as text; a column that one cut lacks is empty there."""
    old = {tuple(row[name] for name in key): row for row in before}
    new = {tuple(row[name] for name in key): row for row in after}
    found = []
    for which in sorted(old.keys() | new.keys()):
        was, now = old.get(which), new.get(which)
        cells = _cells(was or {}, now or {}, key)
        if was is None or now is None:
            found.append(RowChange(file, which, "added" if was is None else "removed", cells))
        elif cells:
            found.append(RowChange(file, which, "changed", cells))
    return found


def steps_behind(change: RowChange, steps: Iterable[Step], sources: Mapping[str, Iterable[str]]) -> list[Step]:
    """Which of the person's steps between the cuts can have changed the row; none where it follows from time having passed alone.

    `sources` is column -> what it is derived from (tables, or `table.column`), so that a step behind a table counts for the figures
    made of it.
    """
    parts = (part for column in change.columns for source in sources.get(column, ()) for part in source.split("|"))
    tables = {change.file, *(part.split(".")[0] for part in parts)}
    nouns = frozenset[str]().union(*(NOUNS.get(table, frozenset()) for table in tables))
    return sorted((step for step in steps if step.subject in nouns), key=lambda step: (step.at, step.verb))


def _cells(was: Row, now: Row, key: Sequence[str]) -> tuple[Cell, ...]:
    names = [name for name in {**was, **now} if name not in key]
    return tuple(Cell(name, was.get(name, ""), now.get(name, "")) for name in names if was.get(name, "") != now.get(name, ""))
