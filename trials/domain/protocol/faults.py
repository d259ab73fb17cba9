"""What is wrong with a protocol file, where, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Fault:
    """One thing to put right. In `place` rows are counted from 1: `visits[2].closes_day` is in the second [[visits]]."""

    place: str
    problem: str
    cure: str

    @property
    def words(self) -> str:
        """What is wrong and what would be right, without the place."""
        return f"{self.problem}; {self.cure}" + ("" if self.cure.endswith("?") else ".")

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


class BadProtocol(ValueError):
    """A protocol that was refused, with all its faults in the order of the file's tables."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Finding:
    """A fault that only means something if the values it `rests_on` could be read; `[]` stands for any row."""

    fault: Fault
    rests_on: tuple[str, ...] = ()

    def is_spoiled_by(self, faults: Iterable[Fault]) -> bool:
        """Whether a value it rests on is itself at fault, so that this finding would only repeat or mislead."""
        mine = (self.fault.place, *self.rests_on)
        return any(_overlap(fault.place, place) for fault in faults for place in mine)


def finding(place: str, problem: str, cure: str, *, rests_on: tuple[str, ...] = ()) -> Finding:
    return Finding(Fault(place, problem, cure), rests_on)


def join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def shown(value: object) -> str:
    """A text or number as the file's author would know it again: shortened, and harmless to print."""
    if not isinstance(value, str):
        return str(value)
    clean = "".join(letter if letter.isprintable() else "?" for letter in value[: LONGEST_SHOWN + 1])
    return f'"{clean[:LONGEST_SHOWN]}..."' if len(clean) > LONGEST_SHOWN else f'"{clean}"'


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.7) -> str | None:
    """The known name that `name` was probably meant to be."""
    by_folded = {each.casefold(): each for each in sorted(known)}
    close = get_close_matches(name[:LONGEST_SHOWN].casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[close[0]] if close else None


def choose_from(name: str, known: Iterable[str]) -> str:
    """The cure for a name that is not among the known ones."""
    options = list(known)
    close = nearest(name, options)
    if close:
        return f"did you mean {close}?" if len(options) > 12 else f"did you mean {close}? Known: {', '.join(options)}"
    return f"use one of {', '.join(options)}" if options else "nothing of the kind is declared"


def _overlap(place: str, pattern: str) -> bool:
    place, pattern = place.replace('"', ""), pattern.replace('"', "")
    if "[]" in pattern:
        place = re.sub(r"\[\d+\]", "[]", place)
    return _is_within(place, pattern) or _is_within(pattern, place)


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))
