from __future__ import annotations

from django.db import models
from django.db.models import Q

from trials.models.protocol import Site
from trials.models.unit import Unit


class Group(models.Model):
    """People of one site who are randomised by one draw: a couple or a cluster. The code is all that names it."""

    PERSONAL: tuple[str, ...] = ()

    code = models.TextField(unique=True)  # random
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="groups")
    kind = models.TextField(choices=[("couple", "Couple"), ("cluster", "Cluster")])
    joined = models.PositiveIntegerField(default=0)  # how many ever joined; the next one's number follows
    gathered_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=["couple", "cluster"]), name="group_kind_known")]

    def __str__(self) -> str:
        return self.code


class GroupMember(models.Model):
    """Somebody in a group, from joining until leaving. Nobody leaves once the group has its arm."""

    PERSONAL = ("late_reason", "left_reason")

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="members")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    number = models.PositiveIntegerField()  # the lowest one present is the first member
    joined_at = models.DateTimeField()
    late_reason = models.TextField(blank=True)  # joined after the draw, and why
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(left_at=None), name="member_of_one_group"),
            models.UniqueConstraint(fields=["group", "number"], name="member_number_once"),
            models.CheckConstraint(
                condition=Q(left_at=None, left_reason="") | (Q(left_at__isnull=False) & ~Q(left_reason="")),
                name="member_leaves_with_a_reason",
            ),
        ]
