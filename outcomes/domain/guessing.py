"""The guess of the arm at the end: what may be answered, and from which day on."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from outcomes.domain.blinding_index import DONT_KNOW
from trials.domain.protocol.shape import Protocol, Visit

DONT_KNOW_CODE = "dont_know"
"""What the dataset says where somebody answered that they don't know: an empty cell means that nobody was asked."""


class Whose(StrEnum):
    ASSESSOR = "assessor"
    PARTICIPANT = "participant"


class Certainty(StrEnum):
    SOMEWHAT = "somewhat"
    STRONGLY = "strongly"


def asked_at(protocol: Protocol) -> Visit | None:
    """The last visit after randomisation; None where there is none with a window."""
    visits = [visit for visit in protocol.visits if visit.kind != "baseline" and visit.opens_day is not None]
    return max(visits, key=lambda visit: visit.target_day or 0, default=None)


def asked_from(visit: Visit, day0: date) -> date:
    """The first day of that visit's window, the same in every arm."""
    return day0 + timedelta(days=visit.opens_day or 0)


def faults(protocol: Protocol, *, arm: str, certainty: str) -> dict[str, str]:
    """A sentence for each field that can't be kept."""
    found = {}
    codes = [choice.code for choice in protocol.arms]
    if arm not in (DONT_KNOW, *codes):
        found["arm"] = f"Choose {', '.join(codes)}, or leave it empty for don't know."
    if arm != DONT_KNOW and certainty not in list(Certainty):
        found["certainty"] = f"Say how sure: {', '.join(Certainty)}."
    if arm == DONT_KNOW and certainty:
        found["certainty"] = "Leave this empty for don't know."
    return found


def in_dataset(arm: str) -> str:
    return arm or DONT_KNOW_CODE
