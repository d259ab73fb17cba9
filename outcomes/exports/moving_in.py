"""Tables of text to people: what an import builds, what it computes again, and every place where the two disagree. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from outcomes.domain.case import Case
from outcomes.domain.consort import BrokenSum
from outcomes.domain.facts import Form, Person, Row
from outcomes.domain.forms import figures_of
from outcomes.domain.instrument import Instrument
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.tables import Tables, consort_flow, person_tables
from outcomes.domain.text import Value, plain, write
from outcomes.exports.checks import SENT, Checks, Numbered, as_answer
from outcomes.exports.columns import KEYS, SPECS, Column, columns_of
from outcomes.exports.reading import Bundle, Texts, values
from participants.domain.calendar import week_closes_on
from trials.domain.protocol.shape import Protocol

RECORDED_PERSON = (
    "trial_id", "site", "screened_on", "screening_outcome", "exclusion_category", "exclusion_reason", "exclusion_reasons", "consented_on",
    "age", "sex", "randomised_at", "stratum", "arm", "intervention_stopped_on", "intervention_stopped_reason", "withdrawn_on",
    "withdrawn_reason", "withdrawn_scope", "lost_on", "lost_reason", "died_on",
)  # fmt: skip
STATABLE = ("participant", "assessment", "session", "exercise_set", "adherence")
OUTSIDE_TABLES = ("unblinding", "self_report", "annotation")  # records that deviations follow from and that no bundle brings
UNTOLD = "other"  # the category of an excluded person of whom the bundle says no more
FACT_COLUMNS = ("intervention_stopped_on", "intervention_stopped_reason")


@dataclass(frozen=True)
class MovedIn:
    """What a sound bundle comes to: people as facts, with the values stated for want of a source, and what staff are known by."""

    people: list[Person]
    providers: list[Row]


def move_in(bundle: Bundle, protocol: Protocol, as_of: datetime, *, instruments: Mapping[str, Instrument], made: bool) -> MovedIn:
    """The people of a bundle under a protocol. Faults are added to `bundle.faults`; the result is only good where there are none."""
    _keep_underived(bundle)
    by_person = {file: _by_person(bundle, file) for file in SPECS if file not in ("participant", "provider", "visit_summary")}
    columns = {file: columns_of(file) for file in SPECS}
    known = {row["trial_id"] for row in bundle.table("participant").rows}
    for file, rows in by_person.items():
        for trial_id in rows.keys() - known:
            bundle.fault(file, rows[trial_id][0][0], "trial_id", f"{trial_id} is not in participant.csv.")
    check = Checks(bundle, protocol, instruments)
    people = []
    for number, row in bundle.table("participant").numbered():
        if not check.person(number, row):
            continue
        rows = {file: of.get(row["trial_id"], []) for file, of in by_person.items()}
        check.rows(row, rows)
        person = _person(row, rows, columns, protocol, as_of, instruments)
        people.append(_with_stated(bundle, person, rows, number, row, protocol, as_of, instruments, made))
    if not bundle.faults:
        _compare(bundle, people, protocol, as_of, instruments)
    providers = [values(row, columns["provider"]) for row in bundle.table("provider").rows]
    return MovedIn(sorted(people, key=lambda p: p.trial_id), providers)


def _keep_underived(bundle: Bundle) -> None:
    """A derived deviation whose source table is absent stands as a recorded one."""
    for row in bundle.table("deviation").rows:
        source = _source(row)
        if row.get("source") == "derived" and source != "participant" and source not in OUTSIDE_TABLES and not bundle.has(source):
            row |= {"source": "recorded", "source_record": ""}


def _source(row: Mapping[str, Any]) -> str:
    return str(row.get("source_record") or "").partition("/")[0]


def _is_fact(row: Row) -> bool:
    """A recorded deviation, or one that follows from a record which no bundle brings: it is kept with that record's name."""
    return row.get("source") != "derived" or _source(row) in OUTSIDE_TABLES


def _by_person(bundle: Bundle, file: str) -> dict[str, Numbered]:
    found: dict[str, Numbered] = defaultdict(list)
    for number, row in bundle.table(file).numbered():
        found[row["trial_id"]].append((number, row))
    return dict(found)


def _person(
    row: Texts, rows: Mapping[str, Numbered], columns: Mapping[str, tuple[Column, ...]], protocol: Protocol, as_of: datetime,
    instruments: Mapping[str, Instrument],
) -> Person:  # fmt: skip
    recorded = values(
        {name: row.get(name, "") for name in RECORDED_PERSON}, [c for c in columns["participant"] if c.name in RECORDED_PERSON]
    )
    facts: dict[str, Any] = {name: _or_default(name, value) for name, value in recorded.items()}
    if facts["screening_outcome"] == "excluded":
        facts["exclusion_category"] = facts["exclusion_category"] or UNTOLD
    person = Person(**facts)
    case = Case(person, protocol, as_of)
    tables = {file: [values(text, columns[file]) for _, text in found] for file, found in rows.items()}
    return replace(
        person,
        baseline=_bare(tables["baseline"]),
        forms=tuple(_forms(tables["assessment"], tables["item"], instruments)),
        sessions=tuple(_session(one, case.day0) for one in tables["session"]),
        sets=tuple(_set(one) for one in tables["exercise_set"]),
        strength_tests=_bare(tables["strength_test"]),
        adverse_events=_bare(tables["adverse_event"]),
        medications=_bare(tables["medication"]),
        concomitants=_bare(tables["concomitant"]),
        deviations=tuple(_deviation(one, row) for one in tables["deviation"] if _is_fact(one)),
        alerts=_bare(tables["safety_alert"]),
    )


def _or_default(name: str, value: Value) -> Value:
    if value is not None:
        return value
    if name == "exclusion_reasons":
        return ()
    return None if name.endswith(("_on", "_at")) or name == "age" else ""


def _bare(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple({name: value for name, value in row.items() if name != "trial_id"} for row in rows)


def _forms(assessments: list[Row], items: list[Row], instruments: Mapping[str, Instrument]) -> Iterable[Form]:
    """The forms that were filled in; one that follows from others, and the figures of one, are computed again."""
    answers: dict[tuple[Value, Value], dict[str, int | str]] = defaultdict(dict)
    missing: dict[tuple[Value, Value], dict[str, str]] = defaultdict(dict)
    for item in items:
        key = item["visit"], item["instrument"]
        instrument = instruments.get(str(item["instrument"]))
        if instrument is not None and str(item["item"]) in figures_of(instrument):
            continue
        if isinstance(item["value"], Decimal):
            answers[key][str(item["item"])] = _answer(instrument, str(item["item"]), item["value"])
        else:
            missing[key][str(item["item"])] = str(item["missing_code"])
    for row in assessments:
        key = row["visit"], row["instrument"]
        instrument = instruments.get(str(row["instrument"]))
        if instrument is not None and instrument.derived_from is not None:
            continue
        if row["status"] not in SENT and not row["completed_at"] and key not in answers and not row["not_done_reason"]:
            continue
        yield Form(
            visit=str(row["visit"]),
            instrument=str(row["instrument"]),
            version=str(row["instrument_version"] or ""),
            sent=row["entered_at"] is not None or row["completed_at"] is not None,
            answers=answers[key],
            missing=missing[key],
            not_done_reason=str(row["not_done_reason"] or ""),
            completed_at=row["completed_at"],  # type: ignore[arg-type]
            entered_at=row["entered_at"] or row["completed_at"],  # type: ignore[arg-type]
            mode=str(row["mode"] or ""),
            respondent=str(row["respondent"] or ""),
            rater=str(row["rater"] or ""),
            rater_blind=row["rater_blind"],  # type: ignore[arg-type]
            language=str(row["language"] or ""),
        )


def _answer(instrument: Instrument | None, number: str, value: Decimal) -> int | str:
    """A number of item.csv as it is kept; a fault of it is told by `Checks`, which looks at the text."""
    text = plain(value, 4)
    try:
        return as_answer(instrument.item(number), text) if instrument else int(text)
    except ValueError:
        return text


_SESSION_FIELDS = set(SessionRecord.__dataclass_fields__)
_SESSION_SUMS = ("planned_volume_kg", "done_volume_kg", "sets_planned", "sets_done", "reps_planned", "reps_done")
_TEXT_FIELDS = {name for name, f in SessionRecord.__dataclass_fields__.items() if f.type == "str"} | {
    name for name, f in SetRecord.__dataclass_fields__.items() if f.type == "str"
}


def _session(row: Row, day0: date | None) -> SessionRecord:
    facts: dict[str, Any] = {name: _text_or(name, value) for name, value in row.items() if name in _SESSION_FIELDS}
    facts |= dict.fromkeys(_SESSION_SUMS)
    week = facts["week"]
    facts["closes_on"] = week_closes_on(week, day0) if week is not None and day0 is not None else None
    return SessionRecord(**facts | {"phase": facts["phase"] or "intervention"})


def _set(row: Row) -> SetRecord:
    facts: dict[str, Any] = {name: _text_or(name, value) for name, value in row.items()}
    facts |= {"e1rm_kg": None, "pct_1rm": None, "sides": facts["sides"] or 1}
    return SetRecord(**facts | {"set_kind": facts["set_kind"] or "working", "load_model": facts["load_model"] or "external"})


def _text_or(name: str, value: Value) -> Value:
    return "" if value is None and name in _TEXT_FIELDS else value


def _deviation(row: Row, person: Texts) -> Row:
    given = person.get("arm_received", "") if row["category"] == "wrong_arm" else ""
    return {name: value for name, value in row.items() if name not in ("trial_id", "source")} | {
        "given_arm": given, "found_on": row["found_on"] or row["occurred_on"],
    }  # fmt: skip


def _with_stated(
    bundle: Bundle, person: Person, rows: Mapping[str, Numbered], number: int, row: Texts, protocol: Protocol, as_of: datetime,
    instruments: Mapping[str, Instrument], made: bool,
) -> Person:  # fmt: skip
    """The person with every derived value whose source the bundle does not bring: the given one, or empty."""
    given = {file: {_key(file, text): text for _, text in found} for file, found in rows.items()} | {"participant": {"": row}}
    wanted = {file: [c for c in columns_of(file) if c.derived and _stands(bundle, c, person, protocol, made)] for file in STATABLE}
    typed = [c for c in columns_of("participant") if c.typed and c.name not in FACT_COLUMNS and row.get(c.name)]
    stated: dict[str, dict[str, Value]] = {}
    if any(wanted.values()):
        built = person_tables(Case(person, protocol, as_of), instruments)
        for file in STATABLE:
            for computed in built.get(file, ()) if wanted[file] else ():
                key = _key(file, {name: write(computed[name], "text") for name in KEYS[file]})
                texts = given[file].get(key, {})
                stated[_row_name(file, key)] = values({c.name: texts.get(c.name, "") for c in wanted[file]}, wanted[file])
    if typed:
        stated.setdefault("participant", {}).update(values({c.name: row[c.name] for c in typed}, typed))
    minutes = _stated_minutes(rows["session"])
    for name, value in minutes.items():
        stated.setdefault(name, {})["minutes"] = value
    return replace(person, stated=stated) if stated else person


def _stands(bundle: Bundle, column: Column, person: Person, protocol: Protocol, made: bool) -> bool:
    """Whether a derived column can't be computed from what the bundle brings, so that a given value stands."""
    if column.name in FACT_COLUMNS or column.of == ("none",) or (column.typed and column.file == "session"):
        return False
    if column.file == "participant" and person.rows_left_out and column.of != ("participant",):
        return True
    sources = column.of if column.file in ("participant", "adherence") else (column.file, *column.of)
    return not all(_available(bundle, source, protocol, made) for source in sources)


def _available(bundle: Bundle, source: str, protocol: Protocol, made: bool) -> bool:
    if source == "protocol":
        return not made
    if source == "primary":
        return protocol.primary is not None and not made
    return source == "none" or bundle.gives(source)


def _stated_minutes(sessions: Numbered) -> dict[str, Value]:
    """Minutes of sessions that give no start and end."""
    return {
        _row_name("session", row["session_no"]): int(row["minutes"])
        for _, row in sessions
        if row.get("minutes") and not (row.get("started_at") and row.get("ended_at"))
    }


def _key(file: str, row: Texts) -> str:
    return "/".join(row[name] for name in KEYS[file][1:])


def _row_name(file: str, key: str) -> str:
    return f"{file}/{key}" if key else file


def _compare(bundle: Bundle, people: list[Person], protocol: Protocol, as_of: datetime, instruments: Mapping[str, Instrument]) -> None:
    """Every given value against the one computed from the facts."""
    given = {file: {tuple(row[k] for k in KEYS[file]): (n, row) for n, row in bundle.table(file).numbered()} for file in bundle.tables}
    built: Tables = defaultdict(list)
    for person in sorted(people, key=lambda p: p.trial_id):
        for file, rows in person_tables(Case(person, protocol, as_of), instruments).items():
            built[file].extend(rows)
    for file in bundle.tables:
        if file in ("provider", "visit_summary"):
            continue
        columns = {c.name: c for c in columns_of(file)}
        computed = {tuple(write(row[k], columns[k].kind) for k in KEYS[file]): row for row in built[file]}
        for key, (number, texts) in given[file].items():
            if key not in computed:
                bundle.fault(file, number, KEYS[file][-1], "does not follow from the facts; take the row out.")
                continue
            _compare_row(bundle, file, number, texts, computed[key], columns)
    try:
        consort_flow(protocol, dict(built) | {name: built.get(name, []) for name in ("participant", "session")})
    except BrokenSum as broken:
        bundle.fault("participant", 0, "", str(broken))


def _compare_row(bundle: Bundle, file: str, number: int, texts: Texts, computed: Row, columns: Mapping[str, Column]) -> None:
    for name, text in texts.items():
        follows = write(computed.get(name), columns[name].kind)
        if text == follows:
            continue
        if columns[name].derived or text:
            cure = f"is {text or 'empty'!s}, but {follows or 'nothing'} follows from the facts; correct the facts or leave the column out."
            bundle.fault(file, number, name, cure)
