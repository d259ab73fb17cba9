"""All questions on one screen, walked as a phone without script walks them: the same answers, kept and cared for as one by one."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from outcomes.models import Alert, Assessment, AssessmentVersion
from participants.actions import links, withdrawal
from tests.outcomes.answering import answered
from trials import clock
from trials.models import RowVersion

pytestmark = pytest.mark.django_db

HERE = "/me/questions/"
CALM = {f"phq9-{n}": "0" for n in range(1, 10)} | {f"gad7-{n}": "0" for n in range(1, 8)}


def press(phone, **chosen):
    """Continue, on the page as it is shown."""
    asked = re.search(r'name="asked" value="([^"]*)"', text(phone.get(HERE)))[1]
    return phone.post(HERE, {"asked": asked} | chosen)


@pytest.fixture(autouse=True)
def _now(trial, monkeypatch, at):
    answered(at, screens='"together"')
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()


@pytest.fixture
def phone(person, coordinator, at):
    """Behind the door: the link was opened and Start was pressed."""
    client = Client()
    minted = links.mint(person, visit="baseline", expires_at=None, by=coordinator, at=at)
    assert client.post("/me/", {"t": minted.token})["Location"] == HERE
    return client


def text(response) -> str:
    return response.content.decode()


def kept() -> dict[str, tuple[dict[str, int], dict[str, str]]]:
    return {a.instrument: (a.answers, a.missing) for a in Assessment.objects.all()}


def test_one_screen_shows_every_question_and_leads_through_the_review_to_the_receipt(phone):
    page = text(phone.get(HERE))
    assert [int(n) for n in re.findall(r'id="question-(\d+)"', page)] == list(range(1, 17))
    assert (page.count('role="radiogroup"'), page.count('value="skip"'), page.count("autofocus")) == (16, 16, 0)
    assert re.findall(r'role="group" aria-labelledby="(stem-\d)"', page) == ["stem-1", "stem-2"]
    assert phone.post(HERE, CALM)["Location"] == "/me/review/"
    review = text(phone.get("/me/review/"))
    assert (review.count("Not at all"), review.count(f'href="{HERE}')) == (16, 17)
    uuid = re.search(r'name="uuid" value="([^"]+)"', review)[1]
    assert phone.post("/me/send/", {"uuid": uuid})["Location"] == "/me/receipt/"
    assert list(Assessment.objects.order_by("instrument").values_list("total", flat=True)) == [0, 0]
    assert phone.get(HERE)["Location"] == "/me/receipt/"


def test_what_was_chosen_is_kept_and_each_question_left_untouched_is_named(phone):
    answer = press(phone, **{"phq9-1": "2", "phq9-2": "skip", "gad7-7": "1", "gad7-1": "9"})
    page = text(answer)
    assert answer.status_code == 422
    assert kept() == {"phq9": ({"1": 2}, {"2": "skipped"}), "gad7": ({"7": 1}, {})}
    assert "Question 3 of 16: Choose an answer, or skip this question." in page
    assert "Question 10 of 16: Choose one of the answers listed, or skip this question." in page
    assert re.search(r'name="phq9-1" id="\S+" value="2" checked', page)
    assert re.search(r'name="phq9-2" id="\S+" value="skip" checked', text(phone.get(HERE)))
    assert (phone.get("/me/resume/")["Location"], phone.get("/me/question/5/")["Location"]) == (f"{HERE}#question-3", f"{HERE}#question-5")


def test_stopping_keeps_what_was_chosen_and_asks_for_nothing_more(phone):
    assert phone.post(HERE, {"phq9-1": "2", "stop": "1"})["Location"] == "/me/stopped/"
    assert kept() == {"phq9": ({"1": 2}, {})}
    assert phone.post(HERE, {"stop": "1"})["Location"] == "/me/stopped/"


def test_a_question_that_follows_from_an_answer_is_asked_on_the_same_screen(phone):
    assert press(phone, **CALM | {"phq9-1": "1"})["Location"] == f"{HERE}#question-17"
    assert "how difficult have these problems made it" in text(phone.get(HERE))
    last = re.search(r'name="([a-z0-9]+-\d+)" id="\S+" value="0"', text(phone.get(HERE)).split('id="question-17"')[1])[1]
    assert press(phone, **CALM | {"phq9-1": "1"}).status_code == 422
    assert press(phone, **CALM | {"phq9-1": "1", last: "skip"})["Location"] == "/me/review/"


def test_a_question_that_was_not_on_the_page_yet_is_no_fault_of_it(phone):
    asked = re.search(r'name="asked" value="([^"]*)"', text(phone.get(HERE)))[1]
    phone.post("/me/save/1/", {"answer": "1"})
    assert phone.post(HERE, CALM | {"asked": asked, "phq9-1": "1"})["Location"] == f"{HERE}#question-17"


@pytest.mark.parametrize(("value", "triggers"), [("0", []), ("1", ["phq9.9>=1"]), ("2", ["phq9.9>=2"]), ("skip", [])])
def test_item_9_raises_its_alert_and_brings_help_whatever_else_is_left_out(phone, value, triggers):
    answer = press(phone, **{"phq9-9": value})
    assert [a.trigger for a in Alert.objects.all()] == triggers
    assert AssessmentVersion.objects.count() == len(triggers)
    opened = re.search(r"<section[^>]*data-support( hidden)?>", text(answer))
    assert (answer.status_code, opened[1]) == (422, None if triggers else " hidden")
    last = {} if value in ("0", "skip") else {"gad7-8": "0", "phq9-10": "0"}
    assert press(phone, **CALM | {"phq9-9": value} | last)["Location"] == ("/me/support/9/" if triggers else "/me/review/")
    assert [a.trigger for a in Alert.objects.all()] == triggers


def test_help_leads_on_to_what_is_still_open(phone):
    assert phone.post(HERE, {"phq9-9": "2", "stop": "1"})["Location"] == "/me/support/9/"
    assert 'href="/me/resume/"' in text(phone.get("/me/support/9/"))
    assert phone.get("/me/resume/")["Location"] == HERE


def test_each_choice_and_each_skip_is_kept_before_continue(phone):
    assert phone.post("/me/save/3/", {"answer": "2"}).json() == {"saved": "09:00"}
    assert phone.post("/me/save/4/", {"skip": "1"}).json() == {"saved": "09:00"}
    assert kept() == {"phq9": ({"3": 2}, {"4": "skipped"})}


def test_a_choice_is_kept_for_its_question_also_when_another_brought_one_in_between(phone, at):
    """Question 2 of the page, on other days of training, becomes question 3 once the first asks how long."""
    answered(at, version="1.2", asked='"outside_training", "phq9", "gad7"', screens='"together"')
    page = text(phone.get(HERE))
    assert [re.search(rf'save/{n}/".*?name="([^"]+)" id', page, re.DOTALL)[1] for n in (1, 2)] == [
        "outside_training-1",
        "outside_training-3",
    ]
    phone.post("/me/save/1/", {"answer": "2", "question": "outside_training-1"})
    assert phone.post("/me/save/2/", {"answer": "5", "question": "outside_training-3"}).json() == {"saved": "09:00"}
    assert phone.post("/me/save/12/", {"answer": "1", "question": "phq9-9"}).json() == {"saved": "09:00"}
    assert kept() == {"outside_training": ({"1": 2, "3": 5}, {}), "phq9": ({"9": 1}, {})}
    assert [a.trigger for a in Alert.objects.all()] == ["phq9.9>=1"]
    gone = phone.post("/me/save/2/", {"answer": "15", "question": "outside_training-6"})
    assert (gone.status_code, kept()["outside_training"]) == (404, ({"1": 2, "3": 5}, {}))


def test_help_comes_also_when_another_answer_brought_a_question_in_between(phone, at):
    answered(at, version="1.2", asked='"outside_training", "phq9", "gad7"', screens='"together"')
    there = phone.post(HERE, CALM | {"outside_training-1": "2", "phq9-9": "1", "stop": "1"})["Location"]
    assert there == "/me/support/13/"
    assert phone.get(there).status_code == 200


def test_a_question_answered_on_a_later_page_keeps_that_answer_and_the_others_are_kept(phone, at):
    later = str(int(at.timestamp() * 1_000_000))
    phone.post("/me/save/3/", {"answer": "2", "page": later})
    answer = phone.post(HERE, CALM | {"page": "5"})
    page = text(answer)
    assert answer.status_code == 409
    assert kept()["phq9"][0] == {str(n): 0 for n in range(1, 10)} | {"3": 2}
    third = page.split('id="question-3"')[1].split('id="question-4"')[0]
    assert "This question was answered on another page." in third
    assert page.count("This question was answered on another page.") == 1
    assert re.search(r'name="phq9-3" id="\S+" value="2" checked', third)


def test_an_older_page_that_says_what_stands_already_goes_on(phone, at):
    phone.post(HERE, CALM | {"phq9-2": "skip", "page": str(int(at.timestamp() * 1_000_000))})
    before = kept()
    assert phone.post(HERE, CALM | {"phq9-2": "skip", "page": "5"})["Location"] == "/me/review/"
    assert kept() == before


def test_looking_changes_nothing_and_a_closed_link_meets_the_one_page(phone, person, coordinator, at):
    before = RowVersion.objects.count()
    assert (phone.get(HERE).status_code, phone.head(HERE).status_code, RowVersion.objects.count()) == (200, 200, before)
    assert text(phone.get(HERE)).count("Samaritans") >= 2
    withdrawal.withdraw(person, scope="contact", reason="burden", by=coordinator, at=at)
    stranger = text(Client().get(HERE))
    assert (phone.post(HERE, CALM).status_code, text(phone.get(HERE))) == (404, stranger)
    assert kept() == {}


def test_questions_without_words_in_the_persons_language_are_asked_by_themselves_until_another_is_chosen(phone):
    alone = phone.get(f"{HERE}?language=es")
    assert alone["Location"] == "/me/question/1/"
    assert "Estas preguntas no están disponibles en su idioma" in text(phone.get("/me/question/1/"))
    assert phone.post("/me/question/1/", {"skip": "1"})["Location"] == "/me/question/2/"
    assert phone.get("/me/question/2/?questions=en")["Location"] == f"{HERE}#question-2"
    page = text(phone.get(HERE))
    assert "<title>Sus preguntas" in page
    assert page.count('<span lang="es">Omitir esta pregunta</span>') == 16
    assert re.search(r'name="phq9-1" id="\S+" value="skip" checked', page)
