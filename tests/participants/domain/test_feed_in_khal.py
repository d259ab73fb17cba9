"""Debian's khal, a calendar program of the shell, reads what a calendar address serves: wall clock, changes, cancellations."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from participants.domain.feed import Entry, calendar_text

pytestmark = pytest.mark.long

CONFIG = """[calendars]
[[own]]
path = {folder}/calendar
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %d.%m.
longdateformat = %Y-%m-%d
datetimeformat = %d.%m. %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/seen.db
[default]
default_calendar = own
"""
ASKED = ("list", "--day-format", "", "--format", "{start-long} {end-time} {title} {status}| {location}", "2026-03-01", "60d")
CHANGED = datetime(2026, 3, 2, tzinfo=UTC)


class Khal:
    """The program with a calendar of its own, for somebody who lives in a zone. A missing one fails, with its cure."""

    def __init__(self, folder: Path, zone: str) -> None:
        self.program, self.folder = shutil.which("khal", path="/usr/local/bin:/usr/bin:/bin"), folder
        assert self.program, "the long form reads a calendar with Debian's khal: apt-get install khal"
        (folder / "calendar").mkdir(parents=True)
        (folder / "config").write_text(CONFIG.format(folder=folder, zone=zone))

    def __call__(self, *words: str) -> list[str]:
        plain = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        command = [str(self.program), "-c", str(self.folder / "config"), *words]
        done = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return [line.strip() for line in done.stdout.splitlines() if line.strip()]

    def reads(self, *entries: Entry) -> list[str]:
        """What it lists once it has taken in a calendar of Dublin with these entries."""
        served = self.folder / "served.ics"
        served.write_bytes(calendar_text(entries, timezone="Europe/Dublin", name="Appointments").encode())
        self("import", "--batch", "-a", "own", str(served))
        return self(*ASKED)


def entry(uid: str, day: int, hour: int, **more: object) -> Entry:
    told = {"minutes": 60, "summary": "Appointment", "location": "Gym, hall 2; left", "sequence": 0, "changed_at": CHANGED}
    return Entry(uid=uid, starts_at=datetime(2026, 3, day, hour, tzinfo=UTC), **(told | more))  # type: ignore[arg-type]


BEFORE, AFTER = entry("session-8@uplift", 26, 18), entry("session-9@uplift", 30, 17)  # 18:00 in Dublin, before and after the change


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Dublin", ("18:00 19:00", "18:00 19:00")), ("America/New_York", ("14:00 15:00", "13:00 14:00"))],
    ids=["at home", "abroad"],
)
def test_it_shows_each_appointment_at_its_moment_over_a_change_of_clocks(tmp_path, zone, hours) -> None:
    listed = Khal(tmp_path / "khal", zone).reads(BEFORE, AFTER)
    place = "Gym, hall 2; left"
    assert listed == [f"2026-03-{day} {at} Appointment CONFIRMED | {place}" for day, at in zip((26, 30), hours, strict=True)]


def test_a_move_takes_the_place_of_what_stood_and_a_cancellation_is_shown_as_one(tmp_path) -> None:
    khal = Khal(tmp_path / "khal", "Europe/Dublin")
    assert len(khal.reads(BEFORE, AFTER)) == 2
    moved, off = entry("session-8@uplift", 27, 9, sequence=1), entry("session-9@uplift", 30, 17, sequence=1, cancelled=True)
    assert [line.partition("|")[0] for line in khal.reads(moved, off)] == [
        "2026-03-27 09:00 10:00 Appointment CONFIRMED ", "2026-03-30 18:00 19:00 Appointment CANCELLED ",
    ]  # fmt: skip
