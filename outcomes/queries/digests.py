"""What a member of staff's daily mail counts: the same work that their home page lists, by the same eyes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from outcomes.domain.digest import Waiting
from outcomes.queries import today
from trials.models import Site, User
from trials.permissions import roles_of
from trials.queries import protocol_in_force


def zone_of(user: User, at: datetime) -> ZoneInfo | None:
    """The zone of the reader's site: of the first by code where they have several; None for whoever has no role any more."""
    roles = roles_of(user)
    if not roles:
        return None
    sites = Site.objects.order_by("code")
    if None not in roles.values():
        sites = sites.filter(pk__in={pk for reach in roles.values() for pk in reach or ()})
    first = sites.first()
    return None if first is None else first.zone


def waiting(user: User, at: datetime) -> list[Waiting]:
    """How much waits for the reader, most pressing first."""
    seen = today.of(user, protocol_in_force(), at=at)
    return [
        Waiting("safety alert is open", "safety alerts are open", len(seen.alerts), "/safety/"),
        Waiting("site has nobody on duty", "sites have nobody on duty", len(seen.nobody_on_duty), "/safety/roster/"),
        Waiting("thing is overdue", "things are overdue", len(seen.overdue), "/"),
        Waiting("thing is due today", "things are due today", len(seen.due), "/"),
        Waiting("thing comes in the next days", "things come in the next days", len(seen.later), "/"),
    ]
