"""Sessions and sets of one person in a few letters."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from outcomes.domain.records import SessionRecord, SetRecord

FIRST = date(2026, 3, 2)  # a Monday, day 0
AFTER = date(2027, 1, 1)
WORDS = {"A": "attended", "U": "made_up", "M": "missed", "C": "cancelled_by_site", "N": "not_delivered", "S": "scheduled"}


def a_session(no: int = 1, letter: str = "A", **more: object) -> SessionRecord:
    """Two sessions a trial week, Monday and Thursday; held on its day where it was held."""
    week = (no + 1) // 2
    opens_on = FIRST + timedelta(days=7 * (week - 1))
    on = opens_on + timedelta(days=3 * ((no + 1) % 2))
    facts: dict[str, object] = dict(
        trial_id="P-001", session_no=no, planned_on=on, planned_at=None, planned_minutes=60, planned_volume_kg=None, status=WORDS[letter],
        closes_on=opens_on + timedelta(days=6), week=week, held_on=on if letter in "AU" else None,
    )  # fmt: skip
    return SessionRecord(**(facts | more))  # type: ignore[arg-type]


def course(letters: str, **more: object) -> list[SessionRecord]:
    return [a_session(no, letter, **more) for no, letter in enumerate(letters, start=1)]


def a_set(session_no: int = 1, set_no: int = 1, planned: str = "8x50", done: str = "", **more: object) -> SetRecord:
    """`planned` and `done` as repetitions x kg: "8x50", "8x" without a load, "" for none."""
    planned_reps, planned_kg = _read(planned)
    done_reps, done_kg = _read(done)
    facts: dict[str, object] = dict(
        trial_id="P-001", session_no=session_no, exercise_no=1, exercise="squat", set_no=set_no, planned_reps=planned_reps,
        planned_reps_max=None if planned_reps is None else planned_reps + 4, planned_load_kg=planned_kg, planned_pct_1rm=None,
        done_reps=done_reps, done_load_kg=done_kg,
    )  # fmt: skip
    return SetRecord(**(facts | more))  # type: ignore[arg-type]


def _read(told: str) -> tuple[int | None, Decimal | None]:
    reps, _, kg = told.partition("x")
    return int(reps) if reps else None, Decimal(kg) if kg else None
