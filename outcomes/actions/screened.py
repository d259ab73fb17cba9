"""Item answers of people who were screened elsewhere: one person a row, into an empty trial, all or nothing.

Alerts that the answers raise are kept as historical; nobody is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from outcomes.actions.imports import check_empty, take_in
from outcomes.domain.facts import Form, Person, Row
from outcomes.domain.instrument import Instrument
from outcomes.exports.found_protocol import screening_protocol
from outcomes.exports.moving_in import MovedIn
from outcomes.exports.reading import BadBundle, Fault
from outcomes.instruments import instruments
from trials import audit
from trials.actions.protocol import known_instruments
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import BadProtocol, Protocol, load
from trials.models import ProtocolVersion
from trials.permissions import Refused

NEARLY_ZERO = Decimal("1e-60")  # SAS transport stores 0 as 5.4e-79
MISSING_WORDS = ("refused", "dont_know")
DEFAULT_SITE = "S1"


@dataclass(frozen=True)
class Columns:
    """Where to find what: item columns in the instrument's order, the id column, the codes for refused and don't know."""

    instrument: str
    items: tuple[str, ...]
    identity: str | None = None
    missing: tuple[str, ...] = ()


@action
def import_assessments(path: Path, *, columns: Columns, visit: str, on: date, by: Actor, at: datetime, site: str | None = None) -> int:
    """Everybody of a CSV or XPT file as a screened person with one form; how many came.

    Raises `BadBundle` with every fault; refused where people are here already, and for an instrument or visit that is not known.
    """
    check_empty(by)
    instrument = _instrument(columns)
    text, protocol = _protocol(instrument, visit, site)
    home = site or protocol.sites[0].code
    _check_place(protocol, instrument, visit, home)
    if on > at.date():
        raise Refused(f"{on} lies in the future.", code="bad_date", status=422)
    rows = read_rows(path)
    people, faults = _people(rows, columns, instrument, protocol, home, visit, on, path.name)
    if faults:
        raise BadBundle(faults)
    take_in(MovedIn(people, []), text=text, made=protocol.primary is None, by=by, at=at)
    audit.record(
        "assessments.imported", about="trial", by=by, at=at,
        detail={"people": len(people), "instrument": instrument.code, "version": settings.UPLIFT_VERSION},
    )  # fmt: skip
    return len(people)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV (UTF-8, with or without a mark) or a SAS transport file. Refused for any other."""
    if not path.is_file():
        raise Refused(f"There is no file {path}.", code="no_file", status=422)
    if path.suffix.lower() == ".csv":
        try:
            text = path.read_bytes().decode("utf-8-sig")
            return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise Refused(f"{path.name} is not a CSV file in UTF-8: {error}.", code="bad_file", status=422) from None
    if path.suffix.lower() == ".xpt":
        return _transport(path)
    raise Refused("Give a file ending in .csv or .xpt.", code="bad_file", status=422)


def _transport(path: Path) -> list[dict[str, Any]]:
    import pyreadstat

    try:
        found, _ = pyreadstat.read_xport(str(path), output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError) as error:
        raise Refused(f"{path.name} is not a SAS transport file: {error}.", code="bad_file", status=422) from None
    names = list(found)
    return [dict(zip(names, values, strict=True)) for values in zip(*found.values(), strict=True)]


def _instrument(columns: Columns) -> Instrument:
    instrument = instruments.get(columns.instrument)
    if instrument is None:
        raise Refused(
            f"There is no instrument {columns.instrument}; choose one of {', '.join(instruments)}.", code="no_instrument", status=422
        )
    if not len(instrument.scored_items) <= len(columns.items) <= len(instrument.items):
        wanted = len(instrument.scored_items)
        raise Refused(f"{instrument.title} has {wanted} items; --items names {len(columns.items)}.", code="bad_items", status=422)
    if len(columns.missing) > len(MISSING_WORDS):
        raise Refused("Give at most two missing codes: refused, then don't know.", code="bad_missing", status=422)
    return instrument


def _protocol(instrument: Instrument, visit: str, site: str | None) -> tuple[str, Protocol]:
    """The protocol in force, else one made for these people."""
    in_force = ProtocolVersion.objects.first()
    if in_force is not None:
        return in_force.text, load(in_force.text, made_by_import=in_force.made_by_import)
    text = screening_protocol(site=site or DEFAULT_SITE, visit=visit, instrument=instrument.code, trial="IMPORTED")
    try:
        return text, load(text, instruments=known_instruments(), made_by_import=True)
    except BadProtocol as bad:
        raise BadBundle([Fault("protocol.toml", 0, "", str(fault)) for fault in bad.faults]) from None


def _check_place(protocol: Protocol, instrument: Instrument, visit: str, site: str) -> None:
    if site not in [s.code for s in protocol.sites]:
        raise Refused(f"{site} is not a site of the protocol.", code="no_site", status=422)
    baselines = [v.code for v in protocol.visits if v.kind == "baseline" and instrument.code in v.instruments]
    if visit not in baselines:
        known = ", ".join(baselines) or "none"
        raise Refused(f"{instrument.title} is not asked before randomisation at {visit}; it is at: {known}.", code="no_visit", status=422)


def _people(
    rows: list[dict[str, Any]], columns: Columns, instrument: Instrument, protocol: Protocol, site: str, visit: str, on: date, file: str
) -> tuple[list[Person], list[Fault]]:
    wanted = [*columns.items, *([columns.identity] if columns.identity else [])]
    if rows and (absent := [name for name in wanted if name not in rows[0]]):
        return [], [Fault(file, 1, name, "is no column of the file; correct its name.") for name in absent]
    if not rows:
        return [], [Fault(file, 0, "", "has no rows.")]
    zone = ZoneInfo(protocol.site(site).timezone)
    noon = datetime.combine(on, time(12), tzinfo=zone).astimezone(UTC)
    people: list[Person] = []
    faults: list[Fault] = []
    width = len(str(len(rows)))
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        trial_id = _identity(row, columns, number, width)
        if not trial_id or trial_id in seen:
            cure = f"repeats the id of row {seen[trial_id]}." if trial_id else "is empty; every person needs an id."
            faults.append(Fault(file, number, columns.identity or "", cure))
        seen.setdefault(trial_id, number)
        answers, missing = _answers(row, columns, instrument, file, number, faults)
        form = Form(
            visit=visit, instrument=instrument.code, version=instrument.version, sent=True, answers=answers, missing=missing,
            completed_at=noon, entered_at=noon, mode="paper", respondent="participant", language=protocol.language,
        )  # fmt: skip
        alerts = _alerts(instrument, protocol, answers, visit, noon)
        people.append(
            Person(trial_id=trial_id, site=site, screened_on=on, screening_outcome="pending", forms=(form,), alerts=tuple(alerts))
        )
    return people, faults


def _identity(row: Mapping[str, Any], columns: Columns, number: int, width: int) -> str:
    if columns.identity is None:
        return f"P-{number - 1:0{width}d}"
    value = row[columns.identity]
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str("" if value is None else value).strip()


def _answers(
    row: Mapping[str, Any], columns: Columns, instrument: Instrument, file: str, number: int, faults: list[Fault]
) -> tuple[dict[str, int], dict[str, str]]:
    """Answers and missing codes by item; an item that no column holds was not asked."""
    codes = dict(zip(columns.missing, MISSING_WORDS, strict=False))
    answers: dict[str, int] = {}
    missing = {item.number: "not_asked" for item in instrument.items[len(columns.items) :]}
    for item, name in zip(instrument.items, columns.items, strict=False):
        value = _whole(row[name])
        if value is None:
            missing[item.number] = "skipped"
        elif str(value) in codes:
            missing[item.number] = codes[str(value)]
        elif value in item.values:
            answers[item.number] = int(value)
        else:
            allowed = ", ".join(map(str, (*item.values, *codes)))
            faults.append(Fault(file, number, name, f"{str(row[name])[:40]!r} is not one of {allowed}."))
    return answers, missing


def _whole(value: Any) -> Any:
    """An int where the value is one (SAS writes 0 as 5.4e-79), None where there is none, else the text itself."""
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    if abs(number) < NEARLY_ZERO:
        return 0
    return int(number) if number == number.to_integral_value() and abs(number) < 1_000_000 else str(value)


def _alerts(instrument: Instrument, protocol: Protocol, answers: Mapping[str, int], visit: str, at: datetime) -> list[Row]:
    raised = instrument.alerts_for(answers, protocol.alerts)
    return [
        {
            "alert_no": number, "visit": visit, "instrument": instrument.code,
            "trigger": f"{instrument.code}.{alert.item}>={alert.at_least}",
            "raised_at": at, "first_contact_at": None, "risk_level": "", "closed_at": None,
        }
        for number, alert in enumerate(raised, start=1)
    ]  # fmt: skip
