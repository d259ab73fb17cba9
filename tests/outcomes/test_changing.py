"""Where the protocol allows it, a person changes answers that they sent until the window closes: each version kept, no alert withdrawn."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from outcomes.actions import assessments
from outcomes.domain.turns import Turn
from outcomes.models import Alert, Assessment, AssessmentVersion
from participants.actions import links, withdrawal
from tests.outcomes.answering import answered
from trials import clock
from trials.models import Event
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

CALM = {str(n): 1 for n in range(1, 9)} | {"9": 0}


@pytest.fixture(autouse=True)
def now(trial, monkeypatch, at):
    answered(at, change_until_close="true")
    cache.clear()
    moments = [at]
    monkeypatch.setattr(clock, "now", lambda: moments[0])
    return moments


@pytest.fixture
def sent(person, now, at):
    for code, answers in (("phq9", CALM | {"10": 1}), ("gad7", {str(n): 0 for n in range(1, 8)})):
        assessments.save_draft(person, visit="baseline", instrument=code, answers=answers, by=person, at=at)
    assessments.send_sitting(person, visit="baseline", client_uuid=UUID(int=1), by=person, at=at)
    return person


def change(person, at, answers, *, by=None, **more):
    return assessments.save_draft(person, visit="baseline", instrument="phq9", answers=answers, by=by or person, at=at, **more)


def phq9() -> Assessment:
    return Assessment.objects.get(instrument="phq9")


def versions() -> list[tuple[dict[str, int], str]]:
    return list(AssessmentVersion.objects.filter(assessment__instrument="phq9").order_by("pk").values_list("answers", "reason"))


def text(response) -> str:
    return response.content.decode()


def test_a_change_is_scored_anew_counts_from_now_and_stands_beside_what_was_sent(sent, at):
    later = at + timedelta(days=2)
    change(sent, later, {"1": 3})
    kept = phq9()
    assert (kept.answers, kept.total, kept.severity) == (CALM | {"1": 3, "10": 1}, 10, "moderate")
    assert (kept.sent_at, kept.completed_at, kept.entered_at) == (at, later, later)
    assert versions() == [(CALM | {"10": 1}, ""), (kept.answers, "Changed before the window closed")]
    event = Event.objects.get(verb="assessment.changed")
    assert (event.about, event.actor, event.at, event.detail) == (
        sent.trial_id, sent.actor, later, {"visit": "baseline", "instrument": "phq9"},
    )  # fmt: skip
    change(sent, later + timedelta(hours=1), {"1": 3})
    assert (phq9().completed_at, len(versions()), Event.objects.filter(verb="assessment.changed").count()) == (later, 2, 1)


def test_an_earlier_choice_that_arrives_after_the_last_one_does_not_take_its_place(sent, at):
    """Chosen: 3, then 1 again, which is what stands. The 3 was on a slow line."""
    change(sent, at, {"1": 1}, turn=Turn(page=7, choice=2))
    assert (len(versions()), phq9().completed_at) == (1, at)
    change(sent, at + timedelta(minutes=1), {"1": 3}, turn=Turn(page=7, choice=1))
    assert (phq9().answers["1"], phq9().completed_at) == (1, at)


def test_an_answer_taken_back_is_a_skip_and_what_no_longer_follows_is_not_asked(sent, at):
    change(sent, at, {}, missing={"2": "skipped"})
    assert (phq9().missing, phq9().n_answered) == ({"2": "skipped"}, 8)


def test_item_9_raises_its_alert_at_once_and_a_lower_answer_never_withdraws_it(sent, at):
    assert [alert.trigger for alert in change(sent, at, {"9": 1}).raised] == ["phq9.9>=1"]
    change(sent, at + timedelta(minutes=5), {"9": 0})
    change(sent, at + timedelta(minutes=9), {}, missing={"9": "skipped"})
    assert list(Alert.objects.values_list("trigger", "closed_at")) == [("phq9.9>=1", None)]
    assert [answers.get("9") for answers, _ in versions()] == [0, 1, 0, None]


@pytest.mark.parametrize("why", ["not allowed", "staff corrected it", "staff enter", "it ended"])
def test_a_sent_form_stands_where_nobody_may_change_it(sent, coordinator, at, why):
    by = None
    if why == "not allowed":
        answered(at, change_until_close="false", version="1.2")
    elif why == "staff corrected it":
        assessments.correct(phq9(), answers=CALM, reason="Misread", by=coordinator, at=at)
    elif why == "staff enter":
        by = coordinator
    else:
        withdrawal.withdraw(sent, scope="contact", reason="burden", by=coordinator, at=at)
    before = versions()
    with pytest.raises(Refused) as refused:
        change(sent, at, {"1": 3}, by=by)
    assert (refused.value.code, versions()) == ("closed" if why == "it ended" else "already_sent", before)


def test_the_same_link_opens_what_was_sent_until_the_window_closes(sent, coordinator, now, at):
    phone, minted = Client(), links.mint(sent, visit="baseline", expires_at=at + timedelta(days=9), by=coordinator, at=at)
    assert phone.post("/me/", {"t": minted.token})["Location"] == "/me/review/"
    page = text(phone.get("/me/review/"))
    assert ("You can change your answers. Each change is kept at once." in page, "Send answers" in page) == (True, False)
    assert re.search(r'href="/me/review/">Change your answers', text(phone.get("/me/receipt/")))
    assert phone.post("/me/question/1/", {"answer": "3", "review": "1"})["Location"] == "/me/review/"
    assert phone.post("/me/question/9/", {"answer": "2", "review": "1"})["Location"] == "/me/support/9/"
    assert phone.post("/me/save/2/", {"answer": "0"}).json() == {"saved": "09:00"}
    assert (phq9().answers["1"], phq9().answers["2"], [a.trigger for a in Alert.objects.all()]) == (3, 0, ["phq9.9>=2"])
    sendings = Event.objects.filter(verb="sitting.sent").count()
    assert phone.post("/me/send/", {"uuid": str(UUID(int=5))})["Location"] == "/me/receipt/"
    assert Event.objects.filter(verb="sitting.sent").count() == sendings
    now[0] = at + timedelta(days=9)
    assert (phone.get("/me/review/").status_code, Client().post("/me/", {"t": minted.token}).status_code) == (404, 404)


def test_what_staff_have_put_right_is_no_more_among_what_may_be_changed(sent, coordinator, at):
    phone, minted = Client(), links.mint(sent, visit="baseline", expires_at=None, by=coordinator, at=at)
    assessments.correct(phq9(), answers=CALM, reason="Misread", by=coordinator, at=at)
    assert phone.post("/me/", {"t": minted.token})["Location"] == "/me/review/"
    assert text(phone.get("/me/review/")).count("Not at all") == 7
    gad7 = Assessment.objects.get(instrument="gad7")
    assessments.correct(gad7, answers=gad7.answers, reason="Misread", by=coordinator, at=at)
    assert phone.get("/me/review/")["Location"] == "/me/receipt/"
    assert "Change your answers" not in text(phone.get("/me/receipt/"))


def test_staff_see_each_version_with_what_it_changed(sent, coordinator, at):
    change(sent, at, {"1": 3})
    client = Client()
    client.force_login(coordinator)
    page = text(client.get(f"/participants/{sent}/visits/baseline/phq9/"))
    assert "Changed before the window closed" in page
    assert "1, Several days → 3, Nearly every day" in page


def test_the_receipt_names_the_last_day_in_the_persons_language(randomised, coordinator, now, at):
    now[0] = at + timedelta(days=21 + 7)
    assessments.send_sitting(randomised, visit="week1", client_uuid=UUID(int=2), by=randomised, at=now[0])
    phone, minted = Client(), links.mint(randomised, visit="week1", expires_at=None, by=coordinator, at=at)
    phone.post("/me/", {"t": minted.token})
    page = text(phone.get("/me/receipt/?language=de"))
    assert 'Sie können Ihre Antworten noch ändern, letzter Tag: <time datetime="2026-04-03">Fr, 3. Apr.</time>.' in page
