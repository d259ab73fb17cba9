"""A safety alert reaches whoever is on duty by mail and by text message, and is lost with neither alone."""

from __future__ import annotations

import pytest

from outcomes.actions import drills, reminders
from outcomes.models import Alert
from outcomes.pages import alert_words
from participants.actions import messages
from participants.models import Message
from tests.outcomes.actions.test_escalation import BEAT, MINUTE, alert, roster, sweep
from tests.participants.gateway import standing
from trials.models import User

__all__ = ["alert", "roster"]
TEXT = "P-001 needs you. Open the safety desk: http://testserver/safety/"


@pytest.fixture(autouse=True)
def gateway(db, settings):
    with standing() as found:
        settings.UPLIFT_SMS_URL, settings.UPLIFT_SMTP_URL = found.url, ""
        yield found


@pytest.fixture(autouse=True)
def phones(cast):
    """The clinician's number is known with its country; everybody else's is not."""
    User.objects.update(phone="061 555 020")
    User.objects.filter(username="safety_clinician").update(phone="+353 61 555 033")


@pytest.fixture
def clinician(cast, phones):
    cast.safety_clinician.refresh_from_db()
    return cast.safety_clinician


def test_who_is_on_duty_gets_both_at_once_and_the_page_says_which(gateway, alert, at) -> None:
    assert messages.send_due(kinds=reminders.kinds(), at=at) == {"sent": 2}
    assert [(body["to"], body["text"]) for _, body in gateway.asked] == [("+35361555033", TEXT)]
    assert [(why, standing) for _, why, standing, _ in alert_words.told(Alert.objects.get())] == [
        ("Raised", alert_words.SENT[Message.Status.SENT]), ("Raised, by text message", alert_words.SENT[Message.Status.SENT]),
    ]  # fmt: skip


def test_a_number_that_is_refused_hastens_nothing_while_the_mail_goes(gateway, alert, at) -> None:
    gateway.answers = [404]
    assert messages.send_due(kinds=reminders.kinds(), at=at) == {"sent": 1, "refused": 1}
    assert sweep(at + MINUTE) == 0
    Message.objects.filter(channel="email").update(status="dead")
    assert sweep(at + MINUTE) == 1
    assert list(Message.objects.order_by("-pk").values_list("channel", flat=True))[0] == "email"  # the stand-in has no number here


def test_a_text_whose_fate_is_open_is_sent_again_under_its_key(gateway, alert, at) -> None:
    gateway.answers = ["hang up"]
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert messages.send_due(kinds=reminders.kinds(), at=at + 5 * MINUTE) == {"sent": 1}
    assert (len(gateway.asked), len(gateway.delivered)) == (2, 1)


def test_a_drill_goes_the_ways_of_an_alert(gateway, cast, roster, clinician, at) -> None:
    drills.start_drill(cast.first, by=clinician, at=at)
    assert messages.send_due(kinds=reminders.kinds(), by=BEAT, at=at) == {"sent": 2}
    assert gateway.asked[0][1]["text"].startswith("This is a drill.")
