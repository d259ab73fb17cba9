"""Heart-rate variability at rest: RMSSD (the outcome), with SDNN, heart rate and the length of the recording beside it.

RMSSD is the root mean square of successive differences of normal R-R intervals, SDNN their standard deviation, both in ms (Task Force
1996, Circulation 93:1043). Only SDNN's LOINC code was found.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Example, Instrument, Item, Quantity, numbered

METHOD = "Lying, after ten minutes of rest, breathing freely"
DEVICE = "Electrocardiogram or chest strap, artefacts corrected"


def _milliseconds(high: int) -> Quantity:
    return Quantity(unit="ms", low=Decimal(1), high=Decimal(high), decimals=1, method=METHOD, device=DEVICE)


INSTRUMENT = Instrument(
    code="heart_rate_variability",
    title="Heart-rate variability",
    version="1",
    stem="",
    items=(
        Item(number="1", text="RMSSD", quantity=_milliseconds(400)),
        Item(number="2", text="SDNN", quantity=_milliseconds(400), loinc="80404-7", scored=False),
        Item(
            number="3",
            text="Mean heart rate",
            quantity=Quantity(unit="beats/min", low=Decimal(25), high=Decimal(220), method=METHOD, device=DEVICE),
            loinc="8867-4",
            cdisc=CdiscCode(testcd="HR", test="Heart Rate", nci="C49677", domain="VS"),
            scored=False,
        ),
        Item(
            number="4",
            text="Length of the recording",
            quantity=Quantity(unit="min", low=Decimal(1), high=Decimal(1440), decimals=1),
            scored=False,
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
    source="Task Force 1996, Circulation 93:1043",
)

EXAMPLES = (
    Example(answers=numbered("42.3", "51.0", 61, 5), total=42, total_unrounded=Decimal("42.3"), n_answered=1, severity=None),
    Example(answers=numbered(None, "51.0"), total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
