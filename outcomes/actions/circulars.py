"""A message to several people: looked at, sent by the outbox to each of them once, and called off as long as it has not gone.

Whom it reaches is worked out twice: when it is looked at, and again when it is sent, which refuses where the number differs. And each
message is looked at once more at the moment it goes out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from outcomes.actions.ahead import facts_of
from outcomes.actions.letters import checked_for, composed
from outcomes.domain.circulars import phases
from outcomes.domain.letters import CIRCULAR, Words
from outcomes.models import Circular, CircularStop
from outcomes.queries import circulars as reads
from outcomes.queries.due import HELD_FOR
from participants.actions import messages
from participants.actions.messages import Notice, Text
from participants.models import Message
from trials import audit, entropy, queries
from trials.actors import Actor
from trials.audit import action
from trials.languages import language_of, languages
from trials.models import Site, User
from trials.permissions import NotAllowed, Permission, Refused, check

KIND = "circular"
LASTS = timedelta(days=3)  # what could not go out by then is old news
ONE_AT_A_TIME = 0x43495243  # key of the advisory lock: the same sending twice makes one circular


@action
def send_circular(
    *, phase: str, language: str, subject: str, body: str, short: str, people: int, client_uuid: UUID, by: Actor, at: datetime,
    site: Site | None = None,
) -> Circular:  # fmt: skip
    """Into the outbox for everybody whom it reaches, who must be as many as were looked at: `people`.

    `site` None is every site where the sender may send. The same `client_uuid` again answers the same circular and sends nothing.
    """
    check(by, Permission.SEND_MESSAGES, at_site=site)
    if not isinstance(by, User):
        raise NotAllowed("A message to several people is sent by a named person.")
    spoken, words = checked_for(CIRCULAR, language, Words(subject, body, short))
    if phase not in dict(phases(queries.protocol_in_force().visits)):
        raise Refused("Choose a stretch of the trial that the protocol has.", code="bad_phase", status=422)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    facts = {"author": by, "site": site, "phase": phase, "language": spoken.code, "people": people, **vars(words)}
    sent = Circular.objects.filter(client_uuid=client_uuid).first()
    if sent is not None:
        if any(getattr(sent, name) != fact for name, fact in facts.items()):
            raise Refused("Another message was sent under this id already.", code="other_circular")
        return sent
    to = reads.picked(by, site=site, phase=phase, language=spoken.code, at=at).to
    if not to:
        raise Refused("This would reach nobody: look at the list.", code="nobody")
    if len(to) != people:
        raise Refused(f"It would reach {len(to)} now, not {people}. Look at the list again.", code="other_people")
    code = entropy.code("circular", str(client_uuid))
    circular = Circular.objects.create(code=code, client_uuid=client_uuid, at=at, not_after=at + LASTS, **facts)
    notices = [
        Notice(to=p.actor, kind=KIND, event=reads.event_of(circular), channel=p.availability.channel, due_at=at, not_after=at + LASTS)
        for p in to
    ]
    messages.queue_all(notices, by=by, at=at)
    audit.record("circular.sent", about=f"circular:{code}", by=by, at=at, detail={"people": people, "phase": phase})
    return circular


@action
def cancel_circular(circular: Circular, *, by: Actor, at: datetime) -> int:
    """Whatever has not gone out yet is not sent; answers how many those were. What is being handed over just now still goes."""
    check(by, Permission.SEND_MESSAGES, at_site=circular.site)
    if hasattr(circular, "stop"):
        raise Refused("This message was called off already.", code="cancelled")
    CircularStop.objects.create(circular=circular, user=by, at=at)
    stopped = messages.drop_waiting(kind=KIND, event=reads.event_of(circular), why="called off", by=by, at=at)
    audit.record("circular.cancelled", about=f"circular:{circular.code}", by=by, at=at, detail={"not_sent": stopped})
    return stopped


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says)."""
    return {KIND: (_still_due, _text)}


def _still_due(message: Message, at: datetime) -> bool | datetime:
    circular, person = _of(message), messages.reader_of(message)
    if person is None or hasattr(circular, "stop") or language_of(person.language).code != circular.language:
        return False
    return at + HELD_FOR if facts_of(message, at).held else True


def _text(message: Message, at: datetime) -> Text:
    circular, person = _of(message), messages.reader_of(message)
    if person is None or hasattr(circular, "stop"):  # called off since it was claimed with others
        raise Refused("There is nobody to tell.", code="closed")
    words = Words(circular.subject, circular.body, circular.short)
    return composed(words, languages[circular.language], {"place": person.site.name}, letter=f"circular/{circular.code}")


def _of(message: Message) -> Circular:
    return Circular.objects.select_related("stop").get(code=message.event.partition(":")[2])
