"""Whoever may hold sessions, with what the trial knows of their training: for those who manage staff."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from trials.domain.roles import Permission, roles_that_may
from trials.models import User


def trainers() -> QuerySet[User]:
    """Staff who have or had a role that records sessions, and those whose code came with an imported dataset, by name."""
    roles = [role.value for role in roles_that_may(Permission.RECORD_SESSION)]
    imported = Q(memberships=None, provider__isnull=False)
    return User.objects.filter(Q(memberships__role__in=roles) | imported).distinct().select_related("provider").order_by("name", "pk")
