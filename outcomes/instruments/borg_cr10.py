"""Borg CR-10: perceived exertion, one rating in whole numbers, as session RPE asks for it. Its words come from a file of the deployment.

Borg 1982, Med Sci Sports Exerc 14:377; Foster 2001, J Strength Cond Res 15:109 for the session. CDISC questionnaire BORG CR10.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import CdiscCode, Example, Instrument, Item, Option, numbered

INSTRUMENT = Instrument(
    code="borg_cr10",
    title="Borg CR-10",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            options=tuple(Option(value=v) for v in range(0, 11)),
            cdisc=CdiscCode(testcd="BCR10101", test="BCR101-Rating", nci="C113888"),
        ),
    ),
    recall_days=0,
    source="Borg 1982, Med Sci Sports Exerc 14:377",
    cdisc_category="BORG CR10",
)

EXAMPLES = (
    Example(answers=numbered(0), total=0, total_unrounded=Decimal(0), n_answered=1, severity=None),
    Example(answers=numbered(10), total=10, total_unrounded=Decimal(10), n_answered=1, severity=None),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
