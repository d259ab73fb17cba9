"""A slot is full at its capacity, and its trainer and room hold one slot at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participants.domain.slots import Filling, Left, Lying, Slot, filling, refusal_to_join, refusal_to_open, refusal_to_shrink

TEN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
GROUP = Slot(starts_at=TEN, minutes=60, capacity=2, trainer="S01", room="1", people=("P-001",))


def later(after: int, **more: object) -> Slot:
    return replace(GROUP, starts_at=TEN + timedelta(minutes=after), people=(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "capacity", "sentence"),
    [
        (("P-001",), 2, None),
        (("P-001", "P-002"), 2, "All 2 places of this slot are taken."),
        (("P-001",), 1, "The one place of this slot is taken."),
        (("P-001", "P-009"), 2, "P-009 is in this slot already."),
        (("P-001", "P-002", "P-003"), 2, "All 2 places of this slot are taken."),
    ],
)
def test_people_join_until_the_slot_is_full(people: tuple[str, ...], capacity: int, sentence: str | None) -> None:
    assert refusal_to_join(replace(GROUP, people=people, capacity=capacity), "P-009") == sentence


def lying(who: str, **more: object) -> Lying:
    return Lying(who=who, session_no=8, minutes=60, **more)  # type: ignore[arg-type]


def left(one: Lying, why: str) -> Left:
    return Left(who=one.who, session_no=one.session_no, why=why)


def test_those_at_a_slots_time_fill_it_up_to_its_places_whoever_has_its_trainer_first() -> None:
    ann, ben, own, other = lying("P-003"), lying("P-002"), lying("P-009", own=True), lying("P-001", other="S02")
    long, here = replace(lying("P-004"), minutes=61), lying("P-001", own=True)
    free = replace(GROUP, people=(), capacity=2)
    full = "All 2 places of this slot are taken."
    assert filling(free, []) == Filling()
    assert filling(free, [ann, ben, own, other, long]) == Filling(
        joins=(ben, own),
        left=(
            left(other, "The session is planned with S02; this slot is S01's."),
            left(ann, full),
            left(long, "The session takes 61 minutes; this slot lasts 60."),
        ),
    )
    assert filling(GROUP, [ann, here, ben]) == Filling(joins=(ben,), left=(left(here, "P-001 is in this slot already."), left(ann, full)))
    assert filling(replace(free, capacity=3), [ann, own, ben]) == Filling(joins=(ben, ann, own))


@pytest.mark.parametrize(
    ("slot", "sentence"),
    [
        (later(60), None),
        (later(-60), None),
        (later(59), "S01 is taken then by another slot."),
        (later(-59), "S01 is taken then by another slot."),
        (later(30, trainer="S02"), "Room 1 is taken then by another slot."),
        (later(30, trainer="S02", room="2"), None),
        (later(30, trainer="", room=""), None),
        (later(60, capacity=0), "A slot has at least one place and lasts at least one minute."),
        (later(60, minutes=0), "A slot has at least one place and lasts at least one minute."),
    ],
    ids=["right after", "right before", "last minute", "first minute", "another trainer, same room", "neither", "nobody's", "no place", "no time"],
)  # fmt: skip
def test_a_trainer_and_a_room_hold_one_slot_at_a_time(slot: Slot, sentence: str | None) -> None:
    assert refusal_to_open(slot, [GROUP]) == sentence


def test_nobody_who_has_joined_is_put_out() -> None:
    three = replace(GROUP, people=("a", "b", "c"), capacity=4)
    assert refusal_to_shrink(three, 3) is None
    assert refusal_to_shrink(three, 2) == "3 people have joined; a slot holds at least as many, and at least one."
    assert refusal_to_shrink(GROUP, 0) == "1 person has joined; a slot holds at least as many, and at least one."


@settings(derandomize=True, deadline=None, max_examples=100)
@given(capacity=st.integers(1, 6), asking=st.lists(st.integers(0, 8), max_size=20))
def test_a_slot_never_holds_more_than_its_places_nor_anybody_twice(capacity: int, asking: list[int]) -> None:
    slot = replace(GROUP, capacity=capacity, people=())
    for who in map(str, asking):
        if refusal_to_join(slot, who) is None:
            slot = replace(slot, people=(*slot.people, who))
    assert len(slot.people) == len(set(slot.people)) == min(capacity, len(set(asking)))
    assert slot.places_left == capacity - len(slot.people)
