"""Closed tables to blinded tables: what a blind eye may have before the lock. Pure: text in, text out.

Sessions, dose and trainers exist in one arm only, so they are absent, not masked; numbers are counted anew so that a gap tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from outcomes.domain.facts import Row
from outcomes.domain.instrument import Instrument
from outcomes.domain.summary import visit_summary
from outcomes.domain.text import read
from outcomes.exports.columns import CLOSED_ONLY, KEYS, Column, blinded_columns, columns_of
from trials.domain.protocol.shape import Protocol

Texts = Mapping[str, str]
NUMBERED = {"adverse_event": "ae_no", "medication": "med_no", "concomitant": "con_no"}
REASONS = ("withdrawn_reason", "lost_reason", "not_analysed_reason")
OTHER = "other"

_CODE = re.compile(r"[a-z][a-z0-9_]*")


FILES = tuple(file for file in KEYS if file not in CLOSED_ONLY)


def blind(
    file: str, rows: Iterable[Texts], *, bands: Iterable[str], dummies: Mapping[str, str], codes: Collection[str]
) -> list[dict[str, str]]:
    """The rows of one closed table as a blind eye may have them; `dummies` is trial id -> sham arm, `codes` the protocol's reasons."""
    columns = blinded_columns(file, bands=bands)
    kept = [dict(row) for row in rows if not (file == "adverse_event" and (row["elicited"] == "session" or row["session_no"]))]
    if file == "participant":
        kept = [_person(row, dummies, codes) for row in kept]
    if file == "assessment":
        kept = [row | {"not_done_reason": coded(row["not_done_reason"], codes)} for row in kept]
    if file in NUMBERED:
        kept = _renumbered(file, kept)
    return [{column.name: row.get(column.name, "") for column in columns} for row in kept]


def pooled_summary(
    participants: Iterable[Texts],
    assessments: Iterable[Texts],
    *,
    protocol: Protocol,
    instruments: Mapping[str, Instrument],
    as_of: datetime,
) -> list[Row]:
    """visit_summary over everybody, recomputed from the closed tables."""
    people = [values(row, columns_of("participant")) for row in participants]
    forms = [values(row, columns_of("assessment")) for row in assessments]
    return visit_summary(people, forms, protocol=protocol, instruments=instruments, as_of=as_of, pooled=True)


def pooled_reasons(flow: dict[str, object], codes: Collection[str]) -> dict[str, object]:
    """A pooled flow whose reasons are codes: free words are counted as other."""
    everyone = dict(flow["all"])  # type: ignore[call-overload]
    for part in ("lost", "not_analysed"):
        counted: dict[str, int] = {}
        for reason, n in everyone[part]["reasons"].items():
            counted[coded(reason, codes)] = counted.get(coded(reason, codes), 0) + n
        everyone[part] = {"total": everyone[part]["total"], "reasons": dict(sorted(counted.items()))}
    return flow | {"all": everyone}


def values(row: Texts, columns: Iterable[Column]) -> Row:
    """A row of text as the values that it was written from."""
    return {column.name: read(row.get(column.name, ""), column.kind) for column in columns}


def _person(row: dict[str, str], dummies: Mapping[str, str], codes: Collection[str]) -> dict[str, str]:
    return row | {"arm_dummy": dummies.get(row["trial_id"], "")} | {name: coded(row[name], codes) for name in REASONS}


HOUSE_CODES = ("withdrawn", "died", "lost", "not_assessed", "data_withdrawn", "unrecorded")


def coded(reason: str, codes: Collection[str]) -> str:
    """A reason that is one of the known codes; anything typed becomes `other`."""
    return reason if not reason or (_CODE.fullmatch(reason) and (reason in codes or reason in HOUSE_CODES)) else OTHER


def _renumbered(file: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """1, 2, ... a person; a dose period that names the one before it follows its new number."""
    number = NUMBERED[file]
    new: dict[tuple[str, str], str] = {}
    counts: dict[str, int] = {}
    for row in rows:
        who = row["trial_id"]
        counts[who] = counts.get(who, 0) + 1
        new[who, row[number]] = str(counts[who])
    renamed = [row | {number: new[row["trial_id"], row[number]]} for row in rows]
    if file != "medication":
        return renamed
    return [row | {"change_of": new.get((row["trial_id"], row["change_of"]), "")} for row in renamed]
