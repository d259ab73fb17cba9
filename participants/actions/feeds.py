"""Calendar addresses: a participant's, handed over by the coordinator, and a trainer's own. Only digests are kept; a new one ends the last.

Whoever must not know arms has none: sessions betray them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from participants.actions import moves
from participants.models import CalendarFeed, Participant
from participants.permissions import check_randomised, endings_of
from participants.queries.sessions import sites_with_sessions
from trials import audit, entropy
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused, check


@dataclass(frozen=True)
class Issued:
    """A fresh address; its token exists here and with the person only."""

    feed: CalendarFeed
    token: str  # 256 bits, base64url


@action
def issue_feed(owner: Participant | User, *, by: Actor, at: datetime) -> Issued:
    """A new calendar address for a person; the one before stops working."""
    _check_may(owner, by)
    if isinstance(owner, Participant):
        moves.lock(owner)
        check_randomised(owner, "No calendar address")
        if not endings_of(owner).may_be_contacted:
            raise Refused(f"{owner} gets no calendar address: participation has ended.", code="ended")
    else:
        User.objects.select_for_update().get(pk=owner.pk)
    feeds = feeds_of(owner)
    feeds.filter(revoked_at=None).update(revoked_at=at)
    token = base64.urlsafe_b64encode(entropy.fresh("feed", f"{owner.actor}|{feeds.count() + 1}")).rstrip(b"=").decode()
    person = {"participant": owner} if isinstance(owner, Participant) else {"user": owner}
    feed = CalendarFeed.objects.create(token_digest=_digest(token), created_at=at, **person)
    audit.record("feed.issued", about=_about(owner), by=by, at=at)
    return Issued(feed, token)


@action
def revoke_feed(owner: Participant | User, *, by: Actor, at: datetime) -> int:
    """The person's calendar address stops working; answers how many did."""
    _check_may(owner, by)
    ended = feeds_of(owner).filter(revoked_at=None).update(revoked_at=at)
    audit.record("feed.revoked", about=_about(owner), by=by, at=at, detail={"feeds": ended})
    return ended


def find(token: str) -> CalendarFeed | None:
    """The feed in force behind a token, of a person who may still have one; None for any other text."""
    feeds = CalendarFeed.objects.filter(token_digest=_digest(token), revoked_at=None)
    feed = feeds.select_related("participant__unit__site", "user").first()
    if feed is None:
        return None
    if feed.participant is not None:
        return feed if endings_of(feed.participant).may_be_contacted else None
    assert feed.user is not None
    return feed if feed.user.is_active and sites_with_sessions(feed.user) else None


def feed_of(owner: Participant | User) -> CalendarFeed | None:
    """The one in force."""
    return feeds_of(owner).filter(revoked_at=None).first()


def feeds_of(owner: Participant | User) -> QuerySet[CalendarFeed]:
    """All there ever were, the newest first."""
    mine = Q(participant=owner) if isinstance(owner, Participant) else Q(user=owner)
    return CalendarFeed.objects.filter(mine).order_by("-created_at", "-pk")


def _check_may(owner: Participant | User, by: Actor) -> None:
    """A participant's is made by who plans their sessions; staff make their own, where they see sessions."""
    if isinstance(owner, Participant):
        check(by, Permission.PLAN_SESSIONS, at_site=owner.site)
        if isinstance(by, User) and not Participant.objects.visible_to(by).filter(pk=owner.pk).exists():
            raise NotAllowed(f"{owner} trains with somebody else.")
        return
    check(by, Permission.RECORD_SESSION)
    if by != owner or not sites_with_sessions(owner):
        raise NotAllowed("Everybody makes their own calendar address.")


def _about(owner: Participant | User) -> str:
    return owner.trial_id if isinstance(owner, Participant) else owner.actor


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
