"""What leaves the trial's own hands: the limited and the public profile of a bundle. Pure: text in, text out.

Both have new random ids, no free text and ages over 89 as `90+`. The limited one keeps dates and sites. The public one moves all dates of
a person by one secret number of days, so that intervals stay exact, recodes staff, widens age to bands of ten years, and merges cells of
fewer than `SMALL` people. Sources: HIPAA 45 CFR 164.514(b)(2) and (e) (identifiers, ages over 89), ICMJE data sharing; cells under five
as public health agencies suppress them. The shift lands about a century ahead, so that nobody takes a date for a real one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from outcomes.domain.text import instant
from outcomes.exports.blinded import OTHER, coded
from outcomes.exports.cells import SMALL, merged_people
from outcomes.exports.columns import KEYS, Column

PROFILES = ("full", "limited", "public")
LEFT_OUT = {"limited": (), "public": ("provider", "safety_alert")}
TOP_AGE = 89
CENTURY, SPREAD = 36_525, 365  # days: 100 Julian years, then up to a year to either side
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

FREE = {
    "baseline.unit", "session.setting", "session.equipment", "exercise_set.band", "adverse_event.term", "medication.drug",
    "medication.indication",
    "medication.unit", "medication.frequency", "medication.route", "medication.change_reason", "concomitant.description",
    "deviation.description", "deviation.source_record", "provider.profession", "provider.qualification", "safety_alert.trigger",
}  # fmt: skip
STAFF = {"assessment.rater", "session.trainer", "session.trainer_planned", "provider.trainer"}
GROUPS = {"participant.group_code"}
REASONS = {
    "participant.exclusion_reason", "participant.not_received_reason", "participant.intervention_stopped_reason",
    "participant.withdrawn_reason", "participant.lost_reason", "participant.not_analysed_reason", "assessment.not_done_reason",
    "session.reason",
}  # fmt: skip
LISTS = {"participant.exclusion_reasons": REASONS, "adverse_event.seriousness_criteria": ()}
WORDS = {
    "assessment.instrument_version", "assessment.respondent", "assessment.language", "assessment.severity",
    "strength_test.formula", "strength_test.purpose", "adverse_event.category", "adverse_event.action", "adverse_event.outcome",
    "medication.atc", "safety_alert.risk_level", "adherence.rdi_rule", "adherence.rpe_scale",
}  # fmt: skip
KNOWN = {
    "participant.arm", "participant.arm_received", "participant.arm_dummy", "participant.assessor_guess", "baseline.variable",
    "assessment.visit", "assessment.instrument", "item.visit", "item.instrument", "item.item", "exercise_set.exercise",
    "exercise_set.substitute_for", "strength_test.exercise", "concomitant.source_visit", "deviation.visit", "safety_alert.visit",
    "safety_alert.instrument", "adherence.arm", "visit_summary.arm", "visit_summary.visit", "visit_summary.instrument",
}  # fmt: skip
RARE = REASONS | {"adverse_event.category", "assessment.language", "medication.atc"}
SITES = {"participant.site", "provider.site", "participant.stratum"}

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Vocabulary:
    """The codes that the protocol and the program know: what else stands in a coded column was typed by somebody."""

    reasons: frozenset[str]
    codes: frozenset[str]
    choices: Mapping[str, frozenset[str]]  # baseline variable -> the codes it can take


def profile_columns(columns: Iterable[Column], profile: str) -> tuple[Column, ...]:
    """The columns of a file in a profile: free text is not there, and age is text since `90+` is no number."""
    if profile == "full":
        return tuple(columns)
    kept = [column for column in columns if _key(column) not in FREE]
    band = "bands of ten years" if profile == "public" else "completed years"
    age = f"{band}; everybody over {TOP_AGE} as {TOP_AGE + 1}+"
    return tuple(replace(c, kind="text", derivation=age) if _key(c) == "participant.age" else c for c in kept)


class Pseudonyms:
    """New ids and shifts, from a secret that is kept apart from the files: nobody without it leads an id back or a date home."""

    def __init__(self, secret: bytes, context: str) -> None:
        self._secret, self._context = secret, context

    def id_of(self, kind: str, name: str) -> str:
        """Ten letters and digits that can be read out; empty stays empty."""
        if not name:
            return ""
        number, letters = self._number(kind, name), ""
        for _ in range(10):
            number, index = divmod(number, len(ALPHABET))
            letters += ALPHABET[index]
        return letters

    def shift_of(self, person: str) -> timedelta:
        return timedelta(days=CENTURY - SPREAD + self._number("shift", person) % (2 * SPREAD + 1))

    def _number(self, kind: str, name: str) -> int:
        return int.from_bytes(hmac.new(self._secret, f"{self._context}|{kind}|{name}".encode(), hashlib.sha256).digest(), "big")


def deidentify(
    tables: Mapping[str, tuple[Sequence[Column], Rows]], profile: str, *, pseudonyms: Pseudonyms, vocabulary: Vocabulary
) -> dict[str, Rows]:
    """Rows of every table of the profile, sorted by their new keys; `tables` is file -> (columns of the full profile, rows)."""
    public = profile == "public"
    kept = {file: given for file, given in tables.items() if file not in LEFT_OUT[profile]}
    found = {
        file: [_cleaned(row, columns, pseudonyms, vocabulary, public=public) for row in rows] for file, (columns, rows) in kept.items()
    }
    if public:
        found["participant"] = merged_people(found["participant"])
        for file, rows in found.items():
            found[file] = _summarised(rows) if file == "visit_summary" else _rare_merged(file, rows)
    names = {file: [c.name for c in profile_columns(columns, profile)] for file, (columns, _) in kept.items()}
    numbers = {file: {c.name for c in columns if c.kind == "integer"} for file, (columns, _) in kept.items()}
    sorted_rows = {
        file: sorted(rows, key=lambda row: tuple((int(row[k]), "") if k in numbers[file] else (0, row[k]) for k in KEYS[file]))
        if file != "visit_summary" else rows
        for file, rows in found.items()
    }  # fmt: skip
    return {file: [{name: row[name] for name in names[file]} for row in rows] for file, rows in sorted_rows.items()}


def flow_in(flow: Mapping[str, object], profile: str, reasons: Collection[str]) -> dict[str, object]:
    """The flow with reasons as codes; in the public profile without dates and sizes of sites, and with rare reasons as `other`."""
    public = profile == "public"
    found = {key: _counted(value, reasons, least=SMALL if public else 0) for key, value in flow.items()}
    if public:
        found |= {"first_randomised_on": None, "last_randomised_on": None}
        for arm in found.get("arms", {}).values():  # type: ignore[attr-defined]
            arm |= {"participants_per_site": [], "participants_per_provider": []}
    return found


def _counted(part: object, reasons: Collection[str], *, least: int) -> object:
    if not isinstance(part, dict):
        return part
    found = {key: _counted(value, reasons, least=least) for key, value in part.items()}
    if isinstance(part.get("reasons"), dict):
        counts: dict[str, int] = defaultdict(int)
        for reason, n in part["reasons"].items():
            counts[coded(reason, reasons) if n >= least else OTHER] += n
        found["reasons"] = dict(sorted(counts.items()))
    return found


def _cleaned(row: Mapping[str, str], columns: Iterable[Column], names: Pseudonyms, known: Vocabulary, *, public: bool) -> dict[str, str]:
    person = row.get("trial_id", "")
    shift = names.shift_of(person) if public else None
    found = {column.name: _value(row[column.name], column, names, known, row, shift) for column in columns}
    if public and "site" in found:
        found["site"] = names.id_of("site", row["site"])[:6]
    return found


def _value(
    text: str, column: Column, names: Pseudonyms, known: Vocabulary, row: Mapping[str, str], shift: timedelta | None
) -> str:  # fmt: skip
    key = _key(column)
    if column.name == "trial_id":
        return names.id_of("person", text)
    if key in STAFF:
        return names.id_of("staff", text)
    if key in GROUPS:  # a couple is a cell of two people: told in the limited profile alone, which analyses clusters, and never as typed
        return names.id_of("group", text) if shift is None else ""
    if key == "participant.age":
        return f"{TOP_AGE + 1}+" if text and int(text) > TOP_AGE else text
    if key == "baseline.value":
        return _baseline(text, known.choices.get(row["variable"], frozenset()))
    if column.kind in ("date", "instant", "partial_date"):
        return text if shift is None else _moved(text, column.kind, shift)
    if column.kind == "list":
        allowed = known.reasons if LISTS[key] else None
        return "|".join(coded(word, allowed) if allowed is not None else _word(word) for word in text.split("|"))
    if key in SITES or column.kind != "text":
        return text
    if key in REASONS:
        return coded(text, known.reasons)
    if column.values:
        return text if text in ("", *column.values) else OTHER
    if key in WORDS:
        return _word(text)
    return text if text == "" or text in known.codes or text.isdecimal() else OTHER


def _word(text: str) -> str:
    return text if not text or _WORD.fullmatch(text) else OTHER


def _baseline(text: str, choices: frozenset[str]) -> str:
    """A number or a code that the variable can take; anything typed is not told."""
    return text if text in choices or _is_number(text) else ""


def _moved(text: str, kind: str, shift: timedelta) -> str:
    """A date known in part has no interval to keep and is dropped."""
    if kind == "instant":
        return instant(datetime.fromisoformat(text) + shift) if text else ""
    return (date.fromisoformat(text) + shift).isoformat() if _DAY.fullmatch(text) else ""


def _rare_merged(file: str, rows: Rows) -> Rows:
    """What fewer than `SMALL` people have is `other`; drugs stand by their therapeutic subgroup (three characters of the ATC code)."""
    if file == "medication":
        rows = [row | {"atc": row["atc"][:3]} for row in rows]
    if file == "participant":
        rows = [row | {"exclusion_reasons": ""} for row in rows]
    if file == "baseline":
        return _merged(rows, "value", by=("variable", "value"))
    for key in sorted(RARE):
        if key.startswith(f"{file}.") and rows and key.split(".")[1] in rows[0]:
            rows = _merged(rows, key.split(".")[1], by=(key.split(".")[1],))
    return rows


def _merged(rows: Rows, name: str, *, by: tuple[str, ...]) -> Rows:
    """The words of a column that too few people have become `other`; numbers stay."""
    people: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        people[tuple(row[each] for each in by)].add(row["trial_id"])
    return [
        row | {name: OTHER} if row[name] and not _is_number(row[name]) and len(people[tuple(row[each] for each in by)]) < SMALL else row
        for row in rows
    ]


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def _summarised(rows: Rows) -> Rows:
    """No statistic of fewer than `SMALL` forms, and no count of one to four people."""
    kept = ("arm", "visit", "instrument", "n_allocated", "n_expected", "n_done", "n_partial", "n_scored")
    found = []
    for row in rows:
        few = int(row["n_scored"] or 0) < SMALL
        small = {
            name for name, text in row.items()
            if name not in kept and (few or ((name.startswith("n_") or name.endswith("_n")) and text and 0 < int(text) < SMALL))
        }  # fmt: skip
        found.append({name: "" if name in small else text for name, text in row.items()})
    return found


def _key(column: Column) -> str:
    return f"{column.file}.{column.name}"
