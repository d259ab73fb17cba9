"""C-SSRS screener: up to six yes-or-no questions by staff, 1 for yes; an answer decides what is asked next. No total.

Its words come from a file of the deployment. Items 1-5 are LOINC 93246-7 to 93250-9, item 6 the behaviour ever (93267-3), item 7 the
behaviour in the past three months (93269-9). Items 3-5 follow a yes to 2, item 7 a yes to 6. The triage is the usual one of the field
(not confirmed in its source); a protocol that uses another one states its own thresholds. CDISC's screening list (CSS09) numbers other
questions, so no CDISC code is given.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import AlertDefault, Computed, Condition, Example, Given, Instrument, Item, Option, numbered

LOINC = {"1": "93246-7", "2": "93247-5", "3": "93248-3", "4": "93249-1", "5": "93250-9", "6": "93267-3", "7": "93269-9"}
FOLLOWS = {"3": "2", "4": "2", "5": "2", "7": "6"}
TRIAGE = "The usual triage: 1 or 2 low; 3 or behaviour ever moderate; 4, 5 or behaviour in the past three months high."


def triage(given: Given) -> Decimal | None:
    """0 none, 1 low, 2 moderate, 3 high; None while a question that was to be asked has no answer."""
    if INSTRUMENT.missing(given):
        return None
    yes = {number for number, value in given.items() if value}
    if yes & {"4", "5", "7"}:
        return Decimal(3)
    return Decimal(2 if yes & {"3", "6"} else 1 if yes & {"1", "2"} else 0)


INSTRUMENT = Instrument(
    code="cssrs_screen",
    title="C-SSRS screener",
    version="1",
    stem="",
    items=tuple(
        Item(
            number=number,
            options=(Option(value=0), Option(value=1)),
            loinc=code,
            only_if=Condition(item=FOLLOWS[number]) if number in FOLLOWS else None,
        )
        for number, code in LOINC.items()
    ),
    alerts=(
        AlertDefault(item="1", at_least=1, source=TRIAGE),
        AlertDefault(item="2", at_least=1, source=TRIAGE),
        AlertDefault(item="3", at_least=1, source=TRIAGE),
        AlertDefault(item="4", at_least=1, urgent_at_least=1, source=TRIAGE),
        AlertDefault(item="5", at_least=1, urgent_at_least=1, source=TRIAGE),
        AlertDefault(item="6", at_least=1, source=TRIAGE),
        AlertDefault(item="7", at_least=1, urgent_at_least=1, source=TRIAGE),
    ),
    recall_days=30,
    scoring="none",
    answered_by="staff",
    computations=(Computed(code="triage", label="Triage: 0 none, 1 low, 2 moderate, 3 high", of=triage, source=TRIAGE),),
    source="Columbia-Suicide Severity Rating Scale, screener",
)


def _example(*yes: str, n_answered: int, level: int) -> Example:
    """All other questions that are then asked answered no."""
    asked = {n: int(n in yes) for n in LOINC if n not in FOLLOWS or FOLLOWS[n] in yes}
    return Example(
        answers=asked, total=None, total_unrounded=None, n_answered=n_answered, severity=None, n_alerts=len(yes),
        computed={"triage": Decimal(level)},
    )  # fmt: skip


EXAMPLES = (
    _example(n_answered=3, level=0),
    _example("1", n_answered=3, level=1),
    _example("1", "2", n_answered=6, level=1),
    _example("2", "3", n_answered=6, level=2),
    _example("6", n_answered=4, level=2),
    _example("2", "4", n_answered=6, level=3),
    _example("6", "7", n_answered=4, level=3),
    Example(
        answers=numbered(0, 1, 0), total=None, total_unrounded=None, n_answered=3, severity=None, n_alerts=1,
        flags=("item4_missing", "item5_missing", "item6_missing", "incomplete"), computed={"triage": None},
    ),
)  # fmt: skip
