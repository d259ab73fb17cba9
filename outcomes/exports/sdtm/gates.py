"""What no conformance engine asks: rules of our own that every SDTM export keeps. An export that breaks one does not go out.

CDISC's rules and its terminology are checked by their engines in the tests; these are cheap and are held each time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from outcomes.exports.sdtm.build import by_name
from outcomes.exports.sdtm.records import Cell, Dataset
from outcomes.exports.sdtm.standard import codelists
from outcomes.exports.xpt import TEXT
from outcomes.instruments import instruments

MAY_BE_UNTOLD = {("DM", "COUNTRY")}  # where sites of several countries are not told apart, the country is not known
_ISO = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?)?)?")


@dataclass(frozen=True)
class Fault:
    """A broken rule: its name, the dataset, and what is wrong, in words that name no person."""

    gate: str
    dataset: str
    what: str


class NotSound(ValueError):
    """An SDTM dataset that breaks a rule of ours; the message names the rules, never a person."""


def checked(found: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
    """The datasets as given. Raises `NotSound` with every fault."""
    faults = sorted({f"{fault.dataset}: {fault.what} ({fault.gate})" for fault in faults_of(found)})
    if faults:
        raise NotSound("; ".join(faults))
    return found


def faults_of(found: tuple[Dataset, ...]) -> list[Fault]:
    return [Fault(name, where, what) for name, gate in GATES.items() for where, what in gate(by_name(found))]


Told = Iterator[tuple[str, str]]
Found = Mapping[str, Dataset]


def _required(found: Found) -> Told:
    for each in found.values():
        for variable in each.variables:
            told_apart = (each.name, variable.name) not in MAY_BE_UNTOLD
            if told_apart and variable.core == "Req" and any(cell in (None, "") for cell in each.column(variable.name)):
                yield each.name, f"{variable.name} is required and has an empty value"


def _terms(found: Found) -> Told:
    """Values of closed code lists."""
    for each in found.values():
        for variable in each.variables:
            lists = [codelists[code] for code in variable.codelists if code in codelists]
            if lists and not any(one.extensible for one in lists) and len(lists) == len(variable.codelists):
                known = {term for one in lists for term in one.terms}
                for cell in sorted({str(cell) for cell in each.column(variable.name) if cell not in (None, "")} - known):
                    yield each.name, f"{variable.name} has {cell!r}, which its closed code list does not"


def _dates(found: Found) -> Told:
    for each in found.values():
        for variable in each.variables:
            if variable.name.endswith("DTC") and any(cell and not _ISO.fullmatch(str(cell)) for cell in each.column(variable.name)):
                yield each.name, f"{variable.name} has a value that is no ISO 8601 date"


def _short(found: Found) -> Told:
    for each in found.values():
        for variable in each.variables:
            if not variable.numeric and any(len(str(cell).encode()) > TEXT for cell in each.column(variable.name)):
                yield each.name, f"{variable.name} has a text of more than {TEXT} bytes"


def _reasons(found: Found) -> Told:
    for row in _rows(found, "EC"):
        if row["ECOCCUR"] == "Y" and row.get("ECREASOC"):
            yield "EC", "ECREASOC tells why an exercise was not done that was"


def _doses(found: Found) -> Told:
    for row in _rows(found, "EC"):
        if row["ECOCCUR"] == "N" and row.get("ECDOSE") is not None:
            yield "EC", "an exercise that was not done has a dose"


def _once(found: Found) -> Told:
    """No item of a form twice at a visit, no set twice in an exercise."""
    keys = {"QS": ("QSCAT", "QSTESTCD", "VISITNUM"), "FA": ("FALNKID", "FASPID", "FAGRPID", "FASCAT", "FATESTCD")}
    for name, key in keys.items():
        counts = Counter((row["USUBJID"], *(row.get(variable) for variable in key)) for row in _rows(found, name))
        if any(count > 1 for count in counts.values()):
            yield name, "a finding stands twice"


def _totals(found: Found) -> Told:
    """A derived total is the sum of the items of its form at the visit."""
    for instrument in instruments.values():
        if instrument.cdisc_total is None or instrument.cdisc_total.domain != "QS":
            continue
        scored = {item.cdisc.testcd for item in instrument.scored_items if item.cdisc is not None and not item.reversed}
        if len(scored) != len(instrument.scored_items):
            continue
        sums: Counter[tuple[Cell, ...]] = Counter()
        totals: dict[tuple[Cell, ...], Cell] = {}
        for row in _rows(found, "QS"):
            form = row["USUBJID"], row.get("VISITNUM"), row["QSCAT"]
            if row["QSCAT"] != instrument.cdisc_category:
                continue
            if row["QSTESTCD"] in scored:
                sums[form] += int(str(row.get("QSSTRESN") or 0))
            elif row["QSTESTCD"] == instrument.cdisc_total.testcd:
                totals[form] = row.get("QSSTRESN")
        if any(sums[form] != total for form, total in totals.items()):
            yield "QS", f"a total of {instrument.title} is not the sum of its items"


def _planned(found: Found) -> Told:
    """A session's dose is minutes of one day: more than a day long is none."""
    for row in _rows(found, "EX"):
        dose = row.get("EXDOSE")
        if dose is not None and not 0 <= float(str(dose)) <= 24 * 60:
            yield "EX", "a session's dose lies outside 0 to 1440 minutes"


def _rows(found: Found, name: str) -> Iterable[Mapping[str, Cell]]:
    return found[name].records() if name in found else ()


GATES: Mapping[str, Callable[[Found], Told]] = {
    "required values": _required,
    "closed terminology": _terms,
    "dates": _dates,
    "length of text": _short,
    "reasons of what was done": _reasons,
    "doses of what was not done": _doses,
    "each finding once": _once,
    "totals": _totals,
    "doses of sessions": _planned,
}
