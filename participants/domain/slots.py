"""Slots: a trainer in a room at a time, with so many places. People's sessions join a slot until it is full.

Two slots of one trainer, or in one room, never overlap; periods are half-open, so one may begin the moment another ends. Whoever writes
counts the people of a slot under its lock, and the database excludes what overlaps; these rules say so first, in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Slot:
    """`starts_at` is aware; `people` are the trial ids that have joined; a trainer or room left empty is none in particular."""

    starts_at: datetime
    minutes: int
    capacity: int
    trainer: str = ""
    room: str = ""
    people: tuple[str, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def places_left(self) -> int:
        return max(0, self.capacity - len(self.people))

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def shares(self, other: Slot) -> str:
        """What two slots both need, a trainer before a room; empty where they need nothing in common."""
        if self.trainer and self.trainer == other.trainer:
            return self.trainer
        return f"room {self.room}" if self.room and self.room == other.room else ""


@dataclass(frozen=True, kw_only=True)
class Lying:
    """A session outside any slot at the time a slot begins: `own`, it has the slot's trainer already; `other`, the name of another one."""

    who: str
    session_no: int
    minutes: int
    own: bool = False
    other: str = ""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A session that stays outside a slot at its time, and the sentence why."""

    who: str
    session_no: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Filling:
    """Who of those that lie at a slot's time joins it and who not, both in the order of trial ids."""

    joins: tuple[Lying, ...] = ()
    left: tuple[Left, ...] = ()


def filling(slot: Slot, lying: Iterable[Lying]) -> Filling:
    """A slot is filled up to its places: first by the sessions that have its trainer already, then by trial id."""
    joins: list[Lying] = []
    left: list[Left] = []
    for one in sorted(lying, key=lambda each: (not each.own, *_by_id(each))):
        sentence = refusal_to_fit(slot, one.minutes) or _with_another(one, slot) or refusal_to_join(slot, one.who)
        if sentence:
            left.append(Left(who=one.who, session_no=one.session_no, why=sentence))
        else:
            joins.append(one)
            slot = replace(slot, people=(*slot.people, one.who))
    return Filling(joins=tuple(sorted(joins, key=_by_id)), left=tuple(sorted(left, key=_by_id)))


def _by_id(each: Lying | Left) -> tuple[str, int]:
    return each.who, each.session_no


def refusal_to_fit(slot: Slot, minutes: int) -> str | None:
    """Why a session of so many minutes is too long for a slot; None where it isn't."""
    return f"The session takes {minutes} minutes; this slot lasts {slot.minutes}." if slot.minutes < minutes else None


def _with_another(one: Lying, slot: Slot) -> str | None:
    return f"The session is planned with {one.other}; this slot is {slot.trainer}'s." if one.other else None


def refusal_to_join(slot: Slot, who: str) -> str | None:
    """Why a person can't join a slot, as a sentence; None where they can."""
    if who in slot.people:
        return f"{who} is in this slot already."
    if not slot.places_left:
        places = "The one place" if slot.capacity == 1 else f"All {slot.capacity} places"
        return f"{places} of this slot {'is' if slot.capacity == 1 else 'are'} taken."
    return None


def refusal_to_open(slot: Slot, others: Iterable[Slot]) -> str | None:
    """Why a slot can't be held beside others, as a sentence: its trainer or its room is taken then; None where it can."""
    if slot.capacity < 1 or slot.minutes < 1:
        return "A slot has at least one place and lasts at least one minute."
    taken = next((shared for other in others if slot.overlaps(other) and (shared := slot.shares(other))), "")
    return f"{taken[0].upper()}{taken[1:]} is taken then by another slot." if taken else None


def refusal_to_shrink(slot: Slot, capacity: int) -> str | None:
    """Why a slot can't have fewer places; None where it can: nobody who has joined is put out."""
    if capacity < max(1, len(slot.people)):
        joined = "1 person has" if len(slot.people) == 1 else f"{len(slot.people)} people have"
        return f"{joined} joined; a slot holds at least as many, and at least one."
    return None
