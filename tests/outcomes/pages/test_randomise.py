"""Randomisation in two steps, the call list, and links sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from participants.actions import baseline, links
from participants.models import Enrolment, Message
from tests.cast import open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import NORA, consenting
from trials import blinding, clock
from trials.models import Allocation

pytestmark = pytest.mark.django_db

URL = "/participants/P-001/randomise/"


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture
def person(trial, coordinator, at):
    open_randomisation(at=at)
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def test_the_page_shows_who_what_holds_and_which_stratum(person, coordinator, at) -> None:
    complete(person, by=coordinator, at=at)
    page = text(as_(coordinator).get(URL))
    for said in ("N C, 2000", "Consent: Signed.", "Baseline form: Complete.", "from the screening", "can't be undone", "Randomise P-001"):
        assert said in page.replace("&#x27;", "'"), said
    assert "aria-disabled" not in page
    assert Allocation.objects.count() == 0


def test_what_is_missing_stands_beside_a_button_that_can_not_be_pressed(person, coordinator) -> None:
    page = text(as_(coordinator).get(URL)).replace("&#x27;", "'")
    assert 'aria-disabled="true"' in page
    assert (
        "P-001 can't be randomised yet. Baseline form: Lacks Ethnic or cultural background, Highest education completed, Employment and 10 more."
        in page
    )
    assert 'href="/participants/P-001/baseline/"' in page
    found = as_(coordinator).post(URL, {"typed": "P-001"})
    assert (found.status_code, Allocation.objects.count()) == (409, 0)


@pytest.mark.parametrize("typed", ["", "P-002", "yes"])
def test_nothing_happens_before_the_right_id_is_typed(person, coordinator, at, typed) -> None:
    complete(person, by=coordinator, at=at)
    found = as_(coordinator).post(URL, {"typed": typed})
    assert (found.status_code, Allocation.objects.count()) == (422, 0)


def test_pressing_twice_gives_one_place_and_the_same_result(person, coordinator, at) -> None:
    complete(person, by=coordinator, at=at)
    client = as_(coordinator)
    assert "P-001 is not randomised" in text(client.get("/participants/P-001/randomised/"))
    answers = [client.post(URL, {"typed": " p-001 "}) for _ in range(2)]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, "/participants/P-001/randomised/")] * 2
    assert (Allocation.objects.count(), Enrolment.objects.count()) == (1, 1)
    result = text(client.get("/participants/P-001/randomised/"))
    given = Allocation.objects.get()
    arm = blinding.told_for(coordinator, given)
    assert [said in result for said in (arm.label, arm.say[:20], given.code, "What to say")] == [True] * 4
    assert client.get(URL)["Location"] == "/participants/P-001/randomised/"


def test_only_who_randomises_sees_the_pages(person, cast) -> None:
    for page in (URL, "/participants/P-001/randomised/"):
        found = {role: as_(user).get(page).status_code for role, user in vars(cast).items() if hasattr(user, "actor")}
        assert {role for role, status in found.items() if status == 200} == {"coordinator"}
        assert set(found.values()) == {200, 403, 404}


def test_the_call_list_holds_whoever_gets_no_messages_and_has_open_questions(person, coordinator, assessor, other_coordinator, at) -> None:
    client = as_(coordinator)
    assert "Nobody needs a call" in text(client.get("/call-list/"))
    baseline.set_availability(person, preferred=[], channel="none", by=coordinator, at=at)
    assert "P-001" in text(client.get("/call-list/"))
    assert "P-001" not in text(as_(other_coordinator).get("/call-list/"))
    assert as_(assessor).get("/call-list/").status_code == 403
    complete(person, by=coordinator, at=at)
    assert "Nobody needs a call" in text(client.get("/call-list/"))


def test_a_link_is_sent_again_and_revoked_from_the_visits_page(person, coordinator, assessor, other_coordinator, at) -> None:
    url = "/participants/P-001/links/baseline/send/"
    assert [as_(user).post(url).status_code for user in (assessor, other_coordinator, coordinator)] == [403, 404, 302]
    assert Message.objects.values_list("kind", "event", "to").get() == ("invitation", "sitting:baseline:invitation", "participant:P-001")
    token = links.mint(person, visit="baseline", expires_at=at + timedelta(days=1), by=coordinator, at=at).token
    assert as_(coordinator).post("/participants/P-001/links/baseline/revoke/").status_code == 302
    assert links.find(token, at=at) is None
    assert as_(coordinator).post("/participants/P-001/links/week8/send/").status_code == 409


def test_the_course_draws_what_each_reader_may_see(person, coordinator, assessor, other_coordinator, at) -> None:
    complete(person, by=coordinator, at=at)
    as_(coordinator).post(URL, {"typed": "P-001"})
    url = "/participants/P-001/course/"
    seen = {user.username: text(as_(user).get(url)) for user in (coordinator, assessor)}
    assert [word in seen["coordinator"] for word in ("Way in", "Visits", "Randomised", "Day 0")] == [True] * 4
    assert ("Visits" in seen["assessor"], "ession" in seen["assessor"]) == (True, False)
    assert as_(other_coordinator).get(url).status_code == 404
    assert "<html" not in text(as_(coordinator).get(url, headers={"HX-Request": "true"}))
