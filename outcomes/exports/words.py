"""How a column is told in the tables of columns."""

from __future__ import annotations

Spec = tuple[str, str, str, dict[str, object]]


def column(name: str, kind: str, label: str, **more: object) -> Spec:
    """One column's words; `of`, `values`, `derivation` and the rest as in `Column`."""
    return name, kind, label, more


def of(*sources: str) -> tuple[str, ...]:
    return sources


ARM = {"reveals_arm": True}
SETS = of("exercise_set|session.planned_volume_kg", "session")
COUNTS = of("exercise_set|session.sets_planned", "session")
SET_ROWS = of("exercise_set", "session")
INTENSITY = of("exercise_set", "session", "strength_test|exercise_set.e1rm_kg")
