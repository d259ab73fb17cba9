"""Which questionnaires are due follows from the protocol, the anchor dates and what was answered; nothing is scheduled.

Follow-up windows count from day 0, the same in every arm and never from delivered sessions. All dates are days at the
person's site, both ends of a window included.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from trials.domain.protocol.shape import Visit


class VisitStatus(StrEnum):
    NOT_DUE = "not_due"
    PENDING = "pending"
    DONE = "done"
    PARTIAL = "partial"
    MISSED = "missed"


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days on which a visit's forms may be answered. A baseline has no target; its end is unknown until randomisation."""

    target_on: date | None
    opens_on: date
    closes_on: date | None

    def is_open(self, on: date) -> bool:
        return self.opens_on <= on and not self.is_closed(on)

    def is_closed(self, on: date) -> bool:
        return self.closes_on is not None and on > self.closes_on

    def days_from_target(self, on: date) -> int | None:
        return None if self.target_on is None else (on - self.target_on).days


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One visit that a person may answer now, with the instruments still to be sent."""

    visit: str
    label: str
    window: Window
    instruments: tuple[str, ...]


def day_0(randomised_on: date | None, *, lag_days: int) -> date | None:
    """The day that visits count from: randomisation plus the fixed lag (the length of familiarisation), whatever the arm."""
    return None if randomised_on is None else randomised_on + timedelta(days=lag_days)


def window(visit: Visit, *, screened_on: date, randomised_on: date | None, day0: date | None) -> Window | None:
    """The visit's window; None for a follow-up of a person who is not randomised. A baseline runs from screening to randomisation."""
    if visit.kind == "baseline":
        return Window(target_on=None, opens_on=screened_on, closes_on=randomised_on)
    if day0 is None or visit.target_day is None or visit.opens_day is None or visit.closes_day is None:
        return None
    return Window(
        target_on=day0 + timedelta(days=visit.target_day),
        opens_on=day0 + timedelta(days=visit.opens_day),
        closes_on=day0 + timedelta(days=visit.closes_day),
    )


def status(when: Window | None, *, as_of: date, sent: bool, saved: bool, complete: bool, gone: bool) -> VisitStatus:
    """Where one form stands at a date.

    `sent`: the person or staff sent it; `saved`: any answer is kept; `complete`: every scored item is answered;
    `gone`: participation has ended (withdrawal, loss or death), so nothing more can come.
    """
    if sent:
        return VisitStatus.DONE if complete else VisitStatus.PARTIAL
    if when is None or when.opens_on > as_of:
        return VisitStatus.NOT_DUE
    if not gone and not when.is_closed(as_of):
        return VisitStatus.PENDING
    if not saved:
        return VisitStatus.MISSED
    return VisitStatus.DONE if complete else VisitStatus.PARTIAL


def recall_overlap(recall_days: int, on: date, others: Iterable[date]) -> int:
    """How many days of the time that a form asks about were asked about before, by the same form; 0 = none.

    A form answered on a day asks about that day and those before it, `recall_days` in all, so days apart by that many share none.
    """
    last = max((other for other in others if other < on), default=None)
    return 0 if last is None else max(0, recall_days - (on - last).days)


def due(
    visits: Iterable[Visit],
    *,
    screened_on: date,
    randomised_on: date | None,
    day0: date | None,
    on: date,
    sent: Collection[tuple[str, str]],
) -> tuple[Sitting, ...]:
    """The sittings open on that day with something left to send, in the protocol's order.

    `sent` holds (visit code, instrument code). A baseline closes with randomisation itself, not with the end of that day.
    """
    sittings = []
    for visit in visits:
        when = window(visit, screened_on=screened_on, randomised_on=randomised_on, day0=day0)
        if when is None or not when.is_open(on) or (visit.kind == "baseline" and randomised_on is not None):
            continue
        left = tuple(code for code in visit.instruments if (visit.code, code) not in sent)
        if left:
            sittings.append(Sitting(visit=visit.code, label=visit.label, window=when, instruments=left))
    return tuple(sittings)
