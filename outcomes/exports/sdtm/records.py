"""Rows to datasets: identifiers, numbers, order of variables.

Every required and expected variable is there, others where they say something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from outcomes.exports.sdtm.standard import RELATIONS, Domain, Variable, domains
from outcomes.exports.sdtm.subjects import Subject
from outcomes.exports.xpt import TEXT, ascii_of

Cell = str | int | Decimal | None
Record = Mapping[str, Cell]
LABEL = 40  # letters of a label and of a test's name


@dataclass(frozen=True)
class Dataset:
    """One domain's rows, in order; a number is an int or a Decimal, a missing text is empty and a missing number None."""

    name: str  # "QS", "SUPPAE"
    domain: Domain
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def label(self) -> str:
        return f"Supplemental Qualifiers for {self.name[4:]}" if self.name.startswith("SUPP") else self.domain.label

    def column(self, name: str) -> list[Cell]:
        at = [variable.name for variable in self.variables].index(name)
        return [row[at] for row in self.rows]

    def records(self) -> list[dict[str, Cell]]:
        names = [variable.name for variable in self.variables]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def dataset(name: str, study: str, records: Iterable[Record], *, keep: Iterable[str] = ()) -> Dataset:
    """The rows of a domain in the order given, sorted by subject; sequence numbers count a subject's rows.

    `keep` are variables that stay though they say nothing. Raises KeyError for a variable that the guide does not have in the domain.
    """
    domain = domains["SUPPQUAL" if name.startswith("SUPP") else name]
    known = {variable.name: variable for variable in domain.variables}
    rows = [_whole(record, name, study) for record in records]
    if "USUBJID" in known and name not in RELATIONS:
        rows.sort(key=lambda row: str(row.get("USUBJID") or ""))
    if f"{name}SEQ" in known and "USUBJID" in known:
        _number(rows, f"{name}SEQ")
    for row in rows:
        for variable in row:
            known[variable]
    used = {variable for row in rows for variable, cell in row.items() if cell not in (None, "")} | set(keep)
    variables = tuple(v for v in domain.variables if v.core != "Perm" or v.name in used)
    return Dataset(name, domain, variables, tuple(tuple(_cell(row.get(v.name), v) for v in variables) for row in rows))


def dated(subject: Subject, prefix: str, *, start: str = "", end: str = "", collected: str = "") -> dict[str, Cell]:
    """The timing variables of an event or an intervention (start and end) or of a finding, with study days and the epoch of the first.

    What began before consent is in no epoch.
    """
    found: dict[str, Cell] = {"EPOCH": "" if start and start[:10] < subject.begun else subject.epoch(start or collected)}
    for text, name, days in ((start, "STDTC", "STDY"), (end, "ENDTC", "ENDY"), (collected, "DTC", "DY")):
        if text:
            found |= {f"{prefix}{name}": text, f"{prefix}{days}": subject.study_day(text)}
    return found


def parts(text: str) -> list[str]:
    """A text in pieces of 200 bytes of ASCII, broken at blanks where there are any; a text of nothing is one empty piece."""
    left, found = " ".join(ascii_of(text).split()), []
    while len(left) > TEXT:
        at = left.rfind(" ", 1, TEXT + 1)
        at = at if at > 0 else TEXT
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return [*found, left]


@lru_cache(maxsize=4096)
def short(text: str, size: int = TEXT) -> str:
    """The first so many bytes of a text in ASCII, without a blank at either end."""
    return " ".join(ascii_of(text).split())[:size].rstrip()


def _whole(record: Record, name: str, study: str) -> dict[str, Cell]:
    first: dict[str, Cell] = {"STUDYID": study}
    if not name.startswith("SUPP") and name != "RELREC":
        first["DOMAIN"] = name
    return first | {key: cell for key, cell in record.items() if cell is not None}


def _number(rows: list[dict[str, Cell]], name: str) -> None:
    counts: dict[Cell, int] = defaultdict(int)
    for row in rows:
        counts[row["USUBJID"]] += 1
        row[name] = counts[row["USUBJID"]]


def _cell(cell: Cell, variable: Variable) -> Cell:
    if variable.numeric:
        return None if cell == "" else cell
    return "" if cell is None else short(str(cell))
