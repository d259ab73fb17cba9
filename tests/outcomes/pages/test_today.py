"""Home and the record's first lines: what each role is to do now, told without what would betray an arm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import assessments
from participants.actions import clinical
from tests.participants.training import in_both_arms, session_of
from trials import clock

pytestmark = pytest.mark.django_db

FALL = {
    "category": "injury",
    "term": "Fell on the stairs",
    "started_on": date(2026, 3, 1),
    "severity": "moderate",
    "elicited": "spontaneous",
}


@pytest.fixture(autouse=True)
def now(monkeypatch, at):
    moment = [at]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def people(trial, coordinator, at):
    return in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)


@pytest.fixture
def first(people, now):
    """The first session, with the clock at half an hour after its start."""
    session = session_of(people.trains, 1)
    now[0] = session.at + timedelta(minutes=30)
    return session


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def home(user) -> str:
    return as_(user).get("/").content.decode()


def test_a_session_of_today_leads_to_its_page(first, coordinator):
    page = home(coordinator)
    assert f'href="{first.get_absolute_url()}"' in page
    assert "Due today" in page
    assert as_(coordinator).get(first.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("role", ["assessor", "clinician", "blinded_statistician", "pi", "monitor", "manager"])
def test_only_those_who_record_sessions_are_given_them_to_do(request, first, role):
    user = request.getfixturevalue(role)
    page = home(user)
    assert first.get_absolute_url() not in page
    assert "Session 1<" not in page


def test_a_session_that_nobody_recorded_is_overdue_the_next_day(first, coordinator, now):
    now[0] += timedelta(days=1)
    page = home(coordinator)
    assert "Overdue" in page
    assert "Record session" in page
    assert "not recorded" in page


def test_a_clear_day_looks_forward_to_the_next_session(first, coordinator, now):
    now[0] = first.at - timedelta(days=1)
    page = home(coordinator)
    assert "All clear." in page
    assert f"Next: {first.enrolment.participant}, " in page


def test_the_investigator_finds_events_to_judge_and_where_each_stands(people, coordinator, pi, at):
    event = clinical.report_event(people.waits, **FALL, aware_at=at, by=coordinator, at=at)
    page = home(pi)
    assert "Event to judge" in page
    assert "Fell on the stairs" in page
    address = f"/participants/{people.waits}/events/{event.ae_no}/"
    assert f'href="{address}"' in page
    assert as_(pi).get(address).status_code == 200
    assert "Event to judge" not in home(coordinator)


@pytest.mark.parametrize(("role", "told"), [("clinician", True), ("pi", True), ("monitor", True), ("assessor", False), ("trainer", False)])
def test_open_alerts_are_rows_for_those_who_may_see_them(request, person, at, role, told):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 2}, by=person, at=at)
    page = home(request.getfixturevalue(role))
    assert (f'href="/safety/{person}/1/"' in page) is told
    assert ("4 h to first contact" in page) is told


@pytest.mark.parametrize(
    ("role", "links"),
    [
        ("blinded_statistician", ["/flow/", "/exports/"]),
        ("unblinded_statistician", ["/flow/", "/reports/", "/exports/"]),
        ("manager", ["/flow/", "/reports/", "/exports/"]),
        ("assessor", ["/flow/"]),
    ],
)
def test_each_role_finds_where_the_trial_stands(request, people, role, links):
    standing = home(request.getfixturevalue(role)).partition('id="standing"')[2].partition("</section>")[0]
    assert [a for a in ("/flow/", "/reports/", "/exports/") if f'href="{a}"' in standing] == links
    assert "randomised of" in standing


def test_home_asks_the_database_the_same_for_one_person_and_for_three(trial, coordinator, at, people, now):
    now[0] = session_of(people.trains, 1).at
    client = as_(coordinator)
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    with CaptureQueriesContext(connection) as more:
        client.get("/")
    assert len(more) == len(few)


def course(user, person) -> str:
    return as_(user).get(f"/participants/{person}/course/").content.decode()


def test_the_record_says_what_is_due_and_what_comes_next(people, first, coordinator):
    page = course(coordinator, people.trains)
    assert "Due and coming" in page
    assert "Not recorded" in page
    assert f"/participants/{people.trains}/sessions/2/" in page
    assert "Opens " in page


def test_blind_eyes_find_visits_ahead_and_no_session(people, first, assessor):
    page = course(assessor, people.trains)
    assert "Opens " in page
    assert "ession" not in page.partition('id="ahead"')[2].partition("</section>")[0]


def test_an_open_visit_leads_to_its_forms(people, assessor, now):
    enrolment = people.waits.enrolment
    now[0] += timedelta(days=(enrolment.day0 - now[0].date()).days + 7)
    ahead = course(assessor, people.waits).partition('id="ahead"')[2].partition("</section>")[0]
    assert "Open until" in ahead
    assert f'href="/participants/{people.waits}/visits/"' in ahead


def test_messages_are_told_in_words(people, coordinator, at):
    from participants.models import Message
    from participants.pages import message_words
    from trials.queries import protocol_in_force

    site = people.trains.site
    told = [
        (message_words.what(m), message_words.about(m, protocol_in_force(), site))
        for m in (
            Message(kind="last_call", event="sitting:week1:last-call"),
            Message(kind="session", event="session:4:20260410T1730Z"),
            Message(kind="missed_session", event="session:4:20260410T1730Z"),
            Message(kind="deferred_start", event="deferred:start"),
            Message(kind="alert", event="alert:P-001/1"),
        )
    ]
    assert told == [
        ("Last reminder", "Week 1"),
        ("Session reminder", "Session 4, Fri 10 Apr, 18:30"),
        ("Question about a missed session", "Session 4, Fri 10 Apr, 18:30"),
        ("Start of the deferred training", "First deferred session"),
        ("Safety alert", "Alert P-001/1"),
    ]


def test_numbers_that_nobody_has_tried_for_a_year_are_a_fault_for_staff(cast, at, monkeypatch) -> None:
    said = "Numbers that people in distress are shown were last tried more than a year ago: "
    for days, shown in ((365, False), (366, True)):
        then = datetime(2026, 10, 12, 9, 0, tzinfo=UTC) + timedelta(days=days)
        monkeypatch.setattr("trials.clock.now", lambda then=then: then)
        for role in ("manager", "coordinator", "safety_clinician", "unblinded_statistician"):
            reader = Client()
            reader.force_login(getattr(cast, role))
            page = reader.get("/").content.decode()
            assert (said in page) == (shown and role != "unblinded_statistician"), (days, role)
            if said in page:
                assert "Samaritans 116 123 (IE, Mon 12 Oct 2026)" in page
