"""People whose training slips stand on a list with the calls made; nobody blind meets it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.queries import early_warnings
from participants.actions import sessions, training_calls, withdrawal
from participants.models import TrainingCall
from tests.participants.training import done, hold, in_both_arms, session_of
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(cast, at):
    """The one who trains came to session 6 and missed 7 and 8."""
    both = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(both.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    sixth = session_of(both.trains, 6)
    hold(sixth, done(8, "20", (1, 1)), by=cast.trainer, at=sixth.planned_at)
    for number in (7, 8):
        missed = session_of(both.trains, number)
        sessions.mark_missed(missed, reason="time", by=cast.trainer, at=missed.planned_at + timedelta(hours=1))
    return both


@pytest.fixture
def now(pair, monkeypatch):
    when = session_of(pair.trains, 8).planned_at + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: when)
    return when


def listed(cast, now, user=None) -> list[tuple[str, int, list[str], bool]]:
    found = early_warnings.of(user or cast.trainer, [cast.first], now)
    return [(s.participant.trial_id, s.warning.misses, [c.outcome for c in s.calls], s.reached) for s in found if s.warning.misses == 2]


def call(pair, cast, now, outcome: str, **more: object) -> TrainingCall:
    return training_calls.record_training_call(pair.trains, outcome=outcome, by=more.pop("by", cast.trainer), at=now, **more)


def test_who_was_missed_twice_stands_on_the_list_with_every_attempt(cast, pair, now) -> None:
    who = pair.trains.trial_id
    client = Client()
    client.force_login(cast.trainer)
    here = f"/participants/{who}/training-call/"
    assert client.post(here, {}).status_code == 422
    assert listed(cast, now)[0][2:] == ([], False)
    assert client.post(here, {"outcome": "no_answer", "note": "Voicemail"})["Location"] == "/training-calls/"
    assert listed(cast, now)[0][2:] == (["no_answer"], False)
    client.post(here, {"outcome": "comes_again"})
    assert listed(cast, now)[0][2:] == (["no_answer", "comes_again"], True)
    page = client.get("/training-calls/").content.decode()
    assert who in page
    assert "Comes to the next session" in page
    assert "Voicemail" in client.get(here).content.decode()
    assert [e.detail for e in Event.objects.filter(verb="training.called").order_by("pk")] == [
        {"outcome": "no_answer"}, {"outcome": "comes_again"},
    ]  # fmt: skip


def test_a_call_before_the_last_miss_does_not_count_as_an_answer_to_it(cast, pair, now) -> None:
    call(pair, cast, now - timedelta(days=2), "comes_again")
    assert listed(cast, now)[0][2:] == ([], False)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"outcome": "maybe"}, Refused), ({"outcome": "pauses", "note": "x" * 2001}, Refused),
        ({"outcome": "pauses", "by": Machine("shell")}, NotAllowed),
    ],
    ids=["unknown outcome", "long note", "a machine"],
)  # fmt: skip
def test_what_is_no_call_is_refused(cast, pair, now, facts: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        call(pair, cast, now, **facts)
    assert not TrainingCall.objects.exists()


def test_nobody_is_called_who_has_no_sessions_or_has_ended(cast, pair, now) -> None:
    with pytest.raises(Refused) as refused:
        training_calls.record_training_call(pair.waits, outcome="pauses", by=cast.coordinator, at=now)
    assert refused.value.code == "no_sessions"
    withdrawal.withdraw(pair.trains, scope="contact", reason="burden", by=cast.coordinator, at=now)
    assert listed(cast, now) == []
    with pytest.raises(Refused) as refused:
        call(pair, cast, now, "pauses")
    assert refused.value.code == "no_contact"


def test_other_trainers_other_sites_and_blind_eyes_see_nothing(cast, pair, now) -> None:
    with pytest.raises(NotAllowed):
        call(pair, cast, now, "pauses", by=cast.other_coordinator)
    assert listed(cast, now, cast.other_coordinator) == []
    for role in ("assessor", "blinded_statistician", "safety_clinician"):
        client = Client()
        client.force_login(getattr(cast, role))
        answers = [
            client.get(path) for p in (pair.trains, pair.waits) for path in ("/training-calls/", f"/participants/{p}/training-call/")
        ]
        assert {answer.status_code for answer in answers} == {404}


def test_the_database_keeps_known_outcomes_once(cast, pair, now) -> None:
    made = call(pair, cast, now, "pauses")
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingCall.objects.create(participant=pair.trains, user=cast.trainer, outcome="maybe", at=now)
    with pytest.raises(Exception, match="permission denied|written once"), transaction.atomic():
        TrainingCall.objects.filter(pk=made.pk).update(outcome="stops")


def test_the_list_costs_the_same_for_more_people(cast, pair, now, at) -> None:
    spent = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            early_warnings.of(cast.coordinator, [cast.first], now)
        spent.append(len(captured))
        in_both_arms(cast.first, by=cast.coordinator, at=at)
    assert spent[0] == spent[1]
