"""STAI, state part (form Y): twenty items on how a person feels right now, 20-80. Its words come from a file of the deployment.

Spielberger 1983, Manual for the State-Trait Anxiety Inventory (form Y). Items are numbered as on the form; those that speak of calm
are reversed. No LOINC or CDISC code was verified for it.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Answers, Example, Instrument, Item, Option

FIRST = 1
REVERSED = ("1", "2", "5", "8", "10", "11", "15", "16", "19", "20")
NUMBERS = tuple(str(n) for n in range(FIRST, FIRST + 20))

INSTRUMENT = Instrument(
    code="stai_state",
    title="STAI, state",
    version="1",
    stem="",
    items=tuple(Item(number=n, options=tuple(Option(value=v) for v in range(1, 5)), reversed=n in REVERSED) for n in NUMBERS),
    recall_days=0,
    source="Spielberger 1983, Manual for the State-Trait Anxiety Inventory (form Y)",
)


def _answers(calm: int, tense: int) -> Answers:
    """One answer to every item that speaks of calm, another to those that speak of tension."""
    return {n: calm if n in REVERSED else tense for n in NUMBERS}


EXAMPLES = (
    Example(answers=_answers(4, 1), total=20, total_unrounded=Decimal(20), n_answered=20, severity=None),
    Example(answers=_answers(1, 4), total=80, total_unrounded=Decimal(80), n_answered=20, severity=None),
    Example(
        answers=_answers(1, 1), total=20 + 3 * len(REVERSED), total_unrounded=Decimal(20 + 3 * len(REVERSED)), n_answered=20,
        severity=None, source="An answer of 1 to an item of calm counts as 4.",
    ),
    Example(answers={NUMBERS[0]: 1}, total=None, total_unrounded=None, n_answered=1, severity=None, flags=("too_many_missing",)),
)  # fmt: skip
