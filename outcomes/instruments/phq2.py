"""PHQ-2: the first two items of the PHQ-9, 0-6; from 3 on a full questionnaire is due.

Kroenke, Spitzer & Williams 2003, Med Care 41:1284. CDISC lists the category (C123386), but no test codes in the package looked at.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outcomes.domain.instrument import Cuts, Example, Instrument, numbered
from outcomes.instruments import phq9

INSTRUMENT = Instrument(
    code="phq2",
    title="PHQ-2",
    version="1",
    stem=phq9.INSTRUMENT.stem,
    items=tuple(replace(item, cdisc=None) for item in phq9.ITEMS[:2]),
    cuts=Cuts(caseness=3, sources={"caseness": "Kroenke 2003, Med Care 41:1284 (sensitivity 83 %, specificity 92 %)"}),
    rights=phq9.INSTRUMENT.rights,
    translations=(replace(phq9.GERMAN, items={n: phq9.GERMAN.items[n] for n in ("1", "2")}, options_of={}),),
    source="Kroenke 2003, Med Care 41:1284",
    loinc_panel="55757-9",
    loinc_total="55758-7",
    cdisc_category="PHQ-2",
)

EXAMPLES = (
    Example(answers=numbered(0, 0), total=0, total_unrounded=Decimal(0), n_answered=2, severity=None),
    Example(answers=numbered(1, 2), total=3, total_unrounded=Decimal(3), n_answered=2, severity=None),
    Example(answers=numbered(3, 3), total=6, total_unrounded=Decimal(6), n_answered=2, severity=None),
    Example(answers=numbered(3), total=None, total_unrounded=None, n_answered=1, severity=None, flags=("too_many_missing",)),
)
