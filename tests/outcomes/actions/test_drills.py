"""A drill goes the way of an alert and touches nothing of a participant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from outcomes.actions import drills, duty, reminders
from outcomes.models import Alert
from outcomes.queries import drills as found
from participants.actions import messages
from participants.models import CapturedMail, Message
from trials import clock
from trials.models import RowVersion
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def on_duty(cast, clinician, at):
    duty.put_on_duty(clinician, site=cast.first, starts_at=at, ends_at=at + 9 * HOUR, by=clinician, at=at)
    return cast.first


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_whoever_is_on_duty_is_told_answers_once_and_no_participants_row_is_touched(on_duty, person, clinician, at):
    before = RowVersion.objects.count()
    key = drills.start_drill(on_duty, by=clinician, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    mail = CapturedMail.objects.get()
    assert (mail.to, mail.subject) == (clinician.email, "Drill: please answer at the safety desk")
    assert "No participant is concerned" in mail.body
    with pytest.raises(Refused, match="runs at University of Limerick already"):
        drills.start_drill(on_duty, by=clinician, at=at + HOUR / 2)
    drills.answer_drill(on_duty, key=key, by=clinician, at=at + HOUR / 4)
    with pytest.raises(Refused, match="No such drill"):
        drills.answer_drill(on_duty, key=key, by=clinician, at=at + HOUR / 3)
    (drill,) = found.of([on_duty])
    assert (drill.started_at, drill.sent_at, drill.answered_at, drill.answered_by) == (at, at, at + HOUR / 4, clinician.name)
    touched = set(RowVersion.objects.order_by("pk")[before:].values_list("table_name", flat=True))
    assert touched == {"participants_message", "participants_messageattempt", "participants_capturedmail"}
    assert (Alert.objects.count(), Message.objects.exclude(kind="drill").count()) == (0, 0)


def test_answered_before_it_left_it_does_not_go_and_unanswered_it_is_over_after_an_hour(on_duty, clinician, at):
    key = drills.start_drill(on_duty, by=clinician, at=at)
    drills.answer_drill(on_duty, key=key, by=clinician, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert Message.objects.get().status == "dropped"
    late = drills.start_drill(on_duty, by=clinician, at=at + HOUR)
    with pytest.raises(Refused, match="No such drill"):
        drills.answer_drill(on_duty, key=late, by=clinician, at=at + 2 * HOUR)


def test_who_may_start_and_answer(on_duty, manager, clinician, coordinator, monitor, at):
    key = drills.start_drill(on_duty, by=manager, at=at)
    for user in (manager, coordinator, monitor):
        with pytest.raises(NotAllowed):
            drills.answer_drill(on_duty, key=key, by=user, at=at)
    for user in (coordinator, monitor):
        with pytest.raises(NotAllowed):
            drills.start_drill(on_duty, by=user, at=at)


def test_the_desk_shows_a_banner_and_its_own_list(on_duty, clinician, monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    client = as_(clinician)
    assert client.post("/safety/drills/start/", {"site": "LIM"})["Location"] == "/safety/"
    page = client.get("/safety/").content.decode()
    assert "Drill at University of Limerick since" in page
    (drill,) = found.of([on_duty])
    assert client.post("/safety/drills/answer/", {"site": "LIM", "key": drill.key}).status_code == 302
    page = client.get("/safety/").content.decode()
    assert "Drill at University of Limerick since" not in page
    assert "Last drills" in page


@pytest.mark.parametrize("given", [{}, {"site": "NOWHERE"}])
def test_a_drill_for_no_site_is_refused_in_a_sentence(on_duty, clinician, given):
    for step in ("start", "answer"):
        page = as_(clinician).post(f"/safety/drills/{step}/", given)
        assert (page.status_code, "Say which site the drill is for." in page.content.decode()) == (422, True)
