"""PHQ-8: the PHQ-9 without its last item, 0-24. It asks nothing about thoughts of death, so it raises no alert.

Kroenke, Strine, Spitzer, Williams, Berry & Mokdad 2009, J Affect Disord 114:163. CDISC has no test codes for it in the package looked
at (2022-09-30), and no LOINC total was found, so both are absent; the items keep their LOINC codes.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outcomes.domain.instrument import NO_MISSING, Band, Cuts, Example, Instrument, MissingRule, Words, numbered
from outcomes.instruments import phq9

NUMBERS = [str(n) for n in range(1, 9)]
DIFFICULTY = "9"  # the number that the PHQ-9's difficulty question has here

ITEMS = (
    *(replace(item, cdisc=None) for item in phq9.ITEMS[:8]),
    replace(phq9.ITEMS[9], number=DIFFICULTY),
)


def without_item_9(words: Words) -> Words:
    """The PHQ-9's words in a language, for the items of this form."""
    return replace(
        words,
        items={n: words.items[n] for n in NUMBERS} | {DIFFICULTY: words.items["10"]},
        options_of={DIFFICULTY: words.options_of["10"]},
    )


INSTRUMENT = Instrument(
    code="phq8",
    title="PHQ-8",
    version="1",
    stem=phq9.INSTRUMENT.stem,
    items=ITEMS,
    bands=(
        Band(code="minimal", label="None or minimal", lowest=0, highest=4),
        Band(code="mild", label="Mild", lowest=5, highest=9),
        Band(code="moderate", label="Moderate", lowest=10, highest=14),
        Band(code="moderately_severe", label="Moderately severe", lowest=15, highest=19),
        Band(code="severe", label="Severe", lowest=20, highest=24),
    ),
    rules=(
        NO_MISSING,
        MissingRule(
            code="prorate_max_2",
            max_missing=2,
            label="One or two missing: mean of the answered items x 8, rounded half-up; three or more: no total",
            source="A choice of the protocol: the arithmetic of the PHQ-9's CMS rule.",
        ),
    ),
    cuts=Cuts(caseness=10, sources={"caseness": "Kroenke 2009, J Affect Disord 114:163"}),
    rights=phq9.INSTRUMENT.rights,
    translations=(without_item_9(phq9.GERMAN),),
    source="Kroenke 2009, J Affect Disord 114:163",
)

EXAMPLES = (
    Example(answers=numbered(*[0] * 8), total=0, total_unrounded=Decimal(0), n_answered=8, severity="minimal"),
    Example(answers=numbered(*[3] * 8, 3), total=24, total_unrounded=Decimal(24), n_answered=8, severity="severe"),
    Example(answers=numbered(2, 2, 1, 1, 1, 1, 1, 1), total=10, total_unrounded=Decimal(10), n_answered=8, severity="moderate"),
    Example(
        answers=numbered(*[1] * 7), total=None, total_unrounded=None, n_answered=7, severity=None, flags=("too_many_missing",)
    ),
    Example(
        answers=numbered(1, 1, 1, 1, 1, 2), rule="prorate_max_2", total=9, total_unrounded=Decimal("9.3333"), n_answered=6,
        severity="mild", flags=("prorated",),
    ),
)  # fmt: skip
