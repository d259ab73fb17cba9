"""What a gateway tells later of a message it took: signed, each telling once, and never backwards."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from participants.actions import reach
from participants.actions.messages.queueing import about, participant_of
from participants.models import DeliveryReport, Message
from participants.post import sms
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Refused

SIGNED_WITHIN = timedelta(minutes=5)
STATUSES = tuple(DeliveryReport.Status.values)
TIMESTAMP = re.compile(r"[0-9]{1,12}")
REFERENCE = re.compile(r"[0-9a-f]{32}")
CODE = re.compile(r"[A-Za-z0-9_.:-]{0,40}")
FINAL = (Message.Delivery.DELIVERED, Message.Delivery.FAILED)


@dataclass(frozen=True)
class Told:
    reference: str
    status: str
    code: str


@action
def take_report(body: bytes, *, timestamp: str, signature: str, by: Actor, at: datetime) -> DeliveryReport:
    """Keeps what the gateway for text messages tells, and moves the message forward by it.

    A signature that is wrong, five minutes old or here already, and a message that this gateway never had, are refused alike (403).
    What it has accepted or delivered is sent, also where its answer had been lost; a number that answered STOP gets no more.
    """
    _check_signed(body, timestamp, signature, at)
    told = _read(body)
    message = Message.objects.select_for_update().filter(reference=told.reference, channel=sms.CHANNEL.code).first()
    if message is None or DeliveryReport.objects.filter(signature=signature).exists():
        raise _not_taken()
    report = DeliveryReport.objects.create(message=message, status=told.status, code=told.code, signature=signature, at=at)
    _move_forward(message, told.status, at)
    if told.status == DeliveryReport.Status.STOPPED and (participant := participant_of(message.to)) is not None:
        reach.stop_by_reply(participant, by=by, at=at)
    audit.record("message.reported", about=about(message.to), by=by, at=at, detail={"message": message.pk, "status": told.status})
    return report


def _move_forward(message: Message, status: str, at: datetime) -> None:
    known = status in FINAL or (status == Message.Delivery.ACCEPTED and message.delivery == Message.Delivery.UNTOLD)
    if known and message.delivery not in FINAL:
        message.delivery, message.delivery_at = status, at
    if status in (Message.Delivery.ACCEPTED, Message.Delivery.DELIVERED) and message.status in (
        Message.Status.PENDING, Message.Status.UNKNOWN, Message.Status.DEAD,
    ):  # fmt: skip
        message.status, message.sent_at, message.lease_token, message.lease_until = Message.Status.SENT, at, None, None
    message.save(update_fields=["delivery", "delivery_at", "status", "sent_at", "lease_token", "lease_until"])


def _check_signed(body: bytes, timestamp: str, signature: str, at: datetime) -> None:
    secret = settings.UPLIFT_SMS_SECRET
    if not secret or not TIMESTAMP.fullmatch(timestamp):
        raise _not_taken()
    right = hmac.compare_digest(sms.signature(body, timestamp, secret).encode(), signature.encode("utf-8", "replace"))
    if not right or abs(int(at.timestamp()) - int(timestamp)) > SIGNED_WITHIN.total_seconds():
        raise _not_taken()


def _read(body: bytes) -> Told:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    found = given if isinstance(given, dict) else {}
    reference, status, code = found.get("id"), found.get("status"), found.get("code", "")
    if not (isinstance(reference, str) and status in STATUSES and isinstance(code, str) and CODE.fullmatch(code)):
        words = f"Send a JSON object with id, status ({', '.join(STATUSES)}) and, if you like, a code of 40 characters at most."
        raise Refused(words, code="bad_report", status=422)
    if not REFERENCE.fullmatch(reference):
        raise _not_taken()
    return Told(reference, status, code)


def _not_taken() -> Refused:
    return Refused("This callback is not taken.", code="not_taken", status=403)
