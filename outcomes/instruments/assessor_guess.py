"""The assessor's guess of the group, in our own words: which, how sure, and what made them think so. No total.

Trials test blinding by asking assessors to guess and comparing the guesses with chance (kappa). The answer is a belief and is kept
whether right or wrong; nothing here knows the arm.
"""

from __future__ import annotations

from outcomes.domain.instrument import Condition, Example, Instrument, Item, Option, numbered

GUESSED = Condition(item="1", at_least=1)

INSTRUMENT = Instrument(
    code="assessor_guess",
    title="Assessor's guess",
    version="1",
    stem="Answer from what you have seen and heard so far. Don't ask the person and don't look anything up.",
    items=(
        Item(
            number="1",
            text="Which group do you think this person is in?",
            options=(
                Option(value=0, label="I can't say"),
                Option(value=1, label="A group that trains"),
                Option(value=2, label="A group that doesn't train, or not yet"),
            ),
        ),
        Item(
            number="2",
            text="How sure are you?",
            options=tuple(
                Option(value=v, label=label)
                for v, label in enumerate(("Not sure at all", "A little sure", "Fairly sure", "Very sure", "Certain"), start=1)
            ),
            only_if=GUESSED,
        ),
        Item(
            number="3",
            text="What made you think so?",
            options=(
                Option(value=1, label="Something the person said"),
                Option(value=2, label="Something somebody else said"),
                Option(value=3, label="How the person has changed"),
                Option(value=4, label="Nothing in particular"),
            ),
            only_if=GUESSED,
        ),
    ),
    recall_days=0,
    scoring="none",
    answered_by="staff",
    rights="Written for this program; free to use.",
    source="Own questions",
)

EXAMPLES = (
    Example(answers=numbered(0), total=None, total_unrounded=None, n_answered=1, severity=None),
    Example(answers=numbered(1, 3, 2), total=None, total_unrounded=None, n_answered=3, severity=None),
    Example(answers=numbered(2, 5), total=None, total_unrounded=None, n_answered=2, severity=None, flags=("incomplete",)),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
