"""PSWQ: sixteen statements about worry, 16-80, five of them reversed. Its words come from a file of the deployment.

Meyer, Miller, Metzger & Borkovec 1990, Behav Res Ther 28:487. No LOINC or CDISC code was verified for it.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Example, Instrument, Item, Option

REVERSED = ("1", "3", "8", "10", "11")
NUMBERS = tuple(str(n) for n in range(1, 17))

INSTRUMENT = Instrument(
    code="pswq",
    title="PSWQ",
    version="1",
    stem="",
    items=tuple(Item(number=n, options=tuple(Option(value=v) for v in range(1, 6)), reversed=n in REVERSED) for n in NUMBERS),
    recall_days=0,
    source="Meyer 1990, Behav Res Ther 28:487",
)

EXAMPLES = (
    Example(
        answers={n: 5 if n in REVERSED else 1 for n in NUMBERS}, total=16, total_unrounded=Decimal(16), n_answered=16, severity=None
    ),
    Example(
        answers={n: 1 if n in REVERSED else 5 for n in NUMBERS}, total=80, total_unrounded=Decimal(80), n_answered=16, severity=None
    ),
    Example(
        answers=dict.fromkeys(NUMBERS, 1), total=36, total_unrounded=Decimal(36), n_answered=16, severity=None,
        source="Eleven items count 1, the five reversed ones 5.",
    ),
    Example(
        answers=dict.fromkeys(NUMBERS[1:], 3), total=None, total_unrounded=None, n_answered=15, severity=None, flags=("too_many_missing",)
    ),
)  # fmt: skip
