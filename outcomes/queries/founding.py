"""What a trial lacks before its first participant can be randomised, for those who can do something about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trials.domain.protocol import Protocol
from trials.domain.roles import Permission, Role
from trials.models import Membership, Scheme, User
from trials.permissions import allowed

NEEDED = (Role.COORDINATOR, Role.UNBLINDED_STATISTICIAN, Role.PI, Role.SAFETY_CLINICIAN)


@dataclass(frozen=True)
class Lack:
    """One thing that is not there yet, and the page where it is made."""

    what: str
    note: str
    action: str
    url: str


def lacks(user: User, protocol: Protocol, *, at: datetime) -> list[Lack]:
    """Nothing once a scheme was opened, and nothing for whoever neither draws nor opens one. At most three statements."""
    draws, opens = allowed(user, Permission.DRAW_SCHEME), allowed(user, Permission.OPEN_SCHEME)
    if not (draws or opens) or Scheme.objects.exclude(opened_at=None).exists():
        return []
    found = _roles_without_anybody(protocol, at) if allowed(user, Permission.MANAGE_STAFF) else []
    drawn = Scheme.objects.live().exists()
    if drawn and opens:
        found.append(Lack("The scheme of randomisation waits for your approval", "", "See randomisation", "/randomisation/"))
    elif not drawn:
        who = "The list is yours to upload" if protocol.allocation.method == "uploaded_list" else "It is yours to draw"
        note = who if draws else "The unblinded statistician makes it, then you approve it"
        found.append(Lack("There is no scheme of randomisation yet", note, "See randomisation", "/randomisation/"))
    return found


def _roles_without_anybody(protocol: Protocol, at: datetime) -> list[Lack]:
    needed = (*NEEDED, *([Role.TRAINER] if protocol.plans else []))
    held = set(Membership.objects.in_force(at).filter(user__is_active=True).values_list("role", flat=True))
    nobody = [role.words for role in needed if role.value not in held]
    return [Lack("Nobody is invited yet as " + ", ".join(nobody), "", "Invite a colleague", "/staff/invite/")] if nobody else []
