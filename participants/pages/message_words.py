"""A message in words: what it is, and the visit or session it is about."""

from __future__ import annotations

from datetime import UTC, datetime

from participants.models import Message, MessageAttempt
from trials.domain.protocol import Protocol
from trials.languages import language_of
from trials.models import Site
from trials.ui.words import moment

KINDS = {
    "welcome": "Welcome",
    "invitation": "Invitation",
    "nudge": "Reminder",
    "last_call": "Last reminder",
    "session_day_before": "Session reminder, the day before",
    "session": "Session reminder",
    "missed_session": "Question about a missed session",
    "deferred_start": "Start of the deferred training",
    "alert": "Safety alert",
    "drill": "Drill of the safety desk",
    "canary": "Test of the path of alerts",
    "letter_test": "Test of the words of a message",
    "circular": "Message to several people",
}


OUTCOMES = {
    "sent": "Taken by the mail server",
    "deferred": "Not taken now, tried again",
    "refused": "Refused for good",
    "unreached": "Mail server not reached, tried again",
    "unknown": "Perhaps taken: the line broke",
    "dropped": "Not needed any more",
    "dead": "Given up",
    "faulty": "Fault in the program, tried again",
}


BY_TELEPHONE = {"sent": "Taken by the gateway", "unreached": "Gateway not reached, tried again"}
REPORTS = {
    "accepted": "On its way, says the gateway",
    "delivered": "Delivered to the telephone",
    "failed": "Not delivered, says the gateway",
    "stopped": "The person answered STOP",
}


def outcome(attempt: MessageAttempt) -> str:
    words = OUTCOMES | BY_TELEPHONE if attempt.message.channel == "sms" else OUTCOMES
    return words.get(attempt.outcome, attempt.outcome.capitalize())


def of_letter(letter: str) -> str:
    """With which words a try went out: "version 2, German" of "invitation/de/2"; nothing where it got to no words."""
    _, _, rest = letter.partition("/")
    language, _, version = rest.partition("/")
    if not version:
        return "its own" if letter else ""
    said = "the program's" if version == "0" else f"version {version}"
    return f"{said}, {language_of(language).name}"


def what(message: Message) -> str:
    return KINDS.get(message.kind, message.kind.replace("_", " ").capitalize())


def about(message: Message, protocol: Protocol, site: Site | None) -> str:
    """The visit's label, or the session's number and time at the site; an event of another shape as it is written."""
    kind, _, rest = message.event.partition(":")
    code, _, detail = rest.partition(":")
    if kind == "sitting":
        return next((visit.label for visit in protocol.visits if visit.code == code), code)
    if kind == "session":
        return f"Session {code}, {moment(_instant(detail), site)}" if site is not None and detail else f"Session {code}"
    if message.event == "welcome":
        return "Consent"
    if kind == "circular":
        return f"Circular {code}"
    if kind == "deferred":
        return "First deferred session"
    if kind == "alert":
        return f"Alert {rest}"
    return message.event


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
