"""Cerebral blood flow of grey matter at rest, mL/100 g/min. No LOINC or CDISC code was verified for it."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Example, Instrument, Item, Quantity, numbered

INSTRUMENT = Instrument(
    code="cerebral_blood_flow",
    title="Cerebral blood flow",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="Grey-matter blood flow",
            quantity=Quantity(
                unit="mL/100 g/min",
                low=Decimal(5),
                high=Decimal(150),
                decimals=1,
                method="Arterial spin labelling, mean over grey matter",
                device="3 T magnetic resonance scanner of the site",
            ),
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
)

EXAMPLES = (
    Example(answers=numbered("54.2"), total=54, total_unrounded=Decimal("54.2"), n_answered=1, severity=None),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
