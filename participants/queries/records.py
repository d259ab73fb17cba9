"""A correctable record found as addresses name it: a person, a kind, a number."""

from __future__ import annotations

from typing import Any

from participants.models import Participant

# kind in the address -> (relation of the person, field of the key, words)
KINDS: dict[str, tuple[str, str, str]] = {
    "event": ("adverse_events", "ae_no", "event"),
    "medication": ("medications", "med_no", "medication"),
    "care": ("concomitants", "con_no", "other care"),
    "deviation": ("deviations", "dev_no", "deviation"),
    "consent": ("consents", "pk", "consent"),
    "baseline": ("baseline", "variable", "baseline value"),
    "ending": ("endings", "pk", "ending"),
    "load": ("strength_tests", "pk", "load"),
}


def record_of(person: Participant, kind: str, key: str) -> Any | None:
    """The record, or None where the address means nothing."""
    if kind not in KINDS:
        return None
    relation, field, _ = KINDS[kind]
    if field != "variable" and not (key.isascii() and key.isdecimal() and len(key) < 12):
        return None
    return getattr(person, relation).filter(**{field: key}).first()
