"""One person's course with sets and sessions of every kind, made by the trial's own steps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

from participants.actions import sessions
from participants.models import ExerciseSet, Participant, TrainingSession
from tests.participants.training import done, hold, in_both_arms, session_of


def whole_course(cast, at) -> Participant:  # type: ignore[no-untyped-def]
    """One person's course: tests before and between sessions, sessions held, begun, missed, and sets of every kind."""
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    here = {"by": cast.coordinator}
    first, second, third, fourth = (session_of(person, n) for n in range(7, 11))
    for exercise, on, load in (
        ("squat", at, "37"),
        ("bench_press", at, "23.5"),
        ("squat", second.planned_at, "43"),
        ("deadlift", at, "61"),
    ):
        sessions.record_strength_test(
            person, exercise=exercise, tested_on=on.date(), reps=7, load_kg=D(load), purpose="baseline", at=max(on, at), **here
        )
    hold(first, [*done(7, "37", (1, 1)), *done(6, "22", (2, 1))], at=first.planned_at, session_rpe=D(12), **here)
    hold(second, [*done(9, "43.5", (1, 1), (1, 2)), *done(11, "19.7", (2, 1))], at=second.planned_at, **here)
    sessions.start(third, at=third.planned_at, **here)
    sessions.mark_missed(fourth, reason="time", at=fourth.planned_at + timedelta(hours=1), **here)
    _every_kind(second)
    return person


def _every_kind(session: TrainingSession) -> None:
    """Sets that no step writes so closely together: past the actions, and the kept sums made anew afterwards."""
    rows = list(ExerciseSet.objects.filter(session=session).order_by("exercise_no", "set_no"))
    facts: list[dict[str, object]] = [
        {"planned_load_kg": D("52.35"), "done_load_kg": D("47.15"), "done_reps": 7, "sides": 2},
        {"planned_load_kg": D("17.30"), "done_load_kg": D("19.99"), "done_reps": 13},
        {"set_kind": "warmup", "planned_load_kg": D(20), "done_load_kg": D(20), "done_reps": 9},
        {"planned_load_kg": D("33.10"), "done_load_kg": D("12.70"), "done_reps": 5, "substitute_for": "hip_thrust"},
        {"load_model": "bodyweight_fraction", "bodyweight_kg": D("44.17"), "planned_load_kg": None, "done_reps": 10},
        {"load_model": "bodyweight_fraction", "bodyweight_kg": D("44.17"), "planned_load_kg": D(3), "done_load_kg": D(7), "done_reps": 3},
        {"load_model": "bodyweight_fraction", "bodyweight_kg": None, "planned_load_kg": D(3), "done_load_kg": D(7), "done_reps": 3},
        {"load_model": "reps_only", "planned_load_kg": None, "done_load_kg": None, "done_reps": 15},
        {"planned_reps": None, "planned_reps_max": None, "planned_load_kg": None, "done_load_kg": D("70.70"), "done_reps": 4},
        {"planned_load_kg": D(0), "done_load_kg": D(10), "done_reps": 8},
        {"planned_load_kg": D(30), "done_load_kg": None, "done_reps": 8},
        {"planned_load_kg": D(30), "done_load_kg": None, "done_reps": None},
        {"planned_load_kg": D(30), "done_load_kg": D(30), "done_reps": 0},
    ]
    assert len(rows) >= len(facts)
    for row, told in zip(rows, facts, strict=False):
        ExerciseSet.objects.filter(pk=row.pk).update(exercise="squat", **told)
