"""The pages and REST doors of double entry: a blind second form, the differences side by side, and what is told of both."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import double_entry
from outcomes.models import Adjudication, Alert, AlertStep, Assessment, SecondEntry
from tests.outcomes.actions.test_double_entry import DAY, WHOLE, enter, every_form
from tests.participants import people
from trials import clock
from trials.actions import staff

__all__ = ["every_form"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=5))


@pytest.fixture
def form(every_form, person, assessor, at) -> Assessment:
    return enter(person, assessor, at, WHOLE | {"4": 3})


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def filled(**changed: str) -> dict[str, str]:
    items = {f"item_{n}": "1" for n in range(1, 9)} | {"item_4": "3", "item_9": "0", "item_10": "skipped"}
    return {"completed_on": "2026-03-02"} | items | changed


def home(person) -> str:
    return f"/participants/{person}/visits/baseline/phq9/"


def test_what_waits_is_listed_for_a_second_person_and_not_for_the_first(form, person, assessor, coordinator, pi):
    link = f'href="{home(person)}enter-again/"'
    assert [link in text(as_(user).get("/double-entry/")) for user in (coordinator, assessor, pi)] == [True, False, False]
    assert ["1 paper form to enter again" in text(as_(user).get("/")) for user in (coordinator, assessor, pi)] == [True, False, False]
    assert "Nothing waits for you." in text(as_(assessor).get("/double-entry/"))


def test_the_list_costs_the_same_for_one_row_of_each_kind_and_for_three(every_form, trial, assessor, coordinator, at):
    reader, spent = as_(coordinator), []
    for number in range(1, 4):
        for waits in (True, False):
            person = people.eligible(trial.sites.get(code="LIM"), by=coordinator, at=at)
            form = enter(person, assessor, at, client_uuid=UUID(int=2 * number + waits))
            if not waits:
                double_entry.enter_again(form, answers=WHOLE | {"1": 0}, completed_on=DAY, by=coordinator, at=at)
        reader.get("/double-entry/")
        with CaptureQueriesContext(connection) as captured:
            page = text(reader.get("/double-entry/"))
        assert (page.count("/enter-again/"), page.count("/adjudicate/")) == (number, number)
        spent.append(len(captured))
    assert spent == [spent[0]] * 3


@pytest.mark.parametrize(("who", "status"), [("trainer", 403), ("blinded_statistician", 403), ("monitor", 200), ("clinician", 200)])
def test_whoever_may_see_scores_may_see_the_figures(request, form, who, status):
    assert as_(request.getfixturevalue(who)).get("/double-entry/").status_code == status


def test_nothing_on_the_second_form_comes_from_the_first(form, person, coordinator):
    page = text(as_(coordinator).get(f"{home(person)}enter-again/"))
    assert 'name="item_4" id="id_item_4_3" value="3"' in page
    assert re.findall(r"<input[^>]* checked", page) == []
    assert re.findall(r'<input[^>]*name="completed_on"[^>]*>', page) != []
    assert re.findall(r'<input[^>]*name="completed_on"[^>]*value=[^>]*>', page) == []


def test_the_answers_are_not_shown_to_whoever_could_enter_them_again(form, person, assessor, coordinator, pi):
    closed = as_(coordinator).get(home(person))
    assert (closed.status_code, "to be entered a second time" in text(closed)) == (409, True)
    assert as_(coordinator).get(home(person) + "correct/").status_code == 409
    assert [as_(user).get(home(person)).status_code for user in (assessor, pi)] == [200, 200]
    assert "Waits for somebody else" in text(as_(pi).get(home(person)))


def test_the_second_form_is_saved_and_its_differences_are_told(form, person, coordinator):
    saved = as_(coordinator).post(f"{home(person)}enter-again/", filled(item_2="3", item_7="refused"))
    assert (saved.status_code, saved["Location"]) == (302, "/double-entry/")
    entry = SecondEntry.objects.get()
    assert (entry.differing, entry.second.answers["2"], entry.second.missing["7"]) == (2, 3, "refused")
    board = text(as_(coordinator).get("/double-entry/"))
    assert f'href="{home(person)}adjudicate/"' in board
    assert "2 differences" in board
    assert "1 second entry to settle" in text(as_(coordinator).get("/"))
    assert "2 of 11 fields differ, not settled yet" in text(as_(coordinator).get(home(person)))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"item_9": ""}, "Choose an answer: 9."),
        ({"completed_on": ""}, "Enter date on the form"),
        ({"completed_on": "2026-03-09"}, "dated in the future"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(form, person, coordinator, changed, sentence):
    page = as_(coordinator).post(f"{home(person)}enter-again/", filled(**changed))
    assert (page.status_code, sentence in text(page)) == (422, True)
    assert 'name="item_4" id="id_item_4_3" value="3" checked' in text(page)
    assert SecondEntry.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_first_person_finds_no_second_form(form, person, assessor, method):
    answer = getattr(as_(assessor), method)(f"{home(person)}enter-again/", filled())
    assert (answer.status_code, "You made the first entry" in text(answer)) == (409, True)
    assert SecondEntry.objects.count() == 0


def test_an_alarming_answer_of_the_second_form_brings_the_script_and_whom_to_tell(form, person, coordinator):
    page = as_(coordinator).post(f"{home(person)}enter-again/", filled(item_9="2", handed_over_to="Dr Byrne, by telephone"))
    assert page.status_code == 200
    for words in ("Are you safe right now?", "first contact is due by", "Handed over to Dr Byrne, by telephone"):
        assert words in text(page)
    assert Alert.objects.values_list("trigger", "urgent").get() == ("phq9.9>=2", True)
    assert AlertStep.objects.values_list("kind", "user").get() == ("handed_over", coordinator.pk)


@pytest.fixture
def differing(form, coordinator, at) -> Assessment:
    double_entry.enter_again(form, answers=WHOLE | {"4": 0}, completed_on=DAY, by=coordinator, at=at)
    return form


def test_differences_stand_side_by_side_and_are_settled(differing, person, assessor, coordinator, pi):
    client = as_(pi)
    page = text(client.get(home(person) + "adjudicate/"))
    for words in (f"3, Nearly every day (first entry, {assessor})", f"0, Not at all (second entry, {coordinator})"):
        assert words in page
    assert re.findall(r'name="(choice_\w+)"', page) == ["choice_4", "choice_4"]
    assert re.findall(r"<input[^>]* checked", page) == []
    lacking = client.post(home(person) + "adjudicate/", {"reason": "As on the form"})
    assert (lacking.status_code, Adjudication.objects.count()) == (422, 0)
    done = client.post(home(person) + "adjudicate/", {"choice_4": "second", "reason": "As on the form"})
    assert (done.status_code, done["Location"]) == (302, home(person))
    assert Assessment.objects.get().answers == WHOLE | {"4": 0}
    assert f"1 of 11 fields differ, settled by {pi}: As on the form" in text(client.get(home(person)))
    again = client.post(home(person) + "adjudicate/", {"choice_4": "first", "reason": "No"})
    assert (again.status_code, Adjudication.objects.count()) == (409, 1)
    board = text(client.get("/double-entry/"))
    assert "the first entry was wrong in 1" in board
    assert "9.09\u00a0%" in board


def test_only_whoever_corrects_settles(differing, person, assessor, clinician, other_coordinator):
    statuses = [as_(user).get(home(person) + "adjudicate/").status_code for user in (assessor, clinician, other_coordinator)]
    assert statuses == [403, 403, 404]


@pytest.fixture
def call(client, at):
    """call(user, path, body=None) as that user, by token; a body is posted."""
    tokens: dict[int, str] = {}

    def call(user, path, body=None):
        if user.pk not in tokens:
            tokens[user.pk] = staff.make_token(user, name="t", by=user, at=at)[1]
        headers = {"Authorization": f"Bearer {tokens[user.pk]}"}
        if body is None:
            return client.get(f"/api/v1/{path}", headers=headers)
        return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return call


def test_both_steps_and_the_figures_by_rest(form, person, assessor, coordinator, pi, call):
    base = f"participants/{person}/assessments/"
    one = f"{base}baseline/phq9/"
    assert [len(call(user, base).json()) for user in (assessor, coordinator, pi)] == [1, 0, 1]
    told = call(coordinator, "double-entry/").json()
    assert [row["instrument"] for row in told["waiting"]] == ["phq9"]
    assert (told["paper"], told["drawn"], told["entered"], told["share"], told["rate"]) == (1, 1, 0, "0.0000", None)
    body = {"answers": WHOLE | {"9": 1}, "completed_on": "2026-03-02"}
    entered = call(coordinator, one + "enter-again/", body)
    assert entered.json() == {
        "differences": [{"field": "4", "first": 3, "second": 1}, {"field": "9", "first": 0, "second": 1}], "support": True,
    }  # fmt: skip
    assert call(coordinator, one + "enter-again/", body).json() == entered.json()
    assert Alert.objects.count() == 1
    assert len(call(coordinator, base).json()) == 1
    lacking = call(pi, one + "adjudicate/", {"choices": {"4": "first"}, "reason": "As on the form"})
    assert (lacking.status_code, lacking.json()["code"]) == (422, "bad_record")
    settled = call(pi, one + "adjudicate/", {"choices": {"4": "first", "9": "second"}, "reason": "As on the form"})
    assert settled.json()["choices"] == {"4": "first", "9": "second"}
    told = call(coordinator, "double-entry/").json()
    assert (told["share"], told["rate"], told["fields_settled"], told["first_wrong"]) == ("1.0000", "0.1818", 2, 1)
    assert (told["waiting"], told["unsettled"]) == ([], [])
    assert Assessment.objects.get().total == 11  # seven at 1, question 4 at 3, question 9 at 1


def test_a_date_read_differently_is_told_as_a_date(every_form, person, assessor, coordinator, pi, at, call, monkeypatch):
    enter(person, assessor, at + timedelta(days=1))
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=1, hours=5))
    body = {"answers": WHOLE, "completed_on": "2026-03-03"}
    told = call(coordinator, f"participants/{person}/assessments/baseline/phq9/enter-again/", body).json()
    assert told["differences"] == [{"field": "completed_on", "first": "2026-03-02", "second": "2026-03-03"}]
    page = text(as_(pi).get(home(person) + "adjudicate/"))
    assert f"Tue 3 Mar 2026 (second entry, {coordinator})" in page
    settled = as_(pi).post(home(person) + "adjudicate/", {"choice_completed_on": "second", "reason": "As on the form"})
    assert settled.status_code == 302
    assert Assessment.objects.get().completed_at == at + timedelta(days=1)
