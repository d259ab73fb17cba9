"""How numbers and moments are written. Rounding is half up; moments are told in the site's own time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from trials.languages import ENGLISH, Language

DAYS, MONTHS = ENGLISH.short_weekdays, ENGLISH.short_months
NOT_RECORDED = "not recorded"


def zone_of(site: object) -> ZoneInfo:
    """The zone of a site, of anything with a `timezone` name, or of a zone name itself; UTC where there is none."""
    if isinstance(site, ZoneInfo):
        return site
    name = site if isinstance(site, str) else getattr(site, "timezone", None)
    return ZoneInfo(str(name) if name else "UTC")


def day(value: date, *, year: bool = False, language: Language = ENGLISH) -> str:
    """A day as "Tue 12 May", or "Tue 12 May 2026" with the year; in another language as it writes days."""
    return language.day(value, year=year)


def moment(instant: datetime, site: object, *, year: bool = False, zone_named: bool = False, language: Language = ENGLISH) -> str:
    """An aware instant as "Tue 12 May, 18:00" in the site's time; the zone is named on request, and always when no site is known."""
    zone = zone_of(site)
    text = language.moment(instant.astimezone(zone), year=year)
    if zone_named or not site:
        text += f" ({zone_name(zone)})"
    return text


def clock_time(instant: datetime, site: object) -> str:
    """The time of day at the site, as "18:00"."""
    return f"{instant.astimezone(zone_of(site)):%H:%M}"


def zone_name(zone: ZoneInfo) -> str:
    """A zone as people say it: "Dublin time" for Europe/Dublin, "UTC" for UTC."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    return city if city == "UTC" else f"{city} time"


def number(value: object, places: int | None = None) -> str:
    """A number with thin thousands spaces, rounded half up to `places`; `None` reads "not recorded", words stay as they are.

    Without `places` a decimal loses only its trailing zeros: 62.50 is "62.5".
    """
    if value is None or value == "":
        return NOT_RECORDED
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return NOT_RECORDED
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{exact:f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return _grouped(text)


def _grouped(text: str) -> str:
    sign, digits = ("\u2212", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", "\u202f")
    return f"{sign}{whole}{point}{rest}"


def percent(share: object, places: int = 0) -> str:
    """A share of 1 as a percentage, half up: 0.8125 is "81 %"; `None` reads "not recorded"."""
    if share is None or share == "":
        return NOT_RECORDED
    text = number(Decimal(str(share)) * 100, places)
    return text if text == NOT_RECORDED else f"{text}\u00a0%"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 place", "3 places"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
