"""Training and exercise outside the trial, in our own words, in a usual week since the last form. No total.

Asked alike in every arm: in a control group, structured exercise before the primary visit is an intercurrent event.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Computed, Condition, Example, Given, Instrument, Item, Option, numbered

DAYS = tuple(Option(value=v, label="None" if v == 0 else f"{v} day" if v == 1 else f"{v} days") for v in range(8))
MINUTES = tuple(
    Option(value=v, label=label)
    for v, label in ((15, "Up to 20 minutes"), (30, "21 to 40 minutes"), (50, "41 to 60 minutes"), (75, "61 to 90 minutes"), (105, "More"))
)
PARTS = (("1", "2"), ("3", "4"), ("5", "6"))


def minutes(given: Given) -> Decimal | None:
    """Minutes a week over the three kinds, from the middle of each answer's span; None while an answer is missing."""
    if INSTRUMENT.missing(given):
        return None
    return Decimal(sum(given[days] * given.get(each, 0) for days, each in PARTS))


def _kind(first: int, what: str) -> tuple[Item, Item]:
    days = Item(number=str(first), text=f"On how many days of a usual week did you {what}?", options=DAYS)
    for_how_long = Condition(item=str(first))
    return days, Item(number=str(first + 1), text="For how long on such a day?", options=MINUTES, only_if=for_how_long)


INSTRUMENT = Instrument(
    code="outside_training",
    title="Training outside the trial",
    version="1",
    stem="Think of the weeks since we last asked. Leave out everything you did as part of this trial.",
    items=(
        *_kind(1, "lift weights or do other strength exercises"),
        *_kind(3, "do sport or exercise that made you breathe hard"),
        *_kind(5, "walk or cycle for exercise, or do other light exercise"),
    ),
    recall_days=0,
    scoring="none",
    computations=(
        Computed(code="minutes", label="Minutes a week outside the trial, from the middle of each span", of=minutes, unit="min"),
    ),
    rights="Written for this program; free to use.",
    source="Own questions, not validated",
)

EXAMPLES = (
    Example(
        answers={"1": 0, "3": 0, "5": 0}, total=None, total_unrounded=None, n_answered=3, severity=None, computed={"minutes": Decimal(0)}
    ),
    Example(
        answers=numbered(2, 50, 0, None, 3, 30), total=None, total_unrounded=None, n_answered=5, severity=None,
        computed={"minutes": Decimal(190)},
    ),
    Example(
        answers=numbered(2), total=None, total_unrounded=None, n_answered=1, severity=None, flags=("incomplete",),
        computed={"minutes": None},
    ),
)  # fmt: skip
