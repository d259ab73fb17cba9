"""A message to several people: where each stands between visits, and who is left out of it and why.

Where somebody stands follows from day 0 and the visits, the same in every arm: choosing by it tells nobody's arm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trials.domain.protocol.shape import Visit

ANYBODY, BEFORE, BEGUN, OVER = "any", "before", "begun", "over"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a person before something is sent to them."""

    ended: str = ""  # "died" | "withdrew" | "was lost to follow-up"
    channel: str = "none"
    stopped: bool = False  # they ended messages themselves
    bounced: bool = False
    paused: bool = False
    language: str = "en"
    held: bool = False  # the safety desk holds messages to them for now


def phases(visits: Iterable[Visit]) -> tuple[tuple[str, str], ...]:
    """(code, label) of each stretch that people can be chosen by, in order of time."""
    follow_ups = _follow_ups(visits)
    since = [(visit.code, f"From the opening of {visit.label} on, until the next visit opens") for visit in follow_ups]
    first = f"Randomised, before {follow_ups[0].label} opens" if follow_ups else "Randomised"
    return (
        (ANYBODY, "Anybody who takes part"), (BEFORE, "Consented, not randomised yet"), (BEGUN, first), *since,
        (OVER, "After the last visit has closed"),
    )  # fmt: skip


def phase(day0: date | None, today: date, visits: Iterable[Visit]) -> str:
    """The stretch a person is in on a day of their site; `day0` is None until they are randomised."""
    if day0 is None:
        return BEFORE
    follow_ups, day = _follow_ups(visits), (today - day0).days
    opened = [visit for visit in follow_ups if visit.opens_day is not None and visit.opens_day <= day]
    if not opened:
        return BEGUN
    closes = [visit.closes_day for visit in follow_ups if visit.closes_day is not None]
    return OVER if len(opened) == len(follow_ups) and max(closes, default=day) < day else opened[-1].code


def left_out(person: Standing, language: str) -> str:
    """Why somebody gets nothing, in words that follow their trial id; empty = they get it."""
    reasons = (
        (person.ended != "", person.ended),
        (person.stopped and person.channel == "none", "ended messages themselves"),
        (person.channel == "none", "agreed to no messages: telephone them"),
        (person.bounced, "has an address that is refused"),
        (person.paused, "gets no messages for a while: they are paused"),
        (person.language != language, "reads another language"),
        (person.held, "gets no messages for now: the safety desk holds them"),
    )
    return next((why for holds, why in reasons if holds), "")


def _follow_ups(visits: Iterable[Visit]) -> list[Visit]:
    found = [visit for visit in visits if visit.kind == "follow_up" and visit.opens_day is not None]
    return sorted(found, key=lambda visit: visit.opens_day or 0)
