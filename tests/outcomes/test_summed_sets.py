"""The database adds up sets to the last digit as the pure functions do, for every kind of set and of session."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from outcomes.actions import reports
from outcomes.domain.case import Case
from outcomes.domain.forms import Training
from outcomes.domain.training import sessions_of, sets_of
from outcomes.exports import trained
from outcomes.exports.dataset import people
from outcomes.queries import summed_sets
from participants.actions import sessions
from participants.models import ExerciseSet, TrainingSession
from tests.participants.training import done, hold, in_both_arms, session_of
from trials.actors import Machine
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
SHELL = Machine("shell")


@pytest.fixture
def course(cast, at):
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


def test_every_sum_of_every_kind_of_set_is_equal_to_the_last_digit(course, at) -> None:
    sessions.rebuild_sums(by=SHELL, at=at + timedelta(days=60))
    anew, read = (
        {(person.trial_id, no): one for person, kept in trained.people(anew=anew) for no, one in (kept or {}).items()}
        for anew in (True, False)
    )
    assert {no: (one.sums, one.prescribes()) for no, one in anew.items()} == {no: (one.sums, one.prescribes()) for no, one in read.items()}
    assert sorted(number for _, number in anew) == [7, 8, 9]
    told = anew[(course.trial_id, 8)].sums
    assert (told.load_sets, told.intensity_sets, told.reduced) == (4, 5, True)
    assert told.load_ratio_sum != round(told.load_ratio_sum, 18)  # thirds and sevenths, to their last kept digit


def test_a_1rm_counts_from_its_day_to_the_next_test_and_a_voided_one_never(course, at) -> None:
    tests = dict(course.strength_tests.filter(exercise="squat").values_list("tested_on", "e1rm_kg"))
    assert len(tests) == 2
    course.strength_tests.filter(exercise="bench_press").update(voided_at=at, void_reason="Wrong exercise")
    anew = {number: one.sums for _, _, kept in summed_sets.trained(anew=True) for number, one in (kept or {}).items()}
    assert anew[7].intensity_sets == 1  # the squat alone
    assert anew[7].intensity_weighted == (7 * D(37) / tests[min(tests)]).quantize(D(1).scaleb(-20))


def test_the_whole_snapshot_is_what_every_set_added_up_in_python_gives(course, at) -> None:
    sessions.rebuild_sums(by=SHELL, at=at + timedelta(days=60))
    protocol = protocol_in_force()
    for days in (1, 30, 90):
        as_of = at + timedelta(days=days)
        figures = _in_python(protocol, as_of)
        assert reports.body_of(protocol, as_of) == reports.recomputed(protocol, as_of) == figures
    assert figures["people"][0]["done_volume_kg"] not in ("0", None)


def _in_python(protocol, as_of):
    told = []
    for person in people():
        case = Case(person, protocol, as_of)
        if reports.counts_in(case):
            found = sessions_of(case)
            told.append((case, found, Training(found, sets_of(case, found)).sums))
    return reports.snapshot(protocol, told)
