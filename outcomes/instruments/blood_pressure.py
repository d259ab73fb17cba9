"""Resting blood pressure in mmHg, systolic and diastolic; the mean arterial pressure follows from both."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Computed, Example, Given, Instrument, Item, Quantity, numbered
from outcomes.domain.text import rounded

METHOD = "Seated, after five minutes of rest; mean of the second and third reading"
DEVICE = "Validated automatic upper-arm monitor"


def mean_arterial_pressure(given: Given) -> Decimal | None:
    """Diastolic plus a third of the pulse pressure, mmHg to one decimal; None without both readings."""
    if len(given) < 2:
        return None
    systolic, diastolic = Decimal(given["1"]), Decimal(given["2"])
    return rounded(diastolic + (systolic - diastolic) / 3, 1)


INSTRUMENT = Instrument(
    code="blood_pressure",
    title="Blood pressure",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="Systolic",
            quantity=Quantity(unit="mmHg", low=Decimal(60), high=Decimal(280), method=METHOD, device=DEVICE),
            loinc="8480-6",
            cdisc=CdiscCode(testcd="SYSBP", test="Systolic Blood Pressure", nci="C25298", domain="VS"),
        ),
        Item(
            number="2",
            text="Diastolic",
            quantity=Quantity(unit="mmHg", low=Decimal(30), high=Decimal(180), method=METHOD, device=DEVICE),
            loinc="8462-4",
            cdisc=CdiscCode(testcd="DIABP", test="Diastolic Blood Pressure", nci="C25299", domain="VS"),
        ),
    ),
    recall_days=0,
    scoring="none",
    answered_by="staff",
    computations=(Computed(code="mean_arterial", label="Mean arterial pressure", of=mean_arterial_pressure, unit="mmHg"),),
    loinc_panel="85354-9",
)

EXAMPLES = (
    Example(
        answers=numbered(120, 80), total=None, total_unrounded=None, n_answered=2, severity=None,
        computed={"mean_arterial": Decimal("93.3")},
    ),
    Example(
        answers=numbered(120), total=None, total_unrounded=None, n_answered=1, severity=None, flags=("incomplete",),
        computed={"mean_arterial": None},
    ),
)  # fmt: skip
