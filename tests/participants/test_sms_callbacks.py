"""What a gateway tells: signed, each telling once, never backwards, and a wrong one learns nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from participants.actions import baseline, messages
from participants.models import Availability, DeliveryReport, Message, StopLink
from participants.post import sms
from participants.queries import outbox
from tests.participants.people import NORA, consenting
from tests.participants.test_sms import BEAT, WANTED, agree, queue
from trials import clock
from trials.models import Event

SECRET = "a secret of thirty-two characters or more"
SECOND = timedelta(seconds=1)
REFUSED = (403, {"detail": "This callback is not taken.", "code": "not_taken"})


@pytest.fixture(autouse=True)
def _now(monkeypatch, settings, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    settings.UPLIFT_SMS_SECRET = SECRET


@pytest.fixture
def person(trial, coordinator, at):
    found = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)
    agree(found, "sms", coordinator, at)
    return found


@pytest.fixture
def sent(person, at) -> Message:
    """A text message as a sender left it."""
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    return Message.objects.get()


def tell(body, at, *, age=0, secret=SECRET, **head) -> tuple[int, object]:
    """The door's answer to a callback signed `age` seconds ago."""
    raw, stamp = body if isinstance(body, bytes) else json.dumps(body).encode(), str(int(at.timestamp()) - age)
    head = {"X-Uplift-Timestamp": stamp, "X-Uplift-Signature": sms.signature(raw, stamp, secret)} | head
    answer = Client().post("/callbacks/sms/", raw, content_type="application/json", headers=head)
    return answer.status_code, answer.json() if answer.content else None


def state() -> tuple[str, str]:
    return Message.objects.values_list("status", "delivery").get()


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        (["accepted"], "accepted"),
        (["accepted", "delivered"], "delivered"),
        (["delivered", "accepted"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["failed", "accepted"], "failed"),
    ],
)
def test_a_message_only_moves_forward_and_every_telling_is_kept(sent, at, told, ends) -> None:
    for n, status in enumerate(told):
        assert tell({"id": sent.reference, "status": status, "code": "x-1"}, at, age=n) == (204, None)
    assert state() == ("sent", ends)
    assert list(DeliveryReport.objects.order_by("pk").values_list("status", "code")) == [(status, "x-1") for status in told]
    assert Event.objects.filter(verb="message.reported", actor="machine:gateway").count() == len(told)


@pytest.mark.parametrize(
    "kind", ["unsigned", "other secret", "other body", "old", "ahead", "no time", "unknown", "by mail", "no id", "unset"]
)
def test_whatever_is_not_the_gateways_own_is_refused_alike_and_changes_nothing(sent, person, coordinator, settings, at, kind) -> None:
    body, how = {"id": sent.reference, "status": "delivered"}, {}
    if kind == "unsigned":
        how = {"X-Uplift-Signature": ""}
    elif kind == "other secret":
        how = {"secret": "another secret of thirty-two characters"}
    elif kind == "other body":
        how = {"X-Uplift-Signature": sms.signature(b"{}", str(int(at.timestamp())), SECRET)}
    elif kind in ("old", "ahead"):
        how = {"age": 301 if kind == "old" else -301}
    elif kind == "no time":
        how = {"X-Uplift-Timestamp": "٣"}
    elif kind == "unset":
        settings.UPLIFT_SMS_SECRET, how = "", {"secret": ""}
    elif kind == "by mail":
        Message.objects.update(channel="email")
    else:
        body["id"] = "0" * 32 if kind == "unknown" else "é"
    assert tell(body, at, **how) == REFUSED
    assert (state(), DeliveryReport.objects.count()) == (("sent", ""), 0)


def test_a_callback_at_the_edge_of_its_time_is_taken_and_its_replay_is_not(sent, at) -> None:
    body = {"id": sent.reference, "status": "accepted"}
    assert [tell(body, at, age=300) for _ in range(2)] == [(204, None), REFUSED]
    assert tell(body, at, age=-300) == (204, None)
    assert DeliveryReport.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b"[" * 5000, b"\xff", b"[]", b"null", {}, {"id": 3, "status": "accepted"}, {"id": "0" * 32, "status": ["accepted"]},
     {"id": "0" * 32, "status": "eaten"}, {"id": "0" * 32, "status": "failed", "code": "a b"}, {"id": "0" * 32, "status": "failed", "code": "x" * 41}],
)  # fmt: skip
def test_a_signed_callback_of_the_wrong_shape_is_told_what_is_right(sent, at, body) -> None:
    status, said = tell(body, at)
    assert (status, said["code"], DeliveryReport.objects.count()) == (422, "bad_report", 0)
    assert "status (accepted, delivered, failed, stopped)" in said["detail"]


def test_only_json_is_read(at) -> None:
    assert Client().post("/callbacks/sms/", {"id": "x"}).status_code == 415
    assert Client().get("/callbacks/sms/").status_code == 405


@pytest.mark.parametrize("told", ["accepted", "delivered", "failed"])
def test_the_gateways_word_settles_what_was_in_doubt(person, at, told) -> None:
    queue(person, at)
    [claimed] = messages.claim(kinds=WANTED, by=BEAT, at=at)
    messages.close(claimed, outcome="unknown", by=BEAT, at=at)
    tell({"id": Message.objects.get().reference, "status": told}, at)
    assert state() == ("unknown" if told == "failed" else "sent", told)


def test_a_message_that_its_gateway_has_is_not_sent_again_though_its_sender_died(person, at) -> None:
    queue(person, at)
    [claimed] = messages.claim(kinds=WANTED, by=BEAT, at=at)
    tell({"id": claimed.message.reference, "status": "accepted"}, at)
    assert messages.send_due(kinds=WANTED, at=at + messages.LEASE) == {}
    assert messages.close(claimed, outcome="deferred", by=BEAT, at=at) is False
    assert state() == ("sent", "accepted")


def test_who_answers_stop_is_on_the_call_list_and_the_page_says_so(sent, person, coordinator, at) -> None:
    assert tell({"id": sent.reference, "status": "stopped"}, at) == (204, None)
    assert (Availability.objects.get(participant=person).channel, StopLink.objects.get().used_at) == ("none", at)
    assert outbox.reached(person, at).stopped_at == at
    baseline.set_availability(person, preferred=[], channel="sms", by=coordinator, at=at + SECOND)
    assert tell({"id": sent.reference, "status": "stopped"}, at, age=1) == (204, None)  # once more, agreed anew meanwhile
    assert state() == ("sent", "")


@pytest.mark.parametrize(("first", "then"), [("delivered", "failed"), ("failed", "accepted"), ("accepted", "")])
def test_the_database_takes_nothing_back(sent, at, first, then) -> None:
    tell({"id": sent.reference, "status": first}, at)
    with pytest.raises(IntegrityError, match="not taken back"), transaction.atomic():
        Message.objects.update(delivery=then, delivery_at=at if then else None)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        DeliveryReport.objects.update(status="failed")


def test_staff_see_what_became_of_each_and_ring_where_it_was_not_delivered(sent, person, coordinator, at) -> None:
    tell({"id": sent.reference, "status": "accepted"}, at, age=1)
    tell({"id": sent.reference, "status": "failed", "code": "absent"}, at)
    client = Client()
    client.force_login(coordinator)
    page = client.get(f"/participants/{person}/messages/").content.decode()
    found = [
        word
        for word in ("Taken by the gateway", "On its way, says", "Not delivered, says the gateway", "absent", "1 segment", "Send again")
        if word not in page
    ]
    assert found == []
    assert list(outbox.need_a_person(outbox.visible_to(coordinator))) == [sent]
    assert messages.send_again(sent, by=coordinator, at=at).channel == "sms"
