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
from outcomes.models import Provider
from outcomes.queries import summed_sets
from participants.actions import sessions
from participants.models import TrainingSession
from tests.outcomes.courses import whole_course
from trials.actors import Machine
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
SHELL = Machine("shell")


@pytest.fixture
def course(cast, at):
    return whole_course(cast, at)


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


def test_of_a_session_is_read_what_the_dataset_reads_of_it(course, at) -> None:
    """Also of one that began and ended and was not held: then neither pauses nor a rating's scale count."""
    held, begun = TrainingSession.objects.filter(session_no__in=(8, 9)).order_by("session_no")
    TrainingSession.objects.filter(pk=held.pk).update(paused_seconds=250)
    TrainingSession.objects.filter(pk=begun.pk).update(
        ended_at=begun.started_at + timedelta(minutes=50), paused_seconds=700, rpe_scale="CR10", ended_early=True
    )
    (person,) = (person for person in people() if person.sessions)
    protocol = protocol_in_force()
    read = sessions_of(Case(person, protocol, at))
    assert [(s.held, s.minutes, s.paused_seconds) for s in read if s.session_no == 9] == [(False, 50, None)]
    for facts, found in ((summed_sets.FACTS, trained.people()), (summed_sets.FACTS | summed_sets.CLOCKED, trained.whole())):
        (told,) = (sessions_of(Case(one, protocol, at)) for one, _ in found if one.sessions)
        for name in (*facts, "minutes"):
            assert [getattr(s, name) for s in told] == [getattr(s, name) for s in read], name
    assert {s.trainer for s in read} == {"", f"user:{held.trainer_id}"}


def test_a_trainer_is_told_by_their_code(course, at) -> None:
    trainer = TrainingSession.objects.get(session_no=8).trainer
    Provider.objects.create(user=trainer, code="S07")
    (told,) = (person.sessions for person, _ in trained.whole() if person.sessions)
    assert {s.trainer for s in told} == {"", "S07"}


def _in_python(protocol, as_of):
    told = []
    for person in people():
        case = Case(person, protocol, as_of)
        if reports.counts_in(case):
            found = sessions_of(case)
            told.append((case, found, Training(found, sets_of(case, found)).sums))
    return reports.snapshot(protocol, told)
