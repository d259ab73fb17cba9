"""Attempts to reach somebody about a visit are kept as they were made, by whom, and are read where the visit stands."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from outcomes.actions import assessments, visit_contacts
from outcomes.models import VisitContact
from participants.actions import withdrawal
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tried(person, by, at, **changed) -> VisitContact:
    facts = {"visit": "baseline", "channel": "phone", "outcome": "no_answer"} | changed
    return visit_contacts.record_visit_contact(person, **facts, by=by, at=at)


def test_each_attempt_stands_on_the_visits_page_with_who_when_how_and_what_came_of_it(person, assessor, at) -> None:
    client, here = as_(assessor), f"/participants/{person}/contact-attempts/baseline/"
    assert f'href="{here}"' in client.get(f"/participants/{person}/visits/").content.decode()
    assert f"/participants/{person}/contact-attempts/week8/" not in client.get(f"/participants/{person}/visits/").content.decode()
    unchosen = client.post(here, {"channel": "phone"})
    assert (unchosen.status_code, VisitContact.objects.count()) == (422, 0)
    assert "Choose what came of it." in unchosen.content.decode()
    assert client.get(f"/participants/{person}/contact-attempts/week99/").status_code == 404
    for channel, outcome in (("phone", "no_answer"), ("email", "other_time")):
        assert client.post(here, {"channel": channel, "outcome": outcome})["Location"] == f"/participants/{person}/visits/"
    page = client.get(f"/participants/{person}/visits/").content.decode()
    assert [page.count(word) for word in ("Telephone", "No answer", "E-mail", "Asks for another time", f"<td>{assessor}</td>")] == [
        1, 1, 1, 1, 2,
    ]  # fmt: skip
    assert [(e.about, e.actor, e.detail) for e in Event.objects.filter(verb="visit.contact_tried").order_by("pk")] == [
        (person.trial_id, assessor.actor, {"visit": "baseline", "channel": "phone", "outcome": "no_answer"}),
        (person.trial_id, assessor.actor, {"visit": "baseline", "channel": "email", "outcome": "other_time"}),
    ]


def test_attempts_are_recorded_and_read_over_rest(person, assessor, other_coordinator, at) -> None:
    client, here = as_(assessor), f"/api/v1/participants/{person}/"
    body = {"visit": "baseline", "channel": "post", "outcome": "left_message"}
    made = client.post(f"{here}record-visit-contact/", body, content_type="application/json")
    told = {"trial_id": person.trial_id, **body, "made_by": assessor.actor, "at": at.isoformat().replace("+00:00", "Z")}
    assert (made.status_code, made.json()) == (200, told)
    assert client.get(f"{here}visit-contacts/").json() == [made.json()]
    assert client.post(f"{here}record-visit-contact/", body | {"channel": "pigeon"}, content_type="application/json").status_code == 400
    assert as_(other_coordinator).get(f"{here}visit-contacts/").status_code == 404


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"visit": "week99"}, "unknown_visit"), ({"visit": "week8"}, "not_due"),
        ({"channel": "pigeon"}, "unknown_channel"), ({"outcome": "maybe"}, "unknown_outcome"),
    ],
    ids=["unknown visit", "not due", "unknown way", "unknown outcome"],
)  # fmt: skip
def test_what_is_no_attempt_is_refused(person, assessor, at, facts: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        tried(person, assessor, at, **facts)
    assert (refused.value.code, VisitContact.objects.count()) == (code, 0)


def test_a_named_person_who_enters_forms_there_tries_and_nobody_else(person, assessor, other_coordinator, at) -> None:
    for by in (Machine("shell"), other_coordinator, person):
        with pytest.raises(NotAllowed):
            tried(person, by, at)
    assert tried(person, assessor, at).user == assessor


def test_nobody_is_tried_who_answered_all_or_is_not_to_be_contacted(person, assessor, coordinator, at) -> None:
    assessments.send_sitting(person, visit="baseline", client_uuid=UUID(int=1), by=person, at=at)
    with pytest.raises(Refused) as refused:
        tried(person, assessor, at)
    assert refused.value.code == "answered"
    withdrawal.withdraw(person, scope="contact", reason="burden", by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        tried(person, assessor, at)
    assert refused.value.code == "no_contact"


def test_the_attempts_of_somebody_who_withdrew_stay_and_no_further_one_is_offered(person, assessor, coordinator, at) -> None:
    tried(person, assessor, at)
    withdrawal.withdraw(person, scope="contact", reason="burden", by=coordinator, at=at)
    page = as_(assessor).get(f"/participants/{person}/visits/").content.decode()
    assert ("No answer" in page, "Record contact attempt" in page) == (True, False)


def test_a_visit_that_was_missed_can_still_be_asked_for(randomised, assessor, at) -> None:
    later = at + timedelta(days=300)
    assert tried(randomised, assessor, later, visit="week8", outcome="declines").visit == "week8"


def test_the_database_keeps_known_words_once(person, assessor, at) -> None:
    made = tried(person, assessor, at)
    for unknown in ({"channel": "pigeon"}, {"outcome": "maybe"}):
        facts = {"visit": "baseline", "channel": "phone", "outcome": "no_answer"} | unknown
        with pytest.raises(IntegrityError), transaction.atomic():
            VisitContact.objects.create(participant=person, user=assessor, at=at, **facts)
    with pytest.raises(Exception, match="permission denied|written once"), transaction.atomic():
        VisitContact.objects.filter(pk=made.pk).update(outcome="will_answer")
