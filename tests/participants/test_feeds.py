"""Calendar addresses: who has one, what it shows, how it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from icalendar import Calendar

from participants.actions import feeds, sessions, withdrawal
from participants.models import CalendarFeed
from participants.queries.feeds import calendar_of
from tests.participants.training import in_both_arms, session_of
from trials.actions import staff
from trials.models import Event, RowVersion
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture(autouse=True)
def present(monkeypatch, at):
    monkeypatch.setattr("trials.clock.now", lambda: at)


def events(token: str) -> dict[str, tuple[datetime, int, str]]:
    """Whoever has the address, without a log-in: instant, sequence and status by uid."""
    answer = Client().get(f"/calendar/{token}.ics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    read = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(e["UID"]): (e["DTSTART"].dt.astimezone(UTC), int(e["SEQUENCE"]), str(e["STATUS"])) for e in read}


def test_a_move_and_a_cancellation_reach_the_calendar_under_the_same_id(people, cast, at) -> None:
    own = {"by": cast.coordinator, "at": at}
    token = feeds.issue_feed(people.trains, **own).token
    session = session_of(people.trains, 8)
    uid = f"session-{session.pk}@uplift"
    assert (len(events(token)), events(token)[uid]) == (22, (session.at, 0, "CONFIRMED"))
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), **own)
    assert events(token)[uid] == (datetime(2026, 3, 27, 9, 0, tzinfo=UTC), 1, "CONFIRMED")
    sessions.cancel_by_site(session, reason="trainer_ill", **own)
    assert events(token)[uid] == (datetime(2026, 3, 27, 9, 0, tzinfo=UTC), 2, "CANCELLED")
    withdrawal.stop_training(people.trains, reason="time", **own)
    assert {status for _, _, status in events(token).values()} == {"CANCELLED"}


def test_a_participants_calendar_names_no_study_arm_or_trainer(people, cast, at) -> None:
    own = {"by": cast.coordinator, "at": at}
    sessions.assign_trainer(people.trains.enrolment, trainer=cast.trainer, **own)
    told = [calendar_of(feeds.issue_feed(person, **own).feed, at=at) for person in (people.trains, people.waits)]
    for text in told:
        for word in ("RET", "resistance", "anxiety", "Trainer", "training", "session 8", str(people.trains), "arm"):
            assert word.casefold() not in text.casefold().replace("begin:standard", "").replace("end:standard", "")
    assert ("Appointment" in told[0], "BEGIN:VEVENT" in told[1]) == (True, False)


def test_a_trainers_calendar_holds_their_sessions_alone(people, cast, at) -> None:
    token = feeds.issue_feed(cast.trainer, by=cast.trainer, at=at).token
    assert events(token) == {}
    sessions.assign_trainer(people.trains.enrolment, trainer=cast.trainer, session_nos=[8, 9], by=cast.coordinator, at=at)
    assert set(events(token)) == {f"session-{session_of(people.trains, n).pk}@uplift" for n in (8, 9)}


def test_a_new_address_ends_the_last_and_an_ended_one_finds_nothing(people, cast, at) -> None:
    own = {"by": cast.coordinator, "at": at}
    first, second = (feeds.issue_feed(people.trains, **own).token for _ in range(2))
    assert [Client().get(f"/calendar/{token}.ics").status_code for token in (first, second, "x", "²" * 101)] == [404, 200, 404, 404]
    assert feeds.revoke_feed(people.trains, **own) == 1
    assert Client().get(f"/calendar/{second}.ics").status_code == 404
    assert [e.about for e in Event.objects.filter(verb__startswith="feed.")] == [people.trains.trial_id] * 3


def test_the_token_is_kept_nowhere(people, cast, at) -> None:
    token = feeds.issue_feed(people.trains, by=cast.coordinator, at=at).token
    kept = str(list(RowVersion.objects.values())) + str(list(CalendarFeed.objects.values())) + str(list(Event.objects.values()))
    assert (token in kept, len(token)) == (False, 43)


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician", "monitor", "manager"])
def test_who_holds_no_sessions_has_no_calendar(people, cast, at, role: str) -> None:
    user = getattr(cast, role)
    with pytest.raises(NotAllowed):
        feeds.issue_feed(user, by=user, at=at)
    with pytest.raises(NotAllowed):
        feeds.issue_feed(people.trains, by=user, at=at)
    with pytest.raises(NotAllowed, match="their own"):
        feeds.issue_feed(cast.trainer, by=cast.coordinator, at=at)
    client = Client()
    client.force_login(user)
    assert {client.get(a).status_code for a in ("/calendar/", f"/participants/{people.trains}/calendar/")} <= {403, 404}
    assert not CalendarFeed.objects.exists()


def test_a_calendar_ends_with_the_role_and_with_participation(people, cast, at) -> None:
    mine = feeds.issue_feed(cast.trainer, by=cast.trainer, at=at).token
    theirs = feeds.issue_feed(people.trains, by=cast.coordinator, at=at).token
    staff.end_access(cast.trainer, reason="Left", by=cast.manager, at=at)
    withdrawal.withdraw(people.trains, scope="contact", reason="burden", by=cast.coordinator, at=at)
    assert [Client().get(f"/calendar/{token}.ics").status_code for token in (mine, theirs)] == [404, 404]
    with pytest.raises(Refused, match="participation has ended"):
        feeds.issue_feed(people.trains, by=cast.coordinator, at=at)


def test_the_database_keeps_one_address_of_one_person(people, cast, at) -> None:
    feeds.issue_feed(people.trains, by=cast.coordinator, at=at)
    for name, told in (
        ("feed_of_a_participant_once", {"participant": people.trains}),
        ("feed_of_one_person", {"participant": people.waits, "user": cast.trainer}),
        ("feed_of_one_person", {}),
    ):
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            CalendarFeed.objects.create(token_digest=f"{name}{len(told)}", created_at=at, **told)


def test_the_page_shows_an_address_once(people, cast, at) -> None:
    client = Client()
    client.force_login(cast.coordinator)
    page = f"/participants/{people.trains}/calendar/"
    shown = client.post(page, {"what": "make"}).content.decode()
    assert ("/calendar/" in shown, ".ics" in shown) == (True, True)
    again = client.get(page).content.decode()
    assert (".ics" in again, "In use" in again) == (False, True)
    assert client.post(page, {"what": "end"}).status_code == 302
    assert feeds.feed_of(people.trains) is None
    assert client.post("/calendar/", {"what": "make"}).status_code == 200


def test_by_rest_an_address_is_made_listed_and_ended_and_its_secret_is_told_once(people, cast, at) -> None:
    client = Client()
    client.force_login(cast.coordinator)
    here = f"/api/v1/participants/{people.trains}/"
    made = client.post(f"{here}issue-feed/").json()
    assert client.get(here + "feeds/").json() == [{"created_at": made["created_at"], "revoked_at": None}]
    token = made["address"].rpartition("/calendar/")[2].removesuffix(".ics")
    assert len(events(token)) == 22
    assert client.post(f"{here}revoke-feed/").json() == {"ended": 1}
    assert client.post(f"{here}revoke-feed/").json() == {"ended": 0}
    assert client.get(f"/calendar/{token}.ics").status_code == 404
    assert [feed["revoked_at"] is None for feed in client.get(here + "feeds/").json()] == [False]
    verbs = list(Event.objects.filter(about=str(people.trains), verb__startswith="feed.").values_list("verb", flat=True))
    assert verbs == ["feed.issued", "feed.revoked", "feed.revoked"]


def test_by_rest_everybody_makes_their_own_address_and_whoever_is_blind_finds_no_such_door(people, cast, at) -> None:
    doors = ("feeds/", "feeds/issue-own-feed/", "feeds/revoke-own-feed/", f"participants/{people.trains}/issue-feed/")
    found = {}
    for role in ("trainer", "assessor", "monitor"):
        client = Client()
        client.force_login(getattr(cast, role))
        answers = [(client.get if door == "feeds/" else client.post)(f"/api/v1/{door}") for door in doors]
        found[role] = [answer.status_code for answer in answers]
    assert found == {"trainer": [200, 200, 200, 404], "assessor": [404] * 4, "monitor": [403] * 4}
    assert feeds.feed_of(cast.trainer) is None
