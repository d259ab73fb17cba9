"""An alert in words: what it is about, how much time is left, what was answered and done. Never an arm or a session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from outcomes.domain.instrument import Instrument
from outcomes.instruments import instruments
from outcomes.models import Alert, AlertStep
from outcomes.queries import alerts as desk
from participants.models import Message
from trials.ui.words import counted, moment

STEPS = {
    "opened": "Opened",
    "contact_attempt": "Tried to reach",
    "contact": "Reached",
    "assessment": "Assessed",
    "action": "Action",
    "handed_over": "Handed over",
    "released": "Reminders let go again",
    "closed": "Closed",
}
MEASURES = {"total": "total at the protocol's limit", "rise": "worse than at baseline by the protocol's limit"}
SENT = {
    Message.Status.PENDING: "On its way",
    Message.Status.SENT: "Sent",
    Message.Status.UNKNOWN: "Perhaps sent",
    Message.Status.DEAD: "Did not arrive",
    Message.Status.DROPPED: "Not needed any more",
}
QUESTIONS = {"past_attempt": "past attempt", "preventive": "something that keeps them from it"}


def row(found: Alert, at: datetime) -> dict[str, Any]:
    taken = next(iter(found.opened), None)  # type: ignore[attr-defined]
    site = found.participant.site
    note = f"{taken.user} opened {moment(taken.at, site)}" if taken else f"Raised {moment(found.raised_at, site)}"
    return {
        "what": what(found),
        "who": found.participant.trial_id,
        "who_url": f"/participants/{found.participant.trial_id}/",
        "note": note,
        "when": left(found, at),
        "state": state(found, at),
        "word": "Urgent" if found.urgent else ("Check" if found.kind == Alert.Kind.CHECK else "Alert"),
        "action": "Open alert",
        "url": f"/safety/{found.participant.trial_id}/{found.alert_no}/",
    }


def what(found: Alert) -> str:
    """What raised it, in words."""
    return trigger(found.trigger)


def trigger(code_of: str) -> str:
    """The trigger in words: which question, without its answer."""
    if code_of == "concern":
        return "A concern was raised"
    code, _, rest = code_of.partition(".")
    title = instruments[code].title if code in instruments else code
    item = rest.partition(">=")[0].removesuffix(" missing")
    if item in MEASURES:
        return f"{title}: {MEASURES[item]}"
    return f"{title} question {item} was left without an answer" if rest.endswith("missing") else f"{title} question {item}"


def threshold(code_of: str) -> str:
    """The trigger with its threshold, where two of one question stand side by side."""
    least = code_of.partition(">=")[2]
    return f"{trigger(code_of)}, {least} or more" if least else trigger(code_of)


def lasting(minutes: int) -> str:
    """A time in words: 95 min, 20 h 15 min."""
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if minutes < 120 else f"{hours} h {rest} min" if rest else f"{hours} h"


def left(found: Alert, at: datetime) -> str:
    """How much time is left to first contact."""
    if found.closed_at is not None:
        return "Closed"
    if found.first_contact_at is not None:
        return f"Contact {moment(found.first_contact_at, found.participant.site)}"
    if found.contact_due_at is None:
        return "No contact time"
    minutes = int((found.contact_due_at - at).total_seconds() // 60)
    span = counted(abs(minutes), "min", "min") if abs(minutes) < 120 else counted(abs(minutes) // 60, "h", "h")
    return f"{span} to first contact" if minutes >= 0 else f"{span} late for first contact"


def state(found: Alert, at: datetime) -> str:
    if found.closed_at is not None:
        return "done"
    if found.first_contact_at is None and found.contact_due_at is not None and found.contact_due_at <= at:
        return "stop"
    return "warn" if found.urgent or found.kind == Alert.Kind.ALERT else "due"


def answers(found: Alert) -> list[tuple[Any, str, str]]:
    """The alerting question in every kept version of the form, oldest first, with who answered when."""
    if found.assessment is None or found.assessment.instrument not in instruments:
        return []
    instrument = instruments[found.assessment.instrument]
    number = found.trigger.partition(".")[2].partition(">=")[0].removesuffix(" missing")
    versions = desk.answers_over_time(found)
    names = desk.names(version.actor for version in versions)
    lines = []
    for version in versions:
        lines.append((version, names[version.actor], _answer(instrument, number, version.answers, found.assessment.rule)))
    return lines


def _answer(instrument: Instrument, number: str, given: dict[str, Any], rule: str) -> str:
    """The answer to the question that raised the alert, or the total where the total did."""
    if number in MEASURES:
        total = instrument.score(given, rule).total
        return "No total" if total is None else f"Total {total}"
    value = given.get(number)
    return "No answer" if value is None else f"{value}, {instrument.item(number).label_of(value)}"


def concern(found: Alert) -> str:
    """The words of a concern; who raised it stays out, since a trainer's name would tell the group."""
    if found.trigger != "concern":
        return ""
    return found.participant.concerns.filter(at=found.raised_at).values_list("text", flat=True).first() or ""


BY_TEXT = ", by text message"


def told(found: Alert) -> list[tuple[str, str, str, Any]]:
    """Whom the outbox told, level by level: (who, why, how the message stands, when it went)."""
    rows = []
    levels = desk.calls(found)
    names = desk.names(message.to for _, messages in levels for message in messages)
    for call, messages in levels:
        why = "Raised" if call is None else ("Not taken on: next on the roster" if call.whom == "roster" else "Not taken on: investigator")
        rows += [
            (names[m.to], why + BY_TEXT * (m.channel == "sms"), SENT[Message.Status(m.status)], m.sent_at or m.created_at) for m in messages
        ]
    return rows


def detail(step: AlertStep) -> str:
    return "; ".join(f"{QUESTIONS.get(key, key)}: {str(value).replace('_', ' ')}" for key, value in step.detail.items())
