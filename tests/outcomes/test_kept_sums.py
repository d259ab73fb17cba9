"""The sums kept with each session lead to the same figures as the sets, to the last digit, whatever happens to a session."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from outcomes.actions import reports
from outcomes.exports import trained
from participants.actions import records, sessions
from participants.models import ExerciseSet, SessionRollup
from tests.participants.training import done, hold, in_both_arms, session_of
from trials.actors import Machine
from trials.models import Event
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
BEAT = Machine("beat")


def test_kept_and_recomputed_figures_are_equal_after_every_step_of_a_course(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    here = {"by": cast.coordinator}
    seen = []

    def same(what: str) -> None:
        for days in (1, 30, 90):
            read, anew = (body(protocol_in_force(), at + timedelta(days=days)) for body in (reports.body_of, reports.recomputed))
            assert read == anew, what
        seen.append([row["done_volume_kg"] for row in anew["people"] if row["trial_id"] == person.trial_id])

    same("nothing yet")
    for exercise, load in (("squat", "37"), ("bench_press", "23.5")):
        sessions.record_strength_test(person, exercise=exercise, tested_on=at.date(), reps=10, load_kg=D(load), at=at, **here)
    # after the familiarisation: these are the sessions that the figures count
    first, second, third, fourth, fifth = (session_of(person, n) for n in range(7, 12))
    hold(first, [*done(7, "37", (1, 1)), *done(6, "22", (2, 1))], at=first.planned_at, session_rpe=D(12), **here)
    same("a session held")
    sessions.start(second, at=second.planned_at, **here)
    same("a session begun")
    sessions.override_load(
        second, exercise_no=1, load_kg=D("31.5"), reason="Pain", reason_class="health", at=second.planned_at + timedelta(minutes=1), **here
    )
    same("another load set")
    sessions.log(second, sets=done(11, "31.5", (1, 1)), client_uuid=uuid.uuid4(), at=second.planned_at + timedelta(minutes=5), **here)
    same("a set logged")
    sessions.finish(second, at=second.planned_at + timedelta(minutes=50), **here)
    same("a session finished")
    tested = sessions.record_strength_test(
        person, exercise="deadlift", tested_on=at.date(), reps=7, load_kg=D("61"), purpose="baseline", at=second.planned_at, **here
    )
    hold(third, done(9, "43.5", (3, 1), (1, 1)), at=third.planned_at, **here)
    same("a 1RM in the intensity")
    records.void(tested, reason="Wrong exercise", at=third.planned_at + timedelta(hours=2), **here)
    same("a test voided")
    sessions.correct_set(
        third, exercise_no=1, set_no=1, facts={"done_reps": 3}, reason="Misread", at=third.planned_at + timedelta(hours=3), **here
    )
    same("a set corrected")
    sessions.start(fourth, at=fourth.planned_at, **here)
    sessions.finish(fourth, missed_reason="illness", at=fourth.planned_at + timedelta(minutes=5), **here)
    same("came and did none")
    sessions.mark_missed(fifth, reason="time", at=fifth.planned_at + timedelta(hours=1), **here)
    same("missed")
    assert len({str(volume) for volume in seen}) > 4


def test_a_session_whose_sums_are_not_kept_is_read_from_its_sets(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    first = session_of(person, 7)
    hold(first, done(7, "37", (1, 1)), by=cast.coordinator, at=first.planned_at)
    as_of = at + timedelta(days=60)
    assert all(kept is not None for _, kept in trained.people())
    before = reports.body_of(protocol_in_force(), as_of)
    _forget()
    assert [kept for p, kept in trained.people() if p.trial_id == person.trial_id] == [None]
    assert reports.body_of(protocol_in_force(), as_of) == before


def _forget() -> None:
    """As in a house that was there before sums were kept: the row is not that of any session begun."""
    SessionRollup.objects.update(session=session_of(SessionRollup.objects.get().session.enrolment.participant, 16))


def test_the_nightly_check_finds_a_sum_that_is_wrong_and_makes_it_anew(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    first = session_of(person, 7)
    hold(first, done(7, "37", (1, 1)), by=cast.coordinator, at=first.planned_at)
    now = at + timedelta(days=60)
    assert reports.check_kept_sums(by=BEAT, at=now) == 0
    assert [reports.check_is_due(now + timedelta(hours=h)) for h in (1, 25)] == [False, True]
    ExerciseSet.objects.filter(session=first, exercise_no=1, set_no=1).update(done_reps=8)  # past the actions
    assert reports.check_kept_sums(by=BEAT, at=now) == 1
    assert reports.check_kept_sums(by=BEAT, at=now) == 0
    told = Event.objects.filter(verb="rollups.checked").order_by("pk").values_list("detail", flat=True)
    assert list(told) == [{"people": 1, "different": 0}, {"people": 1, "different": 1}, {"people": 1, "different": 0}]
    assert SessionRollup.objects.get(session=first).done_volume_kg == D("296.00")  # 8 x 37
