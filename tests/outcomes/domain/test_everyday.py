"""Where and how sessions were held, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from outcomes.domain.everyday import Held, everyday
from outcomes.domain.records import Phase
from tests.outcomes.world import sessions


def test_sessions_held_are_counted_by_setting_equipment_supervision_delivery_and_group() -> None:
    held = sessions("P-001", date(2026, 3, 2), {1: "AU", 2: "MA"}, setting="gym", supervision="group", delivery="in_person", equipment="")
    first, made_up, missed, last = held
    deferred = replace(first, phase=Phase.DEFERRED)
    given = [replace(first, group_size=3), replace(made_up, group_size=2), missed, replace(last, setting="home", group_size=3), deferred]
    assert [session.held for session in given] == [True, True, False, True, True]
    told = everyday(("RET", session) for session in given)
    assert [(row.what, row.value, row.sessions, row.of) for row in told] == [
        ("setting", "gym", 2, 3), ("setting", "home", 1, 3), ("equipment", "not recorded", 3, 3), ("supervision", "group", 3, 3),
        ("delivery", "in_person", 3, 3), ("group size", "2", 1, 3), ("group size", "3", 2, 3),
    ]  # fmt: skip
    assert {row.arm for row in told} == {"RET"}


def test_an_arm_without_a_session_held_has_no_row_and_a_size_not_recorded_is_said_so() -> None:
    held = sessions("P-001", date(2026, 3, 2), {1: "A"}, setting="gym", supervision="none", delivery="home", equipment="bands")
    alone = replace(held[0], group_size=None)
    missed = sessions("P-002", date(2026, 3, 2), {1: "M"})
    assert everyday([("WL", missed[0]), ("RET", alone)])[-1] == Held(arm="RET", what="group size", value="not recorded", sessions=1, of=1)
    assert everyday([]) == []
