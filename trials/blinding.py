"""The one door to arms. People get an arm or `CONCEALED`; machinery gets the session plan; nobody else reads `Allocation.arm`.

A role that the protocol blinds stays blind at its sites whatever other role the same person holds there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Final, Literal

from django.db.models import QuerySet

from trials import queries
from trials.actors import Actor, Machine
from trials.domain.protocol import Arm, SessionPlan
from trials.domain.roles import NEVER_TOLD, TABLE, Permission, Role
from trials.models import Allocation, Site, User
from trials.permissions import allowed, blind_sites, joined, roles_of, sites_where


class Concealed(Enum):
    """What a blind eye gets: false in a condition, empty on a page."""

    CONCEALED = ""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""


CONCEALED: Final[Literal[Concealed.CONCEALED]] = Concealed.CONCEALED

EYES_ON_ARMS = (Permission.SEE_ARM, Permission.SEE_BY_ARM)


def arm_for(viewer: Actor, allocation: Allocation) -> str | Concealed:
    """The arm's code, for whoever may know it; participants know their own."""
    return allocation.arm if _may_know(viewer, allocation) else CONCEALED


def told_for(viewer: Actor, allocation: Allocation) -> Arm | Concealed:
    """The arm as the protocol describes it (label, what staff say), for whoever may know it."""
    return queries.protocol_of(allocation.protocol_digest).arm(allocation.arm) if _may_know(viewer, allocation) else CONCEALED


def dummy_arm_for(allocation: Allocation) -> str:
    """A sham arm from a stream of its own with the same ratio and strata: what the blinded view shows in the arm's place."""
    return allocation.dummy_arm


def plan_for(allocation: Allocation) -> SessionPlan | None:
    """The session plan under the protocol the unit was randomised by, for machinery; None where the arm has none."""
    return queries.protocol_of(allocation.protocol_digest).plan_of(allocation.arm)


def deferred_plan_for(allocation: Allocation) -> SessionPlan | None:
    """The plan offered once the primary visit has closed, for machinery; None where the arm has none."""
    return queries.protocol_of(allocation.protocol_digest).deferred_plan_of(allocation.arm)


def plans_for(allocations: Iterable[Allocation]) -> dict[int, tuple[SessionPlan | None, SessionPlan | None]]:
    """Of many at once, by allocation: the session plan and the deferred one, for machinery; one statement a protocol."""
    known = list(allocations)
    protocols = {digest: queries.protocol_of(digest) for digest in {a.protocol_digest for a in known}}
    told = ((a, protocols[a.protocol_digest]) for a in known)
    return {a.pk: (protocol.plan_of(a.arm), protocol.deferred_plan_of(a.arm)) for a, protocol in told}


def sees_arms(viewer: Actor, site: Site | None = None) -> bool:
    """Whether the viewer may know arms at a site, or, without one, at every site there is for the viewer to see."""
    if not isinstance(viewer, User):
        return isinstance(viewer, Machine) and allowed(viewer, Permission.SEE_ARM)
    open_sites, blind_sites = _reach(viewer)
    if site is not None:
        return _within(open_sites, site.pk) and not _within(blind_sites, site.pk)
    return open_sites != set() and blind_sites == set()


def may_be_told(viewer: User, site: Site) -> bool:
    """Whether one arm may be told to this person in a code break: they know arms there or break codes; who assesses or analyses never."""
    roles = roles_of(viewer)
    if any(_within(roles[role], site.pk) for role in NEVER_TOLD if role in roles):
        return False
    return sees_arms(viewer, site) or allowed(viewer, Permission.BREAK_CODE, at_site=site)


def readers_at(site: Site, at: datetime) -> QuerySet[User]:
    """Whom a code break at a site can be sent to: whoever breaks codes or sees that they were broken, and may be told."""
    able = [role for role in Role if {Permission.BREAK_CODE, Permission.SEE_UNBLINDINGS} & TABLE[role]]
    return queries.holders(able, site, at).exclude(pk__in=queries.holders(NEVER_TOLD, site, at).values("pk")).order_by("name", "pk")


def arms_seen_by(viewer: Actor) -> QuerySet[Allocation]:
    """The allocations whose arm the viewer may know, for set-based work; empty for blind eyes."""
    everything = Allocation.objects.all()
    if not isinstance(viewer, User):
        return everything if sees_arms(viewer) else everything.filter(unit__trial_id=_own_trial_id(viewer))
    open_sites, blind_sites = _reach(viewer)
    if blind_sites is None:
        return everything.none()
    seen = everything if open_sites is None else everything.filter(unit__site__in=open_sites)
    return seen.exclude(unit__site__in=blind_sites) if blind_sites else seen


def _may_know(viewer: Actor, allocation: Allocation) -> bool:
    if isinstance(viewer, User | Machine):
        return sees_arms(viewer, allocation.unit.site)
    return _own_trial_id(viewer) == allocation.unit.trial_id


def _own_trial_id(viewer: Actor) -> str:
    kind, _, trial_id = viewer.actor.partition(":")
    return trial_id if kind == "participant" else ""


def _within(sites: set[int] | None, site_id: int) -> bool:
    return sites is None or site_id in sites


def _reach(user: User) -> tuple[set[int] | None, set[int] | None]:
    """Sites where the user's roles open arms, and where one of them is blind; None = every site."""
    return joined([sites_where(user, permission) for permission in EYES_ON_ARMS]), blind_sites(user)
