"""Couples and clusters as the pages show them: who may still be gathered, and what those in a group were given."""

from __future__ import annotations

from participants.domain.journey import Status
from participants.models import Enrolment, Participant
from trials.models import Group, GroupMember, Site, User
from trials.permissions import Permission, check, sites_where

MOST_LISTED = 200


def waiting(user: User, *, site: Site | None = None) -> list[Participant]:
    """Whoever has consented, is in no group and not randomised, at the sites (or the one) where the user randomises."""
    check(user, Permission.RANDOMISE)
    reach = sites_where(user, Permission.RANDOMISE)
    people = Participant.objects.visible_to(user).select_related("unit__site").filter(status=Status.CONSENTED)
    people = people if reach is None else people.filter(unit__site__in=reach)
    people = people if site is None else people.filter(unit__site=site)
    gathered = GroupMember.objects.filter(left_at=None).values("unit")
    return list(people.exclude(unit__in=gathered).order_by("unit__trial_id")[:MOST_LISTED])


def group_of(person: Participant) -> Group | None:
    """The couple or cluster that somebody is in."""
    return Group.objects.filter(members__unit=person.unit_id, members__left_at=None).first()


def enrolled(group: Group) -> dict[int, Enrolment]:
    """What its members were given, by unit."""
    found = Enrolment.objects.select_related("allocation__unit__site").filter(allocation__group=group).order_by("pk")
    return {one.allocation.unit_id: one for one in found}
