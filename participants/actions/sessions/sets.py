"""Sets as done, beside what was prescribed: their shape, what asks to be confirmed, and what they make of the session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from participants.actions.sessions.common import HELD, Status
from participants.actions.sessions.figures import kilograms, rating, whole
from participants.domain.prescription import WARMUP, WORKING, question_about_load
from participants.domain.wall_clock import local_day
from participants.models import ExerciseSet, TrainingSession
from trials.permissions import Refused

LONGEST_BAND = 40


@dataclass(frozen=True, kw_only=True)
class LoggedSet:
    """One set as done: repetitions a side, load in kg, RPE or repetitions in reserve; `substitute` = what was done instead, and why.

    `band` names an elastic band used in place of kilograms, in the person's words.
    """

    exercise_no: int
    set_no: int
    done_reps: int
    done_load_kg: Decimal | None = None
    rpe: Decimal | None = None
    rir: Decimal | None = None
    substitute: str = ""
    substitute_reason: str = ""
    set_kind: str = WORKING
    band: str = ""


def ask_about_loads(session: TrainingSession, sets: Sequence[LoggedSet], rows: dict[tuple[int, int], ExerciseSet]) -> None:
    """A load far above the last one is asked about before anything is written."""
    last = last_loads(session)
    for done in sets:
        row = rows.get((done.exercise_no, done.set_no))
        planned = row.planned_load_kg if row else None
        code = done.substitute or (row.substitute_for or row.exercise if row else "")
        if done.done_load_kg is None:
            continue
        question = question_about_load(kilograms(done.done_load_kg, "The load"), last.get(code, planned))
        if question:
            raise Refused(question, code="confirm")


def last_loads(session: TrainingSession) -> dict[str, Decimal]:
    """By exercise as done, the load of the last set before this session."""
    done = ExerciseSet.objects.filter(session__enrolment=session.enrolment_id, session__status__in=HELD, done_load_kg__isnull=False)
    ordered = done.exclude(session=session.pk).order_by("session__held_on", "session__session_no", "exercise_no", "set_no")
    return dict(ordered.values_list("exercise", "done_load_kg"))


def extra_set(session: TrainingSession, done: LoggedSet, named: dict[int, ExerciseSet]) -> ExerciseSet:
    """A set beyond the plan, of an exercise that is in it."""
    like = named.get(done.exercise_no)
    if like is None:
        raise Refused(f"This session has no exercise {done.exercise_no}.", code="unknown_exercise", status=422)
    whole(done.set_no, "The number of a set", least=1, most=50)
    return ExerciseSet(
        session=session, exercise_no=done.exercise_no, set_no=done.set_no, exercise=like.substitute_for or like.exercise,
        sides=like.sides, load_model=like.load_model, bodyweight_kg=like.bodyweight_kg,
    )  # fmt: skip


def write(row: ExerciseSet, done: LoggedSet) -> None:
    """What was done, into its row; the planned columns stay as they are."""
    if done.set_kind not in (WORKING, WARMUP):
        raise Refused(f"A set is {WORKING} or {WARMUP}.", code="set_kind", status=422)
    row.done_reps = whole(done.done_reps, "Repetitions", least=0, most=999)
    row.done_load_kg = None if done.done_load_kg is None else kilograms(done.done_load_kg, "The load")
    row.rpe = rating(done.rpe, "RPE", least=Decimal(0), most=Decimal(20))
    row.rir = rating(done.rir, "Repetitions in reserve", least=Decimal(0), most=Decimal(50))
    row.band = band_named(done.band)
    if row.planned_reps is None:
        row.set_kind = done.set_kind
    _substitute(row, done)


def _substitute(row: ExerciseSet, done: LoggedSet) -> None:
    planned = row.substitute_for or row.exercise
    instead = exercise_code(done.substitute)
    if not instead or instead == planned:
        row.exercise, row.substitute_for, row.substitute_reason = planned, "", ""
        return
    if not done.substitute_reason.strip():
        raise Refused(f"Say why {planned} was swapped.", code="no_reason", status=422)
    row.exercise, row.substitute_for, row.substitute_reason = instead, planned, done.substitute_reason


def band_named(band: str) -> str:
    if len(band.strip()) > LONGEST_BAND:
        raise Refused(f"Which band: at most {LONGEST_BAND} letters, like red.", code="band", status=422)
    return band.strip()


def exercise_code(name: str) -> str:
    """An exercise's name as a code: "Leg press" becomes leg_press."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]


def keep(rows: Iterable[ExerciseSet]) -> None:
    """All changed and new rows, in one statement each."""
    written = list(rows)
    changed = ["exercise", "set_kind", "done_reps", "done_load_kg", "rpe", "rir", "substitute_for", "substitute_reason", "band"]
    ExerciseSet.objects.bulk_update([r for r in written if r.pk], changed)
    ExerciseSet.objects.bulk_create([r for r in written if not r.pk])


def restate(session: TrainingSession, rows: Iterable[ExerciseSet]) -> None:
    """Attended = at least one working set done; made up, where it had been recorded missed before."""
    if any(r.set_kind == WORKING and (r.done_reps or 0) > 0 for r in rows):
        session.status = Status.MADE_UP if session.missed_before_done else Status.ATTENDED
        session.held_on = local_day(session.started_at, session.enrolment.participant.site.timezone)
        session.reason = session.reason_class = ""
    elif session.status in HELD:
        session.status, session.held_on = (Status.MISSED if session.missed_before_done else Status.SCHEDULED), None
