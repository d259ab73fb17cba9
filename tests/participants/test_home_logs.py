"""Sessions that nobody supervises are logged by the person: by the gym floor's own steps, of their own alone, and marked as such."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from outcomes.exports import dataset
from outcomes.queries import today
from participants.actions import sessions, withdrawal
from participants.actions.sessions import LoggedSet
from participants.models import ExerciseSet, HomeLog, SessionRollup, TrainingSession
from tests.cast import load_trial
from tests.participants.at_home import AT_HOME, CURL, evening, squats, told
from tests.participants.training import hold, in_both_arms, session_of
from trials.models import Event, RowVersion
from trials.permissions import Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

NO = 8  # Thu 26 Mar, 07:30, in trial week 1 (23 to 29 Mar)
DAY = timedelta(days=1)
KEY = uuid.UUID(int=7)


@pytest.fixture
def trial(db, at):
    return load_trial(at=at, text=AT_HOME)


@pytest.fixture
def people(cast, at):
    found = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(found.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def person(people):
    return people.trains


@pytest.fixture
def session(person) -> TrainingSession:
    return session_of(person, NO)


def log(session, **changes):
    """By the person, on the evening of the day."""
    own = session.enrolment.participant
    given = {"sets": squats("40", "42.5"), "facts": told(session), "went": "well", "client_uuid": KEY, "by": own, "at": evening(session)}
    return sessions.log_own(session, **given | changes)


def test_it_counts_as_held_and_is_marked_as_logged_by_the_person_and_unsupervised(person, session) -> None:
    log(session, facts=told(session, place="gym", together=2, cost=Decimal("4.5"), minutes=35))
    kept = session_of(person, NO)
    assert (kept.status, kept.held_on, kept.logged_by, kept.trainer) == ("attended", session.planned_on, "participant", None)
    assert (kept.started_at, kept.ended_at - kept.started_at, kept.session_rpe) == (session.at, timedelta(minutes=35), Decimal(14))
    assert (kept.delivery, kept.supervision, kept.setting, kept.equipment) == ("home", "none", "gym", "two dumbbells")
    assert (kept.group_size, kept.participant_cost) == (2, Decimal("4.50"))
    done = [(s.done_load_kg, s.done_reps, s.rir) for s in kept.sets.filter(exercise_no=1)]
    assert done == [(Decimal(40), 10, Decimal(2)), (Decimal("42.5"), 10, Decimal(2))]
    assert set(kept.sets.exclude(exercise_no=1).values_list("done_reps", flat=True)) == {0}
    event = Event.objects.get(verb="session.logged_by_participant")
    assert (event.about, event.actor, event.detail["session_no"]) == (person.trial_id, person.actor, NO)


def test_the_dose_is_that_of_the_same_sets_recorded_on_the_gym_floor(person, session, cast) -> None:
    first = session_of(person, NO - 1)
    hold(first, squats("40", "42.5"), by=cast.trainer, at=first.at, session_rpe=Decimal(14))
    log(session)
    drop = ("id", "session_id")
    told_by = [
        {name: value for name, value in SessionRollup.objects.filter(session=s).values().get().items() if name not in drop}
        for s in (first, session)
    ]
    assert told_by[0]["done_volume_kg"] == 825
    wanted = [(row["done_volume_kg"], row["sets_done"], row["reps_done"], row["exercises_done"]) for row in told_by]
    assert wanted[0] == wanted[1]


def test_session_csv_says_who_logged_it_and_what_it_cost(person, session, cast) -> None:
    first = session_of(person, NO - 1)
    hold(first, squats("40"), by=cast.trainer, at=first.at)
    curl = LoggedSet(exercise_no=CURL, set_no=1, done_reps=12, band=" red ")
    log(session, sets=[*squats("40"), curl], facts=told(session, cost=Decimal("4.5")))
    records = dataset.person_who_trains(person.trial_id)
    by_no = {s.session_no: (s.logged_by, s.participant_cost, s.supervision, s.trainer != "") for s in records.sessions}
    assert [by_no[n] for n in (NO - 1, NO, NO + 1)] == [
        ("staff", None, "none", True), ("participant", Decimal("4.50"), "none", False), ("", None, "", False),
    ]  # fmt: skip
    assert {s.band for s in records.sets if s.session_no == NO and s.exercise == "curl"} == {"red", ""}


@pytest.mark.parametrize("who", ["coordinator", "trainer", "manager", "waits"])
def test_the_person_alone_logs_by_their_link(people, session, cast, who) -> None:
    by = people.waits if who == "waits" else getattr(cast, who)
    with pytest.raises(Refused) as refused:
        log(session, by=by)
    assert refused.value.status == 403
    assert not HomeLog.objects.exists()


@pytest.mark.parametrize("supervision", ["one_to_one", "group"])
def test_what_is_supervised_is_logged_by_no_person_at_any_step(person, session, cast, supervision) -> None:
    own = {"by": person, "at": evening(session)}
    TrainingSession.objects.filter(pk=session.pk).update(supervision=supervision)
    steps = (
        lambda: log(session),
        lambda: sessions.start(session, started_at=session.at, **own),
        lambda: sessions.log(session, sets=squats("40"), client_uuid=KEY, **own),
        lambda: sessions.finish(session, **own),
        lambda: sessions.correct(session, facts={"note": "x"}, reason="x", **own),
        lambda: sessions.correct_set(session, exercise_no=1, set_no=1, facts={"done_reps": 3}, reason="x", **own),
    )
    for step in steps:
        with pytest.raises(Refused, match="without anybody supervising") as refused:
            step()
        assert refused.value.status == 403
    assert session_of(person, NO).started_at is None


def test_an_unlikely_load_is_asked_about_before_anything_is_kept(person, session) -> None:
    before = RowVersion.objects.count()
    with pytest.raises(Refused, match="600 kg") as refused:
        log(session, sets=squats("600"))
    assert (refused.value.code, RowVersion.objects.count()) == ("confirm", before)
    log(session, sets=squats("600"), confirmed=True)
    assert session_of(person, NO).sets.get(exercise_no=1, set_no=1).done_load_kg == 600


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"minutes": 0}, "Minutes"),
        ({"place": "moon"}, "where it was"),
        ({"together": 0}, "trained together"),
        ({"cost": Decimal("1.005")}, "two decimals"),
        ({"cost": Decimal("-1")}, "two decimals"),
        ({"session_rpe": Decimal(5)}, "6 to 20"),
        ({"equipment": "x" * 201}, "Shorten"),
        ({"stopped": "bored"}, "no reason 'bored'"),
    ],
    ids=lambda given: "" if isinstance(given, str) else next(iter(given)),
)
def test_what_can_not_be_is_refused_with_a_sentence_and_nothing_is_kept(session, changes, sentence) -> None:
    before = RowVersion.objects.count()
    with pytest.raises(Refused, match=sentence):
        log(session, facts=told(session, **changes))
    assert (RowVersion.objects.count(), HomeLog.objects.count()) == (before, 0)


def test_sent_twice_it_counts_once(person, session) -> None:
    first = log(session)
    before = RowVersion.objects.count()
    assert (log(session), RowVersion.objects.count()) == (first, before)
    with pytest.raises(Refused, match="can't be logged here"):
        log(session, client_uuid=uuid.UUID(int=8))
    with pytest.raises(Refused, match="can't be logged here"):
        log(session_of(person, NO + 1), at=session_of(person, NO + 1).at + DAY)


def test_another_day_of_its_week_counts_as_moved_and_neither_hours_nor_rest_bind_it(person, session) -> None:
    sunday = session.at + 3 * DAY  # session 9 is on the Monday
    log(session, facts=told(session, began_at=sunday), at=sunday + DAY / 2)
    kept = session_of(person, NO)
    assert (kept.planned_on, kept.held_on, kept.at) == (session.planned_on, sunday.date(), sunday)
    other = session_of(person, NO - 1)
    with pytest.raises(Refused, match="each has a day of its own"):
        log(other, facts=told(other, began_at=sunday), client_uuid=uuid.UUID(int=8), at=sunday + DAY / 2)


def test_the_day_lies_in_its_trial_week(session) -> None:
    for days in (-4, 4):
        with pytest.raises(Refused, match="days of its week"):
            log(session, facts=told(session, began_at=session.at + days * DAY), at=session.at + 5 * DAY)
    for at in (session.at - 4 * DAY, session.at + 11 * DAY):
        with pytest.raises(Refused, match="can't be logged here"):
            log(session, at=at)


def test_who_stopped_training_or_what_staff_entered_is_not_logged(person, session, cast) -> None:
    other = session_of(person, NO + 1)
    sessions.start(other, by=cast.trainer, at=other.at)
    with pytest.raises(Refused, match="can't be logged here"):
        log(other)
    withdrawal.stop_training(person, reason="time", by=cast.coordinator, at=session.at)
    with pytest.raises(Refused, match="has stopped"):
        log(session)


def test_stopping_has_a_reason_and_none_done_is_missed_until_it_is_made_up(person, session) -> None:
    log(session, sets=[], facts=told(session, stopped="illness"), note="In bed")
    kept = session_of(person, NO)
    assert (kept.status, kept.reason, kept.reason_class, kept.logged_by) == ("missed", "illness", "health", "participant")
    tomorrow = session.at + DAY
    log(kept, facts=told(kept, began_at=tomorrow, stopped="time"), note="Better", client_uuid=uuid.UUID(int=9), at=tomorrow + DAY / 2)
    kept = session_of(person, NO)
    assert (kept.status, kept.ended_early, kept.ended_early_reason) == ("made_up", True, "time")
    assert HomeLog.objects.get().note == "In bed\nBetter"


def test_a_correction_keeps_the_old_value_and_says_why(person, session) -> None:
    log(session)
    own = {"by": person, "at": evening(session) + timedelta(hours=1)}
    right, facts = squats("40", "45"), told(session, minutes=50)
    with pytest.raises(Refused, match="Nothing was changed"):
        sessions.correct_own(session, sets=squats("40", "42.5"), facts=told(session), reason="x", **own)
    with pytest.raises(Refused, match="needs a reason"):
        sessions.correct_own(session, sets=right, facts=facts, reason=" ", **own)
    with pytest.raises(Refused, match="Then nothing was done"):
        none = [replace(one, done_reps=0, done_load_kg=None, rir=None) for one in right]
        sessions.correct_own(session, sets=none, facts=facts, reason="wrong day", **own)
    sessions.correct_own(session, sets=right, facts=facts, reason="typed wrong", **own)
    kept = session_of(person, NO)
    row = kept.sets.get(exercise_no=1, set_no=2)
    assert (kept.ended_at - kept.started_at, row.done_load_kg) == (timedelta(minutes=50), Decimal(45))
    assert SessionRollup.objects.get(session=kept).done_volume_kg == 850
    versions = RowVersion.objects.filter(table_name=ExerciseSet._meta.db_table, row_id=str(row.pk)).order_by("pk")
    last = versions.last()
    assert [Decimal(str(kept["done_load_kg"])) for kept in (last.old, last.new)] == [Decimal("42.5"), Decimal(45)]
    assert (last.actor, last.reason) == (person.actor, "typed wrong")


def test_what_staff_recorded_is_not_corrected_by_link_nor_what_is_long_past(person, session, cast) -> None:
    first = session_of(person, NO - 1)
    hold(first, squats("40"), by=cast.trainer, at=first.at)
    log(session)
    for one, at in ((first, evening(first)), (session, session.at + 11 * DAY)):
        with pytest.raises(Refused, match="can't be logged here"):
            sessions.correct_own(one, sets=squats("41"), facts=told(one), reason="x", by=person, at=at)


def test_staff_can_not_say_afterwards_that_somebody_supervised_it(session, cast) -> None:
    log(session)
    own = {"reason": "x", "by": cast.coordinator, "at": evening(session)}
    with pytest.raises(Refused, match="nobody supervised"):
        sessions.correct(session, facts={"supervision": "one_to_one"}, **own)
    assert sessions.correct(session, facts={"participant_cost": Decimal("2.50")}, **own).participant_cost == Decimal("2.50")


def test_a_note_stands_on_the_worklist_until_the_day_it_was_promised_for_and_is_read(person, session, cast) -> None:
    at = evening(session)
    log(session, note=" My knee hurt a little ")
    noted = HomeLog.objects.get()
    assert (noted.note, noted.read_by_on) == ("My knee hurt a little", session.planned_on + 2 * DAY)

    def works(user, at):
        found = today.of(user, protocol_in_force(), at=at)
        return [[t.what for t in rows if "Note on" in t.what] for rows in (found.overdue, found.due, found.later)]

    what = f"Note on session {NO}, logged by the participant"
    for user in (cast.coordinator, cast.trainer):
        assert [works(user, at + n * DAY) for n in (0, 2, 3)] == [[[], [], [what]], [[], [what], []], [[what], [], []]]
    for role in ("assessor", "safety_clinician", "other_coordinator"):
        assert works(getattr(cast, role), at) == [[], [], []]
        with pytest.raises(Refused):
            sessions.read_note(session, by=getattr(cast, role), at=at)
    read = sessions.read_note(session, by=cast.trainer, at=at)
    again = sessions.read_note(session, by=cast.coordinator, at=at + DAY)
    assert (again.read_at, again.reader, read.pk) == (at, cast.trainer, again.pk)
    assert works(cast.coordinator, at) == [[], [], []]


def test_without_a_note_there_is_nothing_to_read(session, cast) -> None:
    log(session)
    assert HomeLog.objects.get().read_by_on is None
    with pytest.raises(Refused, match="no note"):
        sessions.read_note(session, by=cast.trainer, at=evening(session))


def test_the_database_refuses_what_must_never_be(session, cast, at) -> None:
    log(session)
    rows, logs = TrainingSession.objects.filter(pk=session.pk), HomeLog.objects.filter(session=session)
    for name, found, facts in (
        ("session_logged_by_participant_unsupervised", rows, {"supervision": "one_to_one"}),
        ("session_logged_by_participant_unsupervised", rows, {"trainer": cast.trainer}),
        ("session_logged_by_participant_unsupervised", rows, {"logged_by": "neighbour"}),
        ("session_cost_not_negative", rows, {"participant_cost": Decimal("-0.01")}),
        ("home_log_went_known", logs, {"went": "splendidly"}),
        ("home_log_note_has_a_day", logs, {"note": "Ow"}),
        ("home_log_read_by_somebody", logs, {"read_at": at}),
    ):
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            found.update(**facts)
