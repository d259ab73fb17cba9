"""Break a person's code at any hour, and see to it that everybody who must know is told: that it was done, never what was read.

Neither a roster, nor an open scheme, nor a mail server is needed: the arm on the screen, and the one that a colleague reads after
logging in, come from this database alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from participants.actions import messages
from participants.actions.messages import Notice, Text
from participants.models import Message, Participant
from trials import audit, permissions, queries
from trials.actions import reauthentication
from trials.actions import unblinding as office
from trials.actions.unblinding import Broken, open_link
from trials.actors import Actor, Machine
from trials.audit import action
from trials.domain.roles import Permission, Role
from trials.domain.unblinding import LASTS, REASONS, Mode, State
from trials.models import Unblinding, User

__all__ = ["Broken", "break_code", "event_of", "kinds", "open_link", "read_arm"]

MUST_KNOW = (Role.PI, Role.MANAGER, Role.MONITOR, Role.COORDINATOR)
PURPOSE = "break a code"


def break_code(
    participant: Participant,
    *,
    reason_code: str,
    reason: str,
    password: str,
    by: Actor,
    at: datetime,
    mode: str = Mode.THIRD_PERSON,
    recipient: User | None = None,
    recipient_name: str = "",
    recipient_email: str = "",
) -> Broken:
    """One person's arm in an emergency, to a third person or on the screen; the password is typed again, and a wrong one is kept.

    Refused besides: roles that may not, nobody randomised, no reason, no reader, a reader who must never be told.
    """
    permissions.check(by, Permission.BREAK_CODE, at_site=participant.site)
    reauthentication.prove(password=password, purpose=PURPOSE, by=by, at=at)
    return _break_code(
        participant, reason_code=reason_code, reason=reason, mode=mode, recipient=recipient, recipient_name=recipient_name,
        recipient_email=recipient_email, by=by, at=at,
    )  # fmt: skip


@action
def _break_code(
    participant: Participant,
    *,
    reason_code: str,
    reason: str,
    mode: str,
    recipient: User | None,
    recipient_name: str,
    recipient_email: str,
    by: Actor,
    at: datetime,
) -> Broken:
    broken = office.record_break(
        participant.unit, reason_code=reason_code, reason=reason, mode=mode, recipient=recipient, recipient_name=recipient_name,
        recipient_email=recipient_email, by=by, at=at,
    )  # fmt: skip
    event = event_of(broken.unblinding)
    told = [user for user in queries.holders(MUST_KNOW, participant.site, at) if user.actor != by.actor]
    notices = [Notice(to=user.actor, kind="code_broken", event=event, due_at=at) for user in told]
    if recipient is not None:
        notices.append(Notice(to=recipient.actor, kind="arm_to_read", event=event, due_at=at))
    if recipient_email:
        notices.append(Notice(to=f"outside:{broken.unblinding.code}", kind="arm_to_open", event=event, due_at=at))
    messages.queue_all(notices, by=by, at=at)
    audit.record("code.notices_queued", about=participant.trial_id, by=by, at=at, detail={"told": len(told)})
    return broken


def read_arm(unblinding: Unblinding, *, password: str, by: Actor, at: datetime) -> str:
    """The arm, once, for the member of staff it was sent to, who types the password again."""
    reauthentication.prove(password=password, purpose="read an arm", by=by, at=at)
    return office.read_arm(unblinding, by=by, at=at)


def event_of(unblinding: Unblinding) -> str:
    """The natural key that a message about a broken code carries."""
    return f"unblinding:{unblinding.code}"


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says). None holds an arm; the link for somebody outside opens only with a key told apart."""
    return {
        "code_broken": (lambda message, at: True, _notice),
        "arm_to_read": (_waits, _to_read),
        "arm_to_open": (_waits, _to_open),
    }


def _notice(message: Message, at: datetime) -> Text:
    broken = _of(message)
    unit = broken.allocation.unit
    moment = broken.at.astimezone(unit.site.zone)
    way = "shown to whoever asked" if broken.mode == Mode.SCREEN else f"sent to {broken.reader}, not to whoever asked"
    return Text(
        f"Code broken: {unit}",
        f"The code of {unit} ({unit.site.name}) was broken on {moment:%A} {moment.day} {moment:%B} at {moment:%H:%M}, site time.\n\n"
        f"Asked by: {broken.requester}\nWhy: {REASONS[broken.reason_code]}\nThe arm was {way}.\n\n"
        f"This message does not say the arm. The record:\n\n{settings.UPLIFT_BASE_URL}/unblindings/\n",
    )


def _to_read(message: Message, at: datetime) -> Text:
    broken = _of(message)
    return Text(
        f"For you to read: {broken.allocation.unit}",
        f"{broken.requester} broke the code of {broken.allocation.unit} and sent it to you alone. Log in, type your password again and "
        f"read it once, within a day:\n\n{settings.UPLIFT_BASE_URL}/unblindings/{broken.code}/\n\n"
        "Pass it on only to whoever treats this person.\n",
    )


def _to_open(message: Message, at: datetime) -> Text:
    broken = _of(message)
    token = office.make_link(broken, by=Machine("worker"), at=at)
    until = (broken.at + LASTS).astimezone(UTC)
    return Text(
        "A treatment that you asked about",
        f"Hello {broken.recipient_name},\n\n{broken.requester} sends you the treatment of a participant of a trial. Open this link and "
        f"type the key that {broken.requester} tells you by telephone:\n\n{settings.UPLIFT_BASE_URL}/code-break/#t={token}\n\n"
        f"It opens once, until {until:%d %B %Y, %H:%M} UTC. Without the key it opens nothing.\n",
    )


def _waits(message: Message, at: datetime) -> bool:
    return _of(message).standing(at) is State.WAITING


def _of(message: Message) -> Unblinding:
    found = queries.unblindings().filter(code=message.event.partition(":")[2])
    return found.get()
