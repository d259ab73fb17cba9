"""The words of a licensed instrument, as a file that the deployment supplies: TOML in, checked words out, every fault at once.

instrument = "hamd17"           # which instrument, which version of it, in which language
version = "1"
language = "en"
source = "Licence 123 of the rights holder, 2026-03-02"
stem = "..."
[items]
1 = "..."
[options]                       # labels of all items
0 = "..."
[options_of.3]                  # labels of one item, in place of those
0 = "..."
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from outcomes.domain.instrument import Instrument, Words

TEXTS = ("instrument", "version", "language", "source", "stem", "rights")
NEEDED = ("instrument", "version", "language", "source", "items")
LONGEST = 4000


class BadWords(ValueError):
    """Words that can't be used; the message names every fault."""


def read_words(text: str, instrument: Instrument) -> Instrument:
    """The instrument in the words of this text. Raises `BadWords`."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise BadWords(f"is no TOML: {fault}") from None
    if faults := _faults(table, instrument):
        raise BadWords("; ".join(faults))
    words = Words(
        language=table["language"],
        stem=table.get("stem", ""),
        items=table["items"],
        options=_labels(table.get("options", {})),
        options_of={number: _labels(labels) for number, labels in table.get("options_of", {}).items()},
        source=table["source"],
        rights=table.get("rights", ""),
    )
    try:
        return instrument.worded(words)
    except ValueError as fault:
        raise BadWords(str(fault)) from None


def _faults(table: Mapping[str, object], instrument: Instrument) -> list[str]:
    known = {*TEXTS, "items", "options", "options_of"}
    faults = [f"{key} is missing" for key in NEEDED if not table.get(key)]
    faults += [f"{key} is no key of a words file" for key in table if key not in known]
    faults += [f"{key} is not a text of 1 to {LONGEST} characters" for key in TEXTS if key in table and not _is_text(table[key])]
    faults += [f"{place} is not a table of texts" for place, labels in _tables(table) if not _is_texts(labels)]
    faults += [f"{place} has {key}, which is no whole number" for place, labels in _tables(table)
               if place != "items" and isinstance(labels, dict) for key in labels if not key.isdecimal()]  # fmt: skip
    for key, wanted in (("instrument", instrument.code), ("version", instrument.version)):
        if table.get(key) not in (None, wanted):
            faults.append(f"{key} is {table[key]!r}, the instrument's is {wanted!r}")
    return faults


def _tables(table: Mapping[str, object]) -> list[tuple[str, object]]:
    """Every table of labels with its place; `options_of` that is no table stands for itself."""
    found = [(key, table[key]) for key in ("items", "options") if key in table]
    several = table.get("options_of", {})
    if not isinstance(several, dict):
        return [*found, ("options_of", several)]
    return found + [(f"options_of.{number}", labels) for number, labels in several.items()]


def _labels(labels: Mapping[str, str]) -> dict[int, str]:
    return {int(value): label for value, label in labels.items()}


def _is_texts(labels: object) -> bool:
    return isinstance(labels, dict) and all(_is_text(label) for label in labels.values())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and "\x00" not in value
