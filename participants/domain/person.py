"""What stands behind the identity wall: the facts of a person, read from a form and kept in one spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from participants.domain.phone import e164

FIELDS = ("given_name", "family_name", "born_on", "email", "phone", "emergency_name", "emergency_phone")
LENGTH = 200
OLDEST_YEARS = 120

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{2,30}")
_WORDS = {
    "given_name": "given name",
    "family_name": "family name",
    "born_on": "date of birth",
    "email": "e-mail address",
    "phone": "telephone number",
    "emergency_name": "emergency contact",
    "emergency_phone": "emergency telephone number",
}


class BadPerson(ValueError):
    """Facts that cannot be kept; `faults` maps each field to a sentence with its cure."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def clean(given: Mapping[str, str], *, on: date) -> dict[str, str]:
    """The facts in one spelling, blanks left out; raises `BadPerson` with every fault at once. `on` = today at the site."""
    faults = {name: f"There is no field {name!r}." for name in given if name not in FIELDS}
    cleaned: dict[str, str] = {}
    for name in FIELDS:
        text = " ".join(given.get(name, "").split())
        fault = _fault(name, text, on) if text else None
        if fault:
            faults[name] = fault
        elif text:
            cleaned[name] = text
    if faults:
        raise BadPerson(faults)
    return cleaned


def age_on(born_on: date, day: date) -> int:
    """Completed years; a person born on 29 February is a year older on 1 March of other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def initials(facts: Mapping[str, str]) -> str:
    """First letters of given and family name, as on a staff list: "M R"."""
    return " ".join(facts[name][0].upper() for name in ("given_name", "family_name") if facts.get(name))


def _fault(name: str, text: str, on: date) -> str | None:
    if len(text) > LENGTH:
        return f"Shorten the {_WORDS[name]} to {LENGTH} characters."
    if name == "born_on":
        return _birth_fault(text, on)
    if name == "email" and not _MAIL.fullmatch(text):
        return "Enter the e-mail address like name@example.org."
    if name in ("phone", "emergency_phone") and not _PHONE.fullmatch(text):
        return f"Enter the {_WORDS[name]} with digits, like +353 61 202 000."
    if name == "phone" and e164(text) is None:
        return "Enter the telephone number with its country code and no (0), like +353 61 202 000."
    return None


def _birth_fault(text: str, on: date) -> str | None:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return "Enter the date of birth as 1985-03-14."
    if not 0 <= age_on(born, on) <= OLDEST_YEARS:
        return f"Enter a date of birth in the last {OLDEST_YEARS} years."
    return None
