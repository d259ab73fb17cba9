"""What the guide has no variable for (SUPP--), and which datasets belong together (RELREC)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outcomes.exports.sdtm.records import Record, parts
from outcomes.exports.sdtm.subjects import Subject

COLLECTED, ASSIGNED = "CRF", "Assigned"


@dataclass(frozen=True)
class Supplement:
    """One value beside a record; `variable` and `value` name the record, both empty for DM."""

    subject: Subject
    variable: str
    value: str
    name: str
    label: str
    text: str
    origin: str = COLLECTED


def supplements(domain: str, lines: Iterable[Supplement]) -> list[Record]:
    return [
        {
            "RDOMAIN": domain, "USUBJID": line.subject.usubjid, "IDVAR": line.variable, "IDVARVAL": line.value, "QNAM": line.name,
            "QLABEL": line.label, "QVAL": line.text, "QORIG": line.origin,
        }
        for line in lines
    ]  # fmt: skip


def rest_of(subject: Subject, variable: str, value: str, name: str, label: str, text: str) -> Iterable[Supplement]:
    """What of a text does not go into its 200 bytes: further pieces named after the variable, as the guide has it (4.5.3.2)."""
    for number, piece in enumerate(parts(text)[1:], 1):
        yield Supplement(subject, variable, value, f"{name}{number}", f"{label} {number}", piece)


def relations(datasets: Iterable[str]) -> list[Record]:
    """Datasets related as wholes: sets (FA) to their exercise (EC), exercises to their session (EX)."""
    present = set(datasets)
    if not {"FA", "EC", "EX"} <= present:
        return []
    links = (("FA", "FALNKID", "MANY", "SETS"), ("EC", "ECLNKID", "ONE", "SETS"),
             ("EC", "ECLNKGRP", "MANY", "SESSION"), ("EX", "EXLNKGRP", "ONE", "SESSION"))  # fmt: skip
    return [
        {"RDOMAIN": d, "USUBJID": "", "IDVAR": variable, "IDVARVAL": "", "RELTYPE": kind, "RELID": name}
        for d, variable, kind, name in links
    ]
