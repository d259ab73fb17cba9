"""Insulin-like growth factor 1 in serum, ng/mL."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Example, Instrument, Item, Quantity, numbered

INSTRUMENT = Instrument(
    code="igf1",
    title="IGF-1",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="IGF-1 in serum",
            quantity=Quantity(
                unit="ng/mL", low=Decimal(5), high=Decimal(2000), decimals=1, method="Serum, immunoassay", device="Laboratory of the trial"
            ),
            loinc="2484-4",
            cdisc=CdiscCode(testcd="IGF1", test="Insulin-like Growth Factor-1", nci="C74864", domain="LB"),
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
)

EXAMPLES = (
    Example(answers=numbered("153.4"), total=153, total_unrounded=Decimal("153.4"), n_answered=1, severity=None),
    Example(answers=numbered("210.5"), total=211, total_unrounded=Decimal("210.5"), n_answered=1, severity=None, source="A half goes up."),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
