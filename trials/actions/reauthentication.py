"""The password typed again before a step that must be somebody's own: a session left open, or a token, is not enough.

A wrong one is refused and kept, whatever becomes of the step. After too many within minutes every try is refused, a right one too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max

from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Event, User
from trials.permissions import NotAllowed, Refused

TRIES, WITHIN = 5, timedelta(minutes=10)
WRONG = "staff.reauthentication_refused"


def prove(*, password: str, purpose: str, by: Actor, at: datetime) -> None:
    """Raises `Refused` unless this is the actor's own password; the try is committed by itself, before anything else happens.

    Refused: a wrong password (422), and any password after 5 wrong ones within 10 minutes (429).
    """
    if not isinstance(by, User):
        raise NotAllowed(f"A named person does this: {purpose}.")
    opens_at, right = _try(by, password=password, purpose=purpose, by=by, at=at)
    if opens_at is not None:
        minutes = -(-(opens_at - at) // timedelta(minutes=1))
        raise Refused(f"Too many wrong passwords. Try again in {minutes} min, or let a colleague do it.", code="too_many_tries", status=429)
    if not right:
        raise BadPassword()


class BadPassword(Refused):
    """`faults` names the field, so that a page puts the sentence beside it."""

    def __init__(self) -> None:
        super().__init__("This is not your password.", code="wrong_password", status=422)
        self.faults = {"password": self.sentence}


@action
def _try(user: User, *, password: str, purpose: str, by: Actor, at: datetime) -> tuple[datetime | None, bool]:
    """(until when no password is looked at, whether it was right). The user's row is held, so tries at once are counted in turn."""
    held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    wrong = Event.objects.filter(actor=user.actor, verb=WRONG, at__gt=at - WITHIN, at__lte=at)
    if wrong.count() >= TRIES:
        return wrong.aggregate(last=Max("at"))["last"] + WITHIN, False
    right = held.is_active and held.check_password(password)
    audit.record("staff.reauthenticated" if right else WRONG, about=user.actor, by=by, at=at, detail={"for": purpose})
    return None, right
