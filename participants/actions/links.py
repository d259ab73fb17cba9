"""Personal links: the right to fill in one sitting, or to see the own appointments, without a log-in.

Only digests are kept; a resend leaves the old link alive. A link to questions never opens appointments: it may be typed on the site's
tablet, beside somebody who must not know whether there are any.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from participants import permissions
from participants.models import Participant, PersonalLink
from trials import audit, entropy
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, check

CODE_LENGTH = 10
APPOINTMENTS = ""  # stands in the place of a visit: the link opens the person's own appointments


@dataclass(frozen=True)
class Wanted:
    """A link to be made: whose, to which visit, until when."""

    participant: Participant
    visit: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Minted:
    """A fresh link; token and code exist here and in the person's message only."""

    link: PersonalLink
    token: str  # 256 bits, base64url
    code: str  # for typing


@action
def mint(participant: Participant, *, visit: str, expires_at: datetime | None, by: Actor, at: datetime) -> Minted:
    """A new link to one visit's questionnaires, or to `APPOINTMENTS`, open until `expires_at` (half-open)."""
    return mint_each([Wanted(participant, visit, expires_at)], by=by, at=at)[0]


@action
def mint_each(wanted: Sequence[Wanted], *, by: Actor, at: datetime) -> list[Minted]:
    """The same for many, in their order, in three statements."""
    for one in wanted:
        check(by, Permission.SEND_MESSAGES, at_site=one.participant.site)
        if not permissions.endings_of(one.participant).may_be_contacted:
            raise Refused(f"{one.participant} gets no links: participation has ended.", code="ended")
    people = {one.participant.pk for one in wanted}
    there = PersonalLink.objects.filter(participant__in=people, visit__in={one.visit for one in wanted}).order_by()
    number = Counter({(who, visit): many for who, visit, many in there.values_list("participant", "visit").annotate(Count("pk"))})
    fresh = []
    for one in wanted:
        number[one.participant.pk, one.visit] += 1
        natural_key = f"{one.participant.trial_id}|{one.visit}|{number[one.participant.pk, one.visit]}"
        token = base64.urlsafe_b64encode(entropy.fresh("link", natural_key)).rstrip(b"=").decode()
        code = entropy.code("link-code", natural_key, length=CODE_LENGTH)
        link = PersonalLink(
            participant=one.participant, visit=one.visit, token_digest=_digest(token), code_digest=_digest(code), created_at=at,
            expires_at=one.expires_at,
        )  # fmt: skip
        fresh.append(Minted(link, token, code))
    in_order = sorted((minted.link for minted in fresh), key=lambda link: link.participant_id)  # as `moves.lock_all` holds people's rows
    PersonalLink.objects.bulk_create(in_order)
    audit.record_each("link.made", ((one.participant.trial_id, {"visit": one.visit}) for one in wanted), by=by, at=at)
    return fresh


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
