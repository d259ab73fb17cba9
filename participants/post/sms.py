"""Text messages by a gateway over HTTPS: one JSON object a message, and callbacks that tell what became of it.

    POST UPLIFT_SMS_URL
    Authorization: Bearer UPLIFT_SMS_TOKEN
    Idempotency-Key: 0f3c...
    {"id": "0f3c...", "from": "Study", "to": "+35361202000", "text": "...", "segments": 1, "report_to": "https://trial.example/callbacks/sms/"}

The key is the same for every attempt at a message and another for each of its occurrences: a gateway that heeds it sends none twice.
What it answers: 2xx taken; 404, 410, 422 nothing is taken for this number; 401, 403, 407 it refuses us, so no message is to blame; 429,
408, 425 and 5xx not now; anything else, a redirect too, never. Silence after the text went out leaves doubt.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from participants.domain.phone import e164
from participants.domain.segments import segments
from participants.post import shape
from participants.post.shape import BadAddress, MaybeSent, NotSent, Outgoing, Written

TIMEOUT_SECONDS = 10.0
MOST_SEGMENTS = 3
NO_NUMBER = (404, 410, 422)
NOT_US = (401, 403, 407)
NOT_NOW = (408, 425, 429)
REPORTS = "/callbacks/sms/"


@dataclass(frozen=True)
class Gateway:
    host: str
    port: int
    path: str
    tls: bool


@dataclass(frozen=True)
class TextMessage:
    to: str  # E.164
    text: str
    key: str
    segments: int


def gateway_of(url: str) -> Gateway:
    """Reads `https://gateway.example/send`; raises `BadAddress`. Plain http is for a gateway on this machine alone."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise BadAddress("UPLIFT_SMS_URL can't be read as an address.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.fragment or not url.isascii() or not url.isprintable():
        raise BadAddress("UPLIFT_SMS_URL must look like https://gateway.example/send; the token goes in UPLIFT_SMS_TOKEN.")
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    if not tls and not shape.is_loopback(host, port):
        raise BadAddress("UPLIFT_SMS_URL must begin with https.")
    return Gateway(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), tls)


def compose(message: Outgoing) -> TextMessage:
    """The message as it goes out; raises `NotSent`, for good, for a number or a text that can't go out."""
    to = e164(message.to)
    if to is None:
        raise NotSent("the number is not written with its country code", permanent=True, bounced=True)
    if not message.short:
        raise NotSent("there are no words of this kind for a telephone", permanent=True)
    count = segments(message.short)
    if count > MOST_SEGMENTS:
        raise NotSent(f"the text is {count} segments long, and {MOST_SEGMENTS} is the most", permanent=True)
    return TextMessage(to, message.short, message.key, count)


def send(
    text: TextMessage,
    gateway: Gateway,
    *,
    token: str,
    sender: str,
    report_to: str,
    authorities: str = "",
    timeout: float = TIMEOUT_SECONDS,
) -> None:
    """Hands the message to the gateway. Returns = taken; raises `NotSent` or `MaybeSent`; no number, text or token in either.

    Nothing is said to a gateway whose certificate is not from one of the authorities (`_trust`).
    """
    told = {"id": text.key, "from": sender, "to": text.to, "text": text.text, "segments": text.segments, "report_to": report_to}
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency-Key": text.key, "Connection": "close"}
    line = _line(gateway, authorities, timeout)
    try:
        try:
            line.connect()
        except ssl.SSLCertVerificationError:
            raise NotSent("the gateway's certificate is not trusted", unreached=True) from None
        except OSError as fault:
            raise NotSent(f"the gateway cannot be reached ({type(fault).__name__})", unreached=True) from None
        try:
            line.request("POST", gateway.path, body=json.dumps(told).encode(), headers=head)
            status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            raise MaybeSent("the connection broke before the gateway answered") from None
    finally:
        line.close()
    if not 200 <= status < 300:
        raise _refusal(status)


def signature(body: bytes, timestamp: str, secret: str) -> str:
    """What a callback must be signed with: HMAC-SHA-256 of "timestamp.body" in hex; the timestamp is in whole seconds since 1970, UTC."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _line(gateway: Gateway, authorities: str, timeout: float) -> http.client.HTTPConnection:
    if gateway.tls:
        return http.client.HTTPSConnection(gateway.host, gateway.port, timeout=timeout, context=_trust(authorities))
    return http.client.HTTPConnection(gateway.host, gateway.port, timeout=timeout)


def _trust(authorities: str) -> ssl.SSLContext:
    """Whose certificates are believed: the system's authorities, or those of one PEM file and no others; raises `BadAddress`."""
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except OSError:
        raise BadAddress("UPLIFT_SMS_CA names no file of certificates that can be read.") from None


def _refusal(status: int) -> NotSent:
    for_now = status in NOT_NOW or status >= 500
    unreached = status in NOT_US
    return NotSent(
        f"the gateway answered {status}", permanent=not for_now and not unreached, unreached=unreached, bounced=status in NO_NUMBER
    )


class Sms(shape.Channel):
    code, label, contact, reports = "sms", "Text message", "phone", True
    refused = "the number was refused by the gateway"

    def is_set(self) -> bool:
        return bool(settings.UPLIFT_SMS_URL)

    def check(self) -> None:
        if settings.UPLIFT_SMS_URL and gateway_of(settings.UPLIFT_SMS_URL).tls:
            _trust(settings.UPLIFT_SMS_CA)

    def on_this_machine(self) -> bool:
        gateway = gateway_of(settings.UPLIFT_SMS_URL)
        return shape.is_loopback(gateway.host, gateway.port)

    def per_minute(self) -> int:
        return int(settings.UPLIFT_SMS_PER_MINUTE)

    def line(self) -> AbstractContextManager[shape.HandOver]:
        return nullcontext(self._hand_over)  # a connection a message: the gateway's address may lead to another machine each time

    def _hand_over(self, message: Outgoing) -> int:
        text = compose(message)
        report_to = settings.UPLIFT_BASE_URL + REPORTS
        gateway = gateway_of(settings.UPLIFT_SMS_URL)
        send(
            text,
            gateway,
            token=settings.UPLIFT_SMS_TOKEN,
            sender=settings.UPLIFT_SMS_FROM,
            report_to=report_to,
            authorities=settings.UPLIFT_SMS_CA,
        )
        return text.segments

    def written(self, message: Outgoing) -> Written:
        text = compose(message)
        parts = "1 segment" if text.segments == 1 else f"{text.segments} segments"
        return Written(f"Text message, {parts}", text.text, text.key, text.segments)


CHANNEL = Sms()
