"""What a language gives the pages and messages of participants: its words, its dates and numbers, its direction of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language. A sentence's key is the English sentence itself, so that English needs no words of its own.

    The patterns of dates name `weekday`, `day`, `month`, `year` and `time`; short ones stand on pages, long ones in messages.
    """

    code: str  # BCP 47, as in a page's `lang`
    name: str  # in the language itself
    right_to_left: bool = False
    weekdays: tuple[str, ...]  # Monday first
    months: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    short_months: tuple[str, ...]
    short_day: str
    short_day_with_year: str
    short_moment: str  # of `on` (a short day) and `time`
    long_day: str
    long_moment: str  # of `on` (a long day) and `time`
    decimal: str
    thousands: str
    unsaid: Mapping[str, tuple[str, ...]]  # what no message may say, by what it would tell; a * stands for the rest of a word
    words: Mapping[str, str] = field(default_factory=dict)  # English sentence -> this language's

    def say(self, sentence: str, /, **values: object) -> str:
        """A sentence with its values filled in; one that nobody has translated stays English."""
        return self.words.get(sentence, sentence).format(**values)

    def day(self, on: date, *, year: bool = False) -> str:
        """A day as short as a page needs it: "Tue 12 May", with the year on request."""
        pattern = self.short_day_with_year if year else self.short_day
        return pattern.format(weekday=self.short_weekdays[on.weekday()], day=on.day, month=self.short_months[on.month - 1], year=on.year)

    def moment(self, local: datetime, *, year: bool = False) -> str:
        """A local wall-clock moment for a page: "Tue 12 May, 18:00"."""
        return self.short_moment.format(on=self.day(local.date(), year=year), time=f"{local:%H:%M}")

    def full_day(self, on: date) -> str:
        """A day as a message says it: "Tuesday 12 May"."""
        return self.long_day.format(weekday=self.weekdays[on.weekday()], day=on.day, month=self.months[on.month - 1])

    def full_moment(self, local: datetime) -> str:
        """A local wall-clock moment as a message says it: "Tuesday 12 May at 18:00"."""
        return self.long_moment.format(on=self.full_day(local.date()), time=f"{local:%H:%M}")

    def number(self, english: str) -> str:
        """A number as English writes it here (point, thin spaces) in this language's form."""
        return english.replace(".", self.decimal).replace("\u202f", self.thousands)
