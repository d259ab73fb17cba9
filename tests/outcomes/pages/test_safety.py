"""The safety desk, one alert from opening to closing, the roster and the door for a concern."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import alerts, assessments, duty
from outcomes.models import Alert, Duty
from outcomes.pages.alert_words import lasting
from participants.models import Message
from tests.participants.breaking import PASSWORD, with_password
from trials import clock
from trials.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch, at):
    moment = [at]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def raised(person, at):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 2}, by=person, at=at)
    return Alert.objects.get()


CLOSING = {"password": PASSWORD, "messages": "release"}


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def test_the_desk_lists_open_alerts_by_least_time_left(person, other_person, clinician, at, now, raised):
    assessments.save_draft(other_person, visit="baseline", instrument="phq9", answers={"9": 1}, by=other_person, at=at)
    page = text(as_(clinician).get("/safety/"))
    assert page.index(f"/safety/{person}/1/") < page.index(f"/safety/{other_person}/1/")
    assert "4 h to first contact" in page
    assert "24 h to first contact" in page
    assert page.count("nobody is on duty.") == 2
    now[0] = at + timedelta(hours=3, minutes=19)
    assert "41 min to first contact" in text(as_(clinician).get("/safety/"))
    now[0] = at + timedelta(hours=5)
    assert "60 min late for first contact" in text(as_(clinician).get("/safety/"))


def test_an_empty_desk_says_so(clinician):
    assert "No open alerts." in text(as_(clinician).get("/safety/"))


@pytest.mark.parametrize(
    ("who", "desk", "roster"),
    [
        ("clinician", 200, 200),
        ("pi", 200, 200),
        ("monitor", 200, 403),
        ("manager", 403, 200),
        ("coordinator", 403, 403),
        ("assessor", 403, 403),
        ("trainer", 403, 403),
        ("blinded_statistician", 403, 403),
    ],
)
def test_who_may_see_the_desk_and_keep_the_roster(request, raised, person, who, desk, roster):
    client = as_(request.getfixturevalue(who))
    assert [client.get(p).status_code for p in ("/safety/", f"/safety/{person}/1/", "/safety/roster/")] == [desk, desk, roster]


def test_whoever_keeps_the_roster_is_led_there_and_back_to_pages_of_theirs(manager, clinician):
    assert 'href="/safety/roster/"' in text(as_(manager).get("/staff/"))
    of_manager, of_clinician = (text(as_(who).get("/safety/roster/")) for who in (manager, clinician))
    assert ('href="/staff/">Staff</a>' in of_manager, 'href="/safety/">Safety desk</a>' in of_manager) == (True, False)
    assert 'href="/safety/">Safety desk</a>' in of_clinician


def test_a_clinician_of_another_site_sees_no_such_alert(raised, person, other_person, cast, at):
    from tests.cast import engage
    from trials.domain.roles import Role

    elsewhere = engage("elsewhere", Role.SAFETY_CLINICIAN, cast.second, at=at)
    client = as_(elsewhere)
    assert f"/safety/{person}/1/" not in text(client.get("/safety/"))
    assert client.get(f"/safety/{person}/1/").status_code == 404
    assert client.post(f"/safety/{person}/1/open/").status_code == 404
    assert raised.steps.count() == 0


def test_one_alert_from_opening_to_closing(raised, person, clinician, at):
    clinician = with_password(clinician, at)
    client, path = as_(clinician), f"/safety/{person}/1/"
    page = text(client.get(path))
    assert "2, More than half the days" in page
    assert "Take this alert on" in page
    close = client.post(f"{path}close/", CLOSING | {"text": "Done"})
    assert (close.status_code, "first contact isn&#x27;t recorded yet" in text(close)) == (409, True)
    assert client.post(f"{path}open/")["Location"] == path
    client.post(f"{path}open/")
    assert client.post(f"{path}contact/", {"reached": "no", "text": "No answer"})["Location"] == path
    raised.refresh_from_db()
    assert raised.first_contact_at is None
    assert client.post(f"{path}contact/", {"reached": "yes", "text": "Spoke for ten minutes"}).status_code == 302
    unassessed = client.post(f"{path}close/", CLOSING | {"text": "Done"})
    assert "the risk level isn&#x27;t assessed yet" in text(unassessed)
    given = {"past_attempt": "no", "plan": "no", "probability": "not_at_all", "preventive": "yes", "level": "minimal", "text": ""}
    assert client.post(f"{path}assess/", given).status_code == 302
    assert client.post(f"{path}action/", {"text": "Letter to the doctor"}).status_code == 302
    assert client.post(f"{path}close/", CLOSING | {"text": "Safe, followed up by the doctor"})["Location"] == "/safety/"
    raised.refresh_from_db()
    assert (raised.first_contact_at, raised.risk_level, raised.closed_at, raised.closed_by) == (at, "minimal", at, clinician)
    assert list(raised.steps.order_by("pk").values_list("kind", flat=True)) == [
        "opened", "contact_attempt", "contact", "assessment", "action", "closed", "released",
    ]  # fmt: skip
    late = client.post(f"{path}action/", {"text": "One more"})
    assert (late.status_code, raised.steps.count()) == (409, 7)
    assert "Record action" not in text(client.get(path))
    assert Event.objects.filter(verb__startswith="alert.", about=person.trial_id).count() == 8


def test_what_is_missing_in_a_step_is_said(raised, person, clinician):
    client, path = as_(clinician), f"/safety/{person}/1/"
    for step, sentence in (
        ("contact", "Choose an answer: was the person reached?"),
        ("assess", "Choose an answer: level"),
        ("close", "Enter why it can be closed"),
    ):
        page = client.post(f"{path}{step}/", {})
        assert (page.status_code, sentence in text(page)) == (422, True)
    early = client.post(
        f"{path}assess/", {"past_attempt": "no", "plan": "no", "probability": "not_at_all", "preventive": "yes", "level": "minimal"}
    )
    assert (early.status_code, "can&#x27;t be assessed" in text(early)) == (409, True)
    assert client.post(f"{path}dance/").status_code == 404
    assert raised.steps.count() == 0


def test_a_monitor_reads_and_takes_no_step(raised, person, monitor):
    client = as_(monitor)
    assert "Record contact" not in text(client.get(f"/safety/{person}/1/"))
    assert client.post(f"/safety/{person}/1/open/").status_code == 403
    assert client.post(f"/safety/{person}/1/contact/", {"reached": "no", "text": "x"}).status_code == 403
    assert client.post(f"/safety/{person}/1/contact-details/").status_code == 403
    assert raised.steps.count() == 0


def test_the_alert_shows_both_values_when_the_answer_was_lowered(raised, person, clinician, at):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 0}, by=person, at=at + timedelta(minutes=1))
    page = text(as_(clinician).get(f"/safety/{person}/1/"))
    assert page.index("2, More than half the days") < page.index("0, Not at all")


def test_showing_the_contact_is_an_event(raised, person, clinician):
    page = as_(clinician).post(f"/safety/{person}/1/contact-details/")
    assert page.status_code == 200
    assert Event.objects.filter(verb="contact.shown", about=person.trial_id, actor=clinician.actor).count() == 1


def test_the_desk_costs_the_same_for_one_alert_and_for_three(raised, person, other_person, clinician, at):
    client = as_(clinician)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/safety/").status_code == 200
        return len(seen)

    alerts.open_alert(raised, by=clinician, at=at)
    first = queries()
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 1}, by=person, at=at)
    for value in (1, 2):
        assessments.save_draft(other_person, visit="baseline", instrument="phq9", answers={"9": value}, by=other_person, at=at)
    assert Alert.objects.count() == 3
    assert queries() == first


def test_figures_tell_two_thresholds_of_one_question_apart_and_times_in_words(person, clinician, at):
    for value in (1, 2):
        assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": value}, by=person, at=at)
    for alert in Alert.objects.all():
        alerts.record_contact(alert, reached=True, text="Rang", by=clinician, at=at + timedelta(minutes=1215))
    page = text(as_(clinician).get("/safety/figures/"))
    assert ("PHQ-9 question 9, 1 or more" in page, "PHQ-9 question 9, 2 or more" in page) == (True, True)
    assert "Median 20 h 15 min, longest 20 h 15 min" in page


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (119, "119 min"), (120, "2 h"), (1215, "20 h 15 min")])
def test_a_time_in_words(minutes, words):
    assert lasting(minutes) == words


def test_a_turn_is_put_on_the_roster_in_site_time_and_taken_off(clinician, cast, at):
    client = as_(clinician)
    site = cast.first
    given = {
        "user": clinician.pk,
        "site": site.pk,
        "starts_on": "2026-07-01",
        "starts_time": "09:00",
        "ends_on": "2026-07-08",
        "ends_time": "09:00",
    }
    assert client.post("/safety/roster/", given)["Location"] == "/safety/roster/"
    duty = Duty.objects.get()
    assert duty.starts_at.isoformat() == "2026-07-01T08:00:00+00:00"
    assert "Wed 1 Jul, 09:00" in text(client.get("/safety/roster/"))
    backwards = client.post("/safety/roster/", given | {"ends_on": "2026-06-01"})
    assert (backwards.status_code, "ends before it starts" in text(backwards)) == (422, True)
    assert client.post(f"/safety/roster/{duty.pk}/take-off/").status_code == 302
    duty.refresh_from_db()
    assert duty.voided_at == at
    assert client.post(f"/safety/roster/{duty.pk}/take-off/").status_code == 404


def test_only_those_who_may_handle_alerts_stand_on_the_roster(clinician, coordinator, trial, at):
    from trials.permissions import Refused

    with pytest.raises(Refused, match="may not handle safety alerts"):
        duty.put_on_duty(coordinator, site=None, starts_at=at, ends_at=at + timedelta(days=1), by=clinician, at=at)
    page = text(as_(clinician).get("/safety/roster/"))
    assert clinician.name in page
    assert coordinator.name not in page


def test_a_trainers_concern_opens_a_check_without_the_trainers_name(person, coordinator, clinician, at):
    clinician = with_password(clinician, at)
    client = as_(coordinator)
    path = f"/participants/{person}/concern/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"text": " "}).status_code == 422
    assert client.post(path, {"text": "Said life is too heavy"}).status_code == 302
    alert = Alert.objects.get()
    assert (alert.kind, alert.trigger, alert.assessment) == ("check", "concern", None)
    page = text(as_(clinician).get(f"/safety/{person}/{alert.alert_no}/"))
    assert "Said life is too heavy" in page
    assert coordinator.name not in page
    assert set(Message.objects.values_list("kind", "event")) == {("alert", f"alert:{person}/1")}
    assert as_(clinician).post(f"/safety/{person}/1/close/", CLOSING | {"text": "Talked to, all well"})["Location"] == "/safety/"
