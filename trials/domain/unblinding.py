"""Breaking one person's code: why it is done, who reads the arm, and where a telling that is under way stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

REASONS = {
    "urgent_treatment": "Urgent treatment depends on it",
    "serious_event": "Assessing a serious adverse event",
    "death": "The person has died",
    "authority": "An authority or ethics committee asks",
    "other": "Another reason",
}
LASTS = timedelta(hours=24)  # an arm that nobody came to read by then is told no more
TRIES = 5  # wrong keys at one link, then it is dead


class Mode(StrEnum):
    """Where the arm goes. `third_person` keeps it from whoever asks: another member of staff, or somebody outside, reads it."""

    THIRD_PERSON = "third_person"
    SCREEN = "screen"


MODE_CHOICES = tuple((mode.value, mode.value) for mode in Mode)


class StepKind(StrEnum):
    LINKED = "linked"  # a link went out to somebody outside
    WRONG_KEY = "wrong_key"  # the link was opened with another key than the one told
    TOLD = "told"  # the arm was read


class State(StrEnum):
    WAITING = "waiting"  # for its reader
    TOLD = "told"  # once, and no more
    LOCKED = "locked"  # after five wrong keys
    OVER = "over"  # nobody read it within a day


def state_of(steps: Iterable[str], *, broken_at: datetime, at: datetime) -> State:
    """Where a telling stands at an instant, from the kinds of its steps: told once, locked after too many wrong keys, over in time."""
    kinds = list(steps)
    if StepKind.TOLD in kinds:
        return State.TOLD
    if kinds.count(StepKind.WRONG_KEY) >= TRIES:
        return State.LOCKED
    return State.WAITING if at < broken_at + LASTS else State.OVER
