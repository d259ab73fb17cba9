"""REST doors to couples and clusters, for who randomises: gathered, changed, randomised by one draw, joined late."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers as s

from outcomes.actions.groups import join_group, randomise_group
from outcomes.api import find, shapes
from trials import queries
from trials.actions.groups import add_member, gather_group, remove_member
from trials.api.doors import Shape, read, step
from trials.models import Group, GroupMember, User

G = "groups/<str:group>/"


class GatherGroup(Shape):
    trial_ids = s.ListField(child=s.CharField(max_length=40), max_length=100, help_text="The first one is the first member.")


class AddMember(Shape):
    trial_id = s.CharField(max_length=40)


class MemberWithReason(AddMember):
    reason = s.CharField(max_length=500)


class MemberAnswer(s.ModelSerializer[GroupMember]):
    trial_id = s.CharField(source="unit.trial_id")

    class Meta:
        model = GroupMember
        fields = ["trial_id", "number", "joined_at", "late_reason", "left_at", "left_reason"]


class GatheredAnswer(s.ModelSerializer[Group]):
    site = s.CharField(source="site.code")
    kind = s.CharField(help_text="couple or cluster")

    class Meta:
        model = Group
        fields = ["code", "kind", "site", "gathered_at"]


class GroupAnswer(GatheredAnswer):
    """Who is in it, and since when it has an arm; the arm is read on a member's record by who may see it."""

    members = MemberAnswer(source="present", many=True)
    randomised_at = s.DateTimeField(allow_null=True)

    class Meta(GatheredAnswer.Meta):
        fields = [*GatheredAnswer.Meta.fields, "members", "randomised_at"]


def groups(user: User) -> QuerySet[Group]:
    """Couples and clusters of the sites where the user randomises, newest first."""
    return queries.groups_seen_by(user)


def group(user: User, group: str) -> Any:
    return get_object_or_404(queries.groups_seen_by(user), code=group)


urlpatterns = [
    path("groups/", read(groups, answer=GroupAnswer, name="groups", many=True)),
    step("groups/", gather_group, find=find.nobody, shape=GatherGroup, answer=GatheredAnswer),
    path(G, read(group, answer=GroupAnswer, name="group")),
    step(G, add_member, find=group, shape=AddMember, answer=MemberAnswer),
    step(G, remove_member, find=group, shape=MemberWithReason, answer=MemberAnswer),
    step(G, randomise_group, find=group, answer=shapes.BatchAnswer, keyed=True),
    step(G, join_group, find=group, shape=MemberWithReason, answer=shapes.RandomisedAnswer, keyed=True),
]
