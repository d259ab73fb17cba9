"""The daily mail to staff: only to who asked, once a day in the morning of their site, with counts that an arm does not move."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from outcomes.actions import alerts, digests, reminders
from outcomes.queries import digests as reads
from participants.actions import messages
from participants.models import CapturedMail, Message, TrainingSession
from tests.participants.training import in_both_arms
from trials import clock
from trials.actions import staff
from trials.actors import Machine
from trials.models import Membership
from trials.permissions import Refused

BEAT = Machine("beat")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def people(cast, at, settings):
    settings.UPLIFT_SMTP_URL = ""
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def morning(people, at, monkeypatch) -> datetime:
    """Three days after the first session of whoever trains was to be held, and nobody recorded it: eight o'clock in Limerick."""
    first = TrainingSession.objects.filter(enrolment__participant=people.trains).order_by("session_no").first()
    found = datetime.combine(first.at.date() + 3 * DAY, datetime.min.time(), tzinfo=UTC) + 8 * HOUR
    monkeypatch.setattr(clock, "now", lambda: found)
    return found


def ask(user, at, *, wanted=True) -> None:
    staff.choose_digest(user, wanted=wanted, by=user, at=at)


def sweep(at) -> int:
    new = digests.queue_due(by=BEAT, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    return new


def mailed() -> list[CapturedMail]:
    return list(CapturedMail.objects.filter(subject="What waits for you today").order_by("pk"))


def test_who_asked_gets_one_a_day_with_counts_and_links_and_no_name(people, cast, morning) -> None:
    ask(cast.coordinator, morning)
    alerts.raise_concern(people.trains, text="Low", by=cast.coordinator, at=morning)
    assert [sweep(morning), sweep(morning + HOUR), sweep(morning + 5 * HOUR)] == [1, 0, 0]
    (mail,) = mailed()
    assert mail.to == cast.coordinator.email
    assert re.search(r"^\d+ things? (is|are) overdue: http://testserver/$", mail.body, re.M)
    assert mail.body.startswith("Good morning,\n\n")
    assert mail.body.endswith("Stop it here:\n\nhttp://testserver/account/\n")
    assert not re.search(rf"P-\d|{people.trains}|RET|WL|session|PHQ|Low", mail.body)
    assert sweep(morning + DAY) == 1


def test_nobody_gets_one_unasked_or_any_more_or_with_nothing_to_do(people, cast, morning) -> None:
    assert sweep(morning) == 0
    for user in (cast.coordinator, cast.pi, cast.blinded_statistician):
        ask(user, morning)
    assert digests.queue_due(by=BEAT, at=morning) == 3
    ask(cast.coordinator, morning, wanted=False)
    Membership.objects.filter(user=cast.pi).update(ended_at=morning)
    messages.send_due(kinds=reminders.kinds(), at=morning)
    assert mailed() == []
    assert set(Message.objects.filter(kind="digest").values_list("status", "last_error")) == {("dropped", "no longer due")}
    assert sweep(morning + DAY) == 1  # whoever has no role any more is not even asked for


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician"])
def test_a_blind_readers_counts_are_moved_by_nothing_that_exists_in_one_arm(people, cast, morning, role) -> None:
    def counts(reader) -> list[int]:
        for kept in ("_roles", "_blind_and_seen"):
            reader.__dict__.pop(kept, None)
        return [w.count for w in reads.waiting(reader, morning)]

    blind, seeing = getattr(cast, role), cast.coordinator
    with_sessions = counts(blind), counts(seeing)
    sessions = TrainingSession.objects.filter(enrolment__participant=people.trains)
    sessions.update(status=TrainingSession.Status.CANCELLED_BY_SITE)
    assert counts(seeing) != with_sessions[1]  # or this test could not fail
    assert counts(blind) == with_sessions[0]


def test_the_morning_is_that_of_the_readers_site(people, cast, morning) -> None:
    cast.first.timezone = "Pacific/Auckland"
    cast.first.save(update_fields=["timezone"])
    ask(cast.coordinator, morning)
    assert sweep(morning) == 0  # evening there
    assert str(reads.zone_of(cast.coordinator, morning)) == "Pacific/Auckland"


def test_everybody_chooses_for_themselves_by_page_and_by_program(cast, at) -> None:
    with pytest.raises(Refused, match="their own daily mail"):
        staff.choose_digest(cast.pi, wanted=True, by=cast.manager, at=at)
    client = Client()
    client.force_login(cast.assessor)
    assert "Send daily mail" in client.get("/account/").content.decode()
    assert client.post("/account/digest/", {"wanted": "yes"}).status_code == 302
    assert "Stop daily mail" in client.get("/account/").content.decode()
    assert client.post("/account/digest/", {"wanted": "perhaps"}).status_code == 422
    answer = client.post("/api/v1/me/choose-digest/", json.dumps({"wanted": False}), content_type="application/json")
    cast.assessor.refresh_from_db()
    assert (answer.status_code, answer.json(), cast.assessor.digest) == (200, {"digest": False}, False)


def test_without_an_address_there_is_no_mail_to_choose(cast, at) -> None:
    cast.trainer.email = ""
    with pytest.raises(Refused, match="no e-mail address"):
        ask(cast.trainer, at)
