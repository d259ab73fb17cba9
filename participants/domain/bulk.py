"""Moving many sessions at once: a trainer falls ill, a site closes. A place for every session that can't be held, or why there is none.

The reason stands in the rules already (`Opening.closures`, `Roster.away`), so a session is hit where its own place has become refused.
Every place proposed keeps all rules of moving, with the other moves of the same person applied first, and the places of the trainer's
slots. Near days and like times come first. Where two want one place, whoever was placed there is placed anew if that frees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from participants.domain.moving import Laid, MoveRules, OfferedSlot, offered_slots
from participants.domain.opening import refusal_by_hours
from participants.domain.slots import Slot, refusal_to_join, refusal_to_open

ALL_TAKEN = "Every place that keeps the rules is taken."


@dataclass(frozen=True, kw_only=True)
class Booked:
    """One person: their sessions as they stand, what moves are measured against, the times that suit, and the slots they train in.

    `trainer`, `room` and `capacity` are those of a slot that would be opened for them. `only`, if given, are the numbers of the sessions
    the matter is about (those of the trainer who is ill, say).
    """

    who: str
    sessions: tuple[Laid, ...]
    rules: MoveRules
    times: tuple[time, ...]
    trainer: str = ""
    room: str = ""
    capacity: int = 1
    only: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """A session and the place proposed for it; `warning` is a sentence to read first, else empty."""

    who: str
    session_no: int
    slot: OfferedSlot


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A session without a place, and the sentences why: one for each kind of refusal met, in the order of the days."""

    who: str
    session_no: int
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BulkProposal:
    """A place for every session hit (`moves`), or, where one is stuck, no moves at all and every stuck one with its sentences."""

    moves: tuple[Move, ...] = ()
    stuck: tuple[Stuck, ...] = ()


def hit(person: Booked) -> tuple[int, ...]:
    """The coming sessions whose own place is refused by the hours, closures or roster, in order of their time."""
    rules = person.rules
    zone = ZoneInfo(rules.timezone)
    coming = sorted((s for s in person.sessions if s.stands and s.movable and s.at > rules.now), key=lambda s: (s.at, s.no))
    return tuple(
        s.no
        for s in coming
        if (person.only is None or s.no in person.only)
        and refusal_by_hours(s.on, s.at.astimezone(zone).time(), rules.minutes, rules.opening)
    )


def propose_bulk(people: Iterable[Booked], slots: Iterable[Slot] = ()) -> BulkProposal:
    """A place for every session of these people that is hit, or why not. `slots` are all that stand; those hit are left first."""
    known = list(people)
    wanted = {person.who: hit(person) for person in known}
    board = _Board(known, wanted, slots)
    hit_ones = [_Key(person.who, no) for person in known for no in wanted[person.who]]
    stuck = []
    for key in sorted(hit_ones, key=board.freedom):
        if not board.place(key, set()):
            stuck.append(Stuck(who=key.who, session_no=key.no, why=board.why(key)))
    if stuck:
        return BulkProposal(stuck=tuple(sorted(stuck, key=lambda s: (s.who, s.session_no))))
    moves = [Move(who=key.who, session_no=key.no, slot=slot) for key, slot in board.placed.items()]
    return BulkProposal(moves=tuple(sorted(moves, key=lambda m: (m.slot.starts_at, m.who, m.session_no))))


@dataclass(frozen=True)
class _Key:
    who: str
    no: int


@dataclass
class _Board:
    """Where everybody's sessions stand while places are being found."""

    people: Sequence[Booked]
    wanted: dict[str, tuple[int, ...]]
    standing: Iterable[Slot]
    placed: dict[_Key, OfferedSlot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.of = {person.who: person for person in self.people}
        leaving = {(p.who, s.at) for p in self.people for s in p.sessions if s.no in self.wanted[p.who]}
        kept = [(s, replace(s, people=tuple(w for w in s.people if (w, s.starts_at) not in leaving))) for s in self.standing]
        self.fixed = [left for before, left in kept if left.people or not before.people]

    def freedom(self, key: _Key) -> tuple[int, str, int]:
        """Whoever has fewest places comes first."""
        return len(self._offers(key)), key.who, key.no

    def place(self, key: _Key, asked: set[_Key]) -> bool:
        """Finds a place, if need be by placing another session anew; none is asked twice."""
        asked.add(key)
        offers = self._offers(key)
        slots = self._slots()
        free = next((offer for offer in offers if not self._in_the_way(key, offer, slots)), None)
        if free is not None:
            self.placed[key] = free
            return True
        return any(self._make_way(key, other, asked) for other in self._in_its_way(key, offers) if other not in asked)

    def why(self, key: _Key) -> tuple[str, ...]:
        if self._offers(key):
            return (ALL_TAKEN,)
        return tuple(dict.fromkeys(slot.refusal for slot in self._all(key) if slot.refusal))

    def _make_way(self, key: _Key, other: _Key, asked: set[_Key]) -> bool:
        """Tries each place that is free without the other session, and places that one anew."""
        asked.add(other)
        before = dict(self.placed)
        del self.placed[other]
        slots = self._slots()
        for offer in self._offers(key):
            if not self._in_the_way(key, offer, slots):
                self.placed[key] = offer
                if self.place(other, asked):
                    return True
        self.placed = before
        return False

    def _in_its_way(self, key: _Key, offers: Sequence[OfferedSlot]) -> list[_Key]:
        """Sessions placed so far that may stand in the way: the person's own, and those that need the same trainer or room then."""
        person = self.of[key.who]
        wanted = [self._slot(person, offer) for offer in offers]
        there = {k: self._slot(self.of[k.who], offer) for k, offer in self.placed.items()}
        return [k for k, slot in there.items() if k.who == key.who or any(slot.overlaps(own) and slot.shares(own) for own in wanted)]

    def _own(self, key: _Key) -> Laid:
        return next(s for s in self.of[key.who].sessions if s.no == key.no)

    def _all(self, key: _Key) -> tuple[OfferedSlot, ...]:
        """Every place of the session's week; the person's other hit sessions stand only where they were placed."""
        person, own = self.of[key.who], self._own(key)
        times = (*person.times, own.at.astimezone(ZoneInfo(person.rules.timezone)).time())
        sessions = [self._as_placed(person, s) for s in person.sessions]
        return offered_slots(sessions, key.no, times=times, rules=person.rules)

    def _as_placed(self, person: Booked, session: Laid) -> Laid:
        if session.no not in self.wanted[person.who]:
            return session
        slot = self.placed.get(_Key(person.who, session.no))
        return replace(session, stands=False) if slot is None else replace(session, on=slot.on, at=slot.starts_at)

    def _offers(self, key: _Key) -> list[OfferedSlot]:
        """Places that keep the rules: near days first, of a day those with the advised rest, then like times."""
        own = self._own(key)
        at = own.at.astimezone(ZoneInfo(self.of[key.who].rules.timezone)).time()
        allowed = [slot for slot in self._all(key) if not slot.refusal and slot.starts_at != own.at]
        return sorted(allowed, key=lambda s: (abs((s.on - own.on).days), bool(s.warning), abs(_minute(s.at) - _minute(at)), s.starts_at))

    def _slot(self, person: Booked, offer: OfferedSlot) -> Slot:
        minutes = max(1, person.rules.minutes)
        return Slot(starts_at=offer.starts_at, minutes=minutes, capacity=person.capacity, trainer=person.trainer, room=person.room)

    def _in_the_way(self, key: _Key, offer: OfferedSlot, slots: Sequence[Slot]) -> bool:
        """Whether the slot there is full, or its trainer or room taken by another. Who needs neither is never in anybody's way."""
        own = self._slot(self.of[key.who], offer)
        same = next((s for s in slots if _needs(s) == _needs(own)), None)
        if same is not None and (own.trainer or own.room):
            return refusal_to_join(same, key.who) is not None
        return refusal_to_open(own, slots) is not None

    def _slots(self) -> list[Slot]:
        """The slots as they would stand: those that are kept, and those the placed sessions join or open."""
        slots = {_needs(s): s for s in self.fixed}
        for key, offer in self.placed.items():
            new = self._slot(self.of[key.who], offer)
            slot = slots.get(_needs(new), new)
            slots[_needs(new)] = replace(slot, people=(*slot.people, key.who))
        return list(slots.values())


def _needs(slot: Slot) -> tuple[datetime, str, str]:
    return slot.starts_at, slot.trainer, slot.room


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
