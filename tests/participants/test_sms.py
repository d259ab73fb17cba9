"""Text messages: by the gateway that is set, once each, to the number behind the identity wall, and only to who agreed to them."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from participants.actions import baseline, identity, messages
from participants.actions.messages import Text, sending
from participants.models import Availability, CapturedMail, Message, MessageAttempt
from participants.post import channels, email, sms
from participants.post.shape import BadAddress, NotSent, Outgoing
from tests.participants.gateway import standing
from tests.participants.people import NORA, consenting
from trials.actors import Machine
from trials.models import Event, RowVersion
from trials.permissions import Refused

BEAT = Machine("beat")
MINUTE = timedelta(minutes=1)
WANTED = {"nudge": (lambda message, at: True, lambda message, at: Text("Hello", "A long letter", "Short words"))}
NUMBER = "+35361555019"


@pytest.fixture
def gateway(settings):
    with standing() as found:
        settings.UPLIFT_SMS_URL, settings.UPLIFT_SMS_TOKEN, settings.UPLIFT_SMS_FROM = found.url, "t0ken", "Study"
        settings.UPLIFT_SMTP_URL = ""
        yield found


@pytest.fixture
def person(trial, coordinator, at):
    found = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)
    agree(found, "sms", coordinator, at)
    return found


def agree(person, channel, coordinator, at) -> None:
    baseline.set_availability(person, preferred=[], channel=channel, by=coordinator, at=at)


def queue(person, at, channel="sms", event="sitting:week8:nudge-2") -> None:
    messages.queue(to=person.actor, kind="nudge", event=event, channel=channel, due_at=at, by=BEAT, at=at)


def bounced(person):
    return Availability.objects.get(participant=person).bounced_at


def test_the_channels_are_found_by_looking_and_the_database_knows_each() -> None:
    (known,) = (c for c in Availability._meta.constraints if c.name == "availability_channel_known")
    assert list(channels) == ["email", "sms"]
    assert sorted(known.condition.children[0][1]) == sorted([*channels, "none"])


def test_a_text_goes_out_once_with_its_key_and_its_parts_are_counted(gateway, person, at) -> None:
    queue(person, at)
    assert [messages.send_due(kinds=WANTED, at=at) for _ in range(2)] == [{"sent": 1}, {}]
    ((head, body),) = gateway.asked
    kept = Message.objects.get()
    assert body == {
        "id": kept.reference, "from": "Study", "to": NUMBER, "text": "Short words", "segments": 1,
        "report_to": "http://testserver/callbacks/sms/",
    }  # fmt: skip
    assert (head["Authorization"], head["Idempotency-Key"], len(kept.reference)) == ("Bearer t0ken", kept.reference, 32)
    assert (kept.status, kept.channel) == ("sent", "sms")
    assert MessageAttempt.objects.values_list("outcome", "detail", "segments").get() == ("sent", "", 1)
    told = str([list(model.objects.values()) for model in (Message, MessageAttempt, Event)]) + str(
        list(RowVersion.objects.exclude(table_name="participants_identity").values_list("new", flat=True))
    )
    assert not any(secret in told for secret in (NUMBER, NORA["phone"], "Short words", "t0ken"))


@pytest.mark.parametrize(
    ("answer", "counted", "status", "attempts", "is_bounced"),
    [
        (200, "sent", "sent", 1, False),
        (302, "refused", "dead", 1, False),
        (400, "refused", "dead", 1, False),
        (401, "unreached", "pending", 0, False),
        (403, "unreached", "pending", 0, False),
        (404, "refused", "dead", 1, True),
        (422, "refused", "dead", 1, True),
        (429, "deferred", "pending", 1, False),
        (500, "deferred", "pending", 1, False),
        (503, "deferred", "pending", 1, False),
        ("hang up", "unknown", "unknown", 1, False),
    ],
)
def test_each_answer_of_the_gateway_has_its_own_end(gateway, person, at, answer, counted, status, attempts, is_bounced) -> None:
    queue(person, at)
    gateway.answers = [answer]
    assert messages.send_due(kinds=WANTED, at=at) == {counted: 1}
    assert Message.objects.values_list("status", "attempts").get() == (status, attempts)
    assert (bounced(person) is not None) == is_bounced
    assert len(gateway.asked) == 1  # no redirect is followed
    assert NUMBER not in MessageAttempt.objects.get().detail


def test_a_gateway_that_heeds_the_key_never_doubles_and_another_occurrence_has_another(gateway, person, coordinator, at) -> None:
    queue(person, at)
    messages.claim(kinds=WANTED, by=BEAT, at=at)  # a sender that dies with the message in its hand
    gateway.answers = [503, "hang up"]
    moment = at + messages.LEASE
    assert messages.send_due(kinds=WANTED, at=moment) == {"deferred": 1}
    assert messages.send_due(kinds=WANTED, at=moment + 10 * MINUTE) == {"unknown": 1}
    assert len({body["id"] for _, body in gateway.asked}) == len(gateway.delivered) == 1
    messages.send_again(Message.objects.get(), by=coordinator, at=moment)
    assert messages.send_due(kinds=WANTED, at=moment) == {"sent": 1}
    assert list(gateway.delivered.values()) == [NUMBER] * 2


def test_nobody_at_the_gateways_door_costs_no_attempt(gateway, person, settings, at) -> None:
    settings.UPLIFT_SMS_URL = "http://127.0.0.1:1/send"
    queue(person, at)
    assert messages.send_due(kinds=WANTED, at=at) == {"unreached": 1}
    kept = Message.objects.values_list("status", "attempts", "last_error").get()
    assert kept == ("pending", 0, "the gateway cannot be reached (ConnectionRefusedError)")


def test_a_gateway_that_is_down_holds_up_no_mail(gateway, person, coordinator, settings, at, monkeypatch) -> None:
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"
    mailed: list[EmailMessage] = []
    monkeypatch.setattr(email, "send", lambda mail, server, **_: mailed.append(mail))
    gateway.answers = [503]
    queue(person, at - MINUTE)
    messages.queue(to=coordinator.actor, kind="nudge", event="x", due_at=at, by=BEAT, at=at)
    assert messages.send_due(kinds=WANTED, at=at) == {"deferred": 1, "sent": 1}
    settings.UPLIFT_SMS_URL = "http://gateway.example/send"
    messages.queue(to=coordinator.actor, kind="nudge", event="y", due_at=at, by=BEAT, at=at)
    with pytest.raises(BadAddress, match="must begin with https"):
        messages.send_due(kinds=WANTED, at=at)
    assert (len(mailed), Message.objects.get(channel="sms").status) == (2, "pending")


def test_a_test_database_reaches_no_gateway_but_one_on_this_machine(gateway, person, settings, at, monkeypatch) -> None:
    settings.UPLIFT_SMS_URL = "https://192.0.2.1/send"
    monkeypatch.setattr(sms, "send", lambda *args, **kwargs: pytest.fail("a message left the machine"))
    queue(person, at)
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    captured = CapturedMail.objects.values_list("to", "subject", "body", "message_id").get()
    assert captured == (NORA["phone"], "Text message, 1 segment", "Short words", Message.objects.get().reference)


def test_a_real_trial_without_a_gateway_offers_none_and_holds_what_is_queued(person, coordinator, settings, at, monkeypatch) -> None:
    settings.UPLIFT_SMS_URL = ""
    queue(person, at)
    monkeypatch.setattr(sending, "is_real", lambda: True)
    assert (messages.offered(), messages.send_due(kinds=WANTED, at=at)) == (("email",), {})
    assert Message.objects.values_list("status", "attempts").get() == ("pending", 0)
    with pytest.raises(Refused, match="Choose a channel that this trial has"):
        agree(person, "sms", coordinator, at)


def test_text_messages_need_a_number_with_its_country(trial, coordinator, at) -> None:
    found = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        agree(found, "sms", coordinator, at)
    assert refused.value.code == "no_number"
    assert Availability.objects.get(participant=found).channel == "email"


@pytest.mark.parametrize(("facts", "cleared"), [({"phone": "+353 61 555 021"}, True), ({"email": "nora@new.example"}, False), ({}, False)])
def test_only_another_number_clears_a_refused_number(gateway, person, coordinator, at, facts, cleared) -> None:
    gateway.answers = [404]
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    queue(person, at, event="later")
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert Message.objects.get(event="later").last_error == "the number was refused by the gateway"
    identity.record_contact(person, NORA | facts, by=coordinator, at=at)
    assert (bounced(person) is None) == cleared


def test_a_waiting_message_follows_its_reader_to_another_channel_and_goes_once(gateway, person, coordinator, at) -> None:
    queue(person, at)
    agree(person, "email", coordinator, at)
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1}
    assert (Message.objects.get().channel, CapturedMail.objects.get().body, gateway.asked) == ("email", "A long letter", [])
    queue(person, at, channel="sms")
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert Message.objects.get(channel="sms").last_error == "it goes by another channel"


@pytest.mark.parametrize(
    ("short", "why"),
    [
        ("x" * 460, "the text is 4 segments long, and 3 is the most"),
        ("", "there are no words of this kind for a telephone"),
    ],
)
def test_what_a_telephone_cannot_carry_is_refused_for_good(short, why) -> None:
    with pytest.raises(NotSent) as refused:
        sms.compose(Outgoing(NORA["phone"], "", "", short, "k"))
    assert (refused.value.why, refused.value.permanent, refused.value.bounced) == (why, True, False)


def test_a_number_kept_without_its_country_is_marked() -> None:
    with pytest.raises(NotSent) as refused:
        sms.compose(Outgoing("061 555 020", "", "", "Hello", "k"))
    assert (refused.value.permanent, refused.value.bounced) == (True, True)


@pytest.mark.parametrize(
    ("url", "gateway"),
    [
        ("https://gateway.example/send?v=2", sms.Gateway("gateway.example", 443, "/send?v=2", True)),
        ("https://gateway.example:8443", sms.Gateway("gateway.example", 8443, "/", True)),
        ("http://127.0.0.1:9/x", sms.Gateway("127.0.0.1", 9, "/x", False)),
    ],
)
def test_the_gateways_address_is_read(url, gateway) -> None:
    assert sms.gateway_of(url) == gateway


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/send",
        "https://me:secret@gateway.example/",
        "ftp://gateway.example/",
        "https://",
        "https://g:x/",
        "https://g/a b\n",
    ],
)
def test_an_address_that_is_none_is_said_without_its_password(url) -> None:
    with pytest.raises(BadAddress) as bad:
        sms.gateway_of(url)
    assert "secret" not in str(bad.value)
