"""Every column of the dataset, once: the codebook, the data package, the writer and the importer are made from this table.

A column's `of` names what it is derived from: tables of the bundle, `protocol`, or alternatives joined by `|`, one of them a column
that a bundle may give instead (`session.planned_volume_kg`). Where nothing is named the column is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outcomes.exports import words
from outcomes.exports.columns_people import PEOPLE
from outcomes.exports.columns_training import SUMMARY_HEAD, SUMMARY_TAIL, TRAINING
from outcomes.exports.words import Spec

KEYS: dict[str, tuple[str, ...]] = {
    "participant": ("trial_id",),
    "baseline": ("trial_id", "variable"),
    "assessment": ("trial_id", "visit", "instrument"),
    "item": ("trial_id", "visit", "instrument", "item"),
    "session": ("trial_id", "session_no"),
    "exercise_set": ("trial_id", "session_no", "exercise_no", "set_no"),
    "strength_test": ("trial_id", "exercise", "tested_on"),
    "adverse_event": ("trial_id", "ae_no"),
    "medication": ("trial_id", "med_no"),
    "concomitant": ("trial_id", "con_no"),
    "deviation": ("trial_id", "dev_no"),
    "safety_alert": ("trial_id", "alert_no"),
    "provider": ("trainer",),
    "adherence": ("trial_id",),
    "visit_summary": ("arm", "visit", "instrument"),
}
CLOSED_ONLY = ("deviation", "session", "exercise_set", "strength_test", "adherence", "provider", "safety_alert")


@dataclass(frozen=True, kw_only=True)
class Column:
    """`reveals_arm` columns are absent from the blinded view; `personal` ones describe a person beyond what the analysis needs."""

    file: str
    name: str
    kind: str
    label: str
    unit: str = ""
    values: tuple[str, ...] = ()
    derivation: str = ""
    of: tuple[str, ...] = ()
    typed: bool = False  # derived where nobody gave it; a given value stands
    personal: bool = False
    reveals_arm: bool = False

    @property
    def derived(self) -> bool:
        return bool(self.of)


SPECS: dict[str, list[Spec]] = PEOPLE | TRAINING


def columns_of(file: str, *, bands: Iterable[str] = ()) -> tuple[Column, ...]:
    """The columns of a file in order; `bands` are the severity bands that visit_summary counts."""
    if file == "visit_summary":
        counted = [words.column(f"n_{band}", "integer", f"Severity {band.replace('_', ' ')}") for band in dict.fromkeys(bands)]
        return tuple(_column(file, spec, of=("assessment",)) for spec in (*SUMMARY_HEAD, *counted, *SUMMARY_TAIL))
    return tuple(_column(file, spec) for spec in SPECS[file])


def blinded_columns(file: str, *, bands: Iterable[str] = ()) -> tuple[Column, ...]:
    """What a blind eye may have; nothing at all of a file that only exists in the closed view."""
    if file in CLOSED_ONLY:
        return ()
    seen = [column for column in columns_of(file, bands=bands) if not column.reveals_arm]
    if file == "participant":
        at = next(i for i, column in enumerate(seen) if column.name == "stratum") + 1
        seen.insert(at, Column(file=file, name="arm_dummy", kind="text", label="Sham group, unrelated to the one allocated"))
    return tuple(seen)


def _column(file: str, spec: Spec, of: tuple[str, ...] = ()) -> Column:
    name, kind, label, more = spec
    values = tuple(str(more.get("values", "")).split())
    return Column(file=file, name=name, kind=kind, label=label, **{"of": of, **more, "values": values})  # type: ignore[arg-type]
