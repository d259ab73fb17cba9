"""Session and set rows of one person: what became of each planned session, and the dose planned for those that were not held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any, NamedTuple

from outcomes.domain.case import Case
from outcomes.domain.facts import Person, Row
from outcomes.domain.forms import Training
from outcomes.domain.planned import with_carried_loads
from outcomes.domain.records import Phase, SessionRecord, SetRecord, Status
from participants.domain.prescription import Target, prescribe
from participants.domain.sets import Tested, as_done, e1rm_on, with_e1rm
from participants.domain.sums import Prescribed, SessionSums, prescribed_in, sums_of

Sums = Mapping[tuple[str, int], SessionSums]


class Kept(NamedTuple):
    """What is kept of one session with sets: its sums, whether its own sets have every load they need, and what it prescribes onwards.

    What it prescribes is read when a session that was not held asks for it, which most never do.
    """

    sums: SessionSums
    complete: bool
    prescribes: Callable[[], Prescribed]


OPEN = (Status.SCHEDULED, Status.MISSED)


def sessions_of(case: Case) -> list[SessionRecord]:
    """The sessions as they stand at the cut: those planned after the end of training are not delivered, earlier ones stay missed."""
    sessions = sorted(case.person.sessions, key=attrgetter("session_no"))
    if case.person.stated:
        sessions = [_with_stated(case, s) for s in sessions]
    if case.ended_on is not None or case.stopped_on is not None:
        sessions = [_ended(case, s) for s in sessions]
    return [_told(case, s) for s in sessions]


def sets_of(case: Case, sessions: list[SessionRecord]) -> list[SetRecord]:
    """Recorded sets with their estimated 1RM, and the carried-forward plan of due sessions that were never held."""
    recorded = sorted(case.person.sets, key=_set_key)
    of, tests = {s.session_no: s for s in sessions}, tests_of(case)
    sets = [with_e1rm(as_done(one, of[one.session_no].held), tests, of[one.session_no].held_on) for one in recorded]
    by_session: dict[int, list[SetRecord]] = {}
    for one in sets:
        by_session.setdefault(one.session_no, []).append(one)
    prescribed = {number: prescribed_in(found) for number, found in by_session.items()}
    every = sorted([*with_carried_loads(sessions, sets), *_carried_forward(case, sessions, prescribed)], key=_set_key)
    return [_with_stated_1rm(case, one) for one in every]


def suffices(person: Person, kept: Mapping[int, Kept]) -> bool:
    """Whether kept sums, by session number, say all that the sets would.

    They don't where a bundle stated figures, or a session not held borrows the load of an earlier one.
    """
    return not person.stated and all(s.held or s.session_no not in kept or kept[s.session_no].complete for s in person.sessions)


def summed(case: Case, sessions: list[SessionRecord], kept: Mapping[int, Kept]) -> Training:
    """What `sets_of` would lead to, where kept sums suffice: the sums of every session, and of the sets those carried forward alone."""
    trial_id = case.person.trial_id
    sums = {(trial_id, number): one.sums for number, one in kept.items()}
    if all(s.held or s.session_no in kept or s.window_closes_on >= case.today for s in sessions):
        return Training(sessions, [], sums)
    carried = _carried_forward(case, sessions, {number: one.prescribes() for number, one in kept.items()})
    return Training(sessions, carried, sums | sums_of(carried))


def session_rows(sessions: list[SessionRecord], sums: Sums) -> list[Row]:
    return [vars(session) | _summed(session, sums.get((session.trial_id, session.session_no))) for session in sessions]


def set_rows(sets: Iterable[SetRecord]) -> list[Row]:
    return [dict(vars(one)) for one in sets]


def _set_key(one: SetRecord) -> tuple[int, int, int]:
    return one.session_no, one.exercise_no, one.set_no


def _with_stated(case: Case, session: SessionRecord) -> SessionRecord:
    """The session with the sums that a bundle stated for it."""
    stated: dict[str, Any] = case.stated("session", session.session_no)
    return replace(session, **stated) if stated else session


def _ended(case: Case, session: SessionRecord) -> SessionRecord:
    end = case.ended_on if session.phase == Phase.DEFERRED else case.stopped_on
    if end is None or session.status not in OPEN or session.planned_on < end:
        return session
    if session.status == Status.MISSED and session.planned_on == end:
        return session
    return replace(session, status=Status.NOT_DELIVERED)


def _told(case: Case, session: SessionRecord) -> SessionRecord:
    """The session with its minutes, and the class of the reason why it ended early."""
    of_end, minutes = session.ended_early_reason_class, session.minutes_trained
    if session.ended_early_reason or of_end:
        of_end = case.protocol.missed_reason_class.get(session.ended_early_reason, of_end)
    if (minutes, of_end) == (session.minutes, session.ended_early_reason_class):
        return session
    return replace(session, minutes=minutes, ended_early_reason_class=of_end)


def _summed(session: SessionRecord, sums: SessionSums | None) -> Row:
    """The columns of session.csv that its sets add up to; nothing for a session without sets."""
    if sums is None:
        return {}
    held = session.held
    return {
        "planned_volume_kg": sums.planned_volume_kg,
        "done_volume_kg": (sums.done_volume_kg or Decimal(0)) if held else None,
        "sets_planned": sums.sets_planned,
        "sets_done": sums.sets_done if held else None,
        "reps_planned": sums.reps_planned,
        "reps_done": sums.reps_done if held else None,
    }


def _with_stated_1rm(case: Case, one: SetRecord) -> SetRecord:
    """The set with the estimated 1RM that a bundle stated without its test."""
    stated: dict[str, Any] = case.stated("exercise_set", one.session_no, one.exercise_no, one.set_no)
    return replace(one, **stated) if stated else one


def tests_of(case: Case) -> list[Tested]:
    """The person's strength tests: exercise, day, estimated 1RM."""
    return [
        (str(t["exercise"]), tested_on, e1rm if isinstance(e1rm := t.get("e1rm_kg"), Decimal) else None)
        for t in case.person.strength_tests
        if isinstance(tested_on := t["tested_on"], date)
    ]


def starting_loads(case: Case, on: date) -> dict[str, Decimal]:
    """Kilograms each exercise was to start with, as last settled on or before the day."""
    found: dict[str, Decimal] = {}
    for test in sorted(case.person.strength_tests, key=lambda t: str(t["tested_on"])):
        load, tested_on = test.get("load_kg"), test["tested_on"]
        if test.get("purpose") == "starting_load" and isinstance(load, Decimal) and isinstance(tested_on, date) and tested_on <= on:
            found[str(test["exercise"])] = load
    return found


def _carried_forward(case: Case, sessions: list[SessionRecord], prescribed: Mapping[int, Prescribed]) -> list[SetRecord]:
    """That week's sets and repetitions at each exercise's last prescribed load, without progression."""
    if case.plan is None:
        return []
    loads: dict[str, Decimal] = {}
    body_mass_shares: dict[str, Decimal] = {}
    carried: list[SetRecord] = []
    for session in sorted(sessions, key=lambda s: (s.planned_on, s.session_no)):
        if session.phase == Phase.DEFERRED:
            continue
        frozen = prescribed.get(session.session_no)
        if frozen is not None:
            loads |= frozen.loads
            body_mass_shares |= frozen.body_mass_shares
        lacks_plan = frozen is None and "planned_volume_kg" not in case.stated("session", session.session_no)
        if lacks_plan and not session.held and session.window_closes_on < case.today:
            carried += _planned_sets(case, session, starting_loads(case, session.planned_on) | loads, body_mass_shares)
    return carried


def _planned_sets(case: Case, session: SessionRecord, loads: dict[str, Decimal], body_mass_shares: dict[str, Decimal]) -> list[SetRecord]:
    assert case.plan is not None
    tests = tests_of(case)
    targets = {e.code: Target(load_kg=loads.get(e.code), e1rm_kg=e1rm_on(tests, e.code, session.planned_on)) for e in case.plan.exercises}
    return [
        SetRecord(
            trial_id=session.trial_id,
            session_no=session.session_no,
            exercise_no=one.exercise_no,
            exercise=one.exercise,
            set_no=one.set_no,
            set_kind=one.set_kind,
            planned_reps=one.planned_reps,
            planned_reps_max=one.planned_reps_max,
            planned_load_kg=one.planned_load_kg,
            planned_pct_1rm=one.planned_pct_1rm,
            sides=one.sides,
            load_model=one.load_model,
            bodyweight_kg=one.bodyweight_kg if one.bodyweight_kg is not None else body_mass_shares.get(one.exercise),
        )
        for one in prescribe(case.plan, plan_week=session.week or 0, targets=targets, body_mass_kg=body_mass_on(case, session.planned_on))
    ]


def body_mass_on(case: Case, on: date) -> Decimal | None:
    """Kilograms: the last value on or before the day of the protocol's first baseline variable measured in kg; None where there is none."""
    variable = next((v.code for v in case.protocol.baseline if v.unit == "kg"), None)
    known = [
        (measured_on, str(row.get("value") or ""))
        for row in case.person.baseline
        if row["variable"] == variable and isinstance(measured_on := row.get("measured_on"), date) and measured_on <= on
    ]
    try:
        return Decimal(max(known)[1]) if known else None
    except InvalidOperation:
        return None
