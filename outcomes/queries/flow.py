"""The CONSORT flow as of now, from the facts themselves: by arm for those who may see figures by arm, pooled for everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outcomes.domain.case import Case
from outcomes.domain.consort import Flow, pooled
from outcomes.domain.tables import consort_flow, person_tables
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.closed import codes_of
from outcomes.exports.dataset import people
from outcomes.exports.seen_blind import people_seen_blind
from outcomes.instruments import instruments
from outcomes.permissions import sees_by_arm
from trials import queries
from trials.models import Site, User
from trials.permissions import Permission, check, sites_where


@dataclass(frozen=True)
class LiveFlow:
    """`sites` are the codes counted; empty = all of them."""

    flow: Flow
    by_arm: bool
    sites: tuple[str, ...]


def live_flow(viewer: User, *, as_of: datetime) -> LiveFlow:
    """The flow of the sites that the viewer's roles reach; a fixed number of queries. Raises `BrokenSum` naming the person."""
    check(viewer, Permission.SEE_FLOW)
    protocol = queries.protocol_in_force()
    reach = sites_where(viewer, Permission.SEE_FLOW)
    sites = () if reach is None else tuple(Site.objects.filter(pk__in=reach).values_list("code", flat=True))
    rows: dict[str, list] = {"participant": [], "session": []}  # type: ignore[type-arg]
    by_arm = sees_by_arm(viewer)
    for person in people() if by_arm else people_seen_blind():
        if sites and person.site not in sites:
            continue
        built = person_tables(Case(person, protocol, as_of), instruments)
        rows["participant"] += built["participant"]
        rows["session"] += built.get("session", [])
    counted = consort_flow(protocol, rows)
    if by_arm:
        return LiveFlow(counted, True, sites)
    return LiveFlow(pooled_reasons(pooled(counted), codes_of(protocol)), False, sites)
