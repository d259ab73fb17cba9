"""The calendar's text: what it says line by line, and what a calendar library reads back, in every kind of zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from participants.domain.feed import Entry, calendar_text

CHANGED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def entry(starts_at: datetime, **more: object) -> Entry:
    told = {"uid": "session-8@uplift", "minutes": 60, "summary": "Appointment", "location": "Gym", "sequence": 0, "changed_at": CHANGED}
    return Entry(starts_at=starts_at, **(told | more))  # type: ignore[arg-type]


def test_an_entry_line_by_line() -> None:
    text = calendar_text([entry(datetime(2026, 7, 1, 17, 0, tzinfo=UTC), sequence=2)], timezone="Europe/Dublin", name="Appointments")
    event = text[text.index("BEGIN:VEVENT") :].split("\r\n")
    assert event == [
        "BEGIN:VEVENT", "UID:session-8@uplift", "DTSTAMP:20260302T090000Z", "LAST-MODIFIED:20260302T090000Z", "SEQUENCE:2",
        "DTSTART;TZID=Europe/Dublin:20260701T180000", "DURATION:PT60M", "SUMMARY:Appointment", "LOCATION:Gym", "STATUS:CONFIRMED",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_an_empty_calendar_is_one() -> None:
    text = calendar_text([], timezone="Europe/Dublin", name="Appointments")
    assert ("VTIMEZONE" in text, len(Calendar.from_ical(text).walk("VEVENT"))) == (False, 0)


def test_long_lines_and_odd_characters_come_back_whole_and_no_line_is_too_long() -> None:
    odd = 'Sporthalle "Süd", Raum 3; Tür\\links\nzweiter Stock ' + "ä€😀" * 40 + "\x07"
    text = calendar_text([entry(CHANGED, location=odd)], timezone="UTC", name="N")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert str(Calendar.from_ical(text).walk("VEVENT")[0]["LOCATION"]) == odd.replace("\x07", " ")


ZONES = ("Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "UTC")


@pytest.mark.parametrize("timezone", ZONES)
def test_a_library_reads_the_same_instants_by_the_rules_written_beside_them(timezone: str) -> None:
    """The zone is renamed, so that the reader has nothing but the calendar's own rules to go by."""
    starts = [datetime(2026, 1, 1, 12, 0, tzinfo=UTC) + timedelta(days=7 * n) for n in range(60)]
    made = [entry(at, uid=f"session-{n}@uplift", sequence=n, cancelled=n % 2 == 1) for n, at in enumerate(starts)]
    unknown = f"Elsewhere/{timezone.replace('/', '_')}"  # one a zone: the library remembers names
    text = calendar_text(made, timezone=timezone, name="Appointments").replace(timezone, unknown)
    read = Calendar.from_ical(text).walk("VEVENT")
    assert [(str(e["UID"]), e["DTSTART"].dt.astimezone(UTC), int(e["SEQUENCE"]), str(e["STATUS"])) for e in read] == [
        (m.uid, m.starts_at, m.sequence, "CANCELLED" if m.cancelled else "CONFIRMED") for m in made
    ]
    assert {e["DURATION"].dt for e in read} == {timedelta(hours=1)}
    wall = [e["DTSTART"].dt.replace(tzinfo=None) for e in read]
    assert wall == [at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) for at in starts]
