"""English: the sentences of pages and messages are its own, so there are no words here."""

from __future__ import annotations

from trials.languages.shape import Language

LANGUAGE = Language(
    code="en",
    name="English",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ),
    short_weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    short_months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    short_day="{weekday} {day} {month}",
    short_day_with_year="{weekday} {day} {month} {year}",
    short_moment="{on}, {time}",
    long_day="{weekday} {day} {month}",
    long_moment="{on} at {time}",
    decimal=".",
    thousands="\u202f",
    unsaid={
        "condition": ("depress*", "anxi*", "mood*", "panic*", "mental*", "psych*", "suicid*", "phq*", "gad"),
        "score": ("score*", "scoring", "severity", "severe"),
        "arm": (
            "train", "training*", "exercis*", "resistance", "strength", "group*", "control", "waiting list", "wait-list*", "waitlist*",
            "randomis*", "randomiz*", "placebo*",
        ),
    },
)  # fmt: skip
