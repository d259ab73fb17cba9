"""The timetable of a site and its absences by the browser's door; slots on the page where a session is moved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from participants.actions import hours, sessions
from participants.models import Absence, Room, RosterHours, Slot, TrainingSession
from tests.participants.training import in_both_arms, session_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
def person(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at).trains


@pytest.fixture
def door(monkeypatch):
    monkeypatch.setattr("trials.clock.now", lambda: NOON)

    def open_as(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return open_as


def absent(trainer: str = "") -> dict[str, str]:
    moments = {"from_on": "2026-03-26", "from_at": "00:00", "to_on": "2026-03-26", "to_at": "23:59"}
    return {"what": "absence", "trainer": trainer, "reason": "Flood", **moments}


@pytest.mark.parametrize("role", ["trainer", "assessor", "blinded_statistician", "safety_clinician", "pi", "monitor"])
def test_who_keeps_no_timetable_finds_none(cast, door, role: str) -> None:
    assert door(getattr(cast, role)).get("/timetable/").status_code == 404


def test_rooms_hours_and_absences_are_kept_on_one_page(cast, person, door) -> None:
    client = door(cast.coordinator)
    assert client.post("/timetable/", {"what": "room", "name": "Gym 1"}).status_code == 302
    told = {"what": "hours", "trainer": str(cast.trainer.pk), "weekday": "3", "opens": "09:00", "closes": "12:30"}
    assert client.post("/timetable/", told).status_code == 302
    assert client.post("/timetable/", absent()).headers["Location"] == f"/timetable/absences/{Absence.objects.get().pk}/"
    page = client.get("/timetable/").content.decode()
    assert "Gym 1" in page
    assert "<td>Thursdays</td><td>09:00</td><td>12:30</td>" in page
    assert "The whole site" in page
    client.post(f"/timetable/hours/{RosterHours.objects.get().pk}/take-off/")
    client.post(f"/timetable/absences/{Absence.objects.get().pk}/lift/")
    page = client.get("/timetable/").content.decode()
    assert ("Thursdays</td>" in page, "Flood" in page) == (False, False)
    assert Room.objects.get().name == "Gym 1"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"what": "room", "name": ""}, "Room"),
        ({"what": "nothing"}, "Room"),
        ({"what": "hours", "trainer": "0", "weekday": "9", "opens": "x", "closes": ""}, "like 18:00"),
        (absent() | {"to_on": "2026-03-25"}, "An absence ends after it begins, within a year."),
        (absent() | {"from_on": "9999-12-31", "to_on": "9999-12-31"}, "within ten years"),
    ],
)
def test_what_makes_no_sense_comes_back_with_a_sentence(cast, person, door, told: dict[str, str], sentence: str) -> None:
    answer = door(cast.coordinator).post("/timetable/", told)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert (Room.objects.count(), RosterHours.objects.count(), Absence.objects.count()) == (0, 0, 0)


def test_an_absence_shows_where_everybody_goes_and_moves_them_together(cast, person, door) -> None:
    client = door(cast.coordinator)
    client.post("/timetable/", absent())
    address = f"/timetable/absences/{Absence.objects.get().pk}/"
    answer = client.get(address)
    page = answer.content.decode()
    assert (person.trial_id in page, "Fri 27 Mar, 07:30" in page, "Move all sessions" in page) == (True, True, True)
    stale = client.post(address, {"seen": "0"})
    assert (stale.status_code, "changed since this was shown" in stale.content.decode()) == (409, True)
    seen = answer.context["proposal"].seen
    assert client.post(address, {"seen": seen}).headers["Location"] == address
    assert session_of(person, 8).at == datetime(2026, 3, 27, 7, 30, tzinfo=UTC)
    assert "No session stands in this absence" in client.get(address).content.decode()
    assert (door(cast.monitor).get(address).status_code, door(cast.monitor).post(address, {"seen": seen}).status_code) == (200, 403)
    assert door(cast.assessor).get(address).status_code == 404


def test_a_proposal_by_rest_is_sent_back_to_be_taken(cast, person, door) -> None:
    client = door(cast.coordinator)
    own = {"by": cast.coordinator, "at": NOON}
    ends = datetime(2026, 3, 27, tzinfo=UTC)
    absence = hours.record_absence(cast.first, starts_at=datetime(2026, 3, 26, tzinfo=UTC), ends_at=ends, reason="Flood", **own)
    told = client.get(f"/api/v1/absences/{absence.pk}/proposal/").json()
    assert told["moves"] == [{"trial_id": person.trial_id, "session_no": 8, "to": "2026-03-27T07:30:00Z", "warning": ""}]
    answer = client.post(f"/api/v1/absences/{absence.pk}/move-out/", {"seen": told["seen"]}, content_type="application/json")
    assert answer.json() == {"moved": [{"trial_id": person.trial_id, "session_no": 8, "at": "2026-03-27T07:30:00Z"}]}


def test_slots_stand_on_the_move_page_each_with_its_places_or_its_sentence(cast, person, door) -> None:
    own = {"trainer": cast.trainer, "minutes": 60, "capacity": 2, "by": cast.coordinator, "at": NOON}
    tuesday, friday = (datetime(2026, 3, day, 9, 0, tzinfo=UTC) for day in (24, 27))
    sessions.open_slot(cast.first, starts_at=tuesday, **own)
    open_one = sessions.open_slot(cast.first, starts_at=friday, **own)
    client = door(cast.coordinator)
    address = f"/participants/{person}/sessions/8/move/"
    page = client.get(address).content.decode()
    assert f'name="join" value="{open_one.pk}"' in page
    assert page.count('name="join"') == 1
    assert "too near to session 7" in page
    for wrong in ("²", "", "0", "9" * 40, str(open_one.pk + 99)):
        assert client.post(address, {"join": wrong}).status_code == 404
    assert client.post(address, {"join": open_one.pk}).status_code == 302
    assert session_of(person, 8).slot_id == open_one.pk
    refused = client.post(f"/participants/{person}/sessions/7/move/", {"join": Slot.objects.get(starts_at=tuesday).pk})
    assert refused.status_code in (302, 409)
    assert TrainingSession.objects.filter(slot=open_one).count() == 1


def test_the_move_page_costs_the_same_for_one_slot_and_for_three(cast, person, door) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, spent = door(cast.coordinator), []
    for day in (24, 26, 27):
        starts_at = datetime(2026, 3, day, 9, 0, tzinfo=UTC)
        sessions.open_slot(cast.first, trainer=cast.trainer, starts_at=starts_at, minutes=60, capacity=2, by=cast.coordinator, at=NOON)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/participants/{person}/sessions/8/move/")
        spent.append(len(queries))
    assert spent == [spent[0]] * 3
