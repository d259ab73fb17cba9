"""Backup envelopes: what became of each one, and which must be answered for before the next is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be reported of an envelope that nobody was randomised by."""

    MISSING = "missing"
    SPOILED = "spoiled"


KIND_WORDS = {Kind.MISSING: "Can't be found", Kind.SPOILED: "Was opened or damaged, and nobody was randomised by it"}
KIND_CHOICES = [(kind.value, words) for kind, words in KIND_WORDS.items()]


class State(StrEnum):
    UNUSED = "unused"
    USED = "used"
    MISSING = "missing"
    SPOILED = "spoiled"
    SKIPPED = "skipped"  # a later one of its stratum was used, and nobody has said what became of this one


@dataclass(frozen=True)
class Slip:
    """One envelope of a stratum at a site: its place, whether it was used, and what was reported of it."""

    number: int
    used: bool
    reported: str = ""


def state(slip: Slip, last_used: int) -> State:
    if slip.used:
        return State.USED
    if slip.reported:
        return State(slip.reported)
    return State.SKIPPED if slip.number < last_used else State.UNUSED


def states(slips: Iterable[Slip]) -> list[State]:
    """The state of each of one stratum's envelopes at one site."""
    every = list(slips)
    last_used = max((slip.number for slip in every if slip.used), default=0)
    return [state(slip, last_used) for slip in every]


def skipped_before(slips: Iterable[Slip], number: int) -> list[int]:
    """The places before this one that were neither used nor reported: they come first."""
    return sorted(slip.number for slip in slips if slip.number < number and not slip.used and not slip.reported)
