"""The same questions about harms at every visit in every arm; a yes leads on to an event; the first answers are never lost."""

from __future__ import annotations

import pytest

from participants.actions import clinical, withdrawal
from participants.actions.clinical import BadRecord
from participants.models import HarmsAsked
from tests.participants.training import in_both_arms
from trials.models import Event, RowVersion
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
NONE = {"health": "no", "care": "no", "pain": "no", "mood": "no"}


@pytest.fixture
def people(cast, at, stand_at):
    stand_at(at)
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


def test_both_arms_are_asked_the_same(people, cast, at, client):
    client.force_login(cast.assessor)
    pages = [client.get(f"/participants/{p}/harms/week1/").content.decode().replace(str(p), "ID") for p in (people.trains, people.waits)]
    labels = [page[page.index("<h1>") : page.rindex("Save answers")] for page in pages]
    assert labels[0] == labels[1]
    assert "stayed in a hospital?" in labels[0]


def test_the_answers_are_kept_with_who_and_when(people, cast, at):
    kept = clinical.ask_harms(people.waits, visit="week1", answers=NONE, by=cast.assessor, at=at)
    assert (kept.answers, kept.asked_on, kept.by) == (NONE, at.date(), cast.assessor.actor)
    event = Event.objects.get(verb="harms.asked")
    assert (event.about, event.detail) == (people.waits.trial_id, {"visit": "week1"})


@pytest.mark.parametrize(
    ("visit", "answers", "refusal", "sentence"),
    [
        ("week99", NONE, Refused, "asks about harms at no such visit"),
        ("week1", {}, BadRecord, "Choose yes or no"),
        ("week1", NONE | {"pain": "perhaps"}, BadRecord, "Choose yes or no"),
        ("week1", NONE | {"weather": "no"}, BadRecord, "no question weather"),
    ],
    ids=["no such visit", "unanswered", "neither yes nor no", "unknown question"],
)
def test_what_is_refused(people, cast, at, visit, answers, refusal, sentence):
    with pytest.raises(refusal, match=sentence):
        clinical.ask_harms(people.trains, visit=visit, answers=answers, by=cast.coordinator, at=at)
    assert not HarmsAsked.objects.exists()


def test_a_changed_answer_needs_a_reason_and_the_first_stays_in_the_history(people, cast, at):
    clinical.ask_harms(people.trains, visit="week1", answers=NONE, by=cast.coordinator, at=at)
    changed = NONE | {"pain": "yes"}
    with pytest.raises(BadRecord, match="say why the answers change"):
        clinical.ask_harms(people.trains, visit="week1", answers=changed, by=cast.coordinator, at=at)
    clinical.ask_harms(people.trains, visit="week1", answers=changed, reason="Remembered later", by=cast.coordinator, at=at)
    versions = RowVersion.objects.filter(table_name="participants_harmsasked").order_by("pk")
    assert [(v.new["answers"]["pain"], v.reason) for v in versions] == [("no", ""), ("yes", "Remembered later")]


def test_a_yes_leads_on_to_the_report_of_an_event(people, cast, client):
    client.force_login(cast.coordinator)
    url, home = f"/participants/{people.trains}/harms/week1/", f"/participants/{people.trains}/"
    yes = {f"q_{code}": "yes" if code == "pain" else "no" for code in NONE}
    assert client.post(url, yes).headers["Location"] == home + "events/new/"
    assert client.post(url.replace("week1", "week4"), {f"q_{code}": "no" for code in NONE}).headers["Location"] == home
    assert client.post(url.replace("week1", "week8"), {}).status_code == 422


def test_who_may_not_and_who_withdrew(people, cast, at):
    for user in (cast.monitor, cast.other_coordinator, cast.blinded_statistician):
        with pytest.raises(NotAllowed):
            clinical.ask_harms(people.trains, visit="week1", answers=NONE, by=user, at=at)
    withdrawal.withdraw(people.trains, scope="data", reason="moved", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="withdrew from data collection"):
        clinical.ask_harms(people.trains, visit="week1", answers=NONE, by=cast.coordinator, at=at)


def test_the_visits_page_says_what_was_asked(people, cast, at, client):
    clinical.ask_harms(people.trains, visit="baseline", answers=NONE, by=cast.coordinator, at=at)
    client.force_login(cast.coordinator)
    page = client.get(f"/participants/{people.trains}/visits/").content.decode()
    assert "asked Mon 2 Mar" in page
    assert "Week 1: not asked" not in page  # its window has not opened
