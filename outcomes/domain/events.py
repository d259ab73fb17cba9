"""Intercurrent events and deviations: derived from facts where they exist, typed otherwise. A missed session alone is neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from outcomes.domain.case import Case
from outcomes.domain.facts import Row
from participants.domain.partial_dates import PartialDate, parse

EVENT, DEVIATION = "intercurrent_event", "deviation"
HOSPITAL = "hospital"


def intercurrent_events(case: Case) -> list[Row]:
    """Every intercurrent event of a randomised person, typed and derived, by day."""
    typed = [dict(d) for d in case.person.deviations if d["kind"] == EVENT]
    known = {(d["category"], d["occurred_on"]) for d in typed}
    derived = [e for e in _derived_events(case) if (e["category"], e["occurred_on"]) not in known] if case.person.randomised else []
    return sorted([*typed, *derived], key=_by_day)


def deviation_rows(case: Case, forms: Iterable[Row]) -> list[Row]:
    """Recorded rows under their own numbers; the derived ones, by day, take the free ones.

    A row that was kept because of another record (`source_record`) counts as derived from it, under its own number.
    """
    recorded = [dict(d, source="derived" if d.get("source_record") else "recorded") for d in case.person.deviations]
    derived = [e for e in intercurrent_events(case) if e.get("source") == "derived"]
    derived += [_out_of_window(case, f) for f in forms if f.get("in_window") is False and f["status"] in ("done", "partial")]
    taken = {d["dev_no"] for d in recorded}
    free = (n for n in range(1, len(taken) + len(derived) + 1) if n not in taken)
    numbered = [row | {"dev_no": n} for n, row in zip(free, sorted(derived, key=_by_day), strict=False)]
    every = sorted([*recorded, *numbered], key=lambda d: int(str(d["dev_no"])))
    return [{"trial_id": case.person.trial_id, **row} for row in every]


def psychotropic_changes(case: Case) -> list[tuple[date, bool, Row]]:
    """Starts, stops and dose changes of listed drugs after randomisation: first possible day, whether the date is ambiguous, the row.

    A partly known date counts when any day it can be lies after randomisation.
    """
    start = case.randomised_on
    if start is None:
        return []
    listed = [m for m in case.person.medications if str(m.get("atc") or "").startswith(case.protocol.analysis.psychotropic_atc)]
    found = [(_after(text, start), m) for m in listed for text in (m.get("started_on"), m.get("stopped_on"))]
    return sorted(
        ((on, unclear, m) for change, m in found if change for on, unclear in (change,)), key=lambda c: (c[0], str(c[2]["med_no"]))
    )


def _derived_events(case: Case) -> Iterable[Row]:
    person = case.person
    if case.stopped_on is not None and case.trains:
        yield _event("ret_stopped", case.stopped_on, "participant", person.intervention_stopped_reason)
    if person.died_on is not None:
        yield _event("death", person.died_on, "participant", "")
    for broken in person.unblindings:
        told_at = broken["told_at"]
        if isinstance(told_at, datetime):
            yield _event("unblinded", case.day_of(told_at), f"unblinding/{broken['code']}", str(broken["reason_code"]))
    seen: set[date] = set()
    for on, unclear, medication in psychotropic_changes(case):
        if on not in seen:
            seen.add(on)
            yield _event("psychotropic_change", on, f"medication/{medication['med_no']}", "date known in part" if unclear else "")
    yield from _other_care(case)
    for event in person.adverse_events:
        criteria = event.get("seriousness_criteria") or ()
        started_on = event["started_on"]
        if isinstance(criteria, tuple) and HOSPITAL in criteria and isinstance(started_on, date) and _follows(case, started_on):
            yield _event("hospitalised", started_on, f"adverse_event/{event['ae_no']}", "")


def _other_care(case: Case) -> Iterable[Row]:
    kinds = {"psychotherapy": "psychotherapy_started", "exercise": "outside_ret"}
    for care in case.person.concomitants:
        category = kinds.get(str(care["kind"]))
        change = _after(care.get("started_on"), case.randomised_on) if case.randomised_on else None
        if category and change:
            yield _event(category, change[0], f"concomitant/{care['con_no']}", "date known in part" if change[1] else "")


def _out_of_window(case: Case, form: Row) -> Row:
    completed_at = form["completed_at"]
    on = case.day_of(completed_at)  # type: ignore[arg-type]
    row = _event("out_of_window", on, f"assessment/{form['visit']}/{form['instrument']}", "")
    return row | {"kind": DEVIATION, "visit": form["visit"]}


def _event(category: str, on: date, record: str, description: str) -> Row:
    return {
        "kind": EVENT, "category": category, "occurred_on": on, "found_on": on, "important": None, "judged_on": None,
        "session_no": None, "visit": None, "source": "derived", "source_record": record, "description": description,
    }  # fmt: skip


def _follows(case: Case, on: date) -> bool:
    return case.randomised_on is not None and on >= case.randomised_on


def _after(text: object, start: date) -> tuple[date, bool] | None:
    """The first possible day after `start` of a perhaps partly known date, and whether it is ambiguous; None where it lies before."""
    if not text:
        return None
    known: PartialDate = parse(str(text))
    if known.latest <= start:
        return None
    return max(known.earliest, start), not known.complete


def _by_day(row: Row) -> tuple[str, str, str]:
    return str(row["occurred_on"]), str(row["category"]), str(row.get("source_record") or "")
