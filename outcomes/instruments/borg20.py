"""Borg 6-20: perceived exertion, one rating. Its words come from a file of the deployment.

Borg 1970, Scand J Rehabil Med 2:92. A rating of this scale is never multiplied by minutes, which only the CR-10 allows. No LOINC or
CDISC code was verified for it.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Example, Instrument, Item, Option, numbered

INSTRUMENT = Instrument(
    code="borg20",
    title="Borg 6-20",
    version="1",
    stem="",
    items=(Item(number="1", options=tuple(Option(value=v) for v in range(6, 21))),),
    recall_days=0,
    source="Borg 1970, Scand J Rehabil Med 2:92",
)

EXAMPLES = (
    Example(answers=numbered(6), total=6, total_unrounded=Decimal(6), n_answered=1, severity=None),
    Example(answers=numbered(20), total=20, total_unrounded=Decimal(20), n_answered=1, severity=None),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
