"""A calendar as calendar programs read it (RFC 5545): entries in the wall clock of one zone, with the zone's rules beside them.

A zone is written as the changes that happen around the entries, one observance each, so that a program needs no table of zones of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LINE = 75  # octets, without the line's end
AROUND = timedelta(days=366)
WALL, INSTANT = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One appointment. `uid` stays for good; `sequence` counts up with each change; `starts_at` and `changed_at` are aware."""

    uid: str
    starts_at: datetime
    minutes: int
    summary: str
    location: str
    sequence: int
    changed_at: datetime
    cancelled: bool = False


def calendar_text(entries: Iterable[Entry], *, timezone: str, name: str) -> str:
    """The whole calendar, in order of time; the same entries give the same text."""
    known = sorted(entries, key=lambda e: (e.starts_at, e.uid))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Uplift//Calendar//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_escaped(name)}", f"X-WR-CALNAME:{_escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    if known:
        lines += _zone(timezone, known[0].starts_at - AROUND, known[-1].starts_at + AROUND)
    for entry in known:
        lines += _event(entry, timezone)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(entry: Entry, timezone: str) -> list[str]:
    changed = entry.changed_at.astimezone(UTC).strftime(INSTANT)
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART;TZID={timezone}:{entry.starts_at.astimezone(ZoneInfo(timezone)).strftime(WALL)}",
        f"DURATION:PT{entry.minutes}M",
        f"SUMMARY:{_escaped(entry.summary)}",
        f"LOCATION:{_escaped(entry.location)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def _zone(timezone: str, opens: datetime, closes: datetime) -> list[str]:
    """What holds when the calendar begins, then every change until it ends."""
    zone = ZoneInfo(timezone)
    start = opens.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{timezone}", *_observance("STANDARD", start, _offset(start, zone), start, zone)]
    for change in _changes(zone, start, closes.astimezone(UTC)):
        before = _offset(change - timedelta(seconds=1), zone)
        kind = "DAYLIGHT" if _offset(change, zone) > before else "STANDARD"
        lines += _observance(kind, change, before, change, zone)
    return [*lines, "END:VTIMEZONE"]


def _observance(kind: str, onset: datetime, before: timedelta, at: datetime, zone: ZoneInfo) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{(onset + before).strftime(WALL)}",
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(_offset(at, zone))}",
        f"TZNAME:{at.astimezone(zone).tzname()}",
        f"END:{kind}",
    ]


def _changes(zone: ZoneInfo, opens: datetime, closes: datetime) -> Iterator[datetime]:
    """The instants at which the offset changes, to the second; two changes within one day are not known of any zone."""
    day = opens
    while day < closes:
        after = day + timedelta(days=1)
        if _offset(day, zone) != _offset(after, zone):
            first, last = day, after
            while last - first > timedelta(seconds=1):
                middle = first + timedelta(seconds=int((last - first).total_seconds()) // 2)
                first, last = (middle, last) if _offset(middle, zone) == _offset(day, zone) else (first, middle)
            yield last
        day = after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _signed(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{rest // 60:02}"


def _escaped(text: str) -> str:
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets; the ones that go on begin with a blank. No character is cut in two."""
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part
