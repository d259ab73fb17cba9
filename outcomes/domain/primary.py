"""Whether a person is analysed for the primary outcome, by the protocol's rule; unknown until it can no longer change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from outcomes.domain.case import Case
from outcomes.domain.facts import Row

UNANSWERED = ("not_due", "pending")


@dataclass(frozen=True)
class PrimaryOutcome:
    """`analysed` is yes, no or None while unknown; `row` the scored form at the primary visit."""

    row: Row | None
    analysed: bool | None
    any_follow_up: bool

    @property
    def present(self) -> bool:
        return self.row is not None


def primary_outcome(case: Case, forms: list[Row]) -> PrimaryOutcome:
    primary = case.protocol.primary
    if primary is None:
        return PrimaryOutcome(row=None, analysed=None, any_follow_up=False)
    usable = [] if case.person.rows_left_out else [f for f in forms if f["instrument"] == primary.instrument]
    scored = [f for f in usable if f.get("total_unrounded") is not None]
    follow_ups = {v.code for v in case.protocol.visits if v.kind != "baseline"}
    row = next((f for f in scored if f["visit"] == primary.visit), None)
    any_follow_up = any(f["visit"] in follow_ups for f in scored)
    return PrimaryOutcome(row=row, analysed=_analysed(case, usable, scored, row, any_follow_up), any_follow_up=any_follow_up)


def completed_on(case: Case, row: Row) -> date | None:
    at = row.get("completed_at")
    return case.day_of(at) if isinstance(at, datetime) else None


def _analysed(case: Case, usable: list[Row], scored: list[Row], row: Row | None, any_follow_up: bool) -> bool | None:
    primary = case.protocol.primary
    assert primary is not None
    if case.person.rows_left_out:
        return False
    if primary.rule == "all_randomised":
        return True
    if primary.rule == "observed_at_visit":
        return True if row is not None else False if case.decided else None
    open_ones = sum(f["status"] in UNANSWERED for f in usable)
    if case.ended_on is not None:
        open_ones = 0
    return _enough(len(usable), len(scored), open_ones, primary.max_missing, any_follow_up)


def _enough(points: int, scored: int, open_ones: int, max_missing: int | None, any_follow_up: bool) -> bool | None:
    """Any post-baseline score, with at most so many of the time points (baseline included) missing."""
    limit = points if max_missing is None else max_missing
    lost = points - scored - open_ones
    if any_follow_up and points - scored <= limit:
        return True
    if lost > limit or not open_ones:
        return False
    return None
