"""What people answered and what was measured at visits, one row an item: QS, and RS, VS, MK, LB or CV where CDISC puts a test there.

A total is told where every scored item was answered; one that is prorated for missing items belongs to the analysis, never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from outcomes.domain.instrument import CdiscCode, Instrument, Item
from outcomes.exports.sdtm.course import NOT_KNOWN, after_end
from outcomes.exports.sdtm.design import visits_of
from outcomes.exports.sdtm.records import LABEL, Cell, Record, short
from outcomes.exports.sdtm.standard import domains
from outcomes.exports.sdtm.subjects import SCREENING, SEEN, Source, Subject, Texts, gone
from outcomes.exports.xpt import NAME, short_names
from outcomes.instruments import instruments

Domain = Literal["QS", "RS", "VS", "MK", "LB", "CV"]
DOMAINS = ("QS", "RS", "VS", "MK", "LB", "CV")
CATEGORISED = ("QS", "RS")
MISSING = {"skipped": "Skipped", "refused": "Refused", "dont_know": "Does not know", "not_asked": "Not asked"}
NOT_DONE = "NOT DONE"
WEEK = 7


def answers(source: Source) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {domain: [] for domain in DOMAINS}
    items: dict[tuple[str, str, str], list[Texts]] = {}
    for row in source.tables.get("item", ()):
        items.setdefault((row["trial_id"], row["visit"], row["instrument"]), []).append(row)
    place = {visit: number for number, visit in enumerate(visits_of(source.protocol))}
    for trial_id, subject in source.subjects.items():
        forms = [form for form in source.assessments.get(trial_id, []) if form["visit"] in place]
        for form in sorted(forms, key=lambda row: (place[row["visit"]], row["instrument"])):
            for domain, record in form_rows(source, subject, form, items.get((trial_id, form["visit"], form["instrument"]), [])):
                found[domain].append(record)
    for domain, rows in found.items():
        _mark_last(domain, rows)
    return found


def form_rows(source: Source, subject: Subject, form: Texts, items: Iterable[Texts]) -> Iterable[tuple[str, Record]]:
    """The rows of one form; one row QSALL where a whole form was missed at a visit that should have been."""
    instrument = instruments.get(form["instrument"])
    visit = visits_of(source.protocol)[form["visit"]]
    if gone(form) and not after_end(subject, form):
        reason = form["not_done_reason"] or NOT_KNOWN
        told: dict[str, Cell] = {"QSTESTCD": "QSALL", "QSTEST": "Questionnaires", "QSCAT": category(instrument, form["instrument"])}
        epoch = subject.epoch(form["target_on"]) or SCREENING
        yield "QS", {"USUBJID": subject.usubjid, **visit, **told, "EPOCH": epoch, "QSSTAT": NOT_DONE, "QSREASND": reason}
    if form["status"] not in SEEN:
        return
    when = _when(source, subject, form)
    for row in items:
        item = _item(instrument, row["item"])
        if instrument is None or item is not None:
            test = test_of(instrument, item, form["instrument"], row["item"])
            common = _common(test, instrument, form["instrument"])
            result = _result(item, row) | ({"EVLINT": interval(instrument.recall_days)} if instrument and instrument.recall_days else {})
            yield test.domain, _record(subject, test.domain, visit | when | common | result)
    if instrument is not None and instrument.cdisc_total is not None and whole(instrument, form):
        test, total = instrument.cdisc_total, form["total"]
        common = _common(test, instrument, form["instrument"])
        result = {"ORRES": total, "STRESC": total, "STRESN": int(total), "DRVFL": "Y", "EVLINT": interval(instrument.recall_days)}
        yield test.domain, _record(subject, test.domain, visit | when | common | result)


def whole(instrument: Instrument, form: Texts) -> bool:
    """Whether a form has a total and every scored item behind it."""
    return bool(form["total"]) and instrument.scoring == "sum" and form["n_answered"] == str(len(instrument.scored_items))


def category(instrument: Instrument | None, code: str) -> str:
    return code.upper() if instrument is None else instrument.cdisc_category or short(instrument.title)


def test_of(instrument: Instrument | None, item: Item | None, code: str, number: str) -> CdiscCode:
    """The item's CDISC test; without one a code made of the instrument's and the item's number, where its other items stand."""
    if item is not None and item.cdisc is not None and item.cdisc.domain in DOMAINS:
        return item.cdisc
    digits = f"{int(number):02d}" if number.isdecimal() else short_names([number])[number][:2]
    stem = short_names([code])[code][: NAME - len(digits)]
    words = f"Item {number}" if item is None or not item.text else f"{short(item.text, LABEL - NAME - 2)} {digits}"
    return CdiscCode(testcd=f"{stem}{digits}", test=short(f"{stem}-{words}", LABEL), domain=_home(instrument, item))


def _home(instrument: Instrument | None, item: Item | None) -> str:
    """The domain of an item that CDISC has no test for: that of its instrument; else CV for what is measured and QS for what is asked."""
    placed = [each.cdisc.domain for each in instrument.items if each.cdisc is not None] if instrument is not None else []
    return next((domain for domain in placed if domain in DOMAINS), "CV" if item is not None and item.quantity is not None else "QS")


def interval(days: int) -> str:
    """The time that a question looks back on, as ISO 8601: two weeks are -P2W."""
    return f"-P{days // WEEK}W" if days % WEEK == 0 else f"-P{days}D"


def _item(instrument: Instrument | None, number: str) -> Item | None:
    """None for a sub-scale or a computed figure, which are not tabulated."""
    return next((item for item in instrument.items if item.number == number), None) if instrument is not None else None


def _when(source: Source, subject: Subject, form: Texts) -> dict[str, Cell]:
    day, at = source.day_of(form, subject), source.local(form["completed_at"], subject.row["site"])
    return {"EPOCH": subject.epoch(day), "DTC": f"{day}{at[10:]}", "DY": subject.study_day(day)} if day else {}


def _common(test: CdiscCode, instrument: Instrument | None, code: str) -> dict[str, Cell]:
    told: dict[str, Cell] = {"TESTCD": test.testcd, "TEST": test.test}
    return told | ({"CAT": category(instrument, code)} if test.domain in CATEGORISED else {})


def _result(item: Item | None, row: Texts) -> dict[str, Cell]:
    if not row["value"]:
        return {"STAT": NOT_DONE, "REASND": MISSING.get(row["missing_code"], NOT_KNOWN)}
    value = Decimal(row["value"])
    if item is not None and item.quantity is not None:
        unit = item.quantity.unit
        return {"ORRES": row["value"], "ORRESU": unit, "STRESC": row["value"], "STRESN": value, "STRESU": unit}
    label = "" if item is None else next((option.label for option in item.options if option.value == value), "")
    if item is not None and not item.scored and label:
        return {"ORRES": label, "STRESC": label}
    return {"ORRES": label or row["value"], "STRESC": row["value"], "STRESN": value}


def _record(subject: Subject, domain: str, told: Mapping[str, Cell]) -> Record:
    """Fragments to the variables of the domain; what a domain has no variable for is not told there."""
    known = {variable.name for variable in domains[domain].variables}
    named = {name if name in known else f"{domain}{name}": cell for name, cell in told.items()}
    return {"USUBJID": subject.usubjid, **{name: cell for name, cell in named.items() if name in known}}


def _mark_last(domain: str, rows: list[Record]) -> None:
    """The last result of each test up to the day of randomisation, which comes before any exposure."""
    last: dict[tuple[Cell, ...], int] = {}
    for number, row in enumerate(rows):
        day = row.get(f"{domain}DY")
        if isinstance(day, int) and day <= 1 and row.get(f"{domain}STRESC"):
            last[row["USUBJID"], row[f"{domain}TESTCD"], row.get(f"{domain}CAT", "")] = number
    for number in last.values():
        rows[number] = {**rows[number], f"{domain}LOBXFL": "Y"}
