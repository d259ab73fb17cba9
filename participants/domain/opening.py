"""When a site, and a trainer at it, can hold a session: opening hours, closures and public holidays, rosters and days away.

Hours are wall-clock times of the site. A session of n minutes fits where it begins and ends within one span of opening hours and, if a
trainer is asked for, of that trainer's roster. A site without hours is open at any hour; a trainer without hours is there whenever the
site is open. An absence (the site shut, a trainer ill) lasts from one wall-clock moment to another; sessions are laid out on none of its
days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from participants.domain.wall_clock import day_in_words
from trials.domain.protocol.shape import WEEKDAYS, Closure, OpeningHours

DAY = 24 * 60
ANY_HOUR = ((0, 2 * DAY),)  # a session may run past midnight where nobody said when the site closes
NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
Spans = tuple[tuple[int, int], ...]  # minutes of the day, from and to


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The hours a trainer is at the site by weekday, and the days away (ill, on leave), each with its reason."""

    trainer: str
    hours: tuple[OpeningHours, ...] = ()
    away: tuple[Closure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Absence:
    """The site is shut, or somebody (`who`) is away, in `[begins, ends)`: wall-clock moments of the site, without a zone."""

    begins: datetime
    ends: datetime
    reason: str
    who: str = ""

    @property
    def in_words(self) -> str:
        told = f"{_moment(self.begins)} to {_moment(self.ends)}: {self.reason}"
        return f"{self.who} is away {told}" if self.who else f"The site is closed {told}"

    def meets(self, begins: datetime, ends: datetime) -> bool:
        return begins < self.ends and self.begins < ends


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a day and time are measured against: the site's hours, closures and absences, and a trainer's roster where one is asked for."""

    hours: tuple[OpeningHours, ...] = ()
    closures: tuple[Closure, ...] = ()
    roster: Roster | None = None
    absences: tuple[Absence, ...] = ()

    @property
    def always(self) -> bool:
        return not self.hours and not self.closures and not self.absences and self.roster is None


def closure_on(on: date, closures: Iterable[Closure]) -> str:
    """Why the site is closed on a date; empty when it is open."""
    return next((c.reason or "closed" for c in closures if c.first <= on <= c.last), "")


def absence_in(absences: Iterable[Absence], on: date, at: time, minutes: int) -> Absence | None:
    """The first absence that meets so many minutes from a wall-clock time on; None where there is none."""
    begins = datetime.combine(on, at.replace(tzinfo=None))
    return next((a for a in absences if a.meets(begins, begins + timedelta(minutes=minutes))), None)


def shut_all_day(on: date, opening: Opening) -> str:
    """Why the site is closed on the whole of a date; empty when it is open for some of it."""
    begins = datetime.combine(on, time(0))
    whole = next((a.reason for a in opening.absences if not a.who and a.begins <= begins and begins + timedelta(days=1) <= a.ends), "")
    return closure_on(on, opening.closures) or whole


def shut_on(on: date, minutes: int, opening: Opening) -> str:
    """Why no session of so many minutes can be held on that date, in a few words; empty where one can."""
    if reason := closure_on(on, opening.closures):
        return reason
    if absence := absence_in(opening.absences, on, time(0), DAY):
        return f"{absence.who} is away: {absence.reason}" if absence.who else absence.reason
    weekday = on.weekday()
    if not spans_of(opening.hours, weekday):
        return f"closed on {NAMES[weekday]}"
    if opening.roster is None:
        return "" if starts_on_weekday(weekday, minutes, opening) else f"no {minutes} minutes within the opening hours"
    if reason := closure_on(on, opening.roster.away):
        return f"{opening.roster.trainer} is away: {reason}"
    return "" if starts_on_weekday(weekday, minutes, opening) else f"{opening.roster.trainer} isn't there on {NAMES[weekday]}"


def refusal_by_hours(on: date, at: time, minutes: int, opening: Opening) -> str | None:
    """Why a session of so many minutes can't begin then, as a sentence; None where it can."""
    if reason := closure_on(on, opening.closures):
        return f"The site is closed on {day_in_words(on)}: {reason}."
    if absence := absence_in(opening.absences, on, at, max(1, minutes)):
        return f"{absence.in_words}."
    weekday, begins = on.weekday(), _minute(at)
    site = spans_of(opening.hours, weekday)
    if not site:
        return f"The site is closed on {NAMES[weekday]}."
    if not _within(begins, minutes, site):
        return f"The site is open {_in_words(site)} on {day_in_words(on)}; {_span(begins, begins + minutes)} doesn't fit."
    if opening.roster is None:
        return None
    trainer = opening.roster.trainer
    if reason := closure_on(on, opening.roster.away):
        return f"{trainer} is away on {day_in_words(on)}: {reason}."
    there = spans_of(opening.roster.hours, weekday)
    if not there:
        return f"{trainer} isn't there on {NAMES[weekday]}."
    if not _within(begins, minutes, there):
        return f"{trainer} is there {_in_words(there)} on {day_in_words(on)}; {_span(begins, begins + minutes)} doesn't fit."
    return None


def nearest_start(on: date, at: time, minutes: int, opening: Opening) -> time | None:
    """The time nearest to the one asked for at which a session fits on that weekday, the earlier of two as near; None where none does."""
    begins = _minute(at)
    starts = [min(max(begins, first), last) for first, last in starts_on_weekday(on.weekday(), minutes, opening)]
    if not starts:
        return None
    chosen = min(starts, key=lambda start: (abs(start - begins), start))
    return at if chosen == begins else time(chosen // 60, chosen % 60)


def starts_on_weekday(weekday: int, minutes: int, opening: Opening) -> Spans:
    """First and last minute of the day at which a session can begin, span by span, by weekly hours alone."""
    there = spans_of(opening.roster.hours if opening.roster else (), weekday)
    both = ((max(opens, comes), min(closes, goes)) for opens, closes in spans_of(opening.hours, weekday) for comes, goes in there)
    return tuple((first, min(last - minutes, DAY - 1)) for first, last in both if last - first >= minutes and first < last)


def spans_of(hours: Sequence[OpeningHours], weekday: int) -> Spans:
    """The spans of a weekday (Monday 0) in order, spans that touch joined; any hour where no hours are given at all."""
    if not hours:
        return ANY_HOUR
    named = WEEKDAYS[weekday]
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted((_minute(h.opens), _minute(h.closes) or DAY) for h in hours if named in h.days):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _within(begins: int, minutes: int, spans: Spans) -> bool:
    return any(first <= begins and begins + minutes <= last for first, last in spans)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _in_words(spans: Spans) -> str:
    return " and ".join(_span(*span) for span in spans)


def _span(first: int, last: int) -> str:
    return f"{first // 60:02}:{first % 60:02} to {last // 60 % 24:02}:{last % 60:02}"


def _moment(at: datetime) -> str:
    return f"{day_in_words(at.date())}, {at:%H:%M}"
