"""The CONSORT flow: by arm for those who may see figures by arm, pooled for everybody else.

As of now, from the facts themselves, in a trial of up to a thousand people assessed. A larger one takes longer to count than anybody waits
for a page: its flow is counted in the background and told with the instant it was counted at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from outcomes.domain.case import Case
from outcomes.domain.consort import Flow, pooled
from outcomes.domain.facts import Row
from outcomes.domain.tables import PERSON_FACTS, flow_of, person_tables
from outcomes.domain.trainers import Trainers
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.closed import codes_of
from outcomes.exports.seen_blind import people_seen_blind
from outcomes.exports.trained import whole
from outcomes.instruments import instruments
from outcomes.models import Report
from outcomes.permissions import sees_by_arm
from participants.models import Participant
from trials import queries
from trials.domain.protocol import Protocol
from trials.models import Site, User
from trials.permissions import Permission, Refused, check, sites_where

KINDS = {True: "flow_by_arm", False: "flow_pooled"}
COUNTED_LIVE = 1000
WHOLE = ""


@dataclass(frozen=True)
class LiveFlow:
    """`sites` are the codes counted; empty = all of them."""

    flow: Flow
    by_arm: bool
    sites: tuple[str, ...]
    as_of: datetime


def live_flow(viewer: User, *, as_of: datetime) -> LiveFlow:
    """The flow of the sites that the viewer's roles reach; a fixed number of queries. Raises `BrokenSum` naming the person."""
    check(viewer, Permission.SEE_FLOW)
    protocol = queries.protocol_in_force()
    reach = sites_where(viewer, Permission.SEE_FLOW)
    sites = () if reach is None else tuple(Site.objects.filter(pk__in=reach).order_by("code").values_list("code", flat=True))
    by_arm = sees_by_arm(viewer)
    kept = _kept(by_arm, sites) if is_large() else None
    if kept is not None:
        return LiveFlow(kept[0], by_arm, sites, kept[1])
    return LiveFlow(_counted(protocol, by_arm, [sites], as_of)[0], by_arm, sites, as_of)


def is_large() -> bool:
    """Whether the flow is counted in the background."""
    return Participant.objects.count() > COUNTED_LIVE


def flows(protocol: Protocol, *, by_arm: bool, as_of: datetime) -> dict[str, Flow]:
    """The flow of the whole trial and of each site, by code, from one pass over everybody. Raises `BrokenSum` naming the person."""
    codes = [site.code for site in protocol.sites]
    counted = _counted(protocol, by_arm, [(), *((code,) for code in codes)], as_of)
    return dict(zip([WHOLE, *codes], counted, strict=True))


def _kept(by_arm: bool, sites: tuple[str, ...]) -> tuple[Flow, datetime] | None:
    """The last one counted in the background; None where there is none yet, or the viewer counts some sites but not all."""
    done = (Report.Status.DONE, Report.Status.FAILED)
    last = Report.objects.filter(kind=KINDS[by_arm], status__in=done).order_by("-as_of", "-pk").first()
    if last is None or len(sites) > 1:
        return None
    if last.status == Report.Status.FAILED:
        raise Refused(last.failure, code="broken_sum")
    found = last.body["flows"].get(sites[0] if sites else WHOLE)
    return None if found is None else (json.loads(found), last.as_of)


def _counted(protocol: Protocol, by_arm: bool, wanted: Iterable[tuple[str, ...]], as_of: datetime) -> list[Flow]:
    """One flow for each set of sites, () being all, from one pass over the people."""
    sets = list(wanted)
    counts = [_Counted() for _ in sets]
    for person, sums in whole() if by_arm else ((person, None) for person in people_seen_blind()):
        counts_in = [counted for sites, counted in zip(sets, counts, strict=True) if not sites or person.site in sites]
        if not counts_in:
            continue
        built = person_tables(Case(person, protocol, as_of), instruments, sums)
        row = {name: built["participant"][0].get(name) for name in PERSON_FACTS}
        for counted in counts_in:
            counted.people.append(row)
            counted.trainers.see(built.get("session", ()))
    return [_told(protocol, by_arm, counted) for counted in counts]


@dataclass
class _Counted:
    """What the flow of some sites is counted from: a few facts a person."""

    people: list[Row] = field(default_factory=list)
    trainers: Trainers = field(default_factory=Trainers)


def _told(protocol: Protocol, by_arm: bool, found: _Counted) -> Flow:
    counted = flow_of(protocol, found.people, found.trainers)
    return counted if by_arm else pooled_reasons(pooled(counted), codes_of(protocol))
