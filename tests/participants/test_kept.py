"""What a phone kept while it had no line: taken in once each, by its own clock, and never over what somebody else recorded."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from participants.actions import identity, sessions
from participants.actions.sessions import LoggedSet
from participants.models import KeptEntry, TrainingSession
from tests.participants.training import done, in_both_arms, session_of
from trials.models import Event, RowVersion
from trials.permissions import Refused

pytestmark = pytest.mark.django_db
LIFT = ((1, 1),)


@pytest.fixture
def session(cast, at, stand_at):
    found = session_of(in_both_arms(cast.first, by=cast.coordinator, at=at).trains, 1)
    sessions.assign_trainer(found.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    stand_at(found.at + timedelta(hours=2))
    return found


@pytest.fixture
def take(cast, session):
    """take(kind, minutes after the session's time, ...): sent two hours after it, the phone 90 s ahead of the server."""

    def take(kind: str, minutes: float, *, uuid: UUID | None = None, by=cast.trainer, ahead: int = 90, **more) -> KeptEntry:
        skew, at = timedelta(seconds=ahead), session.at + timedelta(hours=2)
        return sessions.take_in(
            session, uuid=uuid or uuid4(), kind=kind, made_at=session.at + timedelta(minutes=minutes) + skew,
            phone_at=at + skew, by=by, at=at, **more,
        )  # fmt: skip

    return take


def test_a_session_kept_on_the_phone_stands_as_if_there_had_been_a_line(take, session, cast):
    take("start", 0)
    take("log", 5, sets=done(10, "60", (1, 1), (1, 2)))
    last = take("finish", 50, ending={"session_rpe": Decimal(7), "note": "Steady"})
    session.refresh_from_db()
    assert (session.status, session.trainer, session.session_rpe, session.note) == ("attended", cast.trainer, Decimal(7), "Steady")
    assert (session.started_at, session.ended_at) == (session.at, session.at + timedelta(minutes=50))
    assert [(s.done_reps, s.done_load_kg) for s in session.sets.filter(exercise_no=1)] == [(10, Decimal(60))] * 2
    assert (last.made_at, last.skew_seconds, last.at) == (session.at + timedelta(minutes=50), 90, session.at + timedelta(hours=2))
    told = list(Event.objects.filter(verb="session.taken_in").order_by("pk").values_list("detail__kind", "detail__skew_seconds"))
    assert told == [("start", 90), ("log", 90), ("finish", 90)]


def test_the_same_entry_twice_counts_once_and_gives_the_same_receipt(take, session):
    take("start", 0)
    mine, other = uuid4(), uuid4()
    first = take("log", 5, uuid=mine, sets=done(10, "60", *LIFT))
    take("log", 6, uuid=other, sets=done(9, "65", *LIFT), seen={(1, 1): (10, Decimal("60.00"))})
    again = take("log", 5, uuid=mine, sets=done(10, "60", *LIFT))
    assert again == first
    assert session.sets.get(exercise_no=1, set_no=1).done_reps == 9
    assert KeptEntry.objects.count() == 3


def test_what_reached_the_server_in_a_request_whose_answer_was_lost_is_not_logged_again(take, session, cast):
    take("start", 0)
    client = uuid4()
    sessions.log(session, sets=done(10, "60.0", *LIFT), client_uuid=client, by=cast.trainer, at=session.at + timedelta(minutes=5))
    take("log", 5, uuid=client, sets=done(10, "60", *LIFT))
    assert Event.objects.filter(verb="session.logged").count() == 1
    assert KeptEntry.objects.filter(uuid=client).count() == 1


def test_repetitions_in_reserve_added_to_the_same_figures_are_not_lost(take, session):
    take("start", 0)
    take("log", 5, sets=done(10, "60", *LIFT))
    take("log", 6, sets=[LoggedSet(exercise_no=1, set_no=1, done_reps=10, done_load_kg=Decimal(60), rir=Decimal(2))])
    assert session.sets.get(exercise_no=1, set_no=1).rir == Decimal(2)


def test_an_exercise_swapped_at_the_same_figures_is_not_lost(take, session):
    take("start", 0)
    take("log", 5, sets=done(10, "60", *LIFT))
    swapped = {"substitute": "Leg press", "substitute_reason": "Rack taken"}
    take("log", 6, sets=[LoggedSet(exercise_no=1, set_no=1, done_reps=10, done_load_kg=Decimal(60), **swapped)])
    assert session.sets.get(exercise_no=1, set_no=1).exercise == "leg_press"


def test_an_entry_of_sets_without_a_set_is_refused(take):
    take("start", 0)
    with pytest.raises(Refused, match="holds no set"):
        take("log", 5)
    assert KeptEntry.objects.count() == 1


def test_another_figure_recorded_meanwhile_is_shown_to_a_person(take, session, cast):
    take("start", 0)
    sessions.log(session, sets=done(8, "55", *LIFT), client_uuid=uuid4(), by=cast.coordinator, at=session.at + timedelta(minutes=9))
    entry = {"uuid": uuid4(), "sets": done(10, "60", *LIFT)}
    with pytest.raises(Refused) as refused:
        take("log", 5, **entry)
    assert refused.value.code == "changed"
    assert refused.value.sentence == ("Set 1 of exercise 1 was recorded by somebody else meanwhile: 55 kg × 8. This phone has 60 kg × 10.")
    assert not KeptEntry.objects.filter(uuid=entry["uuid"]).exists()
    take("log", 5, **entry, instead=True)
    row = session.sets.get(exercise_no=1, set_no=1)
    assert (row.done_reps, row.done_load_kg) == (10, Decimal(60))
    kept = RowVersion.objects.filter(table_name="participants_exerciseset", row_id=str(row.pk)).latest("pk")
    assert (kept.old["done_reps"], kept.new["done_reps"]) == (8, 10)


def test_an_unlikely_load_asks_at_sending_too(take, session):
    take("start", 0)
    with pytest.raises(Refused) as refused:
        take("log", 5, sets=done(10, "600", *LIFT))
    assert refused.value.code == "confirm"
    take("log", 5, sets=done(10, "600", *LIFT), confirmed=True)


def test_a_session_that_somebody_else_finished_is_said_and_not_finished_again(take, session, cast):
    take("start", 0)
    sessions.log(session, sets=done(8, "55", *LIFT), client_uuid=uuid4(), by=cast.trainer, at=session.at + timedelta(minutes=9))
    sessions.finish(session, by=cast.coordinator, at=session.at + timedelta(minutes=40))
    with pytest.raises(Refused, match="finished by somebody else meanwhile"):
        take("finish", 50)
    session.refresh_from_db()
    assert session.ended_at == session.at + timedelta(minutes=40)


def test_an_entry_belongs_to_its_session_its_person_and_its_kind(take, session, cast):
    mine = uuid4()
    take("start", 0, uuid=mine)
    for other in ({"kind": "finish"}, {"kind": "start", "by": cast.coordinator}):
        with pytest.raises(Refused) as refused:
            take(other.pop("kind"), 0, uuid=mine, **other)
        assert refused.value.code == "conflict"


def test_a_phone_whose_clock_runs_behind_or_far_ahead_never_dates_a_session_in_the_future(take, session):
    entry = take("start", 120 + 30, ahead=-3600)
    assert (entry.made_at, entry.skew_seconds) == (session.at + timedelta(hours=2), -3600)
    session.refresh_from_db()
    assert session.started_at == session.at + timedelta(hours=2)


@pytest.mark.parametrize(
    ("made", "phone", "code"), [(0, 900, "clock"), (0, -900, "clock"), (-900, 0, "too_old")], ids=["ahead", "behind", "old"]
)
def test_a_clock_or_an_entry_that_is_years_away_is_refused(session, cast, made, phone, code):
    at = session.at + timedelta(hours=2)
    with pytest.raises(Refused) as refused:
        sessions.take_in(
            session,
            uuid=uuid4(),
            kind="start",
            made_at=at + timedelta(days=made),
            phone_at=at + timedelta(days=phone),
            by=cast.trainer,
            at=at,
        )
    assert refused.value.code == code
    assert not KeptEntry.objects.exists()


def test_the_phone_is_told_the_trainers_own_sessions_and_no_name(cast, client, session):
    client.force_login(cast.trainer)
    answer = client.get("/gym/kept/")
    told = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(s["trial_id"], s["session_no"], s["started"], len(s["lifts"])) for s in told["sessions"]] == [
        (session.enrolment.participant.trial_id, 1, False, 8)
    ]
    assert (told["user"], set(told)) == (cast.trainer.actor, {"user", "sessions", "reasons", "help"})
    assert set(told["sessions"][0]) == {
        "place", "trial_id", "initials", "session_no", "total", "time", "status", "started", "ended", "rpe_scale", "lifts",
    }  # fmt: skip
    client.force_login(cast.coordinator)
    assert client.get("/gym/kept/").json()["sessions"] == []


def test_the_phone_is_told_initials_and_nothing_else_of_the_name_and_once_a_day_that_is_kept(cast, client, session, at, stand_at):
    person = session.enrolment.participant
    facts = {"given_name": "Zuleika", "family_name": "Quirke", "email": "zq@example.org", "born_on": "1999-04-05"}
    identity.record_contact(person, facts, by=cast.coordinator, at=at + timedelta(hours=1))
    client.force_login(cast.trainer)
    for _ in range(3):
        answer = client.get("/gym/kept/")
        assert answer.json()["sessions"][0]["initials"] == "Z Q"
    for secret in ("Zuleika", "Quirke", "example.org", "1999"):
        assert secret not in answer.content.decode()
    shown = list(Event.objects.filter(verb="initials.shown").values_list("about", "actor", "detail"))
    assert shown == [(person.trial_id, cast.trainer.actor, {})]
    identity.initials_of_the_day([person], by=cast.trainer, at=session.at + timedelta(days=1))
    assert Event.objects.filter(verb="initials.shown").count() == 2


@pytest.mark.parametrize("role", ["assessor", "safety_clinician", "monitor", "unblinded_statistician", "other_coordinator"])
def test_initials_are_for_whoever_records_these_sessions(cast, session, at, role):
    with pytest.raises(Refused):
        identity.initials_of_the_day([session.enrolment.participant], by=getattr(cast, role), at=at + timedelta(hours=1))
    assert not Event.objects.filter(verb="initials.shown").exists()


def test_a_trainer_is_not_told_the_initials_of_somebody_they_do_not_train(cast, at):
    alone = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    with pytest.raises(Refused, match="whoever trains these people"):
        identity.initials_of_the_day([alone], by=cast.trainer, at=at)


def test_somebody_without_a_name_kept_has_no_initials_and_leaves_no_event(cast, session, at):
    assert identity.initials_of_the_day([session.enrolment.participant], by=cast.trainer, at=at) == {}
    assert not Event.objects.filter(verb="initials.shown").exists()


def test_the_page_of_a_set_has_a_place_for_the_rest_and_being_unwell_ends_it(cast, client, session):
    client.force_login(cast.trainer)
    sessions.start(session, by=cast.trainer, at=session.at)
    place, script = session.get_absolute_url(), "participants/rest"
    told = client.get(place).content.decode()
    assert "data-rest role" in told
    assert script in told
    unwell = client.get(f"{place}unwell/").content.decode()
    assert "data-rest-ends" in unwell
    assert script in unwell
    assert script in client.get("/sw.js").content.decode()
    shell = client.get("/gym/floor/").content.decode()
    assert "data-rest role" in shell
    assert script in shell
    assert 'data-name="unwell"' in shell


@pytest.mark.parametrize(("role", "status"), [("assessor", 403), ("safety_clinician", 403), ("monitor", 403), ("other_coordinator", 200)])
def test_nobody_else_is_told_a_session(cast, client, session, role, status):
    client.force_login(getattr(cast, role))
    answer = client.get("/gym/kept/")
    assert answer.status_code == status
    assert session.enrolment.participant.trial_id not in answer.content.decode()


def test_the_shell_and_the_worker_hold_no_data_whoever_asks(client, cast):
    before = (client.get("/gym/floor/").content, client.get("/sw.js").content)
    client.force_login(cast.trainer)
    assert client.get("/sw.js").content == before[1]
    assert cast.trainer.name.encode() not in client.get("/gym/floor/").content
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_kept_entry_comes_in_by_rest_with_its_seen_figures(cast, client, session):
    client.force_login(cast.trainer)
    place = f"/api/v1/participants/{session.enrolment.participant.trial_id}/sessions/1/take-in/"
    now = (session.at + timedelta(hours=2)).isoformat()

    def send(**body):
        return client.post(
            place, json.dumps({"phone_at": now, "made_at": session.at.isoformat(), "uuid": str(uuid4()), **body}), "application/json"
        )

    assert send(kind="start").status_code == 200
    sets = [{"exercise_no": 1, "set_no": 1, "done_reps": 10, "done_load_kg": "60"}]
    assert send(kind="log", sets=sets).json()["kind"] == "log"
    seen = [{"exercise_no": 1, "set_no": 1, "done_reps": 10, "done_load_kg": "60"}]
    assert send(kind="log", sets=[sets[0] | {"done_reps": 11}]).json()["code"] == "changed"
    assert send(kind="log", sets=[sets[0] | {"done_reps": 11}], seen=seen).status_code == 200
    assert send(kind="finish", ending={"ended_at": now}).status_code == 400
    assert send(kind="finish", ending={"session_rpe": "7", "soreness": 2}).status_code == 200
    assert TrainingSession.objects.get(pk=session.pk).soreness == 2
