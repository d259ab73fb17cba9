"""The clinic's pages, as each role meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.actions import clinical, messages, withdrawal
from participants.models import (
    AdverseEvent,
    Availability,
    BaselineValue,
    CapturedMail,
    Concomitant,
    Consent,
    Deviation,
    Ending,
    Medication,
    Message,
    Participant,
    Screening,
)
from participants.pages.answers import PREFIX
from tests.participants.people import BASELINE, ELIGIBLE, NORA, consenting, eligible
from tests.participants.training import in_both_arms
from trials import blinding, clock
from trials.actors import Machine
from trials.models import Event

pytestmark = pytest.mark.django_db

FALL = {"category": "injury", "term": "Fell on the stairs", "started_on": "2026-03-01", "severity": "moderate", "elicited": "spontaneous"}


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture
def site(trial):
    return trial.sites.get(code="LIM")


@pytest.fixture
def person(site, coordinator, at):
    return consenting(site, by=coordinator, at=at, person=NORA)


@pytest.fixture
def people(site, coordinator, at):
    return in_both_arms(site, by=coordinator, at=at)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def prefixed(answers: dict[str, str]) -> dict[str, str]:
    return {PREFIX + code: value for code, value in answers.items()}


def event(person, by, at, **changes):
    facts = FALL | {"started_on": at.date()} | changes
    return clinical.report_event(person, **facts, aware_at=at, by=by, at=at)


def test_a_person_is_screened_consents_and_completes_the_baseline_by_pages_alone(site, coordinator) -> None:
    client = as_(coordinator)
    found = client.post("/participants/screen/", prefixed(ELIGIBLE) | NORA | {"site": "LIM", "sex": "F"})
    assert (found.status_code, found["Location"]) == (302, "/participants/P-001/")
    assert "Record consent" in text(client.get("/participants/P-001/"))
    found = client.post("/participants/P-001/consent/", {"version": "1.0", "signed_on": "2026-03-02"})
    assert (found.status_code, Consent.objects.count()) == (302, 1)
    found = client.post("/participants/P-001/baseline/", prefixed(BASELINE))
    assert (found.status_code, BaselineValue.objects.count()) == (302, len(BASELINE))
    found = client.post("/participants/P-001/availability/", {"day_1": "1", "time_1": "18:00", "channel": "email"})
    assert (found.status_code, Availability.objects.get().preferred) == (302, [[1, "18:00"]])
    assert "Check and randomise" in text(client.get("/participants/P-001/"))
    assert Participant.objects.get().status == "consented"


def test_a_refuser_needs_no_name(site, coordinator) -> None:
    client = as_(coordinator)
    client.post("/participants/screen/", prefixed(ELIGIBLE) | {"site": "LIM"})
    found = client.post("/participants/P-001/exclude/", {"reason": "no_time"})
    assert (found.status_code, Screening.objects.get().exclusion_category) == (302, "declined")
    page = text(client.get("/participants/P-001/"))
    assert "Excluded: No time" in page
    assert "Record consent" not in page


@pytest.mark.parametrize(
    ("url", "data", "said"),
    [
        ("screen/", {"site": "LIM", "p_age": "many", "family_name": "kept"}, "Age in years: enter a number, like 34."),
        ("screen/", {"site": "LIM", "p_age": "30", "email": "kept"}, "Enter the e-mail address like name@example.org."),
        (
            "P-001/consent/",
            {"version": "kept", "signed_on": "2026-03-02"},
            "The consent form in force is version 1.0; version kept can&#x27;t be signed.",
        ),
        ("P-001/consent/", {"version": "kept", "signed_on": "soon"}, "Enter signed on as a date"),
        ("P-001/baseline/", {"p_height_cm": "17", "p_mass_kg": "kept"}, "Height, measured: 17 is not between 120 and 220 cm."),
        ("P-001/availability/", {"day_1": "1", "channel": "email", "time_2": "kept"}, "Enter both the day and the time, or neither."),
        ("P-001/withdraw/", {"scope": "contact", "day": "2026-03-03", "note": "kept"}, "Enter a day between the screening"),
        ("P-001/death/", {"note": "kept"}, "Enter day of death"),
        ("P-001/events/new/", {"term": "kept"}, "Choose an answer: how bad was it?"),
        ("P-001/medication/new/", {"drug": "kept", "atc": "7"}, "Enter the ATC code like N06AB03"),
        ("P-001/medication/new/", {"drug": "kept", "dose": "much"}, "Enter"),
        ("P-001/care/new/", {"kind": "other", "description": "kept", "started_on": "May"}, "Enter the date as 2026-03-14"),
        (
            "P-001/deviations/new/",
            {"what": "deviation:wrong_arm", "occurred_on": "2026-03-01", "description": "kept"},
            "Name the arm that was given",
        ),
    ],
)
def test_a_refused_form_comes_back_with_the_cure_and_everything_typed(site, coordinator, at, url, data, said) -> None:
    if url.startswith("P-001/consent"):
        eligible(site, by=coordinator, at=at)
    elif url.startswith("P-001"):
        consenting(site, by=coordinator, at=at)
    before = Event.objects.count()
    found = as_(coordinator).post(f"/participants/{url}", data)
    assert (found.status_code, said in text(found), "kept" in text(found)) == (422, True, True)
    assert "<title>Error: " in text(found)
    assert Event.objects.count() == before


def test_a_step_out_of_turn_says_what_is_wrong_and_the_way_out(site, coordinator, at) -> None:
    eligible(site, by=coordinator, at=at)
    found = as_(coordinator).post("/participants/P-001/baseline/", prefixed(BASELINE))
    assert found.status_code == 409
    assert "The baseline can&#x27;t be recorded: no signed consent." in text(found)
    assert 'href="/participants/P-001/consent/"' in text(found)


def test_the_list_filters_by_state_and_id_and_counts(site, coordinator, at, person) -> None:
    eligible(site, by=coordinator, at=at)
    client = as_(coordinator)
    assert "2 of 2" in text(client.get("/participants/"))
    narrowed = text(client.get("/participants/?status=eligible"))
    assert ("1 of 2" in narrowed, "P-002" in narrowed, ">P-001<" in narrowed) == (True, True, False)
    assert "Nobody matches" in text(client.get("/participants/?q=P-9"))
    assert client.get("/participants/?status=unheard&page=x").status_code == 200


def test_the_list_costs_the_same_for_one_person_and_for_three(site, coordinator, at) -> None:
    client = as_(coordinator)
    costs = []
    for _ in range(2):
        eligible(site, by=coordinator, at=at)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get("/participants/").status_code == 200
        costs.append(len(captured))
        eligible(site, by=coordinator, at=at)
    assert costs[0] == costs[1]


def test_a_name_is_shown_on_request_and_the_look_is_kept(person, coordinator, assessor, monitor) -> None:
    client = as_(coordinator)
    assert "Canary" not in text(client.get("/participants/P-001/"))
    assert client.get("/participants/P-001/contact/").status_code == 405
    shown = client.post("/participants/P-001/contact/")
    assert (shown.status_code, "Canary" in text(shown), shown["Cache-Control"]) == (200, True, "no-store")
    assert Event.objects.filter(verb="contact.shown", actor=coordinator.actor).count() == 1
    assert [as_(user).post("/participants/P-001/contact/").status_code for user in (assessor, monitor)] == [403, 403]
    changed = client.post("/participants/P-001/contact/edit/", NORA | {"family_name": "Newname"})
    assert changed.status_code == 302
    assert "Newname" in text(client.post("/participants/P-001/contact/"))


PAGES = [
    ("", "coordinator assessor pi safety_clinician monitor manager"),
    ("screening/", "coordinator"),
    ("exclude/", "coordinator"),
    ("reopen/", "coordinator pi manager"),
    ("person/", "coordinator pi manager"),
    ("consent/", "coordinator"),
    ("baseline/", "coordinator"),
    ("availability/", "coordinator"),
    ("contact/edit/", "coordinator"),
    ("withdraw/", "coordinator pi"),
    ("loss/", "coordinator pi"),
    ("death/", "coordinator pi"),
    ("stop-training/", "coordinator pi"),
    ("clinical/", "coordinator pi monitor manager"),
    ("events/1/", "coordinator pi monitor manager"),
    ("events/new/", "coordinator assessor pi safety_clinician"),
    ("events/1/follow-up/", "coordinator pi"),
    ("events/1/assess/", "pi"),
    ("events/1/sponsor/", "coordinator pi"),
    ("events/1/ethics/", "coordinator pi"),
    ("medication/new/", "coordinator pi"),
    ("medication/1/dose/", "coordinator pi"),
    ("medication/1/stop/", "coordinator pi"),
    ("care/new/", "coordinator pi"),
    ("deviations/new/", "coordinator pi manager"),
    ("deviations/1/judge/", "coordinator pi manager"),
    ("records/event/1/correct/", "coordinator pi manager"),
    ("records/event/1/void/", "coordinator pi manager"),
    ("records/baseline/height_cm/correct/", "coordinator pi manager"),
    ("messages/", "coordinator pi monitor manager"),
]


@pytest.mark.parametrize(("page", "roles"), PAGES, ids=[p or "record" for p, _ in PAGES])
def test_each_page_opens_for_its_roles_alone(cast, person, at, page, roles) -> None:
    from datetime import date

    from participants.actions import baseline

    event(person, cast.coordinator, at)
    clinical.record_medication(person, drug="Sertraline", ongoing=True, by=cast.coordinator, at=at)
    clinical.record_deviation(person, kind="deviation", category="other", occurred_on=date(2026, 3, 1), by=cast.coordinator, at=at)
    baseline.record_baseline(person, values=BASELINE, by=cast.coordinator, at=at)
    found = {role: as_(user).get(f"/participants/P-001/{page}").status_code for role, user in vars(cast).items() if hasattr(user, "actor")}
    opened = {role for role, status in found.items() if status == 200}
    assert opened == set(roles.split())
    assert found["other_coordinator"] == 404
    assert found["trainer"] == 404
    assert set(found.values()) <= {200, 403, 404}


def test_nobody_in_particular_is_sent_to_the_login(person) -> None:
    client = Client()
    found = [client.get(url) for url in ("/participants/", "/participants/P-001/", "/events/", "/messages/", "/demo/mail/")]
    assert {(r.status_code, r["Location"].split("?")[0]) for r in found} == {(302, "/login/")}


def test_unknown_people_and_records_are_not_found(person, coordinator) -> None:
    client = as_(coordinator)
    for url in ("P-999/", "P-001/events/7/", "P-001/events/7/assess/", "P-001/records/event/7/void/", "P-001/records/spoon/1/void/",
                "P-001/records/event/x/void/", "P-001/records/event/²/void/", "P-001/medication/9/stop/"):  # fmt: skip
        assert client.get(f"/participants/{url}").status_code == 404, url


def test_blind_eyes_see_the_same_record_in_both_arms(people, cast, at) -> None:
    withdrawal.stop_training(people.trains, reason="time", by=cast.coordinator, at=at)
    for user in (cast.assessor, cast.safety_clinician):
        pages = [text(as_(user).get(p.get_absolute_url())).replace(p.trial_id, "P-XXX") for p in (people.trains, people.waits)]
        pages = ["\n".join(line for line in page.splitlines() if "csrf" not in line) for page in pages]
        assert pages[0] == pages[1]
        assert "training" not in pages[0].lower()
    arm = blinding.told_for(cast.coordinator, people.trains.enrolment.allocation)
    assert arm.label in text(as_(cast.coordinator).get(people.trains.get_absolute_url()))


def test_blind_eyes_have_no_session_on_the_event_form(people, assessor, coordinator) -> None:
    url = f"/participants/{people.trains}/events/new/"
    blind, open_eyes = text(as_(assessor).get(url)), text(as_(coordinator).get(url))
    assert [("session" in page.lower(), "training" in page.lower()) for page in (blind, open_eyes)] == [(False, False), (True, True)]


def test_an_event_goes_from_report_to_the_ethics_committee_by_pages_alone(person, coordinator, pi) -> None:
    client = as_(coordinator)
    sent = client.post("/participants/P-001/events/new/", FALL | {"criteria": ["hospital"], "aware_at": "2026-03-02 08:30"})
    assert (sent.status_code, sent["Location"]) == (302, "/participants/P-001/clinical/")
    assert "Fell on the stairs" in text(client.get("/events/"))
    assert client.post("/participants/P-001/events/1/follow-up/", {"text": "Home again"}).status_code == 302
    assert as_(pi).post("/participants/P-001/events/1/assess/", {"related": "possible", "expected": "no"}).status_code == 302
    assert client.post("/participants/P-001/events/1/sponsor/", {"reported_at": "2026-03-02 08:45"}).status_code == 302
    assert client.post("/participants/P-001/events/1/ethics/", {"reported_on": "2026-03-02"}).status_code == 302
    kept = AdverseEvent.objects.get()
    assert (kept.related, kept.expected, kept.reported_sponsor_at.isoformat(), str(kept.reported_ethics_on)) == (
        "possible",
        False,
        "2026-03-02T08:45:00+00:00",
        "2026-03-02",
    )
    page = text(client.get("/participants/P-001/events/1/"))
    assert ("Home again" in page, page.count("Done in time")) == (True, 2)


def test_an_overdue_event_says_so(person, coordinator, at, monkeypatch) -> None:
    event(person, coordinator, at, criteria=["hospital"])
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=25))
    assert "Overdue" in text(as_(coordinator).get("/events/"))


def test_records_are_made_changed_corrected_and_voided_by_pages_alone(person, coordinator) -> None:
    client, home = as_(coordinator), "/participants/P-001/"
    steps = [
        ("medication/new/", {"drug": "Sertraline", "dose": "50", "unit": "mg", "ongoing": "on"}),
        ("medication/1/dose/", {"dose": "75,5", "changed_on": "2026-02", "reason": "More"}),
        ("medication/2/stop/", {"stopped_on": "2026-03-01"}),
        ("care/new/", {"kind": "exercise", "sessions_per_week": "2"}),
        ("deviations/new/", {"what": "intercurrent_event:injury", "occurred_on": "2026-03-01"}),
        ("deviations/1/judge/", {"important": "no"}),
        ("records/care/1/correct/", {"kind": "exercise", "sessions_per_week": "3", "reason": "Asked again"}),
        ("records/deviation/1/void/", {"reason": "Other person"}),
    ]
    for url, data in steps:
        assert client.post(home + url, data).status_code == 302, url
    assert list(Medication.objects.order_by("med_no").values_list("dose", "stopped_on")) == [
        (50, "2026-02"),
        (pytest.approx(75.5), "2026-03-01"),
    ]
    assert Concomitant.objects.get().sessions_per_week == 3
    assert (Deviation.objects.get().important, Deviation.objects.get().void_reason) == (False, "Other person")
    page = text(client.get(home + "clinical/"))
    assert ("Sertraline" in page, "Voided" in page, "Other person" in page) == (True, True, True)


def test_an_end_is_confirmed_on_a_page_that_says_what_happens(people, coordinator) -> None:
    client, url = as_(coordinator), f"/participants/{people.waits}/withdraw/"
    assert "every link stops working" in text(client.get(url))
    assert client.post(url, {"scope": "data", "reason": "time"}).status_code == 302
    assert Ending.objects.values_list("kind", "scope", "reason").get() == ("withdrawal", "data", "time")
    page = text(client.get(f"/participants/{people.waits}/"))
    assert ("No contact and no further data collection" in page, "Report adverse event" in page) == (True, False)


def test_an_exclusion_is_taken_back_and_sex_put_right_by_pages(person, coordinator) -> None:
    client = as_(coordinator)
    client.post("/participants/P-001/exclude/", {"reason": "no_time"})
    assert "Take back exclusion" in text(client.get("/participants/P-001/"))
    assert client.post("/participants/P-001/reopen/", {"reason": " "}).status_code == 422
    assert client.post("/participants/P-001/reopen/", {"reason": "Wrong person"}).status_code == 302
    assert (Participant.objects.get().status, Screening.objects.get().exclusion_category) == ("consented", "")
    assert client.post("/participants/P-001/reopen/", {"reason": "again"}).status_code == 409
    assert client.post("/participants/P-001/person/", {"sex": "M", "age": "31", "reason": "Misheard"}).status_code == 302
    assert Participant.objects.values_list("sex", "age").get() == ("M", 31)


def test_a_wrong_withdrawal_is_voided_from_the_record(people, coordinator, at) -> None:
    ending = withdrawal.withdraw(people.waits, scope="data", reason="time", by=coordinator, at=at)
    client = as_(coordinator)
    url = f"/participants/{people.waits}/records/ending/{ending.kind}/void/"
    assert url in text(client.get(people.waits.get_absolute_url()))
    assert client.post(url, {"reason": "Other person"}).status_code == 302
    assert "Withdrew" not in text(client.get(people.waits.get_absolute_url()))


def test_messages_that_need_a_person_stand_above_and_are_sent_again(person, coordinator, monitor, other_coordinator, at) -> None:
    messages.queue(to=person.actor, kind="nudge", event="sitting:week8:nudge-2", due_at=at, by=Machine("beat"), at=at)
    Message.objects.update(status="unknown", last_error="the connection broke")
    assert "the connection broke" in text(as_(coordinator).get("/messages/"))
    again = "/participants/P-001/messages/nudge/sitting:week8:nudge-2/1/again/"
    assert again in text(as_(coordinator).get("/messages/"))
    assert "Send again" not in text(as_(monitor).get("/messages/"))
    assert "P-001" not in text(as_(other_coordinator).get("/messages/"))
    assert [as_(user).post(again).status_code for user in (other_coordinator, monitor, coordinator)] == [404, 403, 302]
    assert Message.objects.count() == 2


def test_captured_mail_is_a_page_of_demonstrations_alone(trial, coordinator, assessor, at, monkeypatch) -> None:
    CapturedMail.objects.create(to="x@canary.example", subject="Hello", body="Open http://testserver/me/", message_id="<k@h>", at=at)
    assert "x@canary.example" in text(as_(coordinator).get("/demo/mail/"))
    assert as_(assessor).get("/demo/mail/").status_code == 403
    monkeypatch.setattr("participants.pages.messages.is_real", lambda: True)
    assert as_(coordinator).get("/demo/mail/").status_code == 404
