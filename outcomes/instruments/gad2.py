"""GAD-2: the first two items of the GAD-7, 0-6; from 3 on a full questionnaire is due.

Kroenke, Spitzer, Williams, Monahan & Löwe 2007, Ann Intern Med 146:317. No LOINC or CDISC code of its own was found.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outcomes.domain.instrument import Cuts, Example, Instrument, numbered
from outcomes.instruments import gad7

INSTRUMENT = Instrument(
    code="gad2",
    title="GAD-2",
    version="1",
    stem=gad7.INSTRUMENT.stem,
    items=tuple(replace(item, cdisc=None, cdisc_earlier=None) for item in gad7.ITEMS[:2]),
    cuts=Cuts(caseness=3, sources={"caseness": "Kroenke 2007, Ann Intern Med 146:317"}),
    rights=gad7.INSTRUMENT.rights,
    translations=(replace(gad7.GERMAN, items={n: gad7.GERMAN.items[n] for n in ("1", "2")}, options_of={}),),
    source="Kroenke 2007, Ann Intern Med 146:317",
)

EXAMPLES = (
    Example(answers=numbered(0, 0), total=0, total_unrounded=Decimal(0), n_answered=2, severity=None),
    Example(answers=numbered(1, 2), total=3, total_unrounded=Decimal(3), n_answered=2, severity=None),
    Example(answers=numbered(3, 3), total=6, total_unrounded=Decimal(6), n_answered=2, severity=None),
    Example(answers=numbered(None, 3), total=None, total_unrounded=None, n_answered=1, severity=None, flags=("too_many_missing",)),
)
