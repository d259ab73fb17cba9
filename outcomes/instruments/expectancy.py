"""Expectancy and credibility before training: four questions in our own words, each 0 to 10, in two sub-scales.

They follow the split of Devilly & Borkovec 2000 (J Behav Ther Exp Psychiatry 31:73) into what a person thinks and what they expect, but
are not that questionnaire: its words are its authors', and these four have not been validated. No total over both.
"""

from __future__ import annotations

from outcomes.domain.instrument import Example, Instrument, Item, Option, Subscale, numbered


def _scale(none: str, most: str) -> tuple[Option, ...]:
    return tuple(Option(value=v, label={0: f"0: {none}", 10: f"10: {most}"}.get(v, str(v))) for v in range(11))


INSTRUMENT = Instrument(
    code="expectancy",
    title="Expectations",
    version="1",
    stem="Think of the group you may be in, and of what you know about it so far.",
    items=(
        Item(
            number="1", text="How much sense does the training make to you as something that helps?", options=_scale("none", "a great deal")
        ),
        Item(
            number="2",
            text="How gladly would you tell a friend with the same troubles to try it?",
            options=_scale("not at all", "very gladly"),
        ),
        Item(number="3", text="How much better do you expect to feel when the trial ends?", options=_scale("no better", "completely well")),
        Item(number="4", text="How sure are you of that?", options=_scale("not at all", "completely")),
    ),
    recall_days=0,
    scoring="none",
    subscales=(
        Subscale(code="credibility", title="Credibility", items=("1", "2")),
        Subscale(code="expectancy", title="Expectancy", items=("3", "4")),
    ),
    rights="Written for this program; free to use.",
    source="Own questions, not validated",
)

EXAMPLES = (
    Example(
        answers=numbered(8, 6, 5, 4), total=None, total_unrounded=None, n_answered=4, severity=None,
        subscales={"credibility": 14, "expectancy": 9},
    ),
    Example(
        answers=numbered(8, 6, 5), total=None, total_unrounded=None, n_answered=3, severity=None, flags=("incomplete",),
        subscales={"credibility": 14, "expectancy": None},
    ),
)  # fmt: skip
