"""Which codes that were broken are intercurrent events: those somebody has read, on the day of reading."""

from __future__ import annotations

from dataclasses import replace

from outcomes.domain.case import Case
from outcomes.domain.events import intercurrent_events
from tests.outcomes import world
from tests.outcomes.world import day


def test_a_code_that_nobody_has_read_is_no_event() -> None:
    waits = {"told_at": None, "code": "7KQ3M2PX4R", "reason_code": "serious_event"}
    read = {"told_at": world.at(day(15), 22), "code": "M4TR7WQ2HX", "reason_code": "other"}
    person = replace(world.waiting(), unblindings=(waits, read))
    found = [e for e in intercurrent_events(Case(person, world.protocol(), world.AS_OF)) if e["category"] == "unblinded"]
    assert [(e["occurred_on"], e["source_record"]) for e in found] == [(day(15), "unblinding/M4TR7WQ2HX")]
