"""Allocations of a trial that moves in: kept as they were made elsewhere, with no place in any sequence here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trials import audit, entropy, permissions, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.domain.roles import Permission
from trials.models import Allocation, Unit
from trials.permissions import Refused


@dataclass(frozen=True)
class MovedAllocation:
    unit: Unit
    arm: str
    stratum_key: str
    randomised_at: datetime


@action
def take_in_allocations(moved: Iterable[MovedAllocation], *, by: Actor, at: datetime) -> list[Allocation]:
    """Each unit's arm as randomised elsewhere; a sham arm is drawn by the protocol's ratio. Randomisation stays closed.

    Refused once anybody is randomised here.
    """
    permissions.check(by, Permission.LOAD_PROTOCOL)
    if Allocation.objects.exists():
        raise Refused("Somebody is randomised here already; a trial moves into an empty installation.", code="not_empty")
    protocol = queries.protocol_in_force()
    made = Allocation.objects.bulk_create([_allocation(one, protocol) for one in moved])
    audit.record("allocations.moved_in", about="trial", by=by, at=at, detail={"units": len(made)})
    return made


def _allocation(moved: MovedAllocation, protocol: Protocol) -> Allocation:
    trial_id = moved.unit.trial_id
    return Allocation(
        unit=moved.unit,
        stratum_key=moved.stratum_key,
        factors=dict(part.split("=", 1) for part in moved.stratum_key.split("|") if "=" in part),
        arm=moved.arm,
        dummy_arm=_sham(trial_id, protocol),
        code=entropy.code("allocation", trial_id),
        at=moved.randomised_at,
        protocol_digest=protocol.digest,
        source=Allocation.Source.IMPORTED,
    )


def _sham(trial_id: str, protocol: Protocol) -> str:
    """An arm by ratio from fresh randomness, unrelated to the one allocated."""
    places = [arm.code for arm in protocol.arms for _ in range(arm.ratio)]
    return places[int.from_bytes(entropy.fresh("sham arm", trial_id), "big") % len(places)]
