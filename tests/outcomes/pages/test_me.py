"""A participant's pages, walked as a phone without script walks them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import duty
from outcomes.models import Alert, Assessment, AssessmentVersion
from outcomes.pages.whereabouts import COOKIE
from participants.actions import links, withdrawal
from participants.models import PersonalLink
from tests.outcomes.conftest import canary_came_through
from trials import clock
from trials.models import Event, RowVersion
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

QUESTIONS = 16  # nine of the PHQ-9, seven of the GAD-7; a difficulty question follows when there is trouble


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()


@pytest.fixture
def phone():
    return Client()


@pytest.fixture
def minted(person, coordinator, at):
    return links.mint(person, visit="baseline", expires_at=None, by=coordinator, at=at)


def text(response) -> str:
    return response.content.decode()


def begin(phone, minted):
    return phone.post("/me/", {"t": minted.token})


def answer(phone, number, value, **more):
    return phone.post(f"/me/question/{number}/", {"answer": str(value), **more})


def test_the_whole_way_from_the_link_to_the_receipt(phone, minted, person, at):
    assert phone.get("/me/").status_code == 200
    assert begin(phone, minted)["Location"] == "/me/question/1/"
    for number in range(1, QUESTIONS + 1):
        page = phone.get(f"/me/question/{number}/")
        assert f"<title>Question {number} of {QUESTIONS}" in text(page)
        response = answer(phone, number, 0)
    assert response["Location"] == "/me/review/"
    review = phone.get("/me/review/")
    assert text(review).count("Not at all") == QUESTIONS
    uuid = re.search(r'name="uuid" value="([^"]+)"', text(review))[1]
    for _ in range(2):
        sent = phone.post("/me/send/", {"uuid": uuid})
        assert (sent.status_code, sent["Location"]) == (302, "/me/receipt/")
    assert "Sent <time" in text(phone.get("/me/receipt/"))
    assert list(Assessment.objects.order_by("instrument").values_list("instrument", "total", "sent_at")) == [
        ("gad7", 0, at),
        ("phq9", 0, at),
    ]
    assert phone.get("/me/question/1/")["Location"] == "/me/receipt/"
    assert Client().post("/me/", {"t": minted.token}).status_code == 404


def test_a_difficulty_question_follows_once_when_there_is_trouble(phone, minted):
    begin(phone, minted)
    answer(phone, 1, 1)
    for number in range(2, QUESTIONS + 1):
        response = answer(phone, number, 0)
    assert response["Location"] == "/me/question/17/"
    assert "how difficult have these problems made it" in text(phone.get("/me/question/17/"))
    assert answer(phone, 17, 2)["Location"] == "/me/review/"


def test_the_typed_code_opens_the_same_door(phone, minted):
    typed = f" {minted.code[:5].lower()}-{minted.code[5:]} "
    assert phone.post("/me/", {"code": typed})["Location"] == "/me/question/1/"


def test_the_cookie_holds_a_signed_reference_and_no_secret(phone, minted):
    begin(phone, minted)
    cookie = phone.cookies[COOKIE]
    assert minted.token not in cookie.value
    assert minted.code not in cookie.value
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    phone.cookies[COOKIE] = cookie.value[:-2] + "xx"
    assert phone.get("/me/question/1/").status_code == 404


def rows() -> int:
    return RowVersion.objects.count() + Event.objects.count()


def test_a_scanner_that_follows_and_renders_every_address_changes_nothing(phone, minted, person):
    begin(phone, minted)
    answer(phone, 1, 2)
    before, kept = rows(), list(Assessment.objects.values())
    for path in ("", "resume/", "question/1/", "question/99/", "support/1/", "review/", "receipt/", "stopped/"):
        for method in (phone.get, phone.head, Client().get, Client().head):
            assert method(f"/me/{path}").status_code in (200, 302, 404)
    for path in ("send/", "save/1/"):
        assert phone.get(f"/me/{path}").status_code == 405
    assert (rows(), list(Assessment.objects.values())) == (before, kept)


def test_unknown_used_late_and_revoked_links_meet_one_page(phone, minted, person, coordinator, at, monkeypatch):
    pages = {
        "unknown": phone.post("/me/", {"t": "x" * 43}),
        "empty": Client().post("/me/", {}),
        "mistyped": Client().post("/me/", {"code": "WRONG"}),
    }
    late = links.mint(person, visit="baseline", expires_at=at, by=coordinator, at=at)
    pages["late"] = Client().post("/me/", {"t": late.token})
    not_open = links.mint(person, visit="week8", expires_at=None, by=coordinator, at=at)
    pages["not open"] = Client().post("/me/", {"t": not_open.token})
    begin(phone, minted)
    uuid = "00000000-0000-0000-0000-000000000001"
    phone.post("/me/send/", {"uuid": uuid})
    pages["used"] = Client().post("/me/", {"t": minted.token})
    other = links.mint(person, visit="baseline", expires_at=None, by=coordinator, at=at)
    PersonalLink.objects.filter(pk=other.link.pk).update(revoked_at=at)
    pages["revoked"] = Client().post("/me/", {"t": other.token})
    pages["no cookie"] = Client().get("/me/question/3/")
    assert {p.status_code for p in pages.values()} == {404}
    assert len({p.content for p in pages.values()}) == 1
    assert len({tuple(sorted((k, v) for k, v in p.headers.items())) for p in pages.values()}) == 1


def test_a_withdrawn_person_meets_the_same_page(phone, minted, person, coordinator, at):
    begin(phone, minted)
    withdrawal.withdraw(person, scope="contact", reason="", by=coordinator, at=at)
    closed = phone.get("/me/question/1/")
    assert (closed.status_code, closed.content) == (404, Client().post("/me/", {"t": "?"}).content)
    assert answer(phone, 1, 1).status_code == 404
    assert Assessment.objects.count() == 0


def test_every_page_offers_help_and_names_no_condition(phone, minted):
    pages = [phone.get("/me/"), phone.post("/me/", {"t": "?"})]
    begin(phone, minted)
    answer(phone, 9, 3)
    pages += [phone.get(f"/me/{p}") for p in ("question/9/", "support/9/", "review/", "stopped/")]
    pages += [phone.get("/me/nowhere/")]
    for page in pages:
        assert "Help now" in text(page)
        assert "116 123" in text(page)
        assert "tel:112" in text(page)
        assert re.search(r"score|risk|severity|PHQ|GAD", text(page)) is None
        title = re.search(r"<title>(.*?)</title>", text(page))[1]
        assert not re.search(r"PHQ|GAD|mood|anxi|depress", title)


def test_skipping_keeps_a_skip_and_coming_back_goes_on(phone, minted):
    begin(phone, minted)
    assert phone.post("/me/question/1/", {"skip": "1"})["Location"] == "/me/question/2/"
    answer(phone, 2, 1)
    assert Assessment.objects.values_list("answers", "missing").get() == ({"2": 1}, {"1": "skipped"})
    again = Client()
    assert begin(again, minted)["Location"] == "/me/question/3/"
    assert again.get("/me/resume/")["Location"] == "/me/question/3/"
    assert "You skipped this question" in text(again.get("/me/question/1/"))


def test_continue_without_a_choice_says_what_to_do(phone, minted):
    begin(phone, minted)
    for data, sentence in (
        ({}, "Choose an answer, or skip this question."),
        ({"answer": ""}, "Choose an answer, or skip this question."),
        ({"answer": "7"}, "Choose one of the answers listed"),
        ({"answer": "x"}, "Choose one of the answers listed"),
    ):
        page = phone.post("/me/question/1/", data)
        assert page.status_code == 422
        assert sentence in text(page)
        assert "<title>Error: Question 1" in text(page)
    assert Assessment.objects.count() == 0


def test_each_choice_is_kept_before_continue(phone, minted):
    begin(phone, minted)
    kept = phone.post("/me/save/3/", {"answer": "2"})
    assert (kept.status_code, kept.json()) == (200, {"saved": "09:00"})
    assert Assessment.objects.get().answers == {"3": 2}
    assert 'value="2" checked' in text(phone.get("/me/question/3/"))
    assert phone.post("/me/save/3/", {"answer": "9"}).status_code == 422
    assert phone.post("/me/save/99/", {"answer": "1"}).status_code == 404
    assert Client().post("/me/save/3/", {"answer": "1"}).status_code == 404


def page_of(phone, number):
    return re.search(r'name="page" value="(\d+)"', text(phone.get(f"/me/question/{number}/"))).group(1)


def test_a_choice_that_arrives_late_never_takes_the_place_of_a_later_one(phone, minted):
    begin(phone, minted)
    page = page_of(phone, 3)
    assert answer(phone, 3, 2, page=page, choice="12")["Location"] == "/me/question/4/"
    late = phone.post("/me/save/3/", {"answer": "1", "page": page, "choice": "11"})
    assert late.status_code == 200
    assert Assessment.objects.get().answers == {"3": 2}
    assert phone.post("/me/save/3/", {"answer": "3", "page": page, "choice": "13"}).status_code == 200
    assert Assessment.objects.get().answers == {"3": 3}


def test_a_skip_is_not_undone_by_a_choice_before_it(phone, minted):
    begin(phone, minted)
    page = page_of(phone, 3)
    phone.post("/me/question/3/", {"skip": "1", "page": page, "choice": "12"})
    phone.post("/me/save/3/", {"answer": "1", "page": page, "choice": "11"})
    assert (Assessment.objects.get().answers, Assessment.objects.get().missing) == ({}, {"3": "skipped"})


def test_a_late_choice_that_calls_for_help_raises_its_alert_and_is_kept_as_a_version(phone, minted):
    begin(phone, minted)
    page = page_of(phone, 9)
    answer(phone, 9, 0, page=page, choice="12")
    assert phone.post("/me/save/9/", {"answer": "1", "page": page, "choice": "11"}).status_code == 200
    assert Assessment.objects.get().answers == {"9": 0}
    assert list(Alert.objects.values_list("trigger", flat=True)) == ["phq9.9>=1"]
    assert [version.answers for version in AssessmentVersion.objects.order_by("pk")] == [{"9": 1}, {"9": 0}]


def test_a_page_that_another_one_answered_since_shows_the_answer_that_stands(phone, minted, at, monkeypatch):
    begin(phone, minted)
    old = page_of(phone, 3)
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(seconds=9))
    new = page_of(phone, 3)
    answer(phone, 3, 2, page=new)
    kept = phone.post("/me/save/3/", {"answer": "1", "page": old, "choice": "99"})
    assert (kept.status_code, kept.json()["code"]) == (409, "elsewhere")
    shown = answer(phone, 3, 1, page=old, choice="100")
    assert shown.status_code == 409
    assert "This question was answered on another page." in text(shown)
    assert 'value="2" checked' in text(shown)
    assert f'name="page" value="{new}"' in text(shown)
    assert Assessment.objects.get().answers == {"3": 2}
    assert answer(phone, 3, 1, page=new)["Location"] == "/me/question/4/"
    assert Assessment.objects.get().answers == {"3": 1}


@pytest.mark.parametrize("said", [{"page": "x"}, {"page": "9" * 40}, {"page": "-1", "choice": "-1"}, {"page": "٣"}, {"choice": "1e9"}])
def test_a_page_that_says_no_turn_is_taken_for_one_made_now(phone, minted, said):
    begin(phone, minted)
    assert answer(phone, 3, 2, **said)["Location"] == "/me/question/4/"
    assert phone.post("/me/save/3/", {"answer": "1", "page": "5", "choice": "1"}).status_code == 409
    assert Assessment.objects.get().answers == {"3": 2}


def test_item_9_brings_help_and_an_alert_at_once_sent_or_not(phone, minted, person):
    begin(phone, minted)
    assert phone.post("/me/save/9/", {"answer": "1"}).status_code == 200
    assert list(Alert.objects.values_list("trigger", flat=True)) == ["phq9.9>=1"]
    response = answer(phone, 9, 1)
    assert response["Location"] == "/me/support/9/"
    page = text(phone.get("/me/support/9/"))
    assert "Thank you for telling us" in page
    assert "tel:116123" in page
    assert 'href="/me/question/10/"' in page
    assert 'href="/me/stopped/"' in page
    assert "will call you" not in page
    assert Alert.objects.count() == 1


def test_help_waits_in_the_page_itself_for_a_lost_connection(phone, minted):
    begin(phone, minted)
    assert 'data-support-at="1"' in text(phone.get("/me/question/9/"))
    assert 'id="support"' not in text(phone.get("/me/question/8/"))


@pytest.mark.parametrize(("hours", "promised"), [(24, True), (23, False)])
def test_a_call_is_promised_only_where_the_roster_holds_it(phone, minted, clinician, at, hours, promised):
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + timedelta(hours=hours), by=clinician, at=at)
    canary_came_through(at)
    begin(phone, minted)
    answer(phone, 9, 1)
    page = text(phone.get("/me/support/9/"))
    assert ("will call you by" in page) is promised
    assert (clinician.name in page) is promised
    assert ("Nobody reads answers at once." in page) is not promised


def test_support_is_shown_only_to_the_answer_that_calls_for_it(phone, minted):
    begin(phone, minted)
    answer(phone, 9, 0)
    assert phone.get("/me/support/9/").status_code == 302
    assert phone.get("/me/support/1/").status_code == 302


def test_changing_an_answer_from_the_review_leads_back_to_it(phone, minted):
    begin(phone, minted)
    assert answer(phone, 2, 0, review="1")["Location"] == "/me/review/"


def test_a_sending_without_its_id_goes_back_to_the_review(phone, minted):
    begin(phone, minted)
    assert phone.post("/me/send/", {"uuid": "?"})["Location"] == "/me/review/"
    assert Assessment.objects.filter(sent_at__isnull=False).count() == 0


def test_typed_codes_are_tried_a_few_times_a_minute(phone, minted):
    answers = [phone.post("/me/", {"code": f"WRONG{n}"}).status_code for n in range(12)]
    assert answers == [404] * 10 + [429, 429]
    assert "Help now" in text(phone.post("/me/", {"t": minted.token}))


def test_help_lines_are_the_countrys_own_once_the_person_is_known(phone, minted):
    countries = {line.country for line in protocol_in_force().help_lines}
    assert countries > {"IE"}
    numbers = {c: {line.number for line in protocol_in_force().help_lines if line.country == c} for c in countries}
    foreign = set().union(*(numbers[c] for c in countries - {"IE"})) - numbers["IE"]
    assert all(n in text(phone.get("/me/")) for n in foreign)
    begin(phone, minted)
    page = text(phone.get("/me/question/1/"))
    assert all(n in page for n in numbers["IE"])
    assert not any(f">{n}<" in page for n in foreign)


def test_no_page_of_a_person_is_kept_by_a_browser(phone, minted):
    begin(phone, minted)
    for path in ("", "question/1/", "review/"):
        assert phone.get(f"/me/{path}")["Cache-Control"] == "no-store"


def test_a_question_costs_the_same_however_much_is_answered(phone, minted):
    begin(phone, minted)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert phone.get("/me/question/5/").status_code == 200
        return len(seen)

    first = queries()
    for number in range(1, 10):
        answer(phone, number, 0)
    assert queries() == first


def test_a_post_from_elsewhere_is_refused_with_help_at_hand(minted):
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/me/", {"t": minted.token})
    assert refused.status_code == 403
    assert "Help now" in text(refused)
    assert "116 123" in text(refused)
