"""A password of one's own, and codes broken with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from participants.actions import unblinding
from participants.models import Participant
from tests.cast import PASSWORD, SHELL
from trials.actions import staff
from trials.actions.unblinding import Broken
from trials.actors import Machine
from trials.models import User

WHY = {"reason_code": "urgent_treatment", "reason": "Chest pain at rest"}


def with_password(user: User, at: datetime) -> User:
    """The same person, who has chosen a password by a link."""
    staff.accept(staff.reset_password(user, by=SHELL, at=at).token, password=PASSWORD, by=Machine("web"), at=at)
    return User.objects.get(pk=user.pk)


def broken(person: Participant, *, by: User, at: datetime, **given: Any) -> Broken:
    return unblinding.break_code(person, **WHY | {"password": PASSWORD} | given, by=by, at=at)
