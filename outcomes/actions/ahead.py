"""What the messages of a batch ask for, read and written for all of them at once; each finds its own in `facts_of`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Prefetch, prefetch_related_objects

from outcomes.models import HOLDING, Alert, Assessment
from outcomes.queries import letters, sittings
from participants.actions import links, messages, sessions
from participants.actions.links import Minted, Wanted
from participants.models import Message, Participant, TrainingSession
from trials import queries
from trials.actors import Actor, Machine
from trials.permissions import Refused

SITTING = ("invitation", "nudge", "last_call")
APPOINTMENT = ("session_day_before", "session")  # with a link to the person's appointments
SESSION = (*APPOINTMENT, "missed_session")
WORKER = Machine("worker")
SENT = Prefetch("assessments", Assessment.objects.only("participant_id", "visit", "instrument", "sent_at"))
HELD = Prefetch("alerts", Alert.objects.filter(HOLDING).only("participant_id"), to_attr="holding")

Read = Sequence[tuple[Message, Participant]]  # with who reads it


@dataclass
class Facts:
    """What stands behind one message to a participant."""

    sitting: sittings.Sitting | None = None
    session: TrainingSession | None = None
    held: bool = False  # by an alert that no clinician has released
    standing: letters.Standing = field(default_factory=dict)  # the words of the day
    way_in: Minted | None = None


def read(batch: Sequence[Message], at: datetime) -> None:
    """Reads what these messages speak of, in a number of statements that does not grow with them."""
    read_for = _with_readers(batch)
    prefetch_related_objects([person for _, person in read_for], HELD)
    days = {person: sittings.site_day(person, at) for _, person in read_for}
    words = {day: letters.standing(day) for day in set(days.values())}
    for message, person in read_for:
        message.facts = Facts(held=bool(person.holding), standing=words[days[person]])  # type: ignore[attr-defined]
    _read_sittings([(m, person) for m, person in read_for if m.kind in SITTING], at)
    _read_sessions([(m, person) for m, person in read_for if m.kind in SESSION], at)


def write(batch: Sequence[Message], by: Actor, at: datetime) -> None:
    """Makes the links that these messages carry: each its own, at every try another."""
    read_for = _with_readers(batch)
    asked = [
        (message, Wanted(person, sitting.visit, until(person, sitting.window.closes_on)))
        for message, person in read_for
        if (sitting := facts_of(message, at).sitting) is not None
    ]
    if asked:
        made = links.mint_each([wanted for _, wanted in asked], by=by, at=at)
        for (message, _), minted in zip(asked, made, strict=True):
            facts_of(message, at).way_in = minted
    training = [(m, person) for m, person in read_for if m.kind in APPOINTMENT and facts_of(m, at).session is not None]
    if training:
        opening = sessions.links_to_appointments([person for _, person in training], by=by, at=at)
        for (message, _), way_in in zip(training, opening, strict=True):
            facts_of(message, at).way_in = way_in


def facts_of(message: Message, at: datetime) -> Facts:
    """What was read along with the message's batch; nothing stands behind a message to nobody."""
    if "facts" not in vars(message):
        read([message], at)
    return message.facts if isinstance(message.facts, Facts) else Facts()


def way_in_of(message: Message, at: datetime) -> Minted:
    """The link that the message carries."""
    facts = facts_of(message, at)
    if facts.way_in is None:
        write([message], WORKER, at)
    if facts.way_in is None:
        raise Refused("There is nothing to open any more.", code="closed")
    return facts.way_in


def until(participant: Participant, last: date | None) -> datetime | None:
    """The midnight after the last day at the person's site; without one there is no end."""
    if last is None:
        return None
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=participant.site.zone).astimezone(UTC)


def _with_readers(batch: Sequence[Message]) -> Read:
    return [(message, person) for message in batch if (person := messages.reader_of(message)) is not None]


def _read_sittings(read_for: Read, at: datetime) -> None:
    if not read_for:
        return
    prefetch_related_objects([person for _, person in read_for], SENT)
    protocol = queries.protocol_in_force()
    for message, person in read_for:
        asked = message.event.split(":")[1]
        found = sittings.open_sittings(person, protocol, at=at)
        facts_of(message, at).sitting = next((sitting for sitting in found if sitting.visit == asked), None)


def _read_sessions(read_for: Read, at: datetime) -> None:
    if not read_for:
        return
    people = {person.pk for _, person in read_for}
    found = TrainingSession.objects.filter(enrolment__participant__in=people, session_no__in={_number(m) for m, _ in read_for})
    found = found.select_related("enrolment__participant__unit__site").prefetch_related("cannot_come")
    by_number = {(session.enrolment.participant_id, session.session_no): session for session in found}
    for message, person in read_for:
        facts_of(message, at).session = by_number.get((person.pk, _number(message)))


def _number(message: Message) -> int:
    return int(message.event.split(":")[1])
