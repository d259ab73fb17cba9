"""Numbers and moments as tags and filters."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trials.ui import words
from trials.ui.tags.speaking import language_in

register = template.Library()


@register.filter("figure")
def figure_filter(value: object, places: int | None = None) -> SafeString:
    """A number for people: `{{ load|figure:1 }}`; nothing recorded reads "not recorded"."""
    return _worded(words.number(value, places))


@register.filter("words")
def code_words(code: object) -> str:
    """A code as words where nothing better is known: `{{ event.outcome|words }}` -> Not recovered."""
    return str(code).replace("_", " ").capitalize()


@register.filter
def percent(value: object, places: int = 0) -> SafeString:
    """A share of 1 as "81 %"."""
    return _worded(words.percent(value, places))


def _worded(text: str) -> SafeString:
    return format_html('<span class="{}">{}</span>', "absent" if text == words.NOT_RECORDED else "num", text)


@register.simple_tag(takes_context=True)
def when(
    context: template.Context, instant: datetime | date | str | None, site: object = None, year: bool = False, zone: bool = False
) -> SafeString | str:
    """A moment in site time: `{% when session.starts_at site %}` -> Tue 12 May, 18:00. A plain date gives "Tue 12 May".

    On a page in another language it is written as that language writes it.
    A date kept as text may be partial, "2024" or "2024-03": it stays as it was told; a whole one reads like any other.
    """
    if instant is None or instant == "":
        return _worded(words.NOT_RECORDED)
    if isinstance(instant, str):
        if len(instant) < len("2024-03-01"):
            return format_html("<span>{}</span>", instant)
        instant, year = date.fromisoformat(instant), True
    language = language_in(context)
    if isinstance(instant, datetime):
        text = words.moment(instant, site, year=year, zone_named=zone, language=language)
    else:
        text = words.day(instant, year=year, language=language)
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), text)


@register.simple_tag
def clock_time(instant: datetime, site: object = None) -> SafeString:
    """The time of day at the site: 18:00."""
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), words.clock_time(instant, site))


@register.filter
def day(value: date | None) -> str:
    """A date as "Tue 12 May"."""
    return words.NOT_RECORDED if value is None else words.day(value)


@register.filter
def day_year(value: date | None) -> str:
    """A date as "Tue 12 May 2026"."""
    return words.NOT_RECORDED if value is None else words.day(value, year=True)


@register.simple_tag
def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `{% counted 3 "place" %}` -> 3 places."""
    return words.counted(count, one, many)
