"""How somebody who must not know an arm came to learn one, as they tell it themselves. Which arm is never asked."""

from __future__ import annotations

HOW = {
    "participant_told": "The participant told me",
    "saw_training": "I saw something of the training or the timetable",
    "colleague_told": "A colleague told me",
    "document": "I saw it in a document, a message or on a screen",
    "guessed": "I worked it out",
    "other": "Another way",
}


HOW_CHOICES = tuple(HOW.items())


def description(how: str, *, sure: bool, assessor: bool) -> str:
    """What the deviation says of it; never the teller's own words, which may name the arm."""
    who = "An assessor" if assessor else "A blind member of staff"
    return f"{who} {'learned' if sure else 'believes to have learned'} the arm: {how.replace('_', ' ')}."
