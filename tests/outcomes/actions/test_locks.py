"""The lock of the data: what the database refuses, late answers, two signatures, and the trial's unblinding."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from outcomes.actions import alerts, assessments, exports, locks, randomisation_tests, reminders
from outcomes.exports import dataset
from outcomes.models import Alert, Assessment
from outcomes.permissions import sees_by_arm
from outcomes.queries import changes
from outcomes.queries.flow import live_flow
from outcomes.queries.locks import lock_board
from participants.actions import records, screening
from participants.actions.clinical import medication
from participants.models import BaselineValue, Participant
from tests.cast import PASSWORD, SHELL, engage
from tests.outcomes.answering import answered
from tests.outcomes.locking import WHY, cut, hard, sign, soft
from tests.participants.breaking import broken
from tests.participants.people import ELIGIBLE
from trials import blinding
from trials.actors import Machine
from trials.domain.locking import MEANINGS, Move, Side, Standing, State
from trials.domain.roles import Role
from trials.models import Event, LockSignature, LockStep, User
from trials.permissions import Locked, NotAllowed, Refused, allowed, blind_sites, meets_locked_data
from trials.queries import lock_standing

pytestmark = pytest.mark.django_db

ANSWERS = {str(n): 1 for n in range(1, 10)} | {"9": 2}


def again(user: User) -> User:
    """The same person in a new request."""
    return User.objects.get(pk=user.pk)


def answer(person: Participant, at, **more):
    given = {"visit": "week1", "instrument": "phq9", "answers": ANSWERS, "client_uuid": UUID(int=7)} | more
    return assessments.submit(person, **given, by=person, at=at)


def facts_of(person):  # type: ignore[no-untyped-def]
    """What the dataset is made of, of one person."""
    return next(facts for facts in dataset.people() if facts.trial_id == person.trial_id)


def forms(person: Participant) -> dict[tuple[str, str], tuple[bool, dict]]:
    return {(f.visit, f.instrument): (f.sent, f.answers) for f in facts_of(person).forms if f.visit == "week1"}


def test_a_write_of_locked_data_is_one_sentence_and_423(world) -> None:
    soft(world)
    before = Event.objects.count()
    with pytest.raises(Locked) as refused:
        screening.screen(world.first, answers=ELIGIBLE, sex="F", by=world.coordinator, at=world.now)
    assert (refused.value.status, refused.value.code, refused.value.sentence) == (
        423, "data_locked", "The trial's data are locked: nothing is recorded or changed unless the lock is lifted.",
    )  # fmt: skip
    with pytest.raises(Locked):
        medication.record_medication(world.person, drug="Sertraline", by=world.coordinator, at=world.now)
    assert Event.objects.count() == before


def test_a_soft_lock_lets_investigators_correct_with_a_reason_and_nobody_else(world) -> None:
    soft(world)
    value = BaselineValue.objects.get(participant=world.person, variable="mass_kg")
    given = {"changes": {"value": "70"}, "at": world.now}
    with pytest.raises(Locked):
        records.correct(value, **given, reason="Misread", by=world.coordinator)
    records.correct(value, **given, reason="Misread", by=world.pi)
    value.refresh_from_db()
    assert value.value == "70"
    with pytest.raises(Locked):
        screening.screen(world.first, answers=ELIGIBLE, sex="F", by=world.coordinator, at=world.now)


def test_a_hard_lock_lets_nobody_correct(world) -> None:
    hard(world)
    value = BaselineValue.objects.get(participant=world.person, variable="mass_kg")
    with pytest.raises(Locked):
        records.correct(value, changes={"value": "70"}, reason="Misread", by=world.pi, at=world.now + timedelta(hours=4))


def test_a_late_answer_is_kept_and_alerted_and_stays_out_of_the_data(world) -> None:
    draft = {"visit": "week1", "instrument": "gad7", "by": world.person}
    assessments.save_draft(world.person, answers={"1": 3}, at=world.now - timedelta(hours=1), **draft)
    taken = hard(world)
    late = world.now + timedelta(hours=5)
    answer(world.person, late)
    assessments.save_draft(world.person, answers={"1": 3, "2": 2}, at=late, **draft)
    kept = Assessment.objects.get(participant=world.person, visit="week1", instrument="phq9")
    assert (kept.sent_at, kept.answers["9"]) == (late, 2)
    assert [a.trigger for a in Alert.objects.filter(assessment=kept).order_by("trigger")] == ["phq9.9>=2"]
    assert forms(world.person) == {("week1", "gad7"): (False, {"1": 3})}
    assert lock_board(world.manager).late == 2
    assert not changes.changed_since(taken)

    for by in (world.manager, world.unblinded_statistician):
        locks.sign_unlock(reason="A page was missing", password=PASSWORD, by=by, at=late + timedelta(hours=1))
    assert forms(world.person) == {("week1", "gad7"): (False, {"1": 3})}
    locks.lift_lock(reason="Late answers belong to it", by=world.manager, at=late + timedelta(hours=2))
    assert forms(world.person) == {("week1", "gad7"): (False, {"1": 3, "2": 2}), ("week1", "phq9"): (True, ANSWERS)}
    assert lock_board(world.manager).late == 0


def test_a_late_change_of_a_form_sent_before_the_lock_leaves_the_data_as_they_were(world) -> None:
    answered(world.now, change_until_close="true")
    before, late = world.now - timedelta(hours=1), world.now + timedelta(hours=5)
    answer(world.person, before)
    soft(world)
    given = {"visit": "week1", "instrument": "phq9", "answers": {"1": 3}, "by": world.person}
    assessments.save_draft(world.person, **given, at=late)
    assert Assessment.objects.get(participant=world.person, visit="week1").completed_at == late
    found = next(form for form in facts_of(world.person).forms if form.visit == "week1")
    assert (found.sent, found.answers["1"], found.completed_at, found.entered_at) == (True, 1, before, before)
    locks.lift_lock(reason="Late answers belong to it", by=world.manager, at=late + timedelta(hours=2))
    found = next(form for form in facts_of(world.person).forms if form.visit == "week1")
    assert (found.sent, found.answers["1"], found.completed_at) == (True, 3, late)


def test_safety_and_emergencies_wait_for_no_lock(world) -> None:
    hard(world)
    alert = alerts.raise_concern(world.person, text="Quiet", by=world.coordinator, at=world.now + timedelta(hours=4))
    alerts.open_alert(alert, by=world.safety_clinician, at=world.now + timedelta(hours=4))
    told = broken(world.person, by=world.pi, at=world.now + timedelta(hours=5), mode="screen")
    assert told.arm == world.person.enrolment.allocation.arm


def test_nobody_is_asked_or_reminded_while_the_data_are_locked(world) -> None:
    step = {"by": Machine("beat"), "at": world.now + timedelta(hours=1)}
    soft(world)
    assert reminders.queue_due(**step) == 0
    locks.lift_lock(reason="Too early", by=world.manager, at=world.now)
    assert reminders.queue_due(**step) > 0


def test_two_people_of_different_sides_sign_the_cut(world) -> None:
    soft(world)
    taken = cut(world)
    with pytest.raises(Refused, match="This is not your password"):
        locks.sign_hard_lock(cut_at=taken.at, password="wrong", by=world.pi, at=world.now + timedelta(hours=2))
    assert Event.objects.filter(verb="staff.reauthentication_refused", actor=world.pi.actor).count() == 1
    sign(world, taken, world.pi)
    assert lock_standing().state is State.SOFT
    with pytest.raises(Refused, match="You have signed this"):
        sign(world, taken, world.pi)
    with pytest.raises(NotAllowed, match="Your side has signed"):
        sign(world, taken, world.manager)
    sign(world, taken, world.blinded_statistician, 3)
    assert lock_standing() == Standing(State.HARD, unblinded=False)
    told = LockSignature.objects.values_list("name", "role", "meaning", "cut_at", "cut_digest", "at")
    assert list(told) == [
        ("Pi", "pi", MEANINGS[Move.HARD_LOCK, Side.CONDUCT], taken.at, taken.digest, world.now + timedelta(hours=2)),
        (
            "Blinded_statistician", "blinded_statistician", MEANINGS[Move.HARD_LOCK, Side.STATISTICS], taken.at, taken.digest,
            world.now + timedelta(hours=3),
        ),
    ]  # fmt: skip
    step = LockStep.objects.get(move="hard_locked")
    assert (step.user, step.cut_at, step.cut_digest) == (world.blinded_statistician, taken.at, taken.digest)
    assert list(Event.objects.filter(verb__startswith="lock.").values_list("verb", "actor").order_by("pk")) == [
        ("lock.soft_locked", world.manager.actor), ("lock.signed", world.pi.actor), ("lock.signed", world.blinded_statistician.actor),
        ("lock.hard_locked", world.blinded_statistician.actor),
    ]  # fmt: skip


def test_only_a_cut_that_is_the_data_is_signed(world) -> None:
    earlier = cut(world, -1)
    soft(world)
    with pytest.raises(Refused, match="before the data were locked"):
        sign(world, earlier, world.pi)
    with pytest.raises(Refused, match="No cut was taken"):
        locks.sign_hard_lock(cut_at=world.now, password=PASSWORD, by=world.pi, at=world.now)
    taken = cut(world)
    sign(world, taken, world.pi)
    value = BaselineValue.objects.get(participant=world.person, variable="mass_kg")
    records.correct(value, changes={"value": "70"}, reason="Misread", by=world.pi, at=world.now + timedelta(hours=3))
    with pytest.raises(Refused, match="corrected after this cut"):
        sign(world, taken, world.blinded_statistician, 4)
    assert lock_board(world.manager).to_sign is None
    newer = cut(world, 5)
    assert lock_board(world.manager).to_sign == newer
    sign(world, newer, world.blinded_statistician, 6)
    assert lock_standing().state is State.SOFT
    sign(world, newer, world.manager, 7)
    assert lock_standing().state is State.HARD


def test_the_hard_locked_cut_is_the_only_one_from_then_on(world) -> None:
    taken = hard(world)
    later = world.now + timedelta(hours=8)
    with pytest.raises(Locked, match="no other cut is taken"):
        exports.take_cut(later, by=SHELL, at=later)
    asked = exports.request_export(cut_at=None, view="closed", by=world.unblinded_statistician, at=later)
    assert asked.cut_at == taken.at
    assert randomisation_tests.compute(_asked(world, later), by=SHELL, at=later).as_of == taken.at
    (taken_files, again_files) = (
        exports.export_dataset(at, view="closed", by=SHELL, at=later) for at in (taken.at, exports.as_of_now(later))
    )
    assert taken_files == again_files


def _asked(world, at):
    given = {"visit": "week1", "instrument": "phq9", "draws": 99}
    return randomisation_tests.request_randomisation_test(**given, by=world.unblinded_statistician, at=at)


def test_who_may_lock_and_sign(world, at) -> None:
    local = engage("local", Role.PI, world.first, at=at)
    for by in (world.coordinator, world.blinded_statistician, world.monitor, SHELL, world.person):
        with pytest.raises(NotAllowed):
            locks.soft_lock(reason=WHY, by=by, at=world.now)
    with pytest.raises(NotAllowed, match="every site"):
        locks.soft_lock(reason=WHY, by=local, at=world.now)
    with pytest.raises(Refused, match="Say in a sentence why"):
        locks.soft_lock(reason="  ", by=world.pi, at=world.now)
    soft(world)
    taken = cut(world)
    for by in (world.coordinator, world.monitor, world.assessor, local, SHELL):
        with pytest.raises(NotAllowed):
            sign(world, taken, by)
    assert not LockSignature.objects.exists()


def test_pages_know_the_lock_as_the_database_does(world) -> None:
    def known() -> tuple[bool, bool]:
        return meets_locked_data(again(world.coordinator)), LockStep.objects.soft_lock_in_force().exists()

    told = [known()]
    soft(world)
    told.append(known())
    locks.lift_lock(reason="One more visit", by=world.manager, at=world.now + timedelta(minutes=1))
    told.append(known())
    locks.soft_lock(reason=WHY, by=world.manager, at=world.now + timedelta(minutes=2))
    told.append(known())
    assert told == [(False, False), (True, True), (False, False), (True, True)]


def test_figures_by_arm_open_with_the_unblinding_and_not_before(world) -> None:
    given = {"reason": "The analysis begins", "password": PASSWORD, "at": world.now + timedelta(hours=4)}
    blind = world.blinded_statistician
    with pytest.raises(Refused, match="not locked"):
        locks.unblind_trial(by=world.manager, **given)
    soft(world)
    with pytest.raises(Refused, match="not hard-locked"):
        locks.unblind_trial(by=world.manager, **given)
    taken = cut(world)
    sign(world, taken, world.pi)
    sign(world, taken, blind, 3)
    assert [sees_by_arm(again(user)) for user in (blind, world.pi, world.manager)] == [False, False, False]
    with pytest.raises(NotAllowed):
        exports.check_may_export(again(blind), "closed")
    with pytest.raises(NotAllowed):
        locks.unblind_trial(by=blind, **given)
    locks.unblind_trial(by=world.manager, **given)
    assert [sees_by_arm(again(user)) for user in (blind, world.pi, world.monitor, world.manager)] == [True] * 4
    assert blind_sites(again(world.assessor)) == set()
    assert live_flow(again(blind), as_of=given["at"]).by_arm
    exports.check_may_export(again(blind), "closed")
    assert [sees_by_arm(again(user)) for user in (world.coordinator, world.assessor, world.trainer)] == [False] * 3
    assert not blinding.sees_arms(again(world.assessor))
    assert not allowed(again(world.pi), exports.Permission.EXPORT_CLOSED)
    event = Event.objects.get(verb="trial.unblinded")
    assert (event.actor, event.reason) == (world.manager.actor, "The analysis begins")
    with pytest.raises(Refused, match="unblinded already"):
        locks.unblind_trial(by=world.manager, **given)
