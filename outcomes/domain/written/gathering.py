"""One pass over people: whoever was randomised as the report needs them, and the few columns that flow and summaries count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from outcomes.domain.case import Case
from outcomes.domain.facts import Person, Row
from outcomes.domain.instrument import Instrument
from outcomes.domain.tables import FORM_FACTS, SESSION_FACTS, Tables, person_tables
from outcomes.domain.written.facts import Seen, seen
from trials.domain.protocol.shape import Protocol

BASELINE_FACTS = ("trial_id", "variable", "value")


@dataclass(frozen=True)
class Gathered:
    """`rows`: participant and session rows; `forms`: every questionnaire; `baseline`: the values recorded before randomisation."""

    people: list[Seen] = field(default_factory=list)
    rows: Tables = field(default_factory=lambda: {"participant": [], "session": []})
    forms: list[Row] = field(default_factory=list)
    baseline: list[Row] = field(default_factory=list)


def gathered(
    people: Iterable[Person], protocol: Protocol, as_of: datetime, *, instruments: Mapping[str, Instrument], by_arm: bool
) -> Gathered:
    """Who withdrew everything is in the flow's rows alone."""
    found = Gathered()
    for person in people:
        case = Case(person, protocol, as_of)
        built = person_tables(case, instruments)
        found.rows["participant"].extend(built["participant"])
        found.rows["session"].extend(_few(built.get("session", ()), SESSION_FACTS))
        found.forms.extend(_few(built.get("assessment", ()), FORM_FACTS))
        found.baseline.extend(_few(built.get("baseline", ()), BASELINE_FACTS))
        if person.randomised and not person.rows_left_out:
            found.people.append(seen(case, built["assessment"], built["deviation"], by_arm=by_arm))
    return found


def _few(rows: Iterable[Row], names: Iterable[str]) -> Iterable[Row]:
    return ({name: row.get(name) for name in names} for row in rows)
