"""What an instrument means, as one canonical text and its digest: a released version is followed by another, never edited.

Everything that is declared goes in, in a fixed order; functions by their declaration, their behaviour being held by the file's examples.
Words of a further language have a digest of their own, so that a language can be added to a released version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal

from outcomes.domain.instrument import Instrument

APART = ("translations", "of")  # words of other languages; the function of a computed item


def digests(instrument: Instrument) -> dict[str, str]:
    """Language -> SHA-256, with the instrument's own meaning under its own language."""
    own = {instrument.language: _digest(instrument)}
    return own | {words.language: _digest(words) for words in instrument.translations}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(_plain(value), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    """A declared value as JSON; parts that are empty or at their default are left out, so that a new kind of part changes no digest."""
    if is_dataclass(value):
        own = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in APART}
        plain = {field.name: field.default for field in fields(value)}
        return {name: _plain(part) for name, part in own.items() if part != plain[name] and part not in ((), {})}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value
