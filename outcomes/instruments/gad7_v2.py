"""GAD-7 V2: the seven items alone, without the difficulty question, as in version 2 of the CDISC code list.

Spitzer, Kroenke, Williams & Löwe 2006, Arch Intern Med 166:1092. Suffix 08 is the total in version 2, the difficulty item in version 1.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outcomes.domain.instrument import Example, numbered
from outcomes.instruments import gad7

GERMAN = replace(gad7.GERMAN, items={n: text for n, text in gad7.GERMAN.items.items() if n != "8"}, options_of={})

INSTRUMENT = replace(
    gad7.INSTRUMENT,
    code="gad7_v2",
    title="GAD-7 V2",
    items=tuple(replace(item, cdisc_earlier=None) for item in gad7.ITEMS if item.scored),
    translations=(GERMAN,),
    cdisc_total_earlier=None,
)

ADMIRAL = "CDISC ADaM example of GAD-7 V2 totals (pharmaverse admiral)"
EXAMPLES = (
    Example(answers=numbered(2, 2, 2, 2, 3, 3, 1), total=15, total_unrounded=Decimal(15), n_answered=7, severity="severe", source=ADMIRAL),
    Example(
        answers=numbered(2, 2, 2, 2, 1, 3, 2), total=14, total_unrounded=Decimal(14), n_answered=7, severity="moderate", source=ADMIRAL
    ),
    Example(
        answers=numbered(2, 2, 2, 2, 1, 3, 1), total=13, total_unrounded=Decimal(13), n_answered=7, severity="moderate", source=ADMIRAL
    ),
    Example(answers=numbered(*[1] * 7), total=7, total_unrounded=Decimal(7), n_answered=7, severity="mild", source=ADMIRAL),
    Example(
        answers=numbered(*[1] * 6), total=None, total_unrounded=None, n_answered=6, severity=None, flags=("too_many_missing",),
        source="A missing item is never counted as 0.",
    ),
    Example(
        answers=numbered(2, 2, 1, 1, 1), rule="prorate_max_2", total=10, total_unrounded=Decimal("9.8"), n_answered=5, severity="moderate",
        flags=("prorated",),
    ),
)  # fmt: skip
