"""Where a site has slots, sessions are laid out into their free places, by every rule of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from participants.domain.calendar import Preferred, plan_deferred, plan_sessions, week_opens_on
from participants.domain.opening import Opening
from participants.domain.places import Place, by_day, minutes_off, nearest
from tests.participants.domain.test_calendar import DUBLIN, MONDAY_EVENING, THURSDAY_MORNING, closure, local, plan_of

MONDAY = date(2026, 5, 4)
ZONE = ZoneInfo(DUBLIN)


def place(slot: int, day: int, hour: int, *, trainer: int = 1, minute: int = 0) -> Place:
    """In May 2026, by the clock of Dublin."""
    return Place(slot=slot, starts_at=datetime(2026, 5, day, hour, minute, tzinfo=ZONE), trainer=trainer)


def laid(*places: Place, weeks: int = 1, preferred=(MONDAY_EVENING, THURSDAY_MORNING), **more):
    told = {"day0": MONDAY, "starts_on": MONDAY, "timezone": DUBLIN, "preferred": preferred, "places": places} | more
    found = plan_sessions(plan_of(weeks=weeks), **told)
    return [(local(s), s.place.slot if s.place else None) for s in found]


def test_a_place_at_the_day_and_time_asked_for_is_taken_and_a_day_without_one_gives_way() -> None:
    assert laid(place(1, 4, 18), place(2, 7, 7, minute=30), place(3, 5, 18)) == [("Mon 04 May 18:00", 1), ("Thu 07 May 07:30", 2)]
    assert laid(place(3, 5, 18), place(2, 7, 7, minute=30)) == [("Tue 05 May 18:00", 3), ("Thu 07 May 07:30", 2)]


def test_of_a_day_the_place_nearest_to_the_time_asked_for_is_taken() -> None:
    assert laid(place(1, 4, 9), place(2, 4, 17), place(3, 4, 19, minute=30)) == [("Mon 04 May 17:00", 2), ("Thu 07 May 07:30", None)]


def test_a_day_asked_for_with_a_place_at_its_time_comes_before_one_hours_off() -> None:
    """Of three days asked for, Monday's place is nine hours off; Wednesday's and Friday's are on time."""
    asked = tuple(Preferred(weekday=day, at=time(18)) for day in (0, 2, 4))
    assert laid(place(1, 4, 9), place(2, 6, 18), place(3, 8, 18), preferred=asked) == [("Wed 06 May 18:00", 2), ("Fri 08 May 18:00", 3)]


def test_the_rest_rule_binds_whatever_places_there_are() -> None:
    assert laid(place(1, 5, 9), place(2, 6, 9)) == [("Tue 05 May 09:00", 1), ("Thu 07 May 07:30", None)]
    assert laid(place(1, 5, 9), place(2, 6, 9), preferred=()) == [("Tue 05 May 09:00", 1), ("Thu 07 May 10:00", None)]


def test_a_place_on_a_closed_day_and_one_before_the_start_are_not_taken() -> None:
    shut = Opening(closures=(closure(date(2026, 5, 5)),))
    assert laid(place(1, 5, 9), opening=shut) == [("Mon 04 May 18:00", None), ("Thu 07 May 07:30", None)]
    assert laid(place(1, 4, 18), place(2, 6, 9), starts_on=date(2026, 5, 6))[0] == ("Wed 06 May 09:00", 2)


def test_weeks_without_a_place_stand_as_without_slots_and_a_trainer_is_kept() -> None:
    places = (place(1, 4, 18, trainer=1), place(2, 7, 7, trainer=1, minute=30), place(4, 11, 17, trainer=2), place(5, 11, 19, trainer=1))
    assert laid(*places, weeks=3) == [
        ("Mon 04 May 18:00", 1), ("Thu 07 May 07:30", 2), ("Mon 11 May 19:00", 5), ("Thu 14 May 07:30", None),
        ("Mon 18 May 18:00", None), ("Thu 21 May 07:30", None),
    ]  # fmt: skip


def test_deferred_training_takes_places_too() -> None:
    found = plan_deferred(
        plan_of(weeks=1), day0=date(2026, 4, 6), starts_on=MONDAY, timezone=DUBLIN, places=(place(7, 6, 9), place(8, 8, 9))
    )
    assert [(s.planned_at, s.place.slot, s.phase) for s in found] == [
        (datetime(2026, 5, 6, 8, tzinfo=UTC), 7, "deferred"), (datetime(2026, 5, 8, 8, tzinfo=UTC), 8, "deferred"),
    ]  # fmt: skip


def test_places_stand_on_the_dates_of_the_site_and_are_measured_on_its_clock() -> None:
    late = Place(slot=1, starts_at=datetime(2026, 5, 4, 23, 30, tzinfo=UTC), trainer=1)  # half past midnight in Dublin
    assert by_day([late], DUBLIN) == {date(2026, 5, 5): (late,)}
    assert minutes_off(late, time(1, 0), DUBLIN) == 30
    early = Place(slot=2, starts_at=late.starts_at, trainer=2)
    assert (nearest([late, early], time(0), DUBLIN).slot, nearest([late, early], time(0), DUBLIN, trainer=2).slot) == (1, 2)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 28), st.integers(6, 21), st.integers(1, 3)), max_size=20), st.sampled_from([1, 2, 3]))
def test_whatever_places_there_are_nothing_is_skipped_doubled_or_too_near(told, per_week) -> None:
    places = [place(number, day, hour, trainer=trainer) for number, (day, hour, trainer) in enumerate(told)]
    plan = plan_of(weeks=4, per_week=per_week)
    found = plan_sessions(plan, day0=MONDAY, starts_on=MONDAY, timezone=DUBLIN, preferred=(MONDAY_EVENING,), places=places)
    assert [s.week for s in found] == [week for week in range(1, 5) for _ in range(per_week)]
    assert all((later.planned_on - earlier.planned_on).days >= 2 for earlier, later in pairwise(found))
    assert all(0 <= (s.planned_on - week_opens_on(s.week, MONDAY)).days < 7 for s in found)
    there = {p.slot: p.starts_at for p in places}
    taken = [s.place.slot for s in found if s.place]
    assert len(taken) == len(set(taken))
    assert all(there[s.place.slot] == s.planned_at and s.planned_at.astimezone(ZONE).date() == s.planned_on for s in found if s.place)
