"""Grip strength in kilograms: the dominant hand (the outcome) and the other one, each the best of three.

Published LOINC codes for the two hands contradict each other in the places looked at, so none is given.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Example, Instrument, Item, Quantity, numbered

KILOGRAMS = Quantity(
    unit="kg",
    low=Decimal(0),
    high=Decimal(120),
    decimals=1,
    method="Seated, elbow at a right angle, best of three",
    device="Hydraulic hand dynamometer, second handle position",
)

INSTRUMENT = Instrument(
    code="grip_strength",
    title="Grip strength",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="Dominant hand",
            quantity=KILOGRAMS,
            cdisc=CdiscCode(testcd="GRIPSTR", test="Grip Strength", nci="C139210", domain="MK"),
        ),
        Item(number="2", text="Other hand", quantity=KILOGRAMS, scored=False),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
)

EXAMPLES = (
    Example(answers=numbered("38.5", "36"), total=39, total_unrounded=Decimal("38.5"), n_answered=1, severity=None),
    Example(answers=numbered(None, "36"), total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
