"""A trainer falls ill, a site closes: a place for everybody that keeps every rule, or the sentences why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from participants.domain.bulk import ALL_TAKEN, Booked, BulkProposal, Stuck, hit, propose_bulk
from participants.domain.calendar import trial_week
from participants.domain.moving import Laid, MoveRules
from participants.domain.opening import Opening, Roster, refusal_by_hours
from participants.domain.slots import Slot
from participants.domain.wall_clock import instant
from trials.domain.protocol.shape import Closure, OpeningHours

DUBLIN = "Europe/Dublin"
DAY0 = date(2026, 5, 4)  # a Monday
SIX, SEVEN = time(18, 0), time(19, 0)


def day(n: int) -> date:
    return DAY0 + timedelta(days=n)


def closed(*days: int, reason: str = "Flood") -> tuple[Closure, ...]:
    return tuple(Closure(first=day(n), last=day(n), reason=reason) for n in days)


def booked(who: str, *days: int, opening: Opening, at: time = SIX, times: tuple[time, ...] = (SIX,), **more: object) -> Booked:
    """Sessions on these days after day 0, moved under the opening given; the present is the Sunday before."""
    sessions = tuple(
        Laid(no=no, week=trial_week(day(n), DAY0), on=day(n), at=instant(day(n), at, DUBLIN)) for no, n in enumerate(days, start=1)
    )
    rules = MoveRules(
        day0=DAY0, timezone=DUBLIN, rest_days=1, per_week=2, now=datetime(2026, 5, 3, 12, 0, tzinfo=UTC), minutes=60, opening=opening
    )
    return Booked(who=who, sessions=sessions, rules=rules, times=times, **more)  # type: ignore[arg-type]


def told(found: BulkProposal) -> list[tuple[str, int, date, str]]:
    return [(m.who, m.session_no, m.slot.on, f"{m.slot.at:%H:%M}") for m in found.moves]


def test_only_coming_movable_sessions_that_the_reason_hits_are_moved() -> None:
    person = booked("P-1", 0, 3, 7, 10, opening=Opening(closures=closed(0, 3, 10)))
    held, shut, free, other = person.sessions
    person = replace(person, sessions=(replace(held, movable=False), shut, free, replace(other, stands=False)))
    assert hit(person) == (2,)
    assert hit(replace(person, rules=replace(person.rules, now=datetime(2026, 5, 8, tzinfo=UTC)))) == ()
    assert hit(replace(person, only=frozenset({3}))) == ()
    assert propose_bulk([booked("P-1", 0, 3, opening=Opening())]) == BulkProposal()


def test_everybody_moves_to_the_nearest_day_at_a_like_time() -> None:
    opening = Opening(closures=closed(0))
    found = propose_bulk([booked("P-1", 0, 3, opening=opening), booked("P-2", 0, 4, opening=opening, at=SEVEN)])
    assert told(found) == [("P-1", 1, day(1), "18:00"), ("P-2", 1, day(1), "19:00")]
    assert found.stuck == ()


def test_two_sessions_of_a_person_move_under_one_another() -> None:
    found = propose_bulk([booked("P-1", 0, 3, opening=Opening(closures=closed(0, 1, 2, 3)))])
    assert told(found) == [("P-1", 1, day(4), "18:00"), ("P-1", 2, day(6), "18:00")]


def test_a_persons_own_move_gives_way_where_the_other_session_has_no_place_else() -> None:
    """Only Tuesday, Wednesday and Thursday are open. Placed first on Wednesday, the first would leave no rest for the second."""
    hours = (
        OpeningHours(days=("tue", "thu"), opens=time(8), closes=time(22)),
        OpeningHours(days=("wed",), opens=time(18), closes=time(19)),
    )
    person = booked("P-1", 2, 5, opening=Opening(hours=hours), at=time(18, 30), times=(SIX,))
    found = propose_bulk([person])
    assert told(found) == [("P-1", 1, day(1), "18:30"), ("P-1", 2, day(3), "18:30")]


def test_a_trainer_who_is_ill_meets_nobody_that_day() -> None:
    roster = Roster(trainer="S01", away=closed(0, reason="ill"))
    found = propose_bulk([booked("P-1", 0, 3, opening=Opening(roster=roster), trainer="S01")])
    assert told(found) == [("P-1", 1, day(1), "18:00")]


def test_a_trainers_places_are_filled_and_no_further() -> None:
    opening = Opening(closures=closed(0))
    people = [booked(f"P-{n}", 0, 3, opening=opening, trainer="S01", capacity=2) for n in (1, 2, 3)]
    found = propose_bulk(people)
    assert told(found) == [("P-1", 1, day(1), "18:00"), ("P-2", 1, day(1), "18:00"), ("P-3", 1, day(5), "18:00")]


def test_slots_that_stand_are_joined_kept_free_and_left() -> None:
    opening = Opening(closures=closed(0))
    tuesday = Slot(starts_at=instant(day(1), SIX, DUBLIN), minutes=60, capacity=1, trainer="S01", people=("P-9",))
    half_past = Slot(starts_at=instant(day(1), time(18, 30), DUBLIN), minutes=60, capacity=1, trainer="S01", people=("P-9",))
    person = booked("P-1", 0, 3, opening=opening, trainer="S01")
    for standing in (tuesday, half_past):
        assert told(propose_bulk([person], [standing])) == [("P-1", 1, day(5), "18:00")]
    joinable = replace(tuesday, capacity=2)
    assert told(propose_bulk([person], [joinable])) == [("P-1", 1, day(1), "18:00")]
    assert told(propose_bulk([person], [replace(tuesday, people=())])) == [("P-1", 1, day(1), "18:00")]
    left = Slot(starts_at=instant(day(0), SIX, DUBLIN), minutes=60, capacity=1, trainer="S01", people=("P-1",))
    assert told(propose_bulk([person], [left])) == [("P-1", 1, day(1), "18:00")]


def test_whoever_has_a_second_place_makes_way() -> None:
    """P-1 has only Tuesday at 18:00, P-2 had it first and can go on Wednesday too; with fewest places first neither is asked twice."""
    one_day = Opening(closures=closed(0, 2, 3, 4, 5, 6))
    two_days = Opening(closures=closed(0, 3, 4, 5, 6))
    early = booked("P-1", 0, opening=one_day, trainer="S01")
    late = booked("P-2", 0, opening=two_days, trainer="S01")
    assert told(propose_bulk([late, early])) == [("P-1", 1, day(1), "18:00"), ("P-2", 1, day(2), "18:00")]


def test_a_chain_of_people_makes_way() -> None:
    """All have two places; whoever comes last finds both taken until two others have moved on."""

    def with_days(who: str, *open_days: int) -> Booked:
        return booked(who, 0, opening=Opening(closures=closed(*(n for n in range(7) if n not in open_days))), trainer="S01")

    people = [with_days("P-1", 1, 2), with_days("P-2", 2, 3), with_days("P-3", 1, 2)]
    found = propose_bulk(people)
    where = {m.who: m.slot.on for m in found.moves}
    assert (where["P-2"], {where["P-1"], where["P-3"]}) == (day(3), {day(1), day(2)})
    four = propose_bulk([*people, with_days("P-4", 1, 3)])
    assert four.moves == ()
    assert four.stuck == (Stuck(who="P-4", session_no=1, why=(ALL_TAKEN,)),)


def test_people_without_trainer_and_room_are_in_nobodys_way() -> None:
    opening = Opening(closures=closed(0))
    found = propose_bulk([booked("P-1", 0, opening=opening), booked("P-2", 0, opening=opening)])
    assert {m.slot.on for m in found.moves} == {day(1)}


def test_where_one_is_stuck_nobody_moves_and_the_sentences_say_why() -> None:
    free = booked("P-1", 0, opening=Opening(closures=closed(0)))
    whole_week = Opening(closures=(Closure(first=day(0), last=day(6), reason="Flood"),))
    found = propose_bulk([free, booked("P-2", 0, 3, opening=whole_week)])
    assert found.moves == ()
    assert [(s.who, s.session_no) for s in found.stuck] == [("P-2", 1), ("P-2", 2)]
    assert found.stuck[0].why == tuple(f"The site is closed on {d}: Flood." for d in (
        "Mon 4 May", "Tue 5 May", "Wed 6 May", "Thu 7 May", "Fri 8 May", "Sat 9 May", "Sun 10 May",
    ))  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    days=st.lists(st.sampled_from([(0, 3), (1, 4), (2, 5), (0, 2), (3, 6)]), min_size=1, max_size=6),
    shut=st.sets(st.integers(0, 6), min_size=1, max_size=4),
    capacity=st.integers(1, 3),
)
def test_every_proposal_keeps_every_rule(days: list[tuple[int, int]], shut: set[int], capacity: int) -> None:
    opening = Opening(closures=closed(*shut))
    people = [
        booked(f"P-{n}", *own, opening=opening, trainer="S01", capacity=capacity, times=(SIX, time(9, 0))) for n, own in enumerate(days)
    ]
    standing: dict[datetime, list[str]] = {}
    for person in people:
        for session in person.sessions:
            standing.setdefault(session.at, []).append(person.who)
    slots = [
        Slot(starts_at=at, minutes=60, capacity=max(capacity, len(who)), trainer="S01", people=tuple(who)) for at, who in standing.items()
    ]
    found = propose_bulk(people, slots)
    expected = {(p.who, no) for p in people for no in hit(p)}
    if found.stuck:
        assert found.moves == ()
        assert {(s.who, s.session_no) for s in found.stuck} <= expected
        assert all(s.why for s in found.stuck)
        return
    moved = {(m.who, m.session_no): m.slot for m in found.moves}
    assert set(moved) == expected
    at_once: dict[datetime, int] = {}
    for person in people:
        places = sorted((moved[person.who, s.no].on if (person.who, s.no) in moved else s.on) for s in person.sessions)
        assert all((b - a).days >= 2 for a, b in pairwise(places))
        for s in person.sessions:
            slot = moved.get((person.who, s.no))
            at = slot.starts_at if slot else s.at
            at_once[at] = at_once.get(at, 0) + 1
            if slot:
                assert refusal_by_hours(slot.on, slot.at, 60, opening) is None
    for at, n in at_once.items():
        assert n <= max(capacity, len(standing.get(at, ())))
