"""The gateway shows a certificate before anything is said to it: a trusted one gets the message under TLS, any other gets nothing at all."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client

from participants.actions import baseline, messages
from participants.models import Message, MessageAttempt
from participants.post.shape import BadAddress
from tests.participants.authority import Authority
from tests.participants.gateway import standing
from tests.participants.people import NORA, consenting
from tests.participants.tapped import tapped
from tests.participants.test_sms import NUMBER, WANTED
from trials.actors import Machine
from trials.models import Event

TOKEN = "t0ken-of-the-trial"
SECRETS = (TOKEN, NUMBER, NORA["phone"], "Short words", "Bearer")
# What the gateway shows, whether its authority is the one that is named, what becomes of the message, and what the delivery log says.
SHOWN = {
    "one of the authority named": ({}, True, "sent", ""),
    "one of another authority": ({}, False, "unreached", "the gateway's certificate is not trusted"),
    "one made out to another address": ({"address": "127.0.0.2"}, True, "unreached", "the gateway's certificate is not trusted"),
    "one that has run out": ({"valid_for": -timedelta(hours=1)}, True, "unreached", "the gateway's certificate is not trusted"),
    "none: it speaks in clear": (None, True, "unreached", "the gateway cannot be reached (SSLError)"),
}


@pytest.fixture
def waiting(trial, coordinator, settings, at):
    """A text message that waits for a gateway, and who it is for."""
    settings.UPLIFT_SMTP_URL, settings.UPLIFT_SMS_TOKEN, settings.UPLIFT_SMS_FROM = "", TOKEN, "Study"
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)
    baseline.set_availability(person, preferred=[], channel="sms", by=coordinator, at=at)
    messages.queue(to=person.actor, kind="nudge", event="sitting:week8:nudge-2", channel="sms", due_at=at, by=Machine("beat"), at=at)
    return person


@pytest.mark.parametrize("shown", SHOWN)
def test_only_a_gateway_with_a_trusted_certificate_is_told_anything(
    waiting, coordinator, settings, at, tmp_path, caplog, stand_at, shown
) -> None:
    given, ours, outcome, detail = SHOWN[shown]
    authority = Authority(tmp_path, "authority")
    settings.UPLIFT_SMS_CA = str((authority if ours else Authority(tmp_path, "another")).file)
    tls = None if given is None else authority.server(**given)
    with standing(tls=tls) as gateway, tapped(gateway.server_port) as tap, caplog.at_level(logging.DEBUG):
        settings.UPLIFT_SMS_URL = f"https://127.0.0.1:{tap.port}/send"
        assert messages.send_due(kinds=WANTED, at=at) == {outcome: 1}
        assert [body["to"] for _, body in gateway.asked] == ([NUMBER] if outcome == "sent" else [])
    assert MessageAttempt.objects.values_list("outcome", "detail").get() == (outcome, detail)
    assert Message.objects.values_list("status", "attempts").get() == (("sent", 1) if outcome == "sent" else ("pending", 0))
    assert len(tap.heard) > 0
    assert not any(secret.encode() in tap.heard for secret in SECRETS)
    told = caplog.text + str(list(Event.objects.values())) + str(list(MessageAttempt.objects.values()))
    assert not any(secret in told for secret in SECRETS)
    stand_at(at)
    page = Client()
    page.force_login(coordinator)
    assert detail.replace("'", "&#x27;") in page.get(f"/participants/{waiting.trial_id}/messages/").text


def test_the_ear_on_the_line_hears_what_is_said_in_clear(waiting, settings, at) -> None:
    """Or it would prove nothing above."""
    with standing() as gateway, tapped(gateway.server_port) as tap:
        settings.UPLIFT_SMS_URL = f"http://127.0.0.1:{tap.port}/send"
        assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    assert all(secret.encode() in tap.heard for secret in (TOKEN, NUMBER, "Short words"))


def test_without_a_file_the_systems_authorities_count_and_ours_is_a_stranger(waiting, settings, at, tmp_path) -> None:
    with standing(tls=Authority(tmp_path, "authority").server()) as gateway:
        settings.UPLIFT_SMS_URL = gateway.url.replace("http:", "https:")
        assert messages.send_due(kinds=WANTED, at=at) == {"unreached": 1}
        assert gateway.asked == []


@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["no file", "an empty file", "a file of something else"])
def test_a_file_that_holds_no_authority_holds_the_messages_and_is_named(waiting, settings, at, tmp_path, content) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    settings.UPLIFT_SMS_URL, settings.UPLIFT_SMS_CA = "https://127.0.0.1:9/send", str(file)
    with pytest.raises(BadAddress, match="UPLIFT_SMS_CA names no file of certificates that can be read"):
        messages.send_due(kinds=WANTED, at=at)
    assert Message.objects.values_list("status", "attempts").get() == ("pending", 0)
