"""Every domain of a bundle, in the guide's order. A domain without a row is not there, but for the trial's design and DM."""

from __future__ import annotations

from collections.abc import Mapping

from outcomes.exports.sdtm.answers import answers
from outcomes.exports.sdtm.baseline import baseline
from outcomes.exports.sdtm.clinical import clinical
from outcomes.exports.sdtm.course import courses
from outcomes.exports.sdtm.design import trial_arms, trial_criteria, trial_elements, trial_summary, trial_visits
from outcomes.exports.sdtm.people import people
from outcomes.exports.sdtm.records import Cell, Dataset, Record, dataset
from outcomes.exports.sdtm.standard import domains
from outcomes.exports.sdtm.subjects import Source
from outcomes.exports.sdtm.supplements import relations
from outcomes.exports.sdtm.training import training

DESIGN = {"TA": trial_arms, "TE": trial_elements, "TI": trial_criteria, "TS": trial_summary, "TV": trial_visits}
ALWAYS = ("DM", "TA", "TE", "TS", "TV")
FAMILIES = (people, courses, baseline, answers, clinical, training)
# Permitted variables that stay though nobody has a value: where one of a pair is told, the other belongs beside it.
BESIDE = {"AE": ("AEENRTPT", "AEENTPT"), "CM": ("CMENRTPT", "CMENTPT")}
TIMES = (("STDTC", "STDY"), ("ENDTC", "ENDY"), ("DTC", "DY"))


def datasets(source: Source) -> tuple[Dataset, ...]:
    """The datasets of the trial, each with at least one row, sorted by name."""
    found: dict[str, list[Record]] = {name: make(source) for name, make in DESIGN.items()}
    for family in FAMILIES:
        for name, rows in family(source).items():
            found.setdefault(name, []).extend(rows)
    _mark_once(found.get("VS", []))
    present = {name: rows for name, rows in found.items() if rows or name in ALWAYS}
    related = relations(present)
    if related:
        present["RELREC"] = related
    study = source.protocol.code
    return tuple(dataset(name, study, rows, keep=kept(name, rows)) for name, rows in sorted(present.items()))


def _mark_once(rows: list[Record]) -> None:
    """Of a vital sign that the baseline and a form have, the later value before exposure is the last, and it alone."""
    last: dict[tuple[Cell, Cell], int] = {}
    for number, row in enumerate(rows):
        test = row["USUBJID"], row["VSTESTCD"]
        if row.get("VSLOBXFL") and (test not in last or str(row["VSDTC"]) >= str(rows[last[test]]["VSDTC"])):
            last[test] = number
    kept_marks = set(last.values())
    for number, row in enumerate(rows):
        if row.get("VSLOBXFL") and number not in kept_marks:
            rows[number] = {**row, "VSLOBXFL": ""}


def kept(name: str, rows: list[Record]) -> tuple[str, ...]:
    """Variables that go together: a study day with its date, both halves of an end relative to the cut."""
    used = {variable for row in rows for variable, cell in row.items() if cell not in (None, "")}
    known = {} if name.startswith("SUPP") else {variable.name: variable.core for variable in domains[name].variables}
    pairs = [(f"{name}{date}", f"{name}{day}") for date, day in TIMES]
    days = tuple(day for date, day in pairs if day in known and (date in used or known.get(date) in ("Req", "Exp")))
    pair: tuple[str, ...] = BESIDE.get(name, ())
    return (*days, *(pair if used & set(pair) else ()))


def by_name(found: tuple[Dataset, ...]) -> Mapping[str, Dataset]:
    return {each.name: each for each in found}
