"""P4 screener: past attempt, plan, probability and preventive factors, asked by staff after suicidal thoughts. No total.

Dube, Kroenke, Bair, Theobald & Williams 2010, Prim Care Companion J Clin Psychiatry 12(6). Its words come from a file of the
deployment. Answers: 1 and 2 no or yes; 3 not at all, somewhat or very likely; 4 is 0 while something keeps the person from it and 1
where nothing does. The levels are the published ones; their exact wording was not confirmed in its source. No code was verified.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import AlertDefault, Computed, Example, Given, Instrument, Item, Option, numbered

LEVELS = "Dube 2010: higher with some or great probability or nothing that prevents it; lower with only a past attempt or a plan"


def risk(given: Given) -> Decimal | None:
    """0 minimal, 1 lower, 2 higher; None while an answer is missing that could change it."""
    if given.get("3", 0) >= 1 or given.get("4", 0) >= 1:
        return Decimal(2)
    if INSTRUMENT.missing(given):
        return None
    return Decimal(1 if given["1"] or given["2"] else 0)


NO_YES = (Option(value=0), Option(value=1))

INSTRUMENT = Instrument(
    code="p4",
    title="P4 screener",
    version="1",
    stem="",
    items=(
        Item(number="1", options=NO_YES),
        Item(number="2", options=NO_YES),
        Item(number="3", options=(Option(value=0), Option(value=1), Option(value=2))),
        Item(number="4", options=NO_YES),
    ),
    alerts=(
        AlertDefault(item="1", at_least=1, source=LEVELS),
        AlertDefault(item="2", at_least=1, source=LEVELS),
        AlertDefault(item="3", at_least=1, urgent_at_least=1, source=LEVELS),
        AlertDefault(item="4", at_least=1, urgent_at_least=1, source=LEVELS),
    ),
    recall_days=0,
    scoring="none",
    answered_by="staff",
    computations=(Computed(code="risk", label="Risk: 0 minimal, 1 lower, 2 higher", of=risk, source=LEVELS),),
    source="Dube 2010, Prim Care Companion J Clin Psychiatry 12(6)",
)


def _example(*answers: int | None, level: int | None, n_alerts: int, flags: tuple[str, ...] = ()) -> Example:
    return Example(
        answers=numbered(*answers), total=None, total_unrounded=None, n_answered=sum(a is not None for a in answers), severity=None,
        n_alerts=n_alerts, flags=flags, computed={"risk": None if level is None else Decimal(level)},
    )  # fmt: skip


EXAMPLES = (
    _example(0, 0, 0, 0, level=0, n_alerts=0),
    _example(1, 0, 0, 0, level=1, n_alerts=1),
    _example(0, 1, 0, 0, level=1, n_alerts=1),
    _example(0, 0, 1, 0, level=2, n_alerts=1),
    _example(0, 0, 0, 1, level=2, n_alerts=1),
    _example(1, 1, 0, None, level=None, n_alerts=2, flags=("item4_missing", "incomplete")),
)
