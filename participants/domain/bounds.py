"""How a typed value becomes a number, and which numbers a question can take."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,6})?", re.ASCII)


class NotANumber(ValueError):
    """The text is no plain decimal number."""


def read_number(text: str) -> Decimal:
    """A plain number of at most nine digits before and six after the mark; decimal comma and point are both accepted."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise NotANumber(stripped)
    return Decimal(stripped.replace(",", "."))


def write_number(value: Decimal) -> str:
    """The same number in one spelling: decimal point, no exponent, no trailing zeros, no negative zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def within(value: Decimal, minimum: Decimal | None, maximum: Decimal | None) -> bool:
    """Both bounds are inclusive; an absent bound does not bind."""
    return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)


def in_words(minimum: Decimal | None, maximum: Decimal | None, unit: str = "") -> str:
    """The bounds as a phrase: "between 18 and 65 years", "at least 18", "any number"."""
    tail = f" {unit}" if unit else ""
    if minimum is not None and maximum is not None:
        return f"between {write_number(minimum)} and {write_number(maximum)}{tail}"
    if minimum is not None:
        return f"at least {write_number(minimum)}{tail}"
    if maximum is not None:
        return f"at most {write_number(maximum)}{tail}"
    return "any number"
