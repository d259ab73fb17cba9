"""The gym floor: what was prescribed is frozen, what was lifted is kept beside it once, and the next load follows from it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.actions import records, sessions
from participants.actions.sessions import LoggedSet
from participants.actions.sessions.common import plan_of
from participants.actions.sessions.loads import prescription_for
from participants.models import ExerciseSet, StrengthTest
from tests.participants.training import done, hold, in_both_arms, session_of
from trials.domain.protocol import Progression
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
SQUAT = 1


@pytest.fixture
def person(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at).trains


@pytest.fixture
def first(person):
    return session_of(person, 1)


def starting_load(person, cast, load: str, *, on: date, exercise: str = "squat", **facts: object) -> StrengthTest:
    at = session_of(person, 7).planned_at - timedelta(hours=1)
    return sessions.record_strength_test(
        person, exercise=exercise, tested_on=on, reps=10, load_kg=D(load), by=cast.coordinator, at=at, **facts
    )


def squats(session) -> list[tuple[object, ...]]:
    rows = ExerciseSet.objects.filter(session=session, exercise_no=SQUAT)
    return [(r.exercise, r.set_no, r.planned_reps, r.planned_reps_max, r.planned_load_kg, r.done_reps, r.done_load_kg) for r in rows]


def test_a_session_begins_with_its_prescription_frozen_and_no_load_without_a_starting_load(first, coordinator) -> None:
    begun = sessions.start(first, by=coordinator, at=first.planned_at)
    rows = list(begun.sets.all())
    assert [r.exercise for r in rows if r.set_no == 1] == [
        "squat", "bench_press", "deadlift", "lateral_raise", "bent_over_row", "lunge", "curl", "crunch",
    ]  # fmt: skip
    assert {(r.planned_load_kg, r.done_reps, r.set_kind) for r in rows} == {(None, None, "working")}
    assert (begun.started_at, begun.trainer, begun.status) == (first.planned_at, coordinator, "scheduled")


def test_beginning_twice_changes_nothing(first, coordinator) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    frozen = list(ExerciseSet.objects.filter(session=first).values_list("pk", flat=True))
    again = sessions.start(first, by=coordinator, at=first.planned_at + timedelta(minutes=9))
    assert again.started_at == first.planned_at
    assert list(ExerciseSet.objects.filter(session=first).values_list("pk", flat=True)) == frozen


def test_a_session_held_on_another_day_of_its_week_counts_as_moved_there(person, coordinator) -> None:
    session = session_of(person, 8)
    begins = session.planned_at + timedelta(days=2)
    begun = sessions.start(session, by=coordinator, at=begins)
    assert (begun.rescheduled_at, begun.planned_on) == (begins, date(2026, 3, 26))


def test_a_session_begun_against_the_rest_rule_is_refused(person, coordinator) -> None:
    session = session_of(person, 8)
    with pytest.raises(Refused, match="Tue 24 Mar is too near to session 7"):
        sessions.start(session, by=coordinator, at=session.planned_at - timedelta(days=2))
    assert not ExerciseSet.objects.filter(session=session).exists()


def test_the_first_working_set_makes_the_session_attended(first, coordinator) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    logged = sessions.log(
        first, sets=done(10, "20", (SQUAT, 1)), client_uuid=uuid.uuid4(), by=coordinator, at=first.planned_at + timedelta(minutes=5)
    )
    assert (logged.status, logged.held_on) == ("attended", date(2026, 3, 3))
    assert squats(first)[0][-2:] == (10, D("20.00"))


def test_a_log_counts_once_however_often_it_is_sent(first, coordinator) -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    at = first.planned_at + timedelta(minutes=5)
    sessions.start(first, by=coordinator, at=first.planned_at)
    sessions.log(first, sets=done(10, "20", (SQUAT, 1)), client_uuid=one, by=coordinator, at=at)
    sessions.log(first, sets=done(12, "22", (SQUAT, 1)), client_uuid=two, by=coordinator, at=at)
    sessions.log(first, sets=done(10, "20", (SQUAT, 1)), client_uuid=one, by=coordinator, at=at)
    assert squats(first)[0][-2:] == (12, D("22.00"))
    assert Event.objects.filter(verb="session.logged").count() == 2
    with pytest.raises(Refused) as refused:
        sessions.log(first, sets=done(9, "20", (SQUAT, 1)), client_uuid=one, by=coordinator, at=at)
    assert refused.value.code == "conflict"


def test_a_log_of_another_session_is_not_taken_for_this_one(person, coordinator) -> None:
    one = uuid.uuid4()
    first, second = session_of(person, 1), session_of(person, 2)
    for session in (first, second):
        sessions.start(session, by=coordinator, at=session.planned_at)
    sessions.log(first, sets=done(10, "20", (SQUAT, 1)), client_uuid=one, by=coordinator, at=second.planned_at)
    with pytest.raises(Refused) as refused:
        sessions.log(second, sets=done(10, "20", (SQUAT, 1)), client_uuid=one, by=coordinator, at=second.planned_at)
    assert refused.value.code == "conflict"
    assert session_of(person, 2).status == "scheduled"


@pytest.mark.parametrize(("load", "question"), [("600", "600 kg? Last time it was 60 kg."), ("400.5", "400.5 kg? Last time it was 60 kg.")])
def test_an_unlikely_load_asks_to_be_confirmed_and_writes_nothing_before(person, coordinator, load: str, question: str) -> None:
    first, second = session_of(person, 1), session_of(person, 2)
    hold(first, done(10, "60", (SQUAT, 1)), by=coordinator, at=first.planned_at)
    sessions.start(second, by=coordinator, at=second.planned_at)
    heavy = {"sets": done(10, load, (SQUAT, 1)), "client_uuid": uuid.uuid4(), "by": coordinator, "at": second.planned_at}
    with pytest.raises(Refused) as refused:
        sessions.log(second, **heavy)
    assert (refused.value.sentence, refused.value.code) == (question, "confirm")
    assert squats(second)[0][-2:] == (None, None)
    sessions.log(second, **heavy, confirmed=True)
    assert squats(second)[0][-2:] == (10, D(load))


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"done_reps": -1}, "Repetitions: enter a whole number from 0 to 999."),
        ({"done_reps": 5000}, "Repetitions: enter a whole number from 0 to 999."),
        ({"done_load_kg": D("-5")}, "The load: enter kg with at most two decimals, like 62.5."),
        ({"done_load_kg": D("62.505")}, "The load: enter kg with at most two decimals, like 62.5."),
        ({"done_load_kg": D("NaN")}, "The load: enter kg with at most two decimals, like 62.5."),
        ({"rir": D("-1")}, "Repetitions in reserve: enter 0 to 50, with at most one decimal."),
        ({"exercise_no": 9}, "This session has no exercise 9."),
        ({"set_no": 51}, "The number of a set: enter a whole number from 1 to 50."),
        ({"set_kind": "other"}, "A set is working or warmup."),
        ({"substitute": "Leg press"}, "Say why squat was swapped."),
    ],
)
def test_a_figure_that_cannot_be_is_refused_and_nothing_is_half_written(first, coordinator, bad: dict, sentence: str) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    facts = {"exercise_no": SQUAT, "set_no": 2, "done_reps": 10, "done_load_kg": D(20), **bad}
    good = done(10, "20", (SQUAT, 1))
    with pytest.raises(Refused) as refused:
        sessions.log(first, sets=[*good, LoggedSet(**facts)], client_uuid=uuid.uuid4(), by=coordinator, at=first.planned_at)
    assert refused.value.sentence == sentence
    assert [row[-2:] for row in squats(first)] == [(None, None)] * len(squats(first))


def test_extra_and_warm_up_sets_stand_beside_the_plan(first, coordinator) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    warm = LoggedSet(exercise_no=SQUAT, set_no=9, done_reps=5, done_load_kg=D(10), set_kind="warmup")
    sessions.log(first, sets=[warm], client_uuid=uuid.uuid4(), by=coordinator, at=first.planned_at)
    assert squats(first)[-1] == ("squat", 9, None, None, None, 5, D("10.00"))
    assert session_of(first.enrolment.participant, 1).status == "scheduled"


def test_a_swapped_exercise_names_what_it_stands_for_and_why(first, coordinator) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    swapped = LoggedSet(
        exercise_no=SQUAT, set_no=1, done_reps=10, done_load_kg=D(50), substitute="Leg press", substitute_reason="rack taken"
    )
    sessions.log(first, sets=[swapped], client_uuid=uuid.uuid4(), by=coordinator, at=first.planned_at)
    row = ExerciseSet.objects.get(session=first, exercise_no=SQUAT, set_no=1)
    assert (row.exercise, row.substitute_for, row.substitute_reason) == ("leg_press", "squat", "rack taken")


def test_a_finished_session_holds_every_fact(first, coordinator) -> None:
    minutes = {"paused_seconds": 120, "warmup_minutes": 8, "working_minutes": 38, "cooldown_minutes": 4}
    early = {"ended_early": True, "ended_early_reason": "pain", "note": "left knee"}
    ratings = {"session_rpe": D("13.0"), "soreness": 3}
    held = hold(first, done(10, "20", (SQUAT, 1)), by=coordinator, at=first.planned_at, minutes=52, **minutes, **early, **ratings)
    expected = {"status": "attended", "ended_at": first.planned_at + timedelta(minutes=52), **minutes, **early, **ratings}
    assert {name: getattr(held, name) for name in expected} == expected
    assert {r.done_reps for r in held.sets.exclude(exercise_no=SQUAT)} == {0}


def test_finishing_twice_counts_once_and_a_finished_session_takes_no_more_sets(first, coordinator) -> None:
    hold(first, done(10, "20", (SQUAT, 1)), by=coordinator, at=first.planned_at, minutes=50, soreness=2)
    again = sessions.finish(first, by=coordinator, at=first.planned_at + timedelta(minutes=90), soreness=9)
    assert (again.soreness, again.ended_at) == (2, first.planned_at + timedelta(minutes=50))
    with pytest.raises(Refused) as refused:
        sessions.log(first, sets=done(1, "1", (SQUAT, 1)), client_uuid=uuid.uuid4(), by=coordinator, at=first.planned_at)
    assert refused.value.code == "finished"


def test_who_came_and_did_none_has_missed_it_with_a_reason(first, coordinator) -> None:
    sessions.start(first, by=coordinator, at=first.planned_at)
    later = first.planned_at + timedelta(minutes=10)
    with pytest.raises(Refused, match="Say why no set was done"):
        sessions.finish(first, by=coordinator, at=later)
    missed = sessions.finish(first, missed_reason="illness", by=coordinator, at=later)
    assert (missed.status, missed.reason, missed.reason_class, missed.held_on) == ("missed", "illness", "health", None)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"session_rpe": D(5)}, "Session RPE (BORG20): enter 6 to 20, with at most one decimal."),
        ({"soreness": 11}, "Soreness: enter a whole number from 0 to 10."),
        ({"paused_seconds": 9999}, "The pause is longer than the session."),
        ({"ended_early": True}, "Say why the session ended early."),
        ({"working_minutes": -1}, "Minutes: enter a whole number from 0 to 720."),
    ],
)
def test_an_impossible_end_is_refused(first, coordinator, facts: dict, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        hold(first, done(10, "20", (SQUAT, 1)), by=coordinator, at=first.planned_at, **facts)
    assert refused.value.sentence == sentence
    assert session_of(first.enrolment.participant, 1).ended_at is None


def test_a_missed_session_done_later_in_its_week_is_made_up(person, coordinator) -> None:
    session = session_of(person, 8)
    with pytest.raises(Refused, match="until then it can be moved"):
        sessions.mark_missed(session, reason="illness", by=coordinator, at=session.planned_at - timedelta(days=1))
    missed = sessions.mark_missed(session, reason="illness", by=coordinator, at=session.planned_at + timedelta(hours=1))
    assert (missed.status, missed.reason, missed.reason_class) == ("missed", "illness", "health")
    held = hold(session, done(10, "20", (SQUAT, 1)), by=coordinator, at=session.planned_at + timedelta(days=2))
    assert (held.status, held.reason, held.planned_on, held.held_on) == ("made_up", "", date(2026, 3, 26), date(2026, 3, 28))


def test_who_came_did_none_and_came_again_that_week_has_made_it_up(person, coordinator) -> None:
    session = session_of(person, 8)
    sessions.start(session, by=coordinator, at=session.planned_at)
    sessions.finish(session, missed_reason="illness", by=coordinator, at=session.planned_at + timedelta(minutes=5))
    held = hold(session, done(10, "20", (SQUAT, 1)), by=coordinator, at=session.planned_at + timedelta(days=2))
    assert (held.status, held.held_on, held.sets.count()) == ("made_up", date(2026, 3, 28), 16)


def test_an_unknown_reason_names_those_the_protocol_has(first, coordinator) -> None:
    with pytest.raises(Refused, match="The protocol knows no reason 'bored'. It has: closed, fatigue"):
        sessions.mark_missed(first, reason="bored", by=coordinator, at=first.planned_at)


def test_a_miss_recorded_in_error_is_taken_back(first, coordinator) -> None:
    sessions.mark_missed(first, reason="illness", by=coordinator, at=first.planned_at)
    opened = sessions.reopen(first, reason="wrong person", by=coordinator, at=first.planned_at)
    assert (opened.status, opened.reason, opened.missed_before_done) == ("scheduled", "", False)
    held = hold(first, done(10, "20", (SQUAT, 1)), by=coordinator, at=first.planned_at)
    assert held.status == "attended"


def proposals(person, number: int, exercise: str = "squat") -> tuple[object, ...]:
    session = session_of(person, number)
    prescribed = prescription_for(session, plan_of(session))
    rows = [s for s in prescribed.sets if s.exercise == exercise]
    return (rows[0].planned_load_kg, rows[0].planned_reps, rows[0].planned_reps_max, prescribed.proposals[exercise].why)


def test_the_next_load_follows_from_the_starting_load_and_the_last_session(person, cast) -> None:
    both = ((SQUAT, 1), (SQUAT, 2))
    assert proposals(person, 7)[0] is None
    starting_load(person, cast, "60", on=date(2026, 3, 20))
    assert proposals(person, 7) == (D("60.00"), 8, 12, "Starting load of 2026-03-20.")
    hold(session_of(person, 7), done(12, "60", *both), by=cast.coordinator, at=session_of(person, 7).planned_at)
    assert proposals(person, 8) == (D("62.5"), 8, 12, "All 2 sets reached 12 repetitions at 60 kg: raise to 62.5 kg.")
    hold(session_of(person, 8), done(11, "62.5", *both), by=cast.coordinator, at=session_of(person, 8).planned_at)
    assert proposals(person, 9) == (D("62.50"), 8, 12, "Not all 2 sets reached 12 repetitions at 62.5 kg: hold.")
    row = ExerciseSet.objects.get(session=session_of(person, 8), exercise_no=SQUAT, set_no=1)
    assert (row.load_rule, row.load_why) == ("double_progression", "All 2 sets reached 12 repetitions at 60 kg: raise to 62.5 kg.")


def test_two_sessions_in_a_row_and_repetitions_in_reserve_reach_the_rules_that_ask_for_them(person, cast) -> None:
    def proposed(number: int, rule: Progression, **dose: object) -> tuple[object, str]:
        session = session_of(person, number)
        plan = plan_of(session)
        asked = replace(plan, progression=rule, doses=tuple(replace(d, **dose) for d in plan.doses))
        found = prescription_for(session, asked).proposals["squat"]
        return found.load_kg, found.rule

    twice, by_reserve = Progression(rule="two_for_two", max_increase=D("0.1")), Progression(rule="rir")
    starting_load(person, cast, "60", on=date(2026, 3, 20))
    effort = {"rir": D(4), "rpe": D(8)}
    for number, expected in ((7, D("60")), (8, D("65"))):
        logged = [replace(s, **effort) for s in done(14, "60", (SQUAT, 1), (SQUAT, 2))]
        hold(session_of(person, number), logged, by=cast.coordinator, at=session_of(person, number).planned_at)
        ExerciseSet.objects.filter(session=session_of(person, number), exercise_no=SQUAT).update(planned_load_kg=D("60"))
        assert proposed(number + 1, twice) == (expected, "two_for_two")
    assert proposed(9, by_reserve, rir=D(2)) == (D("62.5"), "rir")
    assert proposed(9, by_reserve, rir=D(4))[0] == proposed(9, by_reserve)[0] == D("60")
    ExerciseSet.objects.filter(session=session_of(person, 8)).update(rir=None)
    assert proposed(9, by_reserve, rpe=D(9))[0] == D("62.5")
    assert proposed(9, by_reserve, rir=D(1))[0] == D("60")


def test_a_frozen_prescription_is_not_rewritten_by_a_later_test(person, cast) -> None:
    starting_load(person, cast, "60", on=date(2026, 3, 20))
    session = sessions.start(session_of(person, 7), by=cast.coordinator, at=session_of(person, 7).planned_at)
    at = session.started_at + timedelta(minutes=1)
    sessions.record_strength_test(person, exercise="squat", tested_on=date(2026, 3, 23), reps=5, load_kg=D(90), by=cast.coordinator, at=at)
    assert squats(session)[0][4] == D("60.00")


def test_a_strength_test_estimates_the_1rm_within_its_range(person, cast) -> None:
    tested = starting_load(person, cast, "100", on=date(2026, 3, 19), purpose="baseline")
    assert (tested.e1rm_kg, tested.formula, tested.purpose) == (D("133.33"), "epley", "baseline")
    unknown_reserve = starting_load(person, cast, "60", on=date(2026, 3, 20))
    assert unknown_reserve.e1rm_kg is None
    with pytest.raises(Refused, match="was tested that day already"):
        starting_load(person, cast, "70", on=date(2026, 3, 20))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"formula": "lander"}, "unknown_formula"),
        ({"purpose": "fun"}, "unknown_purpose"),
        ({"load_kg": D(600)}, "confirm"),
        ({"reps": 0}, "number"),
        ({"tested_on": date(2026, 3, 24)}, "date_outside"),
        ({"tested_on": date(2025, 3, 24)}, "date_outside"),
        ({"exercise": ""}, "no_exercise"),
    ],
)
def test_an_impossible_test_is_refused(person, cast, facts: dict, code: str) -> None:
    given = {"exercise": "squat", "tested_on": date(2026, 3, 20), "reps": 5, "load_kg": D(80), **facts}
    with pytest.raises(Refused) as refused:
        sessions.record_strength_test(person, **given, by=cast.coordinator, at=session_of(person, 7).planned_at)
    assert refused.value.code == code
    assert not StrengthTest.objects.exists()


def test_a_wrong_test_is_voided_with_a_reason_and_no_longer_prescribes(person, cast) -> None:
    test = starting_load(person, cast, "600", on=date(2026, 3, 20), confirmed=True)
    records.void(test, reason="a nought too many", by=cast.coordinator, at=test.at)
    assert (test.void_reason, proposals(person, 7)[0]) == ("a nought too many", None)
    with pytest.raises(Refused, match="already voided"):
        records.void(test, reason="again", by=cast.coordinator, at=test.at)


def test_a_corrected_set_keeps_its_prescription_and_the_status_follows(first, cast) -> None:
    hold(first, done(10, "20", (SQUAT, 1)), by=cast.coordinator, at=first.planned_at)
    later = first.planned_at + timedelta(days=1)
    facts = {"exercise_no": SQUAT, "set_no": 1, "by": cast.coordinator, "at": later}
    with pytest.raises(Refused, match="a correction needs a reason"):
        sessions.correct_set(first, facts={"done_reps": 8}, reason=" ", **facts)
    with pytest.raises(Refused) as refused:
        sessions.correct_set(first, facts={"planned_reps": 8}, reason="typo", **facts)
    assert refused.value.code == "unknown_fact"
    row = sessions.correct_set(first, facts={"done_reps": 8, "done_load_kg": D("22.5")}, reason="read wrong", **facts)
    assert (row.done_reps, row.done_load_kg) == (8, D("22.5"))
    sessions.correct_set(first, facts={"done_reps": 0}, reason="was somebody else", **facts)
    assert (session_of(first.enrolment.participant, 1).status, session_of(first.enrolment.participant, 1).held_on) == ("scheduled", None)


def test_a_corrected_start_moves_the_day_it_was_held(first, cast) -> None:
    hold(first, done(10, "20", (SQUAT, 1)), by=cast.coordinator, at=first.planned_at)
    later = first.planned_at + timedelta(days=3)
    sessions.correct(
        first,
        facts={"started_at": first.planned_at - timedelta(minutes=30), "soreness": 4},
        reason="clock was wrong",
        by=cast.coordinator,
        at=later,
    )
    corrected = session_of(first.enrolment.participant, 1)
    assert (corrected.started_at, corrected.soreness) == (first.planned_at - timedelta(minutes=30), 4)
    with pytest.raises(Refused, match="A session ends after it began"):
        sessions.correct(first, facts={"ended_at": first.planned_at - timedelta(days=1)}, reason="x", by=cast.coordinator, at=later)
    with pytest.raises(Refused, match="can't lie in the future"):
        sessions.correct(first, facts={"ended_at": later + timedelta(days=1)}, reason="x", by=cast.coordinator, at=later)


def test_a_trainer_holds_sessions_of_own_people_alone(first, coordinator, trainer, assessor, at) -> None:
    with pytest.raises(NotAllowed, match="trains with somebody else"):
        sessions.start(first, by=trainer, at=first.planned_at)
    with pytest.raises(NotAllowed, match="may not record sessions"):
        sessions.start(first, by=assessor, at=first.planned_at)
    sessions.assign_trainer(first.enrolment, trainer=trainer, by=coordinator, at=at)
    assert sessions.start(first, by=trainer, at=first.planned_at).trainer == trainer


def test_nobody_trains_after_the_end_of_participation(first, person, coordinator, at) -> None:
    from participants.actions import withdrawal

    withdrawal.withdraw(person, scope="contact", reason="", by=coordinator, at=at + timedelta(hours=1))
    with pytest.raises(Refused, match="has stopped: no session can be planned or held"):
        sessions.start(first, by=coordinator, at=first.planned_at)


def test_logging_costs_the_same_for_one_set_and_for_sixteen(person, coordinator) -> None:
    counts = []
    for number, places in ((1, ((SQUAT, 1),)), (2, tuple((e, s) for e in range(1, 9) for s in (1,)))):
        session = session_of(person, number)
        sessions.start(session, by=coordinator, at=session.planned_at)
        with CaptureQueriesContext(connection) as queries:
            sessions.log(session, sets=done(10, None, *places), client_uuid=uuid.uuid4(), by=coordinator, at=session.planned_at)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
