"""Every load that a rule proposed is kept; another one is set by a named person, with a reason, before the first set."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client

from outcomes.exports.dataset import people
from participants.actions import sessions
from participants.models import ExerciseSet, LoadProposal, TrainingSession
from participants.models.proposals import CLASSES
from tests.participants.training import done, hold, in_both_arms, session_of
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
SQUAT, CRUNCH = 1, 8
WHY = {"reason": "Knee pain", "reason_class": "health"}


@pytest.fixture
def person(cast, at):
    found = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    sessions.assign_trainer(found.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    sessions.record_strength_test(found, exercise="squat", tested_on=at.date(), reps=10, load_kg=D(40), by=cast.coordinator, at=at)
    return found


@pytest.fixture
def begun(person, cast):
    """The second session; a set of the first was left out, so the rule holds 40 kg."""
    first, second = session_of(person, 1), session_of(person, 2)
    hold(first, done(12, "40", (SQUAT, 1)), by=cast.trainer, at=first.planned_at)
    return sessions.start(second, by=cast.trainer, at=second.planned_at)


def override(session, load: str, *, by, minutes: int = 2, **facts: object) -> LoadProposal:
    given = {"exercise_no": SQUAT, **WHY, **facts}
    return sessions.override_load(session, load_kg=D(load), by=by, at=session.planned_at + timedelta(minutes=minutes), **given)


def text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def planned(session) -> set[object]:
    return set(session.sets.filter(exercise_no=SQUAT).values_list("planned_load_kg", flat=True))


def test_every_exercise_of_a_session_that_begins_has_its_proposal_taken_or_not(begun) -> None:
    rows = list(begun.proposals.values_list("exercise_no", "exercise", "rule", "load_kg", "set_load_kg"))
    numbers = sorted(set(begun.sets.values_list("exercise_no", flat=True)))
    assert [no for no, *_ in rows] == numbers
    assert rows[0] == (SQUAT, "squat", "double_progression", planned(begun).pop(), None)
    assert {p.why == begun.sets.filter(exercise_no=p.exercise_no)[0].load_why for p in begun.proposals.all()} == {True}


def test_another_load_is_prescribed_and_the_proposal_stays_with_who_and_why(begun, cast) -> None:
    proposed = planned(begun).pop()
    kept = override(begun, "35", by=cast.trainer)
    assert planned(begun) == {D("35.00")}
    assert (kept.load_kg, kept.set_load_kg, kept.set_by, kept.set_reason, kept.set_reason_class) == (
        proposed, D("35.00"), cast.trainer, "Knee pain", "health",
    )  # fmt: skip
    event = Event.objects.get(verb="session.load_set")
    assert (event.reason, event.detail) == ("Knee pain", {"session_no": 2, "exercise_no": SQUAT})


def test_the_next_proposal_builds_on_the_load_that_was_set(person, begun, cast) -> None:
    override(begun, "30", by=cast.trainer)
    at = begun.planned_at + timedelta(minutes=5)
    sessions.log(begun, sets=done(12, "30", (SQUAT, 1)), client_uuid=uuid.uuid4(), by=cast.trainer, at=at)
    sessions.finish(begun, by=cast.trainer, at=at + timedelta(minutes=40))
    third = session_of(person, 3)
    sessions.start(third, by=cast.trainer, at=third.planned_at)
    assert D(30) <= third.proposals.get(exercise_no=SQUAT).load_kg <= D("31.5")


def test_the_proposed_load_takes_an_override_back(begun, cast) -> None:
    proposed = planned(begun).pop()
    override(begun, "35", by=cast.trainer)
    kept = override(begun, str(proposed), by=cast.trainer, minutes=3)
    assert (planned(begun), kept.set_aside, kept.set_reason, kept.set_by) == ({proposed}, False, "", None)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"reason": "  "}, "no_reason"),
        ({"reason": "x" * 501}, "no_reason"),
        ({"reason_class": "mood"}, "unknown_class"),
        ({"exercise_no": 40}, "unknown_exercise"),
        ({"exercise_no": CRUNCH}, "no_load"),
        ({"load": "35.555"}, "load"),
        ({"load": "900"}, "confirm"),
        ({"load": "same"}, "same_load"),
    ],
    ids=["no reason", "long reason", "class", "exercise", "repetitions only", "three decimals", "unlikely", "the same"],
)
def test_what_cannot_be_set_is_refused_and_nothing_is_written(begun, cast, facts: dict[str, str], code: str) -> None:
    before = planned(begun)
    load = facts.get("load", "35").replace("same", str(next(iter(before))))
    if code == "no_load":
        ExerciseSet.objects.filter(session=begun, exercise_no=CRUNCH).update(load_model="reps_only")
    with pytest.raises(Refused) as refused:
        override(begun, load, by=cast.trainer, **{k: v for k, v in facts.items() if k != "load"})
    assert refused.value.code == code
    assert (planned(begun), LoadProposal.objects.exclude(set_load_kg=None).count()) == (before, 0)


def test_no_other_load_before_the_beginning_after_the_first_set_or_after_the_end(person, begun, cast) -> None:
    third, at = session_of(person, 3), begun.planned_at + timedelta(minutes=5)
    codes = []
    for session in (third, begun, begun):
        with pytest.raises(Refused) as refused:
            if session is begun and codes == ["not_started"]:
                sessions.log(begun, sets=done(8, "30", (SQUAT, 1)), client_uuid=uuid.uuid4(), by=cast.trainer, at=at)
            elif session is begun:
                sessions.finish(begun, by=cast.trainer, at=at + timedelta(minutes=40))
            override(session, "35", by=cast.trainer, minutes=50)
        codes.append(refused.value.code)
    assert codes == ["not_started", "begun", "finished"]


def test_a_machine_and_somebody_elses_trainer_set_no_load(begun, cast, at) -> None:
    for by in (Machine("shell"), cast.other_coordinator, cast.assessor):
        with pytest.raises(NotAllowed):
            override(begun, "35", by=by)


@pytest.mark.parametrize(("load", "modified"), [("35", (True, "health")), ("41", (False, ""))], ids=["less", "more"])
def test_less_than_proposed_is_a_modification_before_the_session(begun, cast, load: str, modified: tuple[bool, str]) -> None:
    assert planned(begun) == {D("40.00")}
    override(begun, load, by=cast.trainer)
    held = [s for p in people() for s in p.sessions if s.session_no == 2 and p.trial_id == begun.trial_id]
    assert [(s.modified_before, s.modified_reason_class if s.modified_before else "") for s in held] == [modified]


@pytest.mark.parametrize(
    "half",
    [{"set_load_kg": D(5)}, {"set_reason": "x"}, {"set_reason_class": "health"}, {"set_load_kg": D(5), "set_reason": "x", "set_reason_class": "mood"}],
    ids=["load alone", "reason alone", "class alone", "unknown class"],
)  # fmt: skip
def test_the_database_keeps_no_half_override(begun, half: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LoadProposal.objects.filter(session=begun, exercise_no=SQUAT).update(**half)


def test_the_database_keeps_no_override_without_a_load_or_equal_to_the_proposal(begun, cast) -> None:
    whole = {"set_reason": "x", "set_reason_class": CLASSES[0], "set_by": cast.trainer, "set_at": begun.planned_at}
    for load in (None, D(-1), LoadProposal.objects.get(session=begun, exercise_no=SQUAT).load_kg):
        with pytest.raises(IntegrityError), transaction.atomic():
            LoadProposal.objects.filter(session=begun, exercise_no=SQUAT).update(set_load_kg=load, **whole)


def test_what_was_proposed_is_written_once(begun) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LoadProposal.objects.filter(session=begun, exercise_no=SQUAT).update(load_kg=D(1))


def test_the_effort_asked_for_is_frozen_with_the_set(person, cast, monkeypatch) -> None:
    from participants.actions.sessions import floor

    real = floor.plan_of

    def with_effort(session: TrainingSession):
        from dataclasses import replace

        plan = real(session)
        return replace(plan, doses=tuple(replace(d, rpe=None, rir=D(2)) for d in plan.doses))

    monkeypatch.setattr(floor, "plan_of", with_effort)
    first = session_of(person, 1)
    sessions.start(first, by=cast.trainer, at=first.planned_at)
    assert set(first.sets.values_list("planned_rpe", "planned_rir")) == {(None, D("2.0"))}


def test_the_trainer_sets_another_load_on_the_page_and_reads_it_in_the_log(begun, cast) -> None:
    client = Client()
    client.force_login(cast.trainer)
    here = f"{begun.get_absolute_url()}load/{SQUAT}/"
    assert "Proposed by double progression: 40 kg." in text(client.get(here))
    assert client.post(here, {"load": "35", "reason": ""}).status_code == 422
    asked = client.post(here, {"load": "900", **WHY})
    assert (asked.status_code, "Set this load anyway" in asked.content.decode()) == (409, True)
    saved = client.post(here, {"load": "35", **WHY})
    assert (saved.status_code, saved["Location"]) == (302, f"{begun.get_absolute_url()}?exercise={SQUAT}")
    log = text(client.get(f"/participants/{begun.trial_id}/loads/"))
    assert "35 kg, Trainer: Knee pain" in log
    assert log.count("as proposed") == LoadProposal.objects.filter(session__enrolment=begun.enrolment).count() - 1


def test_a_test_shows_both_estimates_within_their_range(person, cast, at) -> None:
    for reps, exercise in ((5, "bench_press"), (12, "deadlift")):
        sessions.record_strength_test(
            person, exercise=exercise, tested_on=at.date(), reps=reps, load_kg=D(60), purpose="baseline", by=cast.coordinator, at=at
        )
    client = Client()
    client.force_login(cast.trainer)
    page = text(client.get(f"/participants/{person}/loads/"))
    assert "60 kg × 5 70.0 kg 67.5 kg" in page  # 60 x 35 / 30; 60 x 36 / 32
    assert page.count("not estimated") == 4  # twelve repetitions are outside both, a starting load is no test
