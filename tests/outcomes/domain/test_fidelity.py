"""Fidelity by arm and trainer, as whole values by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from outcomes.domain.fidelity import Observed, fidelity
from outcomes.domain.records import SessionRecord

DAY = date(2026, 3, 2)


def session(who: str, number: int, trainer: str, status: str = "attended", **facts: str) -> SessionRecord:
    return SessionRecord(
        trial_id=who, session_no=number, planned_on=DAY, planned_at=None, planned_minutes=60, planned_volume_kg=None, status=status,
        trainer=trainer, **facts,
    )  # fmt: skip


def row(arm: str, kind: str, name: str, *figures: int, share: Decimal | None) -> Observed:
    sessions, drawn, observed, judged, done = figures
    return Observed(arm=arm, kind=kind, name=name, sessions=sessions, drawn=drawn, observed=observed, judged=judged, done=done, share=share)


HELD = [
    ("RET", session("P-1", 1, "S01")), ("RET", session("P-1", 2, "S02", status="made_up")), ("RET", session("P-2", 1, "S01")),
    ("RET", session("P-1", 3, "S01", status="missed")), ("RET", session("P-2", 2, "", supervision="none")),
    ("WL", session("P-3", 1, "S01", phase="deferred")),
]  # fmt: skip
RATED = {
    ("P-1", 1): {"a": "done", "b": "not_done", "c": "not_applicable"},
    ("P-2", 1): {"a": "done", "b": "done", "c": "done"},
    ("P-1", 3): {"a": "not_done"},  # no longer held: does not count
}


def test_items_done_over_items_judged_by_arm_and_trainer() -> None:
    assert fidelity(HELD, draws=lambda who, number: (who, number) != ("P-3", 1), ratings=RATED) == (
        row("RET", "arm", "RET", 3, 3, 2, 5, 4, share=Decimal("0.8")),
        row("RET", "trainer", "S01", 2, 2, 2, 5, 4, share=Decimal("0.8")),
        row("RET", "trainer", "S02", 1, 1, 0, 0, 0, share=None),
        row("WL", "arm", "WL", 1, 0, 0, 0, 0, share=None),
        row("WL", "trainer", "S01", 1, 0, 0, 0, 0, share=None),
    )


def test_a_session_with_a_checklist_counts_as_drawn_though_the_share_has_changed_since() -> None:
    found = fidelity(HELD, draws=lambda _who, _number: False, ratings=RATED)
    assert [(r.kind, r.name, r.drawn, r.observed) for r in found if r.arm == "RET"] == [
        ("arm", "RET", 2, 2), ("trainer", "S01", 2, 2), ("trainer", "S02", 0, 0),
    ]  # fmt: skip


def test_nobody_held_anything() -> None:
    assert fidelity([], draws=lambda _who, _number: True, ratings=RATED) == ()
