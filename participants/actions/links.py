"""Personal links: the right to fill in one sitting, or to see the own appointments, without a log-in.

Only digests are kept; a resend leaves the old link alive. A link to questions never opens appointments: it may be typed on the site's
tablet, beside somebody who must not know whether there are any.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from participants import permissions
from participants.models import Participant, PersonalLink
from trials import audit, entropy
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, check

CODE_LENGTH = 10
APPOINTMENTS = ""  # stands in the place of a visit: the link opens the person's own appointments


@dataclass(frozen=True)
class Minted:
    """A fresh link; token and code exist here and in the person's message only."""

    link: PersonalLink
    token: str  # 256 bits, base64url
    code: str  # for typing


@action
def mint(participant: Participant, *, visit: str, expires_at: datetime | None, by: Actor, at: datetime) -> Minted:
    """A new link to one visit's questionnaires, or to `APPOINTMENTS`, open until `expires_at` (half-open)."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    if not permissions.endings_of(participant).may_be_contacted:
        raise Refused(f"{participant} gets no links: participation has ended.", code="ended")
    number = PersonalLink.objects.filter(participant=participant, visit=visit).count() + 1
    natural_key = f"{participant.trial_id}|{visit}|{number}"
    token = base64.urlsafe_b64encode(entropy.fresh("link", natural_key)).rstrip(b"=").decode()
    code = entropy.code("link-code", natural_key, length=CODE_LENGTH)
    link = PersonalLink.objects.create(
        participant=participant, visit=visit, token_digest=_digest(token), code_digest=_digest(code), created_at=at, expires_at=expires_at
    )
    audit.record("link.made", about=participant.trial_id, by=by, at=at, detail={"visit": visit})
    return Minted(link, token, code)


@action
def revoke(participant: Participant, *, visit: str, by: Actor, at: datetime) -> int:
    """Every link to that visit stops working; answers how many did."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    ended = PersonalLink.objects.filter(participant=participant, visit=visit, revoked_at=None).update(revoked_at=at)
    audit.record("link.revoked", about=participant.trial_id, by=by, at=at, detail={"visit": visit, "links": ended})
    return ended


@action
def revoke_all(participant: Participant, *, by: Actor, at: datetime) -> int:
    """No link of the person works any longer; part of every ending, and of it alone."""
    ended = PersonalLink.objects.filter(participant=participant, revoked_at=None).update(revoked_at=at)
    if ended:
        audit.record("link.revoked", about=participant.trial_id, by=by, at=at, detail={"links": ended})
    return ended


def find(secret: str, *, at: datetime) -> PersonalLink | None:
    """The link in force behind a token or a typed code (case, spaces and hyphens do not matter); None for any other text."""
    typed = "".join(secret.split()).replace("-", "").upper()
    return (
        PersonalLink.objects.filter(Q(token_digest=_digest(secret.strip())) | Q(code_digest=_digest(typed)), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=at))
        .select_related("participant__unit__site")
        .first()
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
