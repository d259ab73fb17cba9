"""Solicited questions about harms, in our own words, the same in every arm: what training may cause, how bad, and whether care was sought.

The list is of the events expected of resistance training (muscle soreness and strain, joint, back and knee pain, worse arthritis,
dizziness) and of others that trials ask for. An answer is not yet an adverse event: staff record one where the protocol says so.
"""

from __future__ import annotations

from outcomes.domain.instrument import Condition, Example, Instrument, Item, Option, numbered

HOW_BAD = tuple(Option(value=v, label=label) for v, label in enumerate(("No", "Yes, mild", "Yes, moderate", "Yes, severe")))
NO_YES = (Option(value=0, label="No"), Option(value=1, label="Yes"))
ASKED = (
    "Sore muscles for more than two days",
    "A strained or torn muscle",
    "Pain in a joint, such as a knee or shoulder",
    "Back pain",
    "Dizziness or feeling faint",
    "Chest pain, or a racing or irregular heartbeat",
    "A fall or another injury",
    "Anything else that troubled your body or mind more than usual",
)

INSTRUMENT = Instrument(
    code="adverse_events",
    title="Questions about harms",
    version="1",
    stem="Since we last asked, have you had any of these, whatever the cause?",
    items=(
        *(Item(number=str(n), text=text, options=HOW_BAD) for n, text in enumerate(ASKED, start=1)),
        Item(number="9", text="Did you see a doctor, or go to hospital, about anything since we last asked?", options=NO_YES),
        Item(number="10", text="Did you stay in hospital overnight?", options=NO_YES, only_if=Condition(item="9")),
    ),
    recall_days=0,
    scoring="none",
    rights="Written for this program; free to use.",
    source="Own questions",
)

EXAMPLES = (
    Example(answers=numbered(*[0] * 9), total=None, total_unrounded=None, n_answered=9, severity=None),
    Example(answers=numbered(2, *[0] * 7, 1, 0), total=None, total_unrounded=None, n_answered=10, severity=None),
    Example(answers=numbered(2, *[0] * 7, 1), total=None, total_unrounded=None, n_answered=9, severity=None, flags=("incomplete",)),
)
