"""The dead-man's switch: a canary an hour through outbox, sender and mail server, and pages that notice its silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from outcomes import tasks
from outcomes.actions import alarm_path, assessments, reminders
from outcomes.models import Alert
from outcomes.queries import alarm_path as path
from participants.actions import messages
from participants.models import CapturedMail, Message
from participants.post import email
from trials import clock
from trials.actors import Machine

pytestmark = pytest.mark.django_db

BEAT, MINUTE = Machine("beat"), timedelta(minutes=1)
BROKEN, SLOW, UNTESTED = "The path of safety alerts is broken.", "is slow", "is not tested yet"


def canary(at, *, sent: bool = True) -> None:
    alarm_path.queue_canary(by=BEAT, at=at)
    if sent:
        messages.send_due(kinds=reminders.kinds(), at=at)


def test_one_canary_an_hour_goes_the_way_of_an_alert(trial, settings, at):
    settings.UPLIFT_MAIL_FROM = "Trial office <office@trial.example>"
    assert [alarm_path.queue_canary(by=BEAT, at=at + n * 20 * MINUTE) for n in range(4)] == [True, False, False, True]
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert list(CapturedMail.objects.values_list("to", "subject")) == [("office@trial.example", "The path of alerts works")]
    settings.UPLIFT_CANARY_TO = "watch@elsewhere.example"
    messages.send_due(kinds=reminders.kinds(), at=at + 61 * MINUTE)
    assert CapturedMail.objects.order_by("-pk").first().to == "watch@elsewhere.example"
    assert path.standing(at + 61 * MINUTE).well


def test_the_sweep_that_tells_alerts_on_also_sends_the_canary(trial, monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    tasks.watch_alerts()
    assert Message.objects.filter(kind="canary").count() == 1


@pytest.mark.parametrize("who", ["coordinator", "pi", "clinician", "manager"])
def test_pages_warn_when_nothing_comes_through_any_more_though_nothing_runs_that_could_say_so(request, trial, monkeypatch, at, who):
    now = [at]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    client = Client()
    client.force_login(request.getfixturevalue(who))

    def pages() -> str:
        paths = ["/"] + (["/safety/"] if who in ("pi", "clinician") else [])
        return "".join(client.get(address).content.decode() for address in paths)

    assert UNTESTED in pages()
    canary(at)
    assert not any(words in pages() for words in (BROKEN, SLOW, UNTESTED))
    now[0] = at + 76 * MINUTE
    assert pages().count(BROKEN) == (2 if who in ("pi", "clinician") else 1)
    canary(now[0])
    assert BROKEN not in pages()


def test_a_server_that_takes_no_mail_is_noticed_by_its_silence(trial, settings, monkeypatch, at):
    canary(at)
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:1"

    def away(*args, **kwargs):
        raise email.NotSent("the mail server cannot be reached", unreached=True)

    monkeypatch.setattr(email, "send", away)
    canary(at + 60 * MINUTE)
    assert path.standing(at + 60 * MINUTE).well
    assert path.standing(at + 76 * MINUTE).broken


def test_an_alert_that_does_not_leave_is_late_and_no_call_is_promised(person, clinician, at):
    from outcomes.actions import duty
    from outcomes.queries import duty as roster

    canary(at)
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + timedelta(days=3), by=clinician, at=at)
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 1}, by=person, at=at)
    alert = Alert.objects.get()
    assert roster.promise(alert, at + MINUTE).user == clinician
    assert path.standing(at + 2 * MINUTE).waiting_since == at
    assert roster.promise(alert, at + 2 * MINUTE) is None
    messages.send_due(kinds=reminders.kinds(), at=at + 2 * MINUTE)
    assert roster.promise(alert, at + 2 * MINUTE).user == clinician
