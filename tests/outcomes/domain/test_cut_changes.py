"""What differs between two cuts, and which steps can be behind it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outcomes.domain.cut_changes import NOUNS, Cell, RowChange, Step, row_changes, steps_behind
from outcomes.domain.tables import PERSON_TABLES

KEY = ("trial_id", "med_no")
ONE = {"trial_id": "P-1", "med_no": "1", "drug": "Sertraline", "dose": "50"}


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([], [], []),
        ([ONE], [dict(reversed(ONE.items()))], []),
        ([], [ONE], [("added", [("drug", "", "Sertraline"), ("dose", "", "50")])]),
        ([ONE], [], [("removed", [("drug", "Sertraline", ""), ("dose", "50", "")])]),
        ([ONE], [ONE | {"dose": "100"}], [("changed", [("dose", "50", "100")])]),
        ([ONE], [ONE | {"note": "new column"}], [("changed", [("note", "", "new column")])]),
        ([ONE], [ONE | {"note": ""}], []),
        ([ONE | {"note": "gone"}], [ONE], [("changed", [("note", "gone", "")])]),
    ],
    ids=["nothing", "the same", "added", "removed", "changed", "a column more", "an empty column more", "a column less"],
)
def test_rows_are_compared_cell_by_cell(before, after, changes) -> None:  # type: ignore[no-untyped-def]
    expected = [RowChange("medication", ("P-1", "1"), kind, tuple(Cell(*cell) for cell in cells)) for kind, cells in changes]
    assert row_changes("medication", KEY, before, after) == expected


def test_a_row_that_has_only_its_key_is_told_as_well_and_rows_come_in_the_order_of_keys() -> None:
    rows = [{"trial_id": who, "med_no": "1"} for who in ("P-2", "P-1")]
    assert [(c.key, c.kind, c.cells) for c in row_changes("medication", KEY, [], rows)] == [
        (("P-1", "1"), "added", ()), (("P-2", "1"), "added", ()),
    ]  # fmt: skip


def step(verb: str, hour: int) -> Step:
    return Step(verb, verb.split(".")[0], "user:3", datetime(2026, 5, 1, hour, tzinfo=UTC), "")


STEPS = [step("session.finished", 12), step("medication.recorded", 11), step("contact.shown", 9), step("medication.recorded", 8)]


@pytest.mark.parametrize(
    ("file", "columns", "sources", "hours"),
    [
        ("medication", ["dose"], {}, [8, 11]),
        ("assessment", ["after_ice"], {"after_ice": ("medication", "session")}, [8, 11, 12]),
        ("assessment", ["volume"], {"volume": ("exercise_set|session.planned_volume_kg",)}, [12]),
        ("assessment", ["status"], {"status": ("item", "protocol")}, []),
        ("visit_summary", ["mean"], {"mean": ("assessment",)}, []),
    ],
    ids=["its own", "what a figure is made of", "alternatives", "time alone", "no table of steps"],
)
def test_steps_count_for_their_table_and_for_what_is_made_of_it(file, columns, sources, hours) -> None:  # type: ignore[no-untyped-def]
    change = RowChange(file, ("P-1",), "changed", tuple(Cell(name, "", "1") for name in columns))
    assert [s.at.hour for s in steps_behind(change, STEPS, sources)] == hours


def test_every_table_of_people_knows_its_steps() -> None:
    assert set(NOUNS) == set(PERSON_TABLES)
