"""Where a person's forms stand, and the forms staff enter."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import assessments, duty
from outcomes.models import Alert, AlertStep, Assessment
from tests.participants.training import in_both_arms
from trials import clock

pytestmark = pytest.mark.django_db

WHOLE = {str(n): 1 for n in range(1, 9)} | {"9": 0}


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def entry(**changed) -> dict[str, str]:
    items = {f"item_{n}": "1" for n in range(1, 9)} | {"item_9": "0"}
    return {"mode": "paper", "completed_on": "2026-03-02", "uuid": str(UUID(int=7))} | items | changed


def sent(person, at, answers=WHOLE):
    return assessments.submit(
        person, visit="baseline", instrument="phq9", answers=answers, client_uuid=UUID(int=1), by=person, at=at
    ).assessment


def test_the_visits_page_lists_each_form_with_its_state(person, assessor, at):
    sent(person, at)
    page = as_(assessor).get(f"/participants/{person}/visits/")
    assert page.status_code == 200
    assert re.findall(r'class="pill [a-z]+">.*?</svg>([A-Z][a-z ]+)<', text(page), re.S)[:3] == ["Answered", "Open", "Not due"]
    assert f'href="/participants/{person}/visits/baseline/gad7/enter/"' in text(page)
    assert f'href="/participants/{person}/visits/baseline/phq9/enter/"' not in text(page)
    assert f'href="/participants/{person}/visits/week8/phq9/enter/"' not in text(page)


def test_the_tab_is_the_same_list_without_the_page(person, assessor):
    fragment = as_(assessor).get(f"/participants/{person}/visits/", headers={"HX-Request": "true"})
    assert text(fragment).lstrip().startswith('<div id="visits"')


def paths(person) -> list[str]:
    form = f"/participants/{person}/visits/baseline/phq9/"
    return [f"/participants/{person}/visits/", form, f"{form}enter/", f"{form}correct/", f"/participants/{person}/concern/"]


def test_another_site_sees_no_such_page(person, other_coordinator, at):
    sent(person, at)
    client = as_(other_coordinator)
    assert [client.get(path).status_code for path in paths(person)] == [404] * 5


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("coordinator", [200, 200, 200, 200, 200]),
        ("assessor", [200, 200, 200, 403, 200]),
        ("clinician", [200, 200, 403, 403, 200]),
        ("pi", [200, 200, 403, 200, 200]),
        ("monitor", [200, 200, 403, 403, 403]),
        ("manager", [200, 200, 403, 200, 403]),
        ("trainer", [404, 404, 404, 404, 404]),
        ("blinded_statistician", [404, 404, 404, 404, 404]),
    ],
)
def test_who_may_open_which_page(request, person, at, who, statuses):
    sent(person, at)
    client = as_(request.getfixturevalue(who))
    assert [client.get(path).status_code for path in paths(person)] == statuses


def test_nobody_comes_in_without_logging_in(person):
    assert [Client().get(path).status_code for path in paths(person)] == [302] * 5


def test_a_paper_form_is_entered(person, assessor, at):
    client = as_(assessor)
    path = f"/participants/{person}/visits/baseline/phq9/enter/"
    assert client.get(path).status_code == 200
    saved = client.post(path, entry(item_10="2", item_4="refused"))
    assert (saved.status_code, saved["Location"]) == (302, f"/participants/{person}/visits/")
    kept = Assessment.objects.get()
    assert (kept.mode, kept.answers, kept.missing) == (
        "paper", {k: v for k, v in WHOLE.items() if k != "4"} | {"10": 2}, {"4": "refused"},
    )  # fmt: skip
    assert client.post(path, entry(item_10="2", item_4="refused")).status_code == 302
    again = client.post(path, entry(item_9="3"))
    assert (again.status_code, "Other answers were already sent" in text(again)) == (409, True)
    assert Alert.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"item_9": ""}, "Choose an answer: 9."),
        ({"item_9": "5"}, "Choose one of the answers listed"),
        ({"completed_on": "2026-03-09"}, "dated in the future"),
        ({"completed_on": "soon"}, "Enter date on the form"),
        ({"mode": "fax"}, "Choose one of the answers listed"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(person, assessor, changed, sentence):
    page = as_(assessor).post(f"/participants/{person}/visits/baseline/phq9/enter/", entry(**changed))
    assert page.status_code == 422
    assert sentence in text(page)
    assert 'name="item_1" id="id_item_1_1" value="1" checked' in text(page)
    assert Assessment.objects.count() == 0


def test_an_alarming_answer_brings_the_script_and_the_number_without_leaving(person, assessor, clinician, at):
    clinician.phone = "+353 1 555 0101"
    clinician.save()
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + timedelta(days=2), by=clinician, at=at)
    client = as_(assessor)
    path = f"/participants/{person}/visits/baseline/phq9/enter/"
    form = text(client.get(path))
    assert 'data-threshold="item_9" data-least="1"' in form
    page = client.post(path, entry(item_9="2", mode="phone"))
    assert page.status_code == 200
    for words in ("Are you safe right now?", "tel:+35315550101", clinician.name, "first contact is due by"):
        assert words in text(page)
    assert Alert.objects.values_list("trigger", "urgent").get() == ("phq9.9>=2", True)
    assert Assessment.objects.get().rater == assessor


def steps() -> list[tuple[str, object, dict]]:
    return list(AlertStep.objects.order_by("pk").values_list("kind", "user__username", "detail"))


def test_to_whom_it_was_handed_over_is_kept_with_the_form_or_told_after_saving(person, assessor, clinician, at):
    client = as_(assessor)
    path = f"/participants/{person}/visits/baseline/phq9/enter/"
    assert "data-hand-over hidden" in text(client.get(path))
    page = text(client.post(path, entry(item_9="2", mode="phone", handed_over_to="Dr Byrne, by telephone")))
    assert "Handed over to Dr Byrne, by telephone." in page
    assert steps() == [("handed_over", "assessor", {"to": "Dr Byrne, by telephone"})]
    number = Alert.objects.get().alert_no
    empty = client.post(f"/participants/{person}/alerts/{number}/handed-over/", {"handed_over_to": " "})
    assert (empty.status_code, "Say to whom you handed it over." in text(empty)) == (422, True)
    later = client.post(f"/participants/{person}/alerts/{number}/handed-over/", {"handed_over_to": "The investigator"})
    assert (later.status_code, len(steps())) == (302, 2)
    assert "Handed over" in text(as_(clinician).get(f"/safety/{person}/{number}/"))


def test_saved_without_a_word_the_receipt_asks_to_whom_it_was_handed_over(person, assessor):
    page = text(as_(assessor).post(f"/participants/{person}/visits/baseline/phq9/enter/", entry(item_9="1", mode="phone")))
    assert f'action="/participants/{person}/alerts/1/handed-over/"' in page
    assert steps() == []


@pytest.mark.parametrize("path", ["baseline/hamd", "week99/phq9", "baseline/%00"])
def test_a_form_that_the_protocol_lacks_has_no_page(person, assessor, path):
    assert as_(assessor).get(f"/participants/{person}/visits/{path}/enter/").status_code in (400, 404)


def test_a_form_shows_score_rule_and_versions_and_is_corrected_with_a_reason(person, coordinator, at):
    sent(person, at)
    client = as_(coordinator)
    path = f"/participants/{person}/visits/baseline/phq9/"
    assert "8 of 27, mild" in text(client.get(path))
    given = {k: v for k, v in entry(item_1="3").items() if k.startswith("item_")}
    missing_reason = client.post(f"{path}correct/", given)
    assert (missing_reason.status_code, "Enter why it is corrected" in text(missing_reason)) == (422, True)
    assert client.post(f"{path}correct/", given | {"reason": "Misread"})["Location"] == path
    page = text(client.get(path))
    assert "10 of 27, moderate" in page
    assert "Misread" in page
    assert "1: 1, Several days → 3, Nearly every day" in page


def test_a_draft_has_no_correction(person, coordinator, at):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"1": 1}, by=person, at=at)
    assert as_(coordinator).get(f"/participants/{person}/visits/baseline/phq9/correct/").status_code == 404


def test_the_visits_page_costs_the_same_for_none_and_for_all_forms(person, assessor, at):
    client = as_(assessor)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/participants/{person}/visits/").status_code == 200
        return len(seen)

    first = queries()
    assessments.send_sitting(person, visit="baseline", client_uuid=UUID(int=3), by=person, at=at)
    assert queries() == first


def test_a_date_outside_the_window_is_kept_only_when_ticked(person, assessor, coordinator, at, monkeypatch):
    from participants.models import Enrolment

    later = at + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(
        "outcomes.queries.sittings.enrolment_of",
        lambda p: Enrolment(randomised_on=date(2026, 3, 3), day0=date(2026, 3, 24)),
    )
    path = f"/participants/{person}/visits/baseline/phq9/enter/"
    refused = as_(assessor).post(path, entry(completed_on="2026-03-04"))
    assert (refused.status_code, "lies outside the window 2026-03-02 to 2026-03-03" in text(refused)) == (422, True)
    assert as_(assessor).post(path, entry(completed_on="2026-03-04", out_of_window="on")).status_code == 302


def test_two_weeks_that_both_forms_ask_about_are_told(trial, coordinator, assessor, at, monkeypatch):
    person = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at).waits
    for visit, day in (("week1", 11), ("week4", 20)):
        on = person.enrolment.day0 + timedelta(days=day)
        assessments.enter_paper(
            person, visit=visit, instrument="gad7", answers={"1": 0}, completed_on=on, accept_out_of_window=True, client_uuid=uuid4(),
            by=coordinator, at=datetime.combine(on, time(17), tzinfo=UTC),
        )  # fmt: skip
    later = datetime.combine(on, time(18), tzinfo=UTC)
    monkeypatch.setattr("trials.clock.now", lambda: later)
    page = text(as_(assessor).get(f"/participants/{person}/visits/"))
    assert re.findall(r"Asks about (\d+) days that the one before asked about too", page) == ["5"]
