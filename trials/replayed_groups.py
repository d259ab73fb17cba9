"""Couples and clusters as they were randomised: every member has what was drawn for the group, in an unbroken chain behind the draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trials import streams
from trials.domain.randomisation.chain import link
from trials.models import Allocation, Group, GroupMember

SHARED = ("scheme_id", "stratum_id", "seq", "stratum_key", "factors", "arm", "dummy_arm")


@dataclass(frozen=True)
class Fault:
    """What does not fit, and where: a trial id, a stratum or a scheme. `arms` says more, for whoever may read arms."""

    about: str
    what: str
    arms: str = ""


def faults() -> Iterator[Fault]:
    """Every group that has an arm, then everybody whose group is another than the one they were randomised in."""
    for group in Group.objects.exclude(allocations=None).distinct().order_by("pk"):
        yield from _of_group(group)
    stands_in = dict(GroupMember.objects.filter(left_at=None).values_list("unit", "group"))
    given = Allocation.objects.select_related("unit").order_by("pk")
    for allocation in given.filter(group__isnull=False):
        if stands_in.get(allocation.unit_id) != allocation.group_id:
            yield Fault(str(allocation.unit), "stands in another group than the one that was randomised")
    for allocation in given.filter(group=None, unit__memberships__left_at=None, unit__memberships__isnull=False):
        yield Fault(str(allocation.unit), "stands in a group and was randomised alone")
    present = GroupMember.objects.filter(left_at=None).select_related("unit").order_by("pk")
    for member in present.filter(unit__allocation=None).exclude(group__allocations=None):
        yield Fault(str(member.unit), "stands in a group that was randomised, and has no arm")


def _of_group(group: Group) -> Iterator[Fault]:
    given = list(group.allocations.select_related("unit", "scheme__trial", "follows__unit").order_by("pk"))
    drawn = [allocation for allocation in given if allocation.follows is None]
    if len(drawn) != 1:
        yield Fault(f"group {group}", f"was drawn for {len(drawn)} times")
        return
    before = drawn[0].hash
    for allocation in given:
        if allocation is drawn[0]:
            continue
        allocation.group = group
        about = str(allocation.unit)
        differs = [name for name in SHARED if getattr(allocation, name) != getattr(drawn[0], name)]
        if differs:
            told = f"{allocation.arm}, drawn {drawn[0].arm}" if "arm" in differs else ""
            yield Fault(about, "has not what was drawn for the group", told)
        if allocation.previous_hash != before:
            yield Fault(about, "does not carry the digest of the member before it")
        if allocation.hash != link(allocation.previous_hash, streams.facts_of(allocation)):
            yield Fault(about, "was changed: its digest is another")
        before = allocation.hash
