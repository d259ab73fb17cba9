"""Each planted mistake is caught by the gate that is named for it, and a sound export has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from outcomes.exports.sdtm.gates import GATES, NotSound, checked, faults_of
from outcomes.exports.sdtm.records import Cell, Dataset

Found = dict[str, Dataset]
Row = dict[str, Cell]


def planted(found: Found, name: str, change: Callable[[list[Row]], object]) -> tuple[Dataset, ...]:
    """The datasets with the rows of one of them changed."""
    records = found[name].records()
    change(records)
    names = [variable.name for variable in found[name].variables]
    rows = tuple(tuple(row[variable] for variable in names) for row in records)
    return tuple((found | {name: replace(found[name], rows=rows)}).values())


def first(**changes: Cell) -> Callable[[list[Row]], object]:
    return lambda rows: rows[0].update(changes)


def where(key: str, value: Cell, **changes: Cell) -> Callable[[list[Row]], object]:
    return lambda rows: next(row for row in rows if row[key] == value).update(changes)


def unscored(rows: list[Row]) -> Row:
    return next(row for row in rows if row["QSTESTCD"] == "PHQ0110")


MISTAKES: dict[str, tuple[str, str, Callable[[list[Row]], object]]] = {
    "an empty required value": ("required values", "AE", first(AETERM="")),
    "SEX = FEMALE": ("closed terminology", "DM", first(SEX="FEMALE")),
    "a severity of our own": ("closed terminology", "AE", first(AESEV="HEAVY")),
    "RFICDTC = 20/01/2025": ("dates", "DM", first(RFICDTC="20/01/2025")),
    "a month that there is not": ("dates", "CM", first(CMSTDTC="2025-13")),
    "more than 200 characters": ("length of text", "AE", first(AETERM="x" * 201)),
    "a reason although it was done": ("reasons of what was done", "EC", where("ECOCCUR", "Y", ECREASOC="Illness")),
    "a dose although it was not done": ("doses of what was not done", "EC", where("ECOCCUR", "N", ECDOSE=2)),
    "an item twice": ("each finding once", "QS", lambda rows: rows.append(dict(unscored(rows)))),
    "a set twice": ("each finding once", "FA", lambda rows: rows.append(dict(rows[1]))),
    "a total that is not the sum": ("totals", "QS", where("QSTESTCD", "PHQ0111", QSSTRESN=17)),
    "a session outside any plan": ("doses of sessions", "EX", first(EXDOSE=9000)),
    "a negative dose": ("doses of sessions", "EX", first(EXDOSE=-1)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_caught_by_its_gate(sdtm: Mapping[str, Found], mistake: str) -> None:
    gate, name, change = MISTAKES[mistake]
    wrong = planted(sdtm["closed"], name, change)
    assert {(fault.gate, fault.dataset) for fault in faults_of(wrong)} == {(gate, name)}
    with pytest.raises(NotSound, match=gate):
        checked(wrong)


def test_every_gate_has_a_mistake_that_it_catches() -> None:
    assert {gate for gate, _, _ in MISTAKES.values()} == set(GATES)


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_a_sound_export_passes_every_gate(sdtm: Mapping[str, Found], view: str) -> None:
    found = tuple(sdtm[view].values())
    assert faults_of(found) == []
    assert checked(found) is found


def test_no_fault_names_a_person(sdtm: Mapping[str, Found]) -> None:
    for gate, name, change in MISTAKES.values():
        for fault in faults_of(planted(sdtm["closed"], name, change)):
            assert "P-0" not in fault.what, gate
