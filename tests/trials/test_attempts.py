"""Every attempt is kept with what became of it, crashed ones too; a key that comes twice gets one answer."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from outcomes.actions import randomisation
from participants.models import Enrolment
from tests.cast import hire, load_trial, open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import consenting
from trials import clock, statement
from trials.actions import attempts, staff
from trials.actions.attempts import Claim
from trials.models import Allocation, Attempt, AttemptOutcome
from trials.permissions import Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY, OTHER_KEY = UUID(int=1), UUID(int=2)


@pytest.fixture
def person(trial, coordinator, at):
    open_randomisation(at=at)
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    complete(person, by=coordinator, at=at)
    return person


def outcomes() -> list[tuple[str, str]]:
    """(kind, code) of every attempt in order; ("", "") for one without an outcome."""
    found = Attempt.objects.order_by("pk").select_related("outcome")
    return [(a.outcome.kind, a.outcome.code) if hasattr(a, "outcome") else ("", "") for a in found]


def test_what_is_given_and_what_is_refused_are_both_kept(person, coordinator, other_coordinator, at):
    with pytest.raises(Refused):
        randomisation.randomise(person, by=other_coordinator, at=at)
    randomisation.randomise(person, by=coordinator, at=at)
    with pytest.raises(Refused):
        randomisation.randomise(person, by=coordinator, at=at)
    assert outcomes() == [("refused", "not_allowed"), ("given", ""), ("refused", "already_randomised")]
    assert list(Attempt.objects.order_by("pk").values_list("actor", "unit__trial_id")) == [
        (other_coordinator.actor, "P-001"), (coordinator.actor, "P-001"), (coordinator.actor, "P-001"),
    ]  # fmt: skip


def test_a_crash_leaves_an_attempt_without_an_outcome_and_the_next_one_gets_the_same_arm(committing, monkeypatch):
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT)
    complete(person, by=cast.coordinator, at=AT)
    drawn: list[str] = []
    moves = randomisation.enrolment.moves.move

    def crash(person, status):
        drawn.append(Allocation.objects.get().arm)
        raise SystemError("the power fails")

    monkeypatch.setattr(randomisation.enrolment.moves, "move", crash)
    with pytest.raises(SystemError):
        randomisation.randomise(person, by=cast.coordinator, at=AT)
    assert (outcomes(), Allocation.objects.count()) == ([("", "")], 0)
    monkeypatch.setattr(randomisation.enrolment.moves, "move", moves)
    randomisation.randomise(person, by=cast.coordinator, at=AT)
    assert outcomes() == [("", ""), ("given", "")]
    assert drawn == [Allocation.objects.get().arm]


def test_an_attempt_can_not_stand_within_another_step(person, coordinator, at):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        randomisation.randomise(person, by=coordinator, at=at)
    assert outcomes() == []


def test_a_busy_stratum_is_an_outcome_of_its_own(person, coordinator, at):
    attempt = attempts.begin(person.unit, claim=None, by=coordinator, at=at)
    attempts.refuse_each([(attempt, Refused("Try again.", code="busy", status=503))], at=at)
    assert outcomes() == [("busy", "busy")]


def test_a_key_that_comes_again_gets_what_was_given(person, coordinator, at):
    claim = Claim(KEY, "a" * 64)
    first = randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    again = randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    assert (again, again.allocation) == (first, first.allocation)
    assert outcomes() == [("given", ""), ("answered", "")]
    with pytest.raises(Refused, match="already randomised"):
        randomisation.randomise(person, claim=Claim(OTHER_KEY, "a" * 64), by=coordinator, at=at)
    assert Enrolment.objects.count() == 1


def test_a_key_whose_first_request_is_still_under_way_gets_its_answer(person, coordinator, at, monkeypatch):
    """The second request begins before the first has ended, and reaches the person after it."""
    claim, given, answers = Claim(KEY, "a" * 64), attempts.was_given, iter([False])
    first = randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    monkeypatch.setattr(attempts, "was_given", lambda attempt: next(answers, None) is None and given(attempt))
    assert randomisation.randomise(person, claim=claim, by=coordinator, at=at) == first
    assert outcomes() == [("given", ""), ("answered", "")]


def test_the_database_has_nothing_answered_again_that_was_not_given(person, coordinator, other_coordinator, at):
    claim = Claim(KEY, "a" * 64)
    begun = [
        attempts.begin(person.unit, claim=None, by=coordinator, at=at),
        attempts.begin(person.unit, claim=claim, by=coordinator, at=at),
        attempts.begin(person.unit, claim=claim, by=coordinator, at=at),
        attempts.begin(person.unit, claim=claim, by=other_coordinator, at=at),
        attempts.begin(person.unit, claim=claim, by=other_coordinator, at=at),
    ]
    for attempt in begun:
        with pytest.raises(IntegrityError, match="nothing was given that could be answered again"), transaction.atomic():
            attempts.answer_again([attempt], at=at)
    randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    for attempt in [*begun[:2], *begun[3:]]:
        with pytest.raises(IntegrityError, match="nothing was given that could be answered again"), transaction.atomic():
            attempts.answer_again([attempt], at=at)
    attempts.answer_again([begun[2]], at=at)


def test_requests_sent_again_are_not_counted_as_broken_off(person, coordinator, at):
    attempts.begin(person.unit, claim=None, by=coordinator, at=at)
    for _ in range(3):
        randomisation.randomise(person, claim=Claim(KEY, "a" * 64), by=coordinator, at=at)
    told = statement.facts()
    assert (told.attempts, told.refused, told.answered, told.broken_off) == (4, 0, 2, 1)


def test_a_key_with_another_body_is_refused(person, coordinator, at):
    randomisation.randomise(person, claim=Claim(KEY, "a" * 64), by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        randomisation.randomise(person, claim=Claim(KEY, "b" * 64), by=coordinator, at=at)
    assert (refused.value.code, refused.value.status) == ("key_reused", 409)
    assert outcomes() == [("given", ""), ("refused", "key_reused")]


def test_a_key_of_somebody_else_is_another_key(person, coordinator, other_coordinator, at):
    randomisation.randomise(person, claim=Claim(KEY, "a" * 64), by=coordinator, at=at)
    with pytest.raises(Refused):
        randomisation.randomise(person, claim=Claim(KEY, "a" * 64), by=other_coordinator, at=at)


def test_after_a_refusal_the_same_key_tries_again(trial, coordinator, at):
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    complete(person, by=coordinator, at=at)
    claim = Claim(KEY, "a" * 64)
    with pytest.raises(Refused, match="not open yet"):
        randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    open_randomisation(at=at)
    randomisation.randomise(person, claim=claim, by=coordinator, at=at)
    assert outcomes() == [("refused", "randomisation_not_open"), ("given", "")]


@pytest.fixture
def post(person, coordinator, at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    token = staff.make_token(coordinator, name="t", by=coordinator, at=at)[1]

    def post(key: str | None, body: object = None, trial_id: str = "P-001"):
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key is not None else {})
        return Client().post(f"/api/v1/participants/{trial_id}/randomise/", body or {}, content_type="application/json", headers=headers)

    return post


@pytest.mark.parametrize(("key", "code"), [(None, "no_key"), ("", "no_key"), (" ", "no_key"), ("seven", "bad_key"), ("²" * 32, "bad_key")])
def test_the_door_needs_a_key_that_is_a_uuid(post, key, code):
    answer = post(key)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (Attempt.objects.count(), Allocation.objects.count()) == (0, 0)


def test_the_door_gives_the_same_answer_again_and_refuses_another_body(post):
    key = str(uuid4())
    first, again, fresh = post(key), post(key.upper()), post(str(uuid4()))
    assert (first.status_code, again.status_code, fresh.status_code) == (200, 200, 409)
    assert first.content == again.content
    assert fresh.json()["code"] == "already_randomised"
    assert Allocation.objects.count() == 1


def test_the_door_refuses_the_same_key_for_somebody_else_and_a_body_that_says_more(post, trial, coordinator, at):
    other = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    complete(other, by=coordinator, at=at)
    key = str(uuid4())
    assert post(key).status_code == 200
    reused, more = post(key, trial_id=str(other)), post(key, {"again": True})
    assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")
    assert (more.status_code, more.json()) == (400, {"again": ["Unknown key."]})
    assert (Allocation.objects.count(), outcomes()) == (1, [("given", ""), ("refused", "key_reused")])


@pytest.mark.parametrize("table", ["trials_attempt", "trials_attemptoutcome", "trials_allocation"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET at = now()", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_what_was_written_stays(person, coordinator, at, table, change):
    randomisation.randomise(person, by=coordinator, at=at)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table=table))


def test_nothing_of_an_attempt_tells_an_arm():
    fields = {f.name for model in (Attempt, AttemptOutcome) for f in model._meta.get_fields()}
    assert not [name for name in fields if "arm" in name]
