"""PHQ-ADS: the PHQ-9 and the GAD-7 added up, 0-48. Nobody is asked it: it follows from the two forms of the same visit.

Kroenke, Wu, Yu, Bair, Kean, Stump & Monahan 2016, Psychosom Med 78:716. Items 1-9 are the PHQ-9's, 10-16 the GAD-7's.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outcomes.domain.instrument import Band, Example, Instrument, Subscale, numbered
from outcomes.instruments import gad7, phq9

PHQ9 = tuple(str(n) for n in range(1, 10))
GAD7 = tuple(str(n) for n in range(10, 17))

INSTRUMENT = Instrument(
    code="phq_ads",
    title="PHQ-ADS",
    version="1",
    stem=phq9.INSTRUMENT.stem,
    items=(
        *(replace(item, cdisc=None) for item in phq9.ITEMS[:9]),
        *(replace(item, number=str(int(item.number) + 9), cdisc=None, cdisc_earlier=None) for item in gad7.ITEMS[:7]),
    ),
    bands=(
        Band(code="minimal", label="Minimal", lowest=0, highest=9),
        Band(code="mild", label="Mild", lowest=10, highest=19),
        Band(code="moderate", label="Moderate", lowest=20, highest=29),
        Band(code="severe", label="Severe", lowest=30, highest=48),
    ),
    alerts=phq9.INSTRUMENT.alerts,
    rights=phq9.INSTRUMENT.rights,
    derived_from={number: ("phq9", number) for number in PHQ9} | {number: ("gad7", str(int(number) - 9)) for number in GAD7},
    subscales=(Subscale(code="phq9", title="PHQ-9", items=PHQ9), Subscale(code="gad7", title="GAD-7", items=GAD7)),
    source="Kroenke 2016, Psychosom Med 78:716",
)

EXAMPLES = (
    Example(
        answers=numbered(*[1] * 8, 0, *[1] * 7), total=15, total_unrounded=Decimal(15), n_answered=16, severity="mild",
        subscales={"phq9": 8, "gad7": 7},
    ),
    Example(
        answers=numbered(*[3] * 16), total=48, total_unrounded=Decimal(48), n_answered=16, severity="severe", n_alerts=1,
        subscales={"phq9": 27, "gad7": 21},
    ),
    Example(
        answers=numbered(*[1] * 8, None, *[1] * 7), total=None, total_unrounded=None, n_answered=15, severity=None,
        flags=("item9_missing", "too_many_missing"), subscales={"phq9": None, "gad7": 7},
    ),
)  # fmt: skip
