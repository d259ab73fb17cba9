"""Body mass in kilograms, to 100 g."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Example, Instrument, Item, Quantity, numbered

INSTRUMENT = Instrument(
    code="body_mass",
    title="Body mass",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="Body mass",
            quantity=Quantity(
                unit="kg",
                low=Decimal(25),
                high=Decimal(350),
                decimals=1,
                method="In light clothes, without shoes",
                device="Calibrated scale",
            ),
            loinc="29463-7",
            cdisc=CdiscCode(testcd="WEIGHT", test="Weight", nci="C25208", domain="VS"),
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
)

EXAMPLES = (
    Example(answers=numbered("64.5"), total=65, total_unrounded=Decimal("64.5"), n_answered=1, severity=None),
    Example(answers=numbered(80), total=80, total_unrounded=Decimal(80), n_answered=1, severity=None),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
