"""The dataset's text: one way to write and to read every kind of value.

Rounding is half-up and happens here alone; everything upstream stays unrounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo

Value = str | int | Decimal | date | datetime | bool | tuple[str, ...] | None

PLACES = {"ratio": 4, "number": 4, "kg": 2, "minutes": 2, "integer": 0}
KINDS = ("text", "list", "date", "partial_date", "instant", "flag", "yes_no", *PLACES)

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTIAL_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Unreadable(ValueError):
    """A text that is not a value of its kind; the message is the cure."""


def rounded(number: Decimal, places: int) -> Decimal:
    """Half-up at so many decimals: 0.5 becomes 1, -0.5 becomes -1."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(number: Decimal | int, places: int) -> str:
    """A number without exponent and without trailing zeros: 12.50 at two places is `12.5`."""
    if isinstance(number, int):
        return str(number)
    text = format(rounded(number, places), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def instant(moment: datetime) -> str:
    """An aware datetime in UTC to the second, cut, never rounded: `2026-03-02T17:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def site_day(moment: datetime, timezone: str) -> date:
    """The calendar day of an instant at a site."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def write(value: Value, kind: str) -> str:
    """The text of one value in a file of the dataset; missing is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if kind == "flag":
        return "1" if value else "0"
    if kind == "yes_no":
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "|".join(value)
    return plain(value, PLACES.get(kind, 4))


def read(text: str, kind: str) -> Value:
    """The value of a text; `Unreadable` with what would be right. Empty is None."""
    if text == "":
        return None
    reader = _READERS.get(kind)
    return text if reader is None else reader(text)


def _number(text: str) -> Decimal:
    return Decimal(text) if _PLAIN_NUMBER.fullmatch(text) else _refuse("Write a plain number like 62.5.")


def _integer(text: str) -> int:
    number = _number(text)
    return int(number) if number == number.to_integral_value() else _refuse("Write a whole number like 12.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else _refuse("Write a date like 2026-03-02.")
    except ValueError as error:
        raise Unreadable("Write a date like 2026-03-02.") from error


def _partial_date(text: str) -> str:
    return text if _PARTIAL_DATE.fullmatch(text) else _date(text).isoformat()


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else _refuse("Write an instant like 2026-03-02T17:00:00Z.")
    except ValueError as error:
        raise Unreadable("Write an instant like 2026-03-02T17:00:00Z.") from error


def _flag(text: str) -> bool:
    return text == "1" if text in ("0", "1") else _refuse("Write 1 or 0.")


def _yes_no(text: str) -> str:
    return text if text in ("yes", "no") else _refuse("Write yes or no.")


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _refuse(cure: str) -> NoReturn:
    raise Unreadable(cure)


_READERS: dict[str, Callable[[str], Value]] = {
    "list": _list,
    "date": _date,
    "partial_date": _partial_date,
    "instant": _instant,
    "flag": _flag,
    "yes_no": _yes_no,
    "integer": _integer,
    "ratio": _number,
    "number": _number,
    "kg": _number,
    "minutes": _number,
}
