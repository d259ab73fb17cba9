"""The planned dose of sessions that were not held: each exercise at its last prescribed load, without progression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from outcomes.domain.records import Phase, SessionRecord, SetRecord

REPS_ONLY = "reps_only"


class LastLoads:
    """The load that each exercise was last prescribed, in kg, as sessions go by in planned order; warm-up sets prescribe nothing."""

    def __init__(self) -> None:
        self.of: dict[str, Decimal] = {}

    def see(self, one: SetRecord) -> None:
        if one.working and one.planned and one.planned_load_kg is not None:
            self.of[one.planned_exercise] = one.planned_load_kg

    def carried(self, one: SetRecord) -> SetRecord:
        """The set with the last load of its exercise where it has none of its own; of a set that counts repetitions only, nothing."""
        if one.planned_load_kg is not None or not one.planned or one.load_model == REPS_ONLY:
            return one
        return replace(one, planned_load_kg=self.of.get(one.planned_exercise))


def with_carried_loads(sessions: Iterable[SessionRecord], sets: Iterable[SetRecord]) -> list[SetRecord]:
    """One person's sets in the order given; planned sets of sessions not held have their exercise's last prescribed load.

    Deferred training neither gives nor takes a load; an exercise never prescribed one stays without.
    """
    given = list(sets)
    course = sorted((s for s in sessions if s.phase != Phase.DEFERRED), key=lambda s: (s.planned_on, s.session_no))
    at: dict[tuple[str, int], list[int]] = {}
    for place, one in enumerate(given):
        at.setdefault((one.trial_id, one.session_no), []).append(place)
    last = LastLoads()
    for session in course:
        for place in at.get((session.trial_id, session.session_no), ()):
            if not session.held:
                given[place] = last.carried(given[place])
            last.see(given[place])
    return given
