from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from trials.domain.roles import ROLE_WORDS, Role
from trials.models.protocol import Site


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. Participants never have one: they come by personal link."""

    PERSONAL = ("username", "name", "email", "phone")

    username = models.TextField(unique=True)
    name = models.TextField()
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    digest = models.BooleanField(default=False, db_default=False)  # whether they asked for a daily mail of what waits for them
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(models.functions.Lower("username"), name="username_once_whatever_case")]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def actor(self) -> str:
        return f"user:{self.pk}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, at: datetime) -> MembershipQuerySet:
        return self.filter(starts_at__lte=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))


class Membership(models.Model):
    """A role that somebody holds at a site (no site: at all of them), from one instant to another."""

    PERSONAL: tuple[str, ...] = ()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.TextField(choices=ROLE_WORDS)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=[r.value for r in Role]), name="membership_role_known"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=models.F("starts_at")), name="membership_ends_after_start"),
            models.UniqueConstraint(
                fields=["user", "role", "site"], condition=Q(ended_at=None), nulls_distinct=False, name="membership_once_while_in_force"
            ),
        ]


class Invitation(models.Model):
    """A one-time link to choose a password: for somebody new, or after a reset. Only its digest is kept."""

    PERSONAL: tuple[str, ...] = ()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class ApiToken(models.Model):
    PERSONAL: tuple[str, ...] = ()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
