"""The calendar and the gym floor, through the browser's door: who finds them, what they say, what they save."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.actions import baseline, sessions, withdrawal
from participants.models import ExerciseSet, StrengthTest, TrainingSession
from tests.participants.training import done, hold, in_both_arms, randomised, session_of
from trials import blinding

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)  # the day of session 3, which is at 18:00


@pytest.fixture
def people(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def person(people):
    return people.trains


@pytest.fixture
def present(monkeypatch):
    """Sets the clock that all doors read."""

    def stand_at(moment: datetime) -> None:
        monkeypatch.setattr("trials.clock.now", lambda: moment)

    stand_at(NOON)
    return stand_at


@pytest.fixture
def door(present):
    def open_as(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return open_as


def addresses(person) -> list[str]:
    own = [f"/participants/{person}/sessions/3/{page}" for page in ("", "finish/", "unwell/", "move/", "missed/", "cancel/", "correct/")]
    return ["/week/", "/gym/", *own, f"/participants/{person}/sessions/", f"/participants/{person}/loads/"]


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician", "unblinded_statistician"])
def test_who_must_not_see_sessions_finds_no_such_page(cast, people, door, role: str) -> None:
    client = door(getattr(cast, role))
    assert {client.get(address).status_code for address in addresses(people.trains)} == {404}
    assert client.post(f"/participants/{people.trains}/sessions/3/start/").status_code == 404


def test_a_coordinator_of_another_site_finds_none_of_these_people(people, other_coordinator, door) -> None:
    client = door(other_coordinator)
    assert {client.get(address).status_code for address in addresses(people.trains)[2:]} == {404}
    assert str(people.trains) not in client.get("/week/?on=2026-03-09").content.decode()
    assert client.get("/week/?site=LIM").status_code == 404


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("monitor", {200, 403}), ("pi", {200, 403}), ("coordinator", {200, 302}), ("manager", {200, 403})],
)
def test_readers_read_and_only_who_may_record_gets_the_forms(cast, people, door, role: str, statuses: set) -> None:
    client = door(getattr(cast, role))
    found = {client.get(address).status_code for address in addresses(people.trains)}
    assert found == statuses
    assert client.get("/week/").status_code == 200


def test_a_trainer_finds_own_people_alone(people, cast, door, at) -> None:
    client = door(cast.trainer)
    address = f"/participants/{people.trains}/sessions/3/"
    assert client.get(address).status_code == 404
    sessions.assign_trainer(people.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    assert client.get(address).status_code == 200
    assert str(people.trains) in client.get("/gym/").content.decode()


def test_the_wait_list_has_no_sessions_and_says_so(people, coordinator, door) -> None:
    assert "No sessions." in door(coordinator).get(f"/participants/{people.waits}/sessions/").content.decode()


def test_the_list_says_which_sessions_begin_less_than_48_hours_after_the_one_before(cast, coordinator, door, at) -> None:
    evenings_and_mornings = in_both_arms(cast.first, by=coordinator, at=at, preferred=((0, "18:00"), (2, "07:30"))).trains
    page = door(coordinator).get(f"/participants/{evenings_and_mornings}/sessions/").content.decode()
    told = re.search(r"(\d+) sessions begin less than the advised 48 h", page)
    assert told is not None
    assert int(told[1]) == page.count("h after the one before</span>") + page.count("min after the one before</span>") > 5
    assert "37 h 30 min after the one before" in page
    result = door(coordinator).get(f"/participants/{evenings_and_mornings}/randomised/").content.decode()
    near = re.search(r"(\d+) sessions begin less than the advised 48 h after the one before: ([\d, ]+)\.", result)
    assert near is not None
    assert (near[1], len(near[2].split(", "))) == (told[1], int(told[1]))
    assert "The shortest rest is 37 h 30 min." in result
    together = door(coordinator).get(f"/randomise/result/?of={evenings_and_mornings}").content.decode()
    assert f"{told[1]} sessions less than 48 h after the one before" in together


def test_a_plan_that_keeps_48_hours_warns_of_nothing_and_rest_counts_the_same(cast, coordinator, door, at) -> None:
    mornings_first = ((0, "07:30"), (3, "18:00"))
    found, client = in_both_arms(cast.first, by=coordinator, at=at, preferred=mornings_first), door(coordinator)
    for person in (found.trains, found.waits):
        assert "advised 48 h" not in client.get(f"/participants/{person}/randomised/").content.decode()
        assert "48 h" not in client.get(f"/randomise/result/?of={person}").content.decode()
    own = {"by": coordinator, "at": at}
    baseline.set_availability(found.waits, preferred=((0, "18:00"), (2, "07:30")), channel="none", **own)
    laid = client.post(f"/api/v1/participants/{found.waits}/lay-out-deferred/", "{}", content_type="application/json").json()
    assert laid["session_nos"] == list(range(1, 17))
    spans = [(no, session_of(found.waits, no).at - session_of(found.waits, no - 1).at) for no in range(2, 17)]
    assert laid["rests_cut_short"] == [no for no, rest in spans if rest < timedelta(hours=48)] != []


def test_the_week_shows_time_person_trainer_and_state(person, coordinator, door, at) -> None:
    sessions.assign_trainer(person.enrolment, trainer=coordinator, by=coordinator, at=at)
    page = door(coordinator).get("/week/").content.decode()
    blocks = {re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", block)).strip() for block in re.findall(r'<a class="block".*?</a>', page, re.S)}
    assert blocks == {f"Mon 9 Mar, 18:00 {person}, Coordinator Planned", f"Thu 12 Mar, 07:30 {person}, Coordinator Planned"}
    assert "Week of Mon 9 Mar 2026" in page


def test_what_the_end_of_training_left_over_stands_on_no_calendar(person, coordinator, door, present) -> None:
    client = door(coordinator)
    assert client.get("/week/").content.decode().count('class="block"') == 4  # table and list hold sessions 3 and 4
    withdrawal.stop_training(person, reason="time", by=coordinator, at=NOON)
    assert 'class="block"' not in client.get("/week/").content.decode()
    assert "Not delivered" in client.get(f"/participants/{person}/sessions/").content.decode()
    page = client.get(f"/participants/{person}/sessions/4/").content.decode()
    assert ("Start session" in page, "Move session" in page) == (False, False)


def test_the_week_names_closures_and_the_clock_change(person, coordinator, door) -> None:
    client = door(coordinator)
    assert "Closed: St Patrick&#x27;s Day" in client.get("/week/?on=2026-03-17").content.decode()
    assert "Clocks go forward on Sun 29 Mar. Sessions keep their time of day." in client.get("/week/?on=2026-03-25").content.decode()
    assert "Clocks go" not in client.get("/week/?on=2026-03-18").content.decode()
    assert client.get("/week/?on=nonsense&trainer=abc").status_code == 200


def test_the_week_costs_the_same_for_one_person_and_for_four(cast, people, door, at) -> None:
    client, counts = door(cast.coordinator), []
    for more in (0, 3):
        for _ in range(more):
            randomised(cast.first, by=cast.coordinator, at=at)
        for address in ("/week/", "/gym/"):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 20


def test_the_move_page_offers_free_slots_and_says_why_the_others_are_not(person, coordinator, door) -> None:
    session = session_of(person, 4)
    page = door(coordinator).get(f"{session.get_absolute_url()}move/").content.decode()
    assert 'value="2026-03-13T09:00"' in page
    assert 'value="2026-03-10T' not in page
    assert "Tue 10 Mar is too near to session 3 (Mon 9 Mar); a rest day must lie between two sessions." in page


def test_a_slot_pressed_moves_the_session_and_a_bad_one_says_why(person, coordinator, door) -> None:
    session, client = session_of(person, 4), door(coordinator)
    moved = client.post(f"{session.get_absolute_url()}move/", {"slot": "2026-03-13T09:00"})
    assert (moved.status_code, moved.url) == (302, "/week/?site=LIM&on=2026-03-13")
    assert session_of(person, 4).at == datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
    refused = client.post(f"{session.get_absolute_url()}move/", {"on": "2026-03-10", "clock": "09:00", "reason": ""})
    assert refused.status_code == 409
    assert "Tue 10 Mar is too near to session 3" in refused.content.decode()
    for bad in ({"slot": "xT25:99"}, {"on": "", "clock": ""}):
        assert client.post(f"{session.get_absolute_url()}move/", bad).status_code == 422


def begin(person, coordinator, door, present, number: int = 3) -> tuple[Client, TrainingSession]:
    session, client = session_of(person, number), door(coordinator)
    present(session.at)
    assert client.post(f"{session.get_absolute_url()}start/").status_code == 302
    return client, session


def fields_of(page: str) -> dict[str, str]:
    names = re.findall(r"<input[^>]*>", page)
    found = {}
    for tag in names:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return {k: v for k, v in found.items() if k not in ("q", "csrfmiddlewaretoken")}


def test_a_set_is_saved_and_the_page_goes_on_to_the_next(person, coordinator, door, present) -> None:
    client, session = begin(person, coordinator, door, present)
    page = client.get(session.get_absolute_url()).content.decode()
    given = fields_of(page)
    assert (given["exercise_no"], given["set_no"], given["load"], given["rir"]) == ("1", "1", "", "")
    assert "sets as planned" not in page
    saved = client.post(f"{session.get_absolute_url()}log/", {**given, "load": "42,5", "reps": "10", "rir": "2"})
    assert saved.status_code == 302
    row = ExerciseSet.objects.get(session=session, exercise_no=1, set_no=1)
    assert (row.done_load_kg, row.done_reps, row.rir) == (D("42.50"), 10, D("2.0"))
    again = client.post(f"{session.get_absolute_url()}log/", {**given, "load": "42,5", "reps": "10", "rir": "2"})
    assert again.status_code == 302
    assert fields_of(client.get(saved.url).content.decode())["client"] != given["client"]


def test_done_as_planned_saves_every_open_set_of_the_exercise_in_one_press(person, cast, door, present) -> None:
    at = session_of(person, 7).planned_at
    for exercise in ("squat",):
        sessions.record_strength_test(person, exercise=exercise, tested_on=at.date(), reps=10, load_kg=D(40), by=cast.coordinator, at=at)
    client, session = begin(person, cast.coordinator, door, present, number=7)
    page = client.get(session.get_absolute_url()).content.decode()
    assert "2 sets as planned: 40 kg × 12" in page
    given = fields_of(page)
    went = client.post(f"{session.get_absolute_url()}log/", {**given, "as_planned": "1"})
    assert went.url == f"{session.get_absolute_url()}?exercise=2"
    rows = ExerciseSet.objects.filter(session=session, exercise_no=1)
    assert [(r.done_reps, r.done_load_kg) for r in rows] == [(12, D("40.00"))] * 2


def test_an_unlikely_load_asks_and_a_bad_figure_says_what_to_enter(person, coordinator, door, present) -> None:
    client, session = begin(person, coordinator, door, present)
    given = fields_of(client.get(session.get_absolute_url()).content.decode())
    asked = client.post(f"{session.get_absolute_url()}log/", {**given, "load": "600", "reps": "10"})
    assert asked.status_code == 409
    assert "600 kg? That is more than 400 kg." in asked.content.decode()
    assert 'name="confirmed" value="1"' in asked.content.decode()
    wrong = client.post(f"{session.get_absolute_url()}log/", {**given, "load": "sixty", "reps": "10"})
    assert (wrong.status_code, "Enter the load in kg, like 62.5." in wrong.content.decode()) == (422, True)
    assert not ExerciseSet.objects.filter(session=session, done_reps__isnull=False).exists()
    assert client.post(f"{session.get_absolute_url()}log/", {**given, "load": "600", "reps": "10", "confirmed": "1"}).status_code == 302


@pytest.mark.parametrize(
    "bad",
    [{"reps": "9" * 30}, {"reps": "-1"}, {"load": "1e400"}, {"load": "NaN"}, {"client": "x"}, {"exercise_no": "77"}, {"rir": "999999999"},
     {"substitute": "Leg press", "substitute_reason": ""}],
)  # fmt: skip
def test_no_figure_breaks_the_page(person, coordinator, door, present, bad: dict) -> None:
    client, session = begin(person, coordinator, door, present)
    given = fields_of(client.get(session.get_absolute_url()).content.decode())
    answer = client.post(f"{session.get_absolute_url()}log/", {**given, "load": "40", "reps": "10", **bad})
    assert answer.status_code in (409, 422)
    assert not ExerciseSet.objects.filter(session=session, done_reps__isnull=False).exists()


def test_the_plan_stands_beside_last_times_numbers(person, coordinator, door, present) -> None:
    first = session_of(person, 1)
    hold(first, done(12, "57.5", (1, 1)), by=coordinator, at=first.planned_at)
    client, session = begin(person, coordinator, door, present)
    assert "last time 57.5 kg × 12" in client.get(session.get_absolute_url()).content.decode()


def test_a_session_is_finished_on_its_page(person, coordinator, door, present) -> None:
    client, session = begin(person, coordinator, door, present)
    given = fields_of(client.get(session.get_absolute_url()).content.decode())
    client.post(f"{session.get_absolute_url()}log/", {**given, "load": "40", "reps": "10"})
    present(session.at + timedelta(minutes=55))
    early = client.post(f"{session.get_absolute_url()}finish/", {"ended_early": "on"})
    assert (early.status_code, "Say why the session ended early." in early.content.decode()) == (422, True)
    off = client.post(f"{session.get_absolute_url()}finish/", {"session_rpe": "5"})
    assert (off.status_code, "Session RPE (BORG20): enter 6 to 20" in off.content.decode()) == (422, True)
    end = {"session_rpe": "14", "soreness": "3", "paused_minutes": "5", "ended_early": "on", "reason": "pain", "note": "knee"}
    assert client.post(f"{session.get_absolute_url()}finish/", end).status_code == 302
    held = session_of(person, 3)
    assert (held.status, held.session_rpe, held.paused_seconds, held.ended_early_reason, held.ended_at) == (
        "attended", D("14.0"), 300, "pain", session.at + timedelta(minutes=55),
    )  # fmt: skip
    page = client.get(session.get_absolute_url()).content.decode()
    assert "18:00</time>–<time" in page
    assert "Correct session" in page


def test_who_did_no_set_needs_a_reason(person, coordinator, door, present) -> None:
    client, session = begin(person, coordinator, door, present)
    assert "counts as missed: choose a reason" in client.get(f"{session.get_absolute_url()}finish/").content.decode()
    assert client.post(f"{session.get_absolute_url()}finish/", {"soreness": "1"}).status_code == 422
    assert client.post(f"{session.get_absolute_url()}finish/", {"reason": "illness"}).status_code == 302
    assert session_of(person, 3).status == "missed"


def test_unwell_or_upset_shows_real_numbers(person, coordinator, door) -> None:
    page = door(coordinator).get(f"/participants/{person}/sessions/3/unwell/").content.decode()
    assert "116 123" in page
    assert "112" in page


def test_a_miss_and_a_cancellation_take_a_coded_reason(person, coordinator, door, present) -> None:
    client, session = door(coordinator), session_of(person, 3)
    present(session.at + timedelta(hours=1))
    assert client.post(f"{session.get_absolute_url()}missed/", {}).status_code == 422
    assert client.post(f"{session.get_absolute_url()}missed/", {"reason": "illness"}).status_code == 302
    other = session_of(person, 4)
    assert client.post(f"{other.get_absolute_url()}cancel/", {"reason": "illness"}).status_code == 422
    assert client.post(f"{other.get_absolute_url()}cancel/", {"reason": "trainer_ill"}).status_code == 302
    assert (session_of(person, 3).status, session_of(person, 4).status) == ("missed", "cancelled_by_site")


def test_a_missed_session_too_early_is_refused_with_a_way_out(person, coordinator, door) -> None:
    session = session_of(person, 4)
    answer = door(coordinator).post(f"{session.get_absolute_url()}missed/", {"reason": "illness"})
    assert answer.status_code == 409


def lacking(client, person, number: int) -> tuple[list[str], ...]:
    """What the list, the page of loads and the session itself say of exercises without a load."""
    pages = [f"/participants/{person}/{place}" for place in ("sessions/", "loads/", f"sessions/{number}/")]
    words = (r"has no load yet for (.*?)\.", r"No load yet for (.*?), in session", r"No load is prescribed for (.*?)\.")
    found = [re.search(told, client.get(page).content.decode()) for page, told in zip(pages, words, strict=True)]
    return tuple([] if one is None else one[1].split(", ") for one in found)


def test_exercises_without_a_load_are_named_before_the_session_alike_on_three_pages(person, coordinator, door, present) -> None:
    client, own, on = door(coordinator), {"by": coordinator, "at": NOON}, NOON.date()
    exercises = blinding.plan_for(person.enrolment.allocation).exercises
    loaded = [e for e in exercises if e.load_model == "external"]
    assert lacking(client, person, 3) == ([e.label for e in loaded],) * 3
    assert "Session 3, <time" in client.get(f"/participants/{person}/sessions/").content.decode()
    for one in loaded[1:]:
        sessions.record_strength_test(
            person, exercise=one.code, tested_on=on, reps=10, load_kg=D("20"), purpose="starting_load", formula="epley", **own
        )
    assert lacking(client, person, 3) == ([loaded[0].label],) * 3
    hold(session_of(person, 3), done(10, "40", (1, 1)), by=coordinator, at=session_of(person, 3).at)
    present(session_of(person, 4).at - timedelta(hours=12))
    assert lacking(client, person, 4) == ([loaded[0].label],) * 3  # the next one: what was lifted without a plan is no starting load yet
    withdrawal.stop_training(person, reason="time", by=coordinator, at=session_of(person, 4).at - timedelta(hours=12))
    assert lacking(client, person, 4)[:2] == ([], [])


def test_starting_loads_are_recorded_and_asked_about(person, coordinator, door) -> None:
    client = door(coordinator)
    address = f"/participants/{person}/loads/"
    assert "No load yet for Barbell squat" in client.get(address).content.decode()
    given = {
        "exercise": "squat",
        "purpose": "starting_load",
        "load": "600",
        "reps": "10",
        "rir": "",
        "formula": "epley",
        "tested_on": "2026-03-09",
    }
    asked = client.post(address, given)
    assert (asked.status_code, 'name="confirmed" value="1"' in asked.content.decode()) == (409, True)
    assert client.post(address, {**given, "load": "40"}).status_code == 302
    again = client.post(address, {**given, "load": "45"})
    assert (again.status_code, "squat was tested that day already" in again.content.decode()) == (422, True)
    test = StrengthTest.objects.get()
    assert (test.exercise, test.load_kg, test.e1rm_kg) == ("squat", D("40.00"), None)


def test_a_trainer_is_assigned_and_deferred_training_planned(people, cast, door) -> None:
    client = door(cast.coordinator)
    address = f"/participants/{people.trains}/sessions/"
    assert client.post(address, {"trainer": "999"}).status_code == 422
    assert client.post(address, {"trainer": str(cast.trainer.pk)}).status_code == 302
    assert session_of(people.trains, 5).trainer_planned == cast.trainer
    assert client.post(f"/participants/{people.waits}/sessions/deferred/").status_code == 302
    assert TrainingSession.objects.filter(enrolment__participant=people.waits, phase="deferred").count() == 16
    assert client.post(f"/participants/{people.trains}/sessions/deferred/").status_code == 404


def test_a_correction_needs_a_reason_and_keeps_the_clock_of_the_site(person, coordinator, door, present) -> None:
    session = session_of(person, 3)
    hold(session, done(10, "40", (1, 1)), by=coordinator, at=session.at)
    client = door(coordinator)
    present(session.at + timedelta(days=1))
    address = f"{session.get_absolute_url()}correct/"
    no_reason = {"form": "set", "set-place": "1-1", "set-load": "42.5", "set-reps": "9"}
    assert client.post(address, no_reason).status_code == 422
    assert client.post(address, {**no_reason, "set-reason": "read wrong"}).status_code == 302
    row = ExerciseSet.objects.get(session=session, exercise_no=1, set_no=1)
    assert (row.done_load_kg, row.done_reps) == (D("42.50"), 9)
    whole = {
        "form": "session",
        "session-started": "2026-03-09 17:50",
        "session-reason": "late entry",
        "session-note": "",
        "session-soreness": "2",
    }
    assert client.post(address, whole).status_code == 302
    assert session_of(person, 3).started_at == datetime(2026, 3, 9, 17, 50, tzinfo=UTC)
    assert client.post(address, {**whole, "session-started": "yesterday"}).status_code == 422


def test_a_log_of_an_unknown_session_is_not_found(coordinator, person, door) -> None:
    client = door(coordinator)
    assert client.post("/participants/P-001/sessions/999999999999999999999/log/", {"client": str(uuid.uuid4())}).status_code == 404


def test_the_week_shows_the_sites_own_clock_in_summer(cast, client, stand_at) -> None:
    """07:30 in Limerick is 06:30 UTC in May."""
    at = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
    stand_at(at)
    in_both_arms(cast.first, by=cast.coordinator, at=at)
    client.force_login(cast.coordinator)
    page = client.get("/week/").content.decode()
    blocks = re.findall(r'<a class="block".*?</a>', page, re.S)
    assert {re.search(r"(\d\d:\d\d)</time>", block).group(1) for block in blocks} == {"07:30", "18:00"}
