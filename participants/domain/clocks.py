"""The clocks of a serious adverse event: what must be reported to whom by when.

Site to sponsor within 24 hours of awareness (common practice under good clinical practice); a related and unexpected serious
event to the ethics committee within 15 days (UK Health Research Authority, safety reporting outside drug trials).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SPONSOR_LIMIT = timedelta(hours=24)
ETHICS_LIMIT = timedelta(days=15)


class Relatedness(StrEnum):
    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"

    @property
    def related(self) -> bool:
        return self in (Relatedness.POSSIBLE, Relatedness.PROBABLE, Relatedness.DEFINITE)


class Seriousness(StrEnum):
    """The criteria that make an event serious; seriousness is an outcome, not an intensity."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITAL = "hospital"
    DISABILITY = "disability"
    CONGENITAL = "congenital"
    IMPORTANT = "important"

    @property
    def label(self) -> str:
        return _CRITERIA[self]


_CRITERIA = {
    Seriousness.DEATH: "Death",
    Seriousness.LIFE_THREATENING: "Life-threatening",
    Seriousness.HOSPITAL: "Stay in hospital, new or prolonged",
    Seriousness.DISABILITY: "Lasting or significant disability",
    Seriousness.CONGENITAL: "Congenital anomaly",
    Seriousness.IMPORTANT: "Medically important otherwise",
}


class State(StrEnum):
    NOT_NEEDED = "not_needed"
    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"


@dataclass(frozen=True)
class SeriousEvent:
    """What the clocks read of an event; instants are aware, `expected` and `related` are None until judged."""

    serious: bool
    aware_at: datetime
    related: Relatedness | None = None
    expected: bool | None = None
    sponsor_at: datetime | None = None
    ethics_at: datetime | None = None


@dataclass(frozen=True)
class Clock:
    state: State
    due_at: datetime | None = None


def sponsor(event: SeriousEvent, at: datetime) -> Clock:
    """A serious event reaches the sponsor within 24 hours of the site's awareness."""
    if not event.serious:
        return Clock(State.NOT_NEEDED)
    return _clock(event.aware_at + SPONSOR_LIMIT, event.sponsor_at, at)


def ethics(event: SeriousEvent, at: datetime) -> Clock:
    """A serious event judged related and unexpected reaches the ethics committee within 15 days of awareness."""
    if not goes_to_ethics(event):
        return Clock(State.NOT_NEEDED)
    return _clock(event.aware_at + ETHICS_LIMIT, event.ethics_at, at)


def goes_to_ethics(event: SeriousEvent) -> bool:
    return event.serious and event.related is not None and event.related.related and event.expected is False


def awaits_judgement(event: SeriousEvent) -> bool:
    """A serious event stays open until the investigator has judged both relatedness and expectedness."""
    return event.serious and (event.related is None or event.expected is None)


def overdue(event: SeriousEvent, at: datetime) -> bool:
    return State.OVERDUE in (sponsor(event, at).state, ethics(event, at).state)


def _clock(due_at: datetime, done_at: datetime | None, at: datetime) -> Clock:
    if done_at is None:
        return Clock(State.OVERDUE if at > due_at else State.RUNNING, due_at)
    return Clock(State.LATE if done_at > due_at else State.MET, due_at)
