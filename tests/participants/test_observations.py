"""Sessions are drawn by a sealed seed and rated by somebody who did not hold them; no trainer and nobody blind learns which."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.actions import observations as steps
from participants.actions import withdrawal
from participants.domain.fidelity import commitment
from participants.models import Observation, ObservationDraw
from participants.queries import observations as reads
from tests.cast import engage
from tests.participants.observing import GOOD, assigned, held, watched
from tests.participants.training import in_both_arms, session_of
from trials import clock, sealing
from trials.domain.roles import Role
from trials.models import Event, RowVersion
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
BLIND = ("assessor", "blinded_statistician", "safety_clinician")


@pytest.fixture
def pair(cast, at):
    both = in_both_arms(cast.first, by=cast.coordinator, at=at)
    assigned(both.trains, cast.trainer, by=cast.coordinator, at=at)
    return both


@pytest.fixture
def drawn(pair, cast, at):
    """Every session is drawn, and the sixth was held by the trainer."""
    watched("1", at=at + timedelta(minutes=2))
    steps.open_draw(by=cast.coordinator, at=at + timedelta(minutes=3))
    return held(pair.trains, 6, by=cast.trainer)


@pytest.fixture
def now(pair, monkeypatch):
    when = session_of(pair.trains, 6).planned_at + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: when)
    return when


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def refused(*args, **facts) -> str:
    before = RowVersion.objects.count()
    with pytest.raises(Refused) as told:
        steps.observe(*args, **facts)
    assert RowVersion.objects.count() == before
    return told.value.code


def test_an_observer_finds_the_session_and_fills_in_its_checklist(cast, drawn, now) -> None:
    client, here = as_(cast.coordinator), drawn.get_absolute_url() + "observe/"
    page = client.get("/observations/").content.decode()
    assert "To fill in" in page
    assert here in page
    assert "To watch" in page  # the seventh, three days ahead
    assert client.post(here, {"item_warm_up": "done"}).status_code == 422
    assert not Observation.objects.exists()
    assert client.post(here, {"item_warm_up": "done", "item_loads": "not_done"})["Location"] == "/observations/"
    kept = Observation.objects.get()
    assert (kept.session, kept.observer, kept.verdicts) == (drawn, cast.coordinator, {"warm_up": "done", "loads": "not_done"})
    assert (kept.at, kept.protocol_digest) == (now, protocol_in_force().digest)
    assert "Filled in" in client.get("/observations/").content.decode()
    told = Event.objects.get(verb="session.observed")
    assert (told.about, told.detail) == (drawn.trial_id, {"session_no": 6})


def test_a_changed_verdict_needs_a_reason_and_the_old_one_is_kept(cast, drawn, now) -> None:
    client, here = as_(cast.coordinator), drawn.get_absolute_url() + "observe/"
    steps.observe(drawn, verdicts=GOOD, by=cast.coordinator, at=now)
    steps.observe(drawn, verdicts=GOOD, by=cast.coordinator, at=now + timedelta(minutes=1))  # pressed twice
    assert Observation.objects.get().at == now
    changed = {"item_warm_up": "not_done", "item_loads": "done"}
    assert b"say why it changes" in client.post(here, changed).content
    assert Observation.objects.get().verdicts == GOOD
    assert client.post(here, {**changed, "reason": "Wrong line"}).status_code == 302
    assert Observation.objects.get().verdicts == {"warm_up": "not_done", "loads": "done"}
    version = RowVersion.objects.filter(table_name="participants_observation", operation="UPDATE").get()
    assert (version.old["verdicts"], version.reason) == (GOOD, "Wrong line")
    assert Event.objects.get(verb="session.observation_corrected").reason == "Wrong line"


def test_what_can_not_be_rated(cast, drawn, pair, now) -> None:
    by = cast.coordinator
    assert refused(session_of(pair.trains, 7), verdicts=GOOD, by=by, at=now) == "not_held"
    assert refused(drawn, verdicts={"warm_up": "done"}, by=by, at=now) == "bad_checklist"
    assert refused(drawn, verdicts=GOOD, by=cast.trainer, at=now) == "not_allowed"
    assert refused(drawn, verdicts=GOOD, by=cast.other_coordinator, at=now) == "not_allowed"
    withdrawal.withdraw(pair.trains, scope="data", reason="burden", by=by, at=now)
    assert refused(drawn, verdicts=GOOD, by=by, at=now) == "withdrawn"


def test_nobody_rates_a_session_of_their_own_or_finds_it_drawn(cast, drawn, pair, now) -> None:
    mine = held(pair.trains, 7, by=cast.coordinator)  # planned with the trainer
    assert refused(mine, verdicts=GOOD, by=cast.coordinator, at=now) == "own_session"
    both = engage("both", Role.COORDINATOR, cast.first, at=now)
    assert {s.session_no for s in reads.near(both, protocol_in_force(), now)} >= {6, 7}
    assert 7 not in {s.session_no for s in reads.near(cast.coordinator, protocol_in_force(), now)}
    assigned(pair.trains, both, by=cast.coordinator, at=now)  # takes over what is to come
    numbers = {s.session_no for s in reads.near(both, protocol_in_force(), now)}
    assert 6 in numbers
    assert 8 not in numbers


def test_only_what_was_drawn_is_rated_or_listed(cast, pair, at, now) -> None:
    watched("0.5", at=at + timedelta(minutes=2))
    by, protocol = cast.coordinator, protocol_in_force()
    assert reads.near(by, protocol, now) == []  # the draw is not open
    steps.open_draw(by=by, at=at + timedelta(minutes=3))
    draws = reads.draws_by(protocol)
    numbers = list(pair.trains.enrolment.sessions.values_list("session_no", flat=True))
    left_out = [n for n in numbers if not draws(pair.trains.trial_id, n)]
    assert 0 < len(left_out) < len(numbers)
    assert not {s.session_no for s in reads.near(by, protocol, now)} & set(left_out)
    assert refused(session_of(pair.trains, left_out[0]), verdicts=GOOD, by=by, at=now) == "not_drawn"


def test_where_no_trainer_is_there_is_none_to_watch(cast, drawn, now) -> None:
    type(drawn).objects.filter(pk=drawn.pk).update(supervision="none")
    assert 6 not in {s.session_no for s in reads.near(cast.coordinator, protocol_in_force(), now)}
    assert refused(drawn, verdicts=GOOD, by=cast.coordinator, at=now) == "not_drawn"


def test_the_seed_is_sealed_made_once_and_committed_to(cast, pair, at, now) -> None:
    with pytest.raises(Refused) as told:
        steps.open_draw(by=cast.coordinator, at=at)
    assert told.value.code == "no_checklist"
    watched("0.1", at=at + timedelta(minutes=2))
    with pytest.raises(NotAllowed):
        steps.open_draw(by=cast.trainer, at=at)
    client = as_(cast.coordinator)
    assert "Open draw" in client.get("/observations/").content.decode()
    assert client.post("/observations/open/").status_code == 302
    first = ObservationDraw.objects.get()
    assert steps.open_draw(by=cast.pi, at=at + timedelta(days=1)) == first
    seed = sealing.open_sealed(sealing.SEED, first.sealed, context=reads.CONTEXT)
    assert len(seed) == 32
    assert seed not in bytes(first.sealed)
    assert first.commitment == commitment(seed)
    assert Event.objects.get(verb="observations.opened").detail == {"commitment": first.commitment}


def test_without_its_key_the_draw_says_so(cast, drawn, now, settings, tmp_path) -> None:
    settings.UPLIFT_SECRETS = tmp_path
    answer = as_(cast.coordinator).get("/observations/")
    assert answer.status_code == 409
    assert b"the key is missing" in answer.content


def test_by_rest_the_same(cast, drawn, now) -> None:
    client, here = as_(cast.coordinator), f"/api/v1/participants/{drawn.trial_id}/sessions/6/observe/"
    listed = {row["session_no"]: row for row in client.get("/api/v1/observations/").json()}
    assert (listed[6]["trial_id"], listed[6]["status"], listed[6]["observed"]) == (drawn.trial_id, "attended", False)
    bad = client.post(here, json.dumps({"verdicts": {"warm_up": "maybe"}}), content_type="application/json")
    assert bad.status_code == 400
    answer = client.post(here, json.dumps({"verdicts": GOOD}), content_type="application/json")
    assert answer.status_code == 200
    assert answer.json() == {
        "trial_id": drawn.trial_id, "session_no": 6, "observer": cast.coordinator.actor, "verdicts": GOOD, "at": now.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert [row["observed"] for row in client.get("/api/v1/observations/").json() if row["session_no"] == 6] == [True]
    assert set(client.post("/api/v1/observations/open-draw/").json()) == {"commitment", "at"}
    assert as_(cast.trainer).get("/api/v1/observations/").status_code == 403


def test_trainers_other_sites_and_blind_eyes_meet_nothing_of_it(cast, drawn, pair, now) -> None:
    steps.observe(drawn, verdicts=GOOD, by=cast.coordinator, at=now)
    here = drawn.get_absolute_url() + "observe/"
    assert [as_(cast.trainer).get(path).status_code for path in ("/observations/", here)] == [404, 403]
    assert as_(cast.other_coordinator).get(here).status_code == 404
    assert drawn.trial_id not in as_(cast.other_coordinator).get("/observations/").content.decode()
    for role in BLIND:
        client = as_(getattr(cast, role))
        places = [f"/participants/{p}/sessions/6/observe/" for p in (pair.trains, pair.waits)]
        for method in (client.get, client.post):
            assert {method(place).status_code for place in ("/observations/open/", *places)} <= {404, 405}
        assert client.get("/observations/").status_code == 404
        answers = {client.post(f"/api/v1{place}").content for place in places}
        assert len(answers) == 1
        assert client.get("/api/v1/observations/").status_code == 403


@pytest.mark.parametrize(
    "verdicts", [{}, [], "done", {"a": "maybe"}, {"a": 5}, {"a": ["done"]}, {"a": None}, {"a": "done", "b": {"c": "done"}}], ids=str
)
def test_the_database_keeps_known_verdicts_alone(cast, drawn, now, verdicts: object) -> None:
    facts = {"session": drawn, "observer": cast.coordinator, "protocol_digest": "0" * 64, "at": now}
    with pytest.raises(IntegrityError, match="observation_verdicts_known"), transaction.atomic():
        Observation.objects.create(verdicts=verdicts, **facts)
    assert Observation.objects.create(verdicts={"a": "done", "b": "not_done", "c": "not_applicable"}, **facts).pk


def test_the_database_keeps_one_draw_and_never_changes_it(drawn, at) -> None:
    with pytest.raises(IntegrityError, match="observation_draw_is_one_row"), transaction.atomic():
        ObservationDraw.objects.create(pk=2, sealed=b"x", commitment="0" * 64, at=at)
    with pytest.raises(Exception, match="permission denied|written once"), transaction.atomic():
        ObservationDraw.objects.update(commitment="0" * 64)


def test_the_list_costs_the_same_for_more_sessions(cast, drawn, at, now) -> None:
    spent, protocol = [], protocol_in_force()
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            found = reads.near(cast.coordinator, protocol, now)
            [(s.trial_id, hasattr(s, "observation"), str(s.trainer)) for s in found]
        spent.append((len(captured), len(found)))
        another = in_both_arms(cast.first, by=cast.coordinator, at=at + timedelta(minutes=5)).trains
        steps.observe(drawn, verdicts=GOOD, by=cast.coordinator, at=now)
        assert another.enrolment.sessions.exists()
    assert spent[0][0] == spent[1][0]
    assert spent[0][1] < spent[1][1]
