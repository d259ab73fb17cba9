"""What a session prescribes for this person: the plan's week, the last session held, starting loads and tests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Min

from participants.actions.sessions.common import HELD, day_of
from participants.actions.sessions.strength import STARTING_LOAD
from participants.domain.prescription import REPS_ONLY, WORKING, PrescribedSet, Target, dose_of, prescribe, target_reserve
from participants.domain.progression import RAMP, DoneSet, Proposal, propose
from participants.models import BaselineValue, ExerciseSet, StrengthTest, TrainingSession
from trials.domain.protocol.shape import Exercise, SessionPlan, WeekDose
from trials.queries import protocol_in_force


@dataclass(frozen=True, kw_only=True)
class Prescription:
    """The planned sets, and for each exercise which rule gave its load and why."""

    sets: tuple[PrescribedSet, ...]
    proposals: dict[str, Proposal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class History:
    """What was lifted before a session: the last two held sessions of each exercise, starting loads, tests and body mass."""

    last: dict[str, tuple[date, list[ExerciseSet], list[ExerciseSet]]]
    starting: dict[str, StrengthTest]
    tested: dict[str, StrengthTest]
    body_mass_kg: Decimal | None


def prescription_for(session: TrainingSession, plan: SessionPlan) -> Prescription:
    """What this session prescribes as things stand; frozen with the session when it begins. Four queries, one more when deferred."""
    past = history_before(session)
    week = plan_week(session, plan)
    dose = dose_of(plan, week)
    if dose is None:
        return Prescription(sets=())
    proposals = {e.code: _proposal(e, plan, dose, past) for e in plan.exercises}
    targets = {code: Target(load_kg=p.load_kg, reps_max=p.reps_max, e1rm_kg=_e1rm(past, code)) for code, p in proposals.items()}
    return Prescription(sets=prescribe(plan, plan_week=week, targets=targets, body_mass_kg=past.body_mass_kg), proposals=proposals)


def plan_week(session: TrainingSession, plan: SessionPlan) -> int:
    """The week in the session's own plan: deferred training counts from its own first week."""
    if session.phase != TrainingSession.Phase.DEFERRED:
        return session.week
    first = session.enrolment.sessions.filter(phase=session.phase).aggregate(first=Min("week"))["first"]
    return session.week - first + 1 - plan.familiarisation_weeks


def history_before(session: TrainingSession) -> History:
    """Sets of the sessions held before this one, tests up to its day, the last body mass up to its day."""
    participant = session.enrolment.participant
    on = day_of(session, participant.site.timezone)
    sets = (
        ExerciseSet.objects.filter(session__enrolment=session.enrolment_id, session__status__in=HELD, set_kind=WORKING)
        .filter(session__held_on__lte=on)
        .exclude(session=session.pk)
        .select_related("session")
        .order_by("-session__held_on", "-session__session_no", "exercise_no", "set_no")
    )
    tests = StrengthTest.objects.filter(participant=participant, tested_on__lte=on, voided_at=None).order_by("tested_on", "pk")
    starting, tested = {}, {}
    for test in tests:
        (starting if test.purpose == STARTING_LOAD else tested)[test.exercise] = test
    return History(last=_last_of_each(sets), starting=starting, tested=tested, body_mass_kg=_body_mass(participant.pk, on))


def _last_of_each(sets: object) -> dict[str, tuple[date, list[ExerciseSet], list[ExerciseSet]]]:
    """By planned exercise, the sets of the last session in which it was planned and of the one before (newest first in `sets`)."""
    by_session: dict[str, dict[int, list[ExerciseSet]]] = defaultdict(dict)
    for row in sets:  # type: ignore[attr-defined]
        by_session[row.substitute_for or row.exercise].setdefault(row.session_id, []).append(row)
    newest = {code: (*list(sessions.values())[:2], [])[:2] for code, sessions in by_session.items()}
    return {code: (rows[0].session.held_on, rows, earlier) for code, (rows, earlier) in newest.items()}


def _body_mass(participant_id: int, on: date) -> Decimal | None:
    """The last value of the protocol's variable that is measured in kg."""
    in_kg = [v.code for v in protocol_in_force().baseline if v.unit == "kg"][:1]
    values = BaselineValue.objects.filter(participant=participant_id, variable__in=in_kg, measured_on__lte=on)
    value = values.order_by("-measured_on").values_list("value", flat=True).first()
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        return None


def _proposal(exercise: Exercise, plan: SessionPlan, dose: WeekDose, past: History) -> Proposal:
    """A new starting load stands first; then the protocol's rule on the last session; then the starting load it began with."""
    held_on, sets, earlier = past.last.get(exercise.code, (date.min, [], []))
    start = past.starting.get(exercise.code)
    planned = [s for s in sets if s.planned_reps is not None]
    loaded = any(s.planned_load_kg is not None for s in planned)
    if exercise.load_model == REPS_ONLY:
        return Proposal(load_kg=None, reps_max=dose.reps_max, rule=plan.progression.rule, why="Repetitions only.")
    if start and plan.progression.rule != RAMP and (not loaded or start.tested_on > held_on):
        why = f"Starting load of {start.tested_on.isoformat()}."
        return Proposal(load_kg=start.load_kg, reps_max=dose.reps_max, rule=STARTING_LOAD, why=why)
    return propose(
        plan.progression,
        [_done(s, dose) for s in planned],
        increment_kg=exercise.increment_kg,
        reps_max=dose.reps_max,
        pct_1rm=dose.pct_1rm,
        e1rm_kg=_e1rm(past, exercise.code),
        rir=target_reserve(dose),
        earlier=[_done(s, dose) for s in earlier if s.planned_reps is not None],
    )


def _done(row: ExerciseSet, dose: WeekDose) -> DoneSet:
    """A planned set as the rule sees it; one done with another exercise counts as not done.

    A rating tells repetitions in reserve only where the plan asks for exertion on that scale.
    """
    swapped = bool(row.substitute_for)
    reps = row.planned_reps or 0
    return DoneSet(
        planned_load_kg=row.planned_load_kg,
        reps_min=reps,
        reps_max=row.planned_reps_max or reps,
        done_reps=0 if swapped else row.done_reps or 0,
        done_load_kg=None if swapped else row.done_load_kg,
        rir=None if swapped else row.rir,
        rpe=None if swapped or dose.rpe is None else row.rpe,
    )


def _e1rm(past: History, exercise: str) -> Decimal | None:
    known = [t for t in (past.starting.get(exercise), past.tested.get(exercise)) if t is not None and t.e1rm_kg is not None]
    return max(known, key=lambda t: t.tested_on).e1rm_kg if known else None
