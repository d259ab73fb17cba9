"""A correctable record found as addresses name it: a person, a kind, a key that says nothing of anybody else's records."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F

from participants.models import Participant

# kind in the address -> (relation of the person, fields of the key joined by "_at_", words)
KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "event": ("adverse_events", ("ae_no",), "event"),
    "medication": ("medications", ("med_no",), "medication"),
    "care": ("concomitants", ("con_no",), "other care"),
    "deviation": ("deviations", ("dev_no",), "deviation"),
    "consent": ("consents", ("pk",), "consent"),
    "baseline": ("baseline", ("variable",), "baseline value"),
    "ending": ("endings", ("kind",), "ending"),
    "load": ("strength_tests", ("exercise", "tested_on"), "load"),
}
NUMBERS = ("ae_no", "med_no", "con_no", "dev_no", "pk")
BETWEEN = "_at_"


def key_of(kind: str, row: Any) -> str:
    """The last part of the row's address."""
    return BETWEEN.join(str(getattr(row, field)) for field in KINDS[kind][1])


def record_of(person: Participant, kind: str, key: str) -> Any | None:
    """The record, the one that stands before any that was voided; None where the address means nothing."""
    if kind not in KINDS:
        return None
    relation, fields, _ = KINDS[kind]
    parts = key.split(BETWEEN)
    if len(parts) != len(fields) or not all(_could_be(field, part) for field, part in zip(fields, parts, strict=True)):
        return None
    found = getattr(person, relation).filter(**dict(zip(fields, parts, strict=True)))
    return (found if kind == "baseline" else found.order_by(F("voided_at").desc(nulls_first=True), "-pk")).first()


def _could_be(field: str, part: str) -> bool:
    if field == "tested_on":
        return _is_day(part)
    return field not in NUMBERS or (part.isascii() and part.isdecimal() and len(part) < 12)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
