"""Couples and clusters: gathered before anybody in them is randomised, then drawn for once; who takes which place is said here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trials import audit, entropy, permissions, queries
from trials.actions import allocation
from trials.actors import Actor
from trials.audit import action
from trials.domain.groups import PLURAL, too_many
from trials.domain.protocol.shape import AllocationPlan
from trials.domain.randomisation.strata import Levels
from trials.domain.roles import Permission
from trials.models import Allocation, Attempt, Group, GroupMember, Unit
from trials.permissions import Refused


class BadGroup(Refused):
    """People who can't be gathered; every fault is a sentence of its own."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults), code="bad_group", status=422)


@dataclass(frozen=True)
class Together:
    """Whose arm a member takes: so many `people` are drawn for at once, and what was drawn, once the first member has it."""

    group: Group
    people: int
    drawn: Allocation | None = None

    @property
    def levels(self) -> Levels:
        """The level of every factor that the group was drawn with; empty before the draw."""
        return tuple(self.drawn.factors.items()) if self.drawn else ()


@action
def gather_group(trial_ids: Sequence[str], *, by: Actor, at: datetime) -> Group:
    """A couple or a cluster of people of one site, in the order named: the first is its first member.

    Refused: a trial that randomises persons; somebody whom nobody by this id can be, who is at another site, randomised or in a
    group; more people than the protocol allows. Every fault is told at once.
    """
    permissions.check(by, Permission.RANDOMISE)
    plan = _plan()
    units = _units(trial_ids, by)
    faults, crowded = _faults(trial_ids, units), too_many(plan, len(units))
    if faults or crowded or not units:
        raise BadGroup([*faults, *filter(None, [crowded])] or ["Name the people."])
    first = units[0]
    code = entropy.code("group", f"{first.trial_id}|{first.memberships.count()}")
    group = Group.objects.create(code=code, site=first.site, kind=plan.unit, joined=len(units), gathered_at=at)
    GroupMember.objects.bulk_create(
        GroupMember(group=group, unit=unit, number=number, joined_at=at) for number, unit in enumerate(units, start=1)
    )
    named = [unit.trial_id for unit in units]
    audit.record("group.gathered", about=f"group:{group}", by=by, at=at, detail={"order": named})
    return group


@action
def add_member(group: Group, *, trial_id: str, by: Actor, at: datetime) -> GroupMember:
    """One person more, before the group is randomised. Refused as a gathering is, and once the group has its arm."""
    permissions.check(by, Permission.RANDOMISE, at_site=group.site)
    plan = _plan()
    hold(group)
    if is_drawn(group):
        raise _over(group, "nobody is added any more")
    return _joins(group, trial_id, "", plan, by, at)


@action
def remove_member(group: Group, *, trial_id: str, reason: str, by: Actor, at: datetime) -> GroupMember:
    """Somebody leaves a group before it is randomised; the row stays, with the reason. Refused once the group has its arm."""
    permissions.check(by, Permission.RANDOMISE, at_site=group.site)
    if not reason.strip():
        raise Refused("Say why they leave.", code="no_reason", status=422)
    hold(group)
    if is_drawn(group):
        raise _over(group, "nobody leaves it any more")
    member = group.members.filter(left_at=None, unit__trial_id=trial_id).select_related("unit").first()
    if member is None:
        raise Refused(f"{trial_id} is not in {group.kind} {group}.", code="not_a_member")
    member.left_at, member.left_reason = at, reason.strip()
    member.save(update_fields=["left_at", "left_reason"])
    audit.record("member.left", about=trial_id, by=by, at=at, reason=reason, detail={"group": group.code})
    return member


@action
def admit_latecomer(group: Group, *, trial_id: str, reason: str, by: Actor, at: datetime) -> Together:
    """Somebody joins a cluster that has its arm, where the protocol lets them, with the reason kept beside them; they take its arm in
    the same transaction. The caller holds the group.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=group.site)
    plan = _plan()
    drawn = group.allocations.filter(follows=None).select_related("stratum", "group").first()
    if drawn is None:
        raise Refused(f"The {group.kind} {group} is not randomised yet: add them as a member.", code="not_drawn")
    if plan.latecomers != "join":
        raise _over(group, "the protocol takes no latecomers")
    if not reason.strip():
        raise Refused("Say why they join after the draw.", code="no_reason", status=422)
    _joins(group, trial_id, reason.strip(), plan, by, at)
    return Together(group, 1, drawn)


def take_place(unit: Unit, *, strata: Levels, together: Together, attempt: Attempt | None, by: Actor, at: datetime) -> Allocation:
    """The draw for a group, as its first member's, or what was drawn for it."""
    if together.drawn is None:
        return allocation.allocate(unit, strata=strata, group=together.group, people=together.people, attempt=attempt, by=by, at=at)
    return allocation.follow(unit, drawn=together.drawn, attempt=attempt, by=by, at=at)


def hold(group: Group) -> None:
    """The group's row under lock until the transaction ends: nobody joins, leaves or draws meanwhile."""
    group.joined = Group.objects.select_for_update(no_key=True).get(pk=group.pk).joined


def is_drawn(group: Group) -> bool:
    return group.allocations.exists()


def members_of(group: Group) -> list[Unit]:
    """Who is in it, the first member first."""
    return [member.unit for member in group.members.filter(left_at=None).select_related("unit__site").order_by("number")]


def _joins(group: Group, trial_id: str, late: str, plan: AllocationPlan, by: Actor, at: datetime) -> GroupMember:
    units = _units([trial_id], by)
    faults = _faults([trial_id], units)
    if units and units[0].site_id != group.site_id:
        faults.append(f"{trial_id} is at another site than {group.kind} {group}.")
    crowded = too_many(plan, group.members.filter(left_at=None).count() + 1)
    if faults or crowded:
        raise BadGroup([*faults, *filter(None, [crowded])])
    group.joined += 1
    group.save(update_fields=["joined"])
    member = GroupMember.objects.create(group=group, unit=units[0], number=group.joined, joined_at=at, late_reason=late)
    audit.record("member.joined", about=trial_id, by=by, at=at, reason=late, detail={"group": group.code})
    return member


def _plan() -> AllocationPlan:
    plan = queries.protocol_in_force().allocation
    if not plan.by_group:
        raise Refused("This trial randomises persons: nobody is gathered in a group.", code="by_person")
    return plan


def _units(trial_ids: Sequence[str], by: Actor) -> list[Unit]:
    """Those named whom `by` randomises, in the order named, under lock: nobody puts them into two groups at once."""
    found = Unit.objects.select_for_update(of=("self",), no_key=True).select_related("site").filter(trial_id__in=trial_ids).order_by("pk")
    known = {unit.trial_id: unit for unit in found if permissions.allowed(by, Permission.RANDOMISE, at_site=unit.site)}
    return [known[trial_id] for trial_id in dict.fromkeys(trial_ids) if trial_id in known]


def _faults(trial_ids: Sequence[str], units: Sequence[Unit]) -> list[str]:
    """A sentence for everything that keeps these people from being in a group together."""
    known = {unit.trial_id for unit in units}
    faults = [f"{name}: nobody you can see has this id." for name in dict.fromkeys(trial_ids) if name not in known]
    faults += [f"{name} is named more than once." for name in dict.fromkeys(trial_ids) if name in known and trial_ids.count(name) > 1]
    randomised = set(Allocation.objects.filter(unit__in=units).values_list("unit", flat=True))
    gathered = dict(GroupMember.objects.filter(unit__in=units, left_at=None).values_list("unit", "group__code"))
    for unit in units:
        if unit.site_id != units[0].site_id:
            faults.append(f"{unit} is at another site than {units[0]}.")
        if unit.pk in randomised:
            faults.append(f"{unit} is randomised.")
        elif unit.pk in gathered:
            faults.append(f"{unit} is in group {gathered[unit.pk]}.")
    return faults


def _over(group: Group, therefore: str) -> Refused:
    sentence = f"The {group.kind} {group} is randomised: {therefore}."
    return Refused(sentence, code="group_drawn", way_out=(f"See {PLURAL[group.kind]}", "/groups/"))
