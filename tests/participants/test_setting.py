"""A session planned with a trainer is held at home instead, so that its person logs it by their link, and back while it isn't done."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from participants.actions import feeds, hours, sessions, withdrawal
from participants.actions.sessions import common, home, setting
from participants.actions.sessions.bulk import proposal_for
from participants.queries.feeds import calendar_of
from tests.participants.at_home import evening, squats, told
from tests.participants.training import in_both_arms, session_of
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NO = 8  # Thu 26 Mar 2026, 07:30
WHERE = ("supervision", "delivery", "group_size", "setting", "equipment", "slot_id", "trainer_planned_id")


@pytest.fixture
def person(cast, at):
    found = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    sessions.assign_trainer(found.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def own(cast, at):
    return {"by": cast.coordinator, "at": at, "reason": "Travelling"}


def where(person) -> tuple[object, ...]:
    found = session_of(person, NO)
    return tuple(getattr(found, name) for name in WHERE)


def test_at_home_its_person_logs_it_and_its_place_in_a_slot_is_free_and_back_it_stands_as_planned(person, cast, at, own) -> None:
    before = where(person)
    session = session_of(person, NO)
    slot = sessions.open_slot(cast.first, trainer=cast.trainer, starts_at=session.at, minutes=60, capacity=1, by=cast.coordinator, at=at)
    sessions.join_slot(session, slot=slot, by=cast.coordinator, at=at)
    assert not home.may_be_logged(session_of(person, NO), evening(session))
    sessions.hold_at_home(session, **own)
    assert where(person) == ("none", "home", 1, "home", "", None, cast.trainer.pk)
    assert home.may_be_logged(session_of(person, NO), evening(session))
    sessions.hold_at_site(session, **own | {"reason": "Back again"})
    assert where(person) == before
    taken = [(e.verb, e.about, e.reason, e.detail) for e in Event.objects.filter(verb__startswith="session.taken")]
    assert taken == [
        ("session.taken_home", person.trial_id, "Travelling", {"session_no": NO}),
        ("session.taken_back_to_site", person.trial_id, "Back again", {"session_no": NO}),
    ]


def test_what_was_logged_at_home_stays_there(person, own) -> None:
    session = sessions.hold_at_home(session_of(person, NO), **own)
    log = {"facts": told(session), "went": "well", "client_uuid": "0" * 31 + "7", "by": session.enrolment.participant}
    sessions.log_own(session, sets=squats("40"), at=evening(session), **log)
    with pytest.raises(Refused, match="has begun or is closed"):
        sessions.hold_at_site(session, **own)
    kept = session_of(person, NO)
    assert (kept.status, kept.logged_by, kept.supervision, kept.trainer) == ("attended", "participant", "none", None)


def test_a_missed_one_is_made_up_at_home_within_the_week_and_seven_days(person, cast, own) -> None:
    session = session_of(person, NO)
    sessions.mark_missed(session, reason="illness", by=cast.coordinator, at=evening(session))
    with pytest.raises(Refused, match="over for more than seven days"):
        sessions.hold_at_home(session, **own | {"at": evening(session) + timedelta(days=11)})
    sessions.hold_at_home(session, **own | {"at": evening(session) + timedelta(days=10)})
    saturday = session.at.replace(day=28, hour=9)
    log = {"facts": told(session, began_at=saturday), "went": "fair", "client_uuid": "0" * 31 + "7", "by": session.enrolment.participant}
    sessions.log_own(session, sets=squats("40"), at=saturday + timedelta(hours=3), **log)
    assert session_of(person, NO).status == "made_up"


@pytest.mark.parametrize(
    ("prepare", "step", "sentence"),
    [
        ("nothing", "hold_at_site", "is held with a trainer already"),
        ("hold_at_home", "hold_at_home", "is held without a trainer already"),
        ("cancel", "hold_at_home", "is cancelled. Plan it again first"),
        ("start", "hold_at_home", "has begun or is closed"),
        ("stop", "hold_at_home", "has stopped"),
        ("no_reason", "hold_at_home", "Say why session 8 is held somewhere else"),
        ("alone", "hold_at_site", "The plan has nobody supervise session 8"),
    ],
)
def test_what_cannot_change_its_place_says_why_and_stays(person, cast, own, monkeypatch, prepare, step, sentence) -> None:
    session = session_of(person, NO)
    if prepare in ("hold_at_home", "alone"):
        sessions.hold_at_home(session, **own)
    elif prepare == "cancel":
        sessions.cancel_by_site(session, reason="trainer_ill", by=cast.coordinator, at=own["at"])
    elif prepare == "start":
        own["at"] = session.at
        sessions.start(session, by=cast.coordinator, at=session.at)
    elif prepare == "stop":
        withdrawal.stop_training(person, reason="time", by=cast.coordinator, at=own["at"])
    elif prepare == "no_reason":
        own["reason"] = " "
    if prepare == "alone":
        alone = dataclasses.replace(common.plan_of(session), supervision="none")
        monkeypatch.setattr(setting, "plan_of", lambda _session: alone)
    before = where(person)
    with pytest.raises(Refused, match=sentence):
        getattr(sessions, step)(session, **own)
    assert where(person) == before


def test_a_trainer_changes_the_place_of_their_own_people_alone(person, cast, at, own) -> None:
    other = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    sessions.hold_at_home(session_of(person, NO), **own | {"by": cast.trainer})
    with pytest.raises(NotAllowed, match="trains with somebody else"):
        sessions.hold_at_home(session_of(other, NO), **own | {"by": cast.trainer})
    with pytest.raises(NotAllowed):
        sessions.hold_at_home(session_of(other, NO), **own | {"by": cast.assessor})


def test_a_session_at_home_needs_neither_the_site_nor_its_trainer(person, cast, at, own) -> None:
    sessions.hold_at_home(session_of(person, NO), **own)
    thursday = datetime(2026, 3, 26, tzinfo=UTC)
    for trainer in (None, cast.trainer):
        absence = hours.record_absence(
            cast.first,
            trainer=trainer,
            starts_at=thursday,
            ends_at=thursday + timedelta(days=1),
            reason="Flood",
            by=cast.coordinator,
            at=at,
        )
        assert proposal_for(absence, at=at).hit == ()


def test_the_persons_calendar_says_at_home(person, cast, at, own) -> None:
    feed = feeds.issue_feed(person, by=cast.coordinator, at=at).feed
    assert calendar_of(feed, at=at).count("LOCATION:At home") == 0
    sessions.hold_at_home(session_of(person, NO), **own)
    assert calendar_of(feed, at=at).count("LOCATION:At home") == 1


def test_the_pages_and_the_api_take_the_same_step_with_its_reason(person, client, coordinator, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    client.force_login(coordinator)
    here = session_of(person, NO).get_absolute_url()
    assert "Hold session at home" in client.get(here).content.decode()
    asked = client.get(f"{here}at-home/").content.decode()
    assert "Nobody supervises it. The person logs it by their link" in asked
    assert f"Hold session 8 of {person} at home</h1>" in asked
    assert client.post(f"{here}at-home/", {"reason": ""}).status_code == 422
    assert client.post(f"{here}at-home/", {"reason": "Travelling"})["Location"] == here
    page = client.get(here).content.decode()
    assert ("at home, alone" in page, "Hold session at the site" in page, "Hold session at home" in page) == (True, True, False)
    assert "at home, alone" in client.get("/week/?on=2026-03-26").content.decode()
    assert "at home, alone" in client.get(f"/participants/{person}/sessions/").content.decode()
    api = f"/api/v1{here}"
    assert client.post(f"{api}hold-at-site/", {}, content_type="application/json").status_code == 400
    told_back = client.post(f"{api}hold-at-site/", {"reason": "Back"}, content_type="application/json")
    assert (told_back.status_code, told_back.json()["supervision"], told_back.json()["delivery"]) == (200, "one_to_one", "in_person")
    again = client.post(f"{api}hold-at-home/", {"reason": "Away"}, content_type="application/json").json()
    assert (again["supervision"], again["delivery"], again["setting"], again["slot"]) == ("none", "home", "home", None)
