"""One visit is one sitting: the questions of all its instruments in a row, one a screen, with one difficulty question at the end.

Two instruments that share a closing question ask it once, after the last of them, and only if any answer of theirs was above 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outcomes.domain.instrument import Answers, Instrument, Item


@dataclass(frozen=True, kw_only=True)
class Step:
    """One screen: an item of an instrument, with its place among all of the sitting."""

    number: int
    instrument: Instrument
    item: Item


def steps(instruments: Iterable[Instrument], answers: Mapping[str, Answers]) -> tuple[Step, ...]:
    """The screens of a sitting for somebody who has answered so far (`answers`: instrument code -> answers).

    Questions without a condition keep their numbers whatever is answered, so that an address stays the same question; one that
    waits for a certain answer follows once that is given.
    """
    given = tuple(instruments)
    pairs = [(each, item) for each in given for item in each.asked(answers.get(each.code, {})) if not item.only_if_positive]
    if any(each.troubled(answers.get(each.code, {})) for each in given if any(item.only_if_positive for item in each.items)):
        pairs += _closing(given)
    return tuple(Step(number=n, instrument=each, item=item) for n, (each, item) in enumerate(pairs, start=1))


def first_open(all_steps: Iterable[Step], answers: Mapping[str, Answers], passed: Mapping[str, Iterable[str]]) -> Step | None:
    """Where somebody who comes back goes on: the first question neither answered nor passed over (`passed`: code -> item numbers)."""
    for step in all_steps:
        code, number = step.instrument.code, step.item.number
        if answers.get(code, {}).get(number) is None and number not in passed.get(code, ()):
            return step
    return None


def _closing(instruments: tuple[Instrument, ...]) -> list[tuple[Instrument, Item]]:
    """The questions that wait for a problem, each LOINC code once, where it stands last."""
    last: dict[str, tuple[Instrument, Item]] = {}
    for instrument in instruments:
        for item in instrument.items:
            if item.only_if_positive:
                last[item.loinc or f"{instrument.code}.{item.number}"] = (instrument, item)
    return list(last.values())
