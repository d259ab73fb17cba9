"""Break one person's code, and tell the arm once: on the screen of whoever asks, or to a third person so that whoever asks never sees it.

Only this module reads the arm for it. Who must know that a code was broken is told by the floor above, without the arm.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from trials import audit, blinding, entropy, permissions
from trials.actors import Actor, Machine
from trials.audit import action
from trials.domain.roles import Permission
from trials.domain.unblinding import REASONS, Mode, State, StepKind
from trials.models import Allocation, Unblinding, UnblindingStep, Unit, User
from trials.permissions import Refused

KEY_LENGTH = 8
TOKEN_BYTES = 32


class BadRequest(Refused):
    """A request for a code break that lacks something; `faults` has a sentence a field."""

    def __init__(self, **faults: str) -> None:
        super().__init__(" ".join(faults.values()), code="bad_request", status=422)
        self.faults = faults


@dataclass(frozen=True)
class Broken:
    """The record, and what its requester gets this once: the arm (on screen) or the key to tell an outside reader by telephone."""

    unblinding: Unblinding
    arm: str = ""
    key: str = ""


@action
def record_break(
    unit: Unit,
    *,
    reason_code: str,
    reason: str,
    by: Actor,
    at: datetime,
    mode: str = Mode.THIRD_PERSON,
    recipient: User | None = None,
    recipient_name: str = "",
    recipient_email: str = "",
) -> Broken:
    """The arm of one unit, for whoever the mode names. The request, its reason and its reader stay; no row, event or message holds the arm.

    Refused: roles that may not break codes, nobody randomised, no reason, no reader, and a reader who must never be told. The step
    above has asked for the password.
    """
    permissions.check(by, Permission.BREAK_CODE, at_site=unit.site)
    assert isinstance(by, User)
    allocation = Allocation.objects.filter(unit=unit).first()
    if allocation is None:
        raise Refused(f"{unit} is not randomised.", code="not_randomised")
    _check_reason(reason_code, reason)
    reader = _reader(unit, by, mode, recipient, recipient_name.strip(), recipient_email.strip())
    natural = f"{unit.trial_id}|{allocation.unblindings.count()}|{at.isoformat()}"
    key = entropy.code("code break key", natural, length=KEY_LENGTH) if reader["recipient_email"] else ""
    unblinding = Unblinding.objects.create(
        allocation=allocation, code=entropy.code("unblinding", natural), reason_code=reason_code, reason=reason.strip(), requester=by,
        mode=mode, key_digest=_digest(key) if key else "", at=at, **reader,
    )  # fmt: skip
    detail = {"code": unblinding.code, "mode": mode, "reason_code": reason_code}
    audit.record("code.broken", about=unit.trial_id, by=by, at=at, reason=reason, detail=detail)
    if mode != Mode.SCREEN:
        return Broken(unblinding, key=key)
    return Broken(unblinding, arm=_tell(unblinding, by, at))


@action
def read_arm(unblinding: Unblinding, *, by: Actor, at: datetime) -> str:
    """The arm, once, for the member of staff it was sent to. The step above has asked for the password."""
    if not isinstance(by, User) or unblinding.recipient_id != by.pk:
        raise permissions.NotAllowed("This was sent to somebody else.")
    _held(unblinding)
    if not blinding.may_be_told(by, unblinding.allocation.unit.site):
        raise permissions.NotAllowed("Your roles may not be told an arm any more.")
    check_waits(unblinding, at)
    return _tell(unblinding, by, at)


@action
def make_link(unblinding: Unblinding, *, by: Actor, at: datetime) -> str:
    """The token of a link for the outside reader, made as its message goes out and kept nowhere. It opens only with the key."""
    check_waits(unblinding, at)
    natural = f"{unblinding.code}|{unblinding.steps.filter(kind=StepKind.LINKED).count()}"
    token = urlsafe_b64encode(entropy.fresh("code break link", natural)[:TOKEN_BYTES]).rstrip(b"=").decode()
    UnblindingStep.objects.create(unblinding=unblinding, kind=StepKind.LINKED, digest=_digest(token), actor=by.actor, at=at)
    audit.record("code.link_made", about=unblinding.allocation.unit.trial_id, by=by, at=at, detail={"code": unblinding.code})
    return token


def open_link(token: str, *, key: str, at: datetime) -> tuple[Unblinding, str]:
    """The arm, once, for whoever has both the link and the key. A wrong key is kept, whatever the answer.

    Refused in one sentence for a link that never was, is used up, too old or locked, and for a wrong key: the reader can't tell which.
    """
    found = _try_key(token, key=key, by=Machine("web"), at=at)
    if found is None:
        raise Refused(
            "Link and key don't open anything. Check the key; after a day, one reading or five wrong keys a link is closed: "
            "then ask the person who sent it.",
            code="closed",
            status=422,
        )
    return found


@action
def _try_key(token: str, *, key: str, by: Actor, at: datetime) -> tuple[Unblinding, str] | None:
    step = UnblindingStep.objects.select_related("unblinding__allocation__unit").filter(kind=StepKind.LINKED, digest=_digest(token)).first()
    if step is None:
        return None
    unblinding = step.unblinding
    _held(unblinding)
    if unblinding.standing(at) is not State.WAITING:
        return None
    if _digest("".join(key.split()).replace("-", "").upper()) == unblinding.key_digest:
        return unblinding, _tell(unblinding, by, at)
    UnblindingStep.objects.create(unblinding=unblinding, kind=StepKind.WRONG_KEY, actor=by.actor, at=at)
    audit.record("code.wrong_key", about=unblinding.allocation.unit.trial_id, by=by, at=at, detail={"code": unblinding.code})
    return None


def check_waits(unblinding: Unblinding, at: datetime) -> None:
    """Refused unless the arm still waits to be read."""
    state = unblinding.standing(at)
    if state is State.WAITING:
        return
    why = {
        State.TOLD: "was read already",
        State.LOCKED: "is locked after too many wrong keys",
        State.OVER: "was not read within a day",
    }[state]
    raise Refused(f"This arm {why}. Break the code again if it is needed.", code="closed", status=410)


def _tell(unblinding: Unblinding, by: Actor, at: datetime) -> str:
    UnblindingStep.objects.create(unblinding=unblinding, kind=StepKind.TOLD, actor=by.actor, at=at)
    audit.record("code.told", about=unblinding.allocation.unit.trial_id, by=by, at=at, detail={"code": unblinding.code})
    return unblinding.allocation.arm


def _held(unblinding: Unblinding) -> None:
    """Readers of one code wait for each other; the row itself can't be locked by a role that may not change it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('uplift unblinding'), hashtext(%s))", [unblinding.code])


def _check_reason(reason_code: str, reason: str) -> None:
    faults = {}
    if reason_code not in REASONS:
        faults["reason_code"] = f"Choose why: {', '.join(REASONS)}."
    if not reason.strip():
        faults["reason"] = "Say in a sentence why the arm is needed."
    if faults:
        raise BadRequest(**faults)


def _reader(unit: Unit, by: User, mode: str, recipient: User | None, name: str, email: str) -> dict[str, object]:
    """Who reads the arm, as the record keeps it; exactly one, and nobody who must never be told."""
    if mode not in list(Mode):
        raise BadRequest(mode="Choose where the arm goes: third_person, screen.")
    if mode == Mode.SCREEN:
        if recipient is not None or name or email:
            raise BadRequest(mode="On your own screen nobody else reads it: leave the other reader empty.")
        if not blinding.may_be_told(by, unit.site):
            raise BadRequest(mode="You also assess or analyse, so the arm can't be shown to you. Send it to a third person.")
    elif recipient is not None:
        if name or email:
            raise BadRequest(recipient="Choose one reader: a member of staff, or somebody outside the trial.")
        if recipient.pk == by.pk:
            raise BadRequest(recipient="You can't be your own third person: show it on your screen instead.")
        if not recipient.is_active or not blinding.may_be_told(recipient, unit.site):
            raise BadRequest(recipient=f"{recipient} may not be told an arm at {unit.site.code}. Choose somebody else.")
    else:
        _check_outsider(name, email)
    return {"recipient": recipient, "recipient_name": name, "recipient_email": email}


def _check_outsider(name: str, email: str) -> None:
    if not name and not email:
        raise BadRequest(recipient="Choose who reads the arm.")
    if not name:
        raise BadRequest(recipient_name="Enter who reads the arm, and where they work.")
    try:
        validate_email(email)
    except ValidationError:
        raise BadRequest(recipient_email="Enter the reader's e-mail address, like name@hospital.example.") from None
    if User.objects.filter(email__iexact=email, is_active=True).exists():
        raise BadRequest(recipient_email="This address belongs to a member of staff: choose them by name, so that they log in to read.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
