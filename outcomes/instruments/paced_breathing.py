"""Adherence to paced breathing: practices done since the last visit (the outcome) beside those that were agreed. No code was found."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Computed, Example, Given, Instrument, Item, Quantity, numbered
from outcomes.domain.text import rounded


def share(given: Given) -> Decimal | None:
    """Practices done over practices agreed, as a fraction to four decimals; None without both, or where none were agreed."""
    done, agreed = given.get("1"), given.get("2")
    if done is None or not agreed:
        return None
    return rounded(Decimal(done) / Decimal(agreed), 4)


PRACTICES = Quantity(unit="practices", low=Decimal(0), high=Decimal(1000), method="The person's log or the device's memory")

INSTRUMENT = Instrument(
    code="paced_breathing",
    title="Paced breathing",
    version="1",
    stem="",
    items=(
        Item(number="1", text="Practices done since the last visit", quantity=PRACTICES),
        Item(number="2", text="Practices agreed for that time", quantity=PRACTICES, scored=False),
        Item(
            number="3",
            text="Usual length of a practice",
            quantity=Quantity(unit="min", low=Decimal(0), high=Decimal(180), decimals=1),
            scored=False,
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
    computations=(Computed(code="share", label="Practices done of those agreed, 0-1 and above", of=share),),
)

EXAMPLES = (
    Example(
        answers=numbered(21, 28, 10), total=21, total_unrounded=Decimal(21), n_answered=1, severity=None,
        computed={"share": Decimal("0.75")},
    ),
    Example(answers=numbered(21, 0), total=21, total_unrounded=Decimal(21), n_answered=1, severity=None, computed={"share": None}),
    Example(
        answers=numbered(None, 28), total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",),
        computed={"share": None},
    ),
)  # fmt: skip
