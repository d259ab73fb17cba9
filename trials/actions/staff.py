"""Staff: invited, given roles at sites, re-invited when a password is lost, and let go. Nobody is ever deleted."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from trials import audit, entropy
from trials.actors import Actor, Machine
from trials.audit import action
from trials.domain.roles import Permission, Role
from trials.models import ApiToken, Invitation, Membership, Site, User
from trials.permissions import Refused, check

INVITATION_LASTS = timedelta(days=7)
TOKEN_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class Invited:
    """The invitation and its token, which is told once and kept nowhere."""

    invitation: Invitation
    token: str

    @property
    def address(self) -> str:
        return f"/welcome/#t={self.token}"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _token(kind: str, key: str) -> str:
    return urlsafe_b64encode(entropy.fresh(kind, key)).rstrip(b"=").decode()


def _invite_link(user: User, *, at: datetime) -> Invited:
    user.invitations.filter(used_at=None, revoked_at=None).update(revoked_at=at)
    token = _token("invitation", f"{user.pk}|{user.invitations.count()}")
    invitation = Invitation.objects.create(user=user, digest=digest(token), created_at=at, expires_at=at + INVITATION_LASTS)
    return Invited(invitation, token)


def _username(text: str) -> str:
    text = text.strip()
    if not 2 <= len(text) <= 60 or not all(c.isalnum() or c in ".-_@" for c in text):
        raise Refused("A user name has 2 to 60 letters, digits or . - _ @.", code="bad_username", status=422)
    return text


@action
def invite(
    *, username: str, name: str, role: Role, site: Site | None, email: str = "", phone: str = "", by: Actor, at: datetime
) -> Invited:
    """A new member of staff with a first role, who chooses a password by a one-time link."""
    check(by, Permission.MANAGE_STAFF)
    if not name.strip():
        raise Refused("Give the person's name.", code="no_name", status=422)
    user = User(username=_username(username), name=name.strip(), email=email.strip(), phone=phone.strip(), created_at=at)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Refused(f"The user name {user.username} is taken.", code="username_taken") from None
    Membership.objects.create(user=user, role=role, site=site, starts_at=at)
    audit.record("staff.invited", about=user.actor, by=by, at=at, detail={"role": role, "site": site.code if site else "all"})
    return _invite_link(user, at=at)


@action
def first_manager(*, by: Machine, at: datetime) -> Invited:
    """The first trial manager of an empty installation; a repeated call renews the link until it is used."""
    managers = Membership.objects.in_force(at).filter(role=Role.MANAGER)
    if managers.exclude(user__password__startswith="!").exists():
        raise Refused("There is a trial manager already, who can invite others.", code="manager_exists")
    found = managers.select_related("user").first()
    user = found.user if found else User(username="manager", name="Trial manager", created_at=at)
    if found is None:
        user.set_unusable_password()
        user.save()
        Membership.objects.create(user=user, role=Role.MANAGER, site=None, starts_at=at)
    audit.record("staff.first_manager_invited", about=user.actor, by=by, at=at)
    return _invite_link(user, at=at)


def invitation_for(token: str, *, at: datetime) -> Invitation | None:
    """The invitation that this token opens, if it still does."""
    found = Invitation.objects.select_related("user").filter(digest=digest(token)).first()
    if found is None or found.used_at or found.revoked_at or found.expires_at <= at or not found.user.is_active:
        return None
    return found


@action
def accept(token: str, *, password: str, name: str = "", username: str = "", by: Actor, at: datetime) -> User:
    """The invited person chooses a password (and, if first of all, a name); the link is used up."""
    invitation = Invitation.objects.select_for_update().filter(digest=digest(token)).first()
    if invitation is None or invitation_for(token, at=at) is None:
        raise Refused("This link is used or too old. Ask your trial manager for a new one.", code="link_over", status=410)
    user = invitation.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), code="weak_password", status=422) from None
    if name.strip():
        user.name = name.strip()
    if username.strip() and username.strip() != user.username:
        user.username = _username(username)
        if User.objects.filter(username__iexact=user.username).exclude(pk=user.pk).exists():
            raise Refused(f"The user name {user.username} is taken.", code="username_taken")
    user.set_password(password)
    user.save()
    invitation.used_at = at
    invitation.save(update_fields=["used_at"])
    audit.record("staff.password_chosen", about=user.actor, by=user, at=at)
    return user


@action
def give_role(user: User, *, role: Role, site: Site | None, by: Actor, at: datetime) -> Membership:
    check(by, Permission.MANAGE_STAFF)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user=user, role=role, site=site, starts_at=at)
    except IntegrityError:
        raise Refused(f"{user} has this role already.", code="role_held") from None
    audit.record("staff.role_given", about=user.actor, by=by, at=at, detail={"role": role, "site": site.code if site else "all"})
    return membership


@action
def end_role(membership: Membership, *, reason: str, by: Actor, at: datetime) -> None:
    check(by, Permission.MANAGE_STAFF)
    if membership.ended_at is not None:
        raise Refused("This role has ended already.", code="role_ended")
    if membership.role == Role.MANAGER and not _another_manager(membership.user, at):
        raise Refused("The last trial manager can't give up the role: give it to somebody else first.", code="last_manager")
    membership.ended_at = at
    membership.save(update_fields=["ended_at"])
    audit.record("staff.role_ended", about=membership.user.actor, by=by, at=at, reason=reason, detail={"role": membership.role})


def _another_manager(user: User, at: datetime) -> bool:
    others = Membership.objects.in_force(at).filter(role=Role.MANAGER, user__is_active=True).exclude(user=user)
    return others.exists()


@action
def end_access(user: User, *, reason: str, by: Actor, at: datetime) -> None:
    """Every role ends, every session and token with it; what the person did stays."""
    check(by, Permission.MANAGE_STAFF)
    if not user.is_active:
        raise Refused(f"{user} has no access already.", code="access_ended")
    if user.memberships.in_force(at).filter(role=Role.MANAGER).exists() and not _another_manager(user, at):
        raise Refused("The last trial manager can't be let go: give the role to somebody else first.", code="last_manager")
    user.memberships.filter(ended_at=None).update(ended_at=at)
    user.api_tokens.filter(revoked_at=None).update(revoked_at=at)
    user.invitations.filter(used_at=None, revoked_at=None).update(revoked_at=at)
    user.is_active = False
    user.save(update_fields=["is_active"])
    for session in Session.objects.filter(expire_date__gt=at):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    audit.record("staff.access_ended", about=user.actor, by=by, at=at, reason=reason)


@action
def reset_password(user: User, *, by: Actor, at: datetime) -> Invited:
    """The old password stops at once; the person chooses a new one by a one-time link."""
    check(by, Permission.MANAGE_STAFF)
    if not user.is_active:
        raise Refused(f"{user} has no access any more.", code="access_ended")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    audit.record("staff.password_reset", about=user.actor, by=by, at=at)
    return _invite_link(user, at=at)


@action
def make_token(user: User, *, name: str, by: Actor, at: datetime) -> tuple[ApiToken, str]:
    """A bearer token for programs, told once; a person makes their own."""
    if by.actor != user.actor:
        raise Refused("A token is made by the person it speaks for.", code="not_yours", status=403)
    if not name.strip():
        raise Refused("Say what the token is for.", code="no_name", status=422)
    token = _token("api_token", f"{user.pk}|{user.api_tokens.count()}")
    made = ApiToken.objects.create(user=user, name=name.strip(), digest=digest(token), created_at=at, expires_at=at + TOKEN_LASTS)
    audit.record("staff.token_made", about=user.actor, by=by, at=at, detail={"token": made.pk})
    return made, token


@action
def revoke_token(token: ApiToken, *, by: Actor, at: datetime) -> None:
    if by.actor != token.user.actor:
        check(by, Permission.MANAGE_STAFF)
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
    audit.record("staff.token_revoked", about=token.user.actor, by=by, at=at, detail={"token": token.pk})


@action
def choose_digest(user: User, *, wanted: bool, by: Actor, at: datetime) -> User:
    """Whether somebody gets a daily mail of how much waits for them; a person chooses for themselves."""
    if by.actor != user.actor:
        raise Refused("Everybody chooses their own daily mail.", code="not_yours", status=403)
    if wanted and not user.email:
        raise Refused("You have no e-mail address here. Ask whoever manages staff to add one.", code="no_address")
    user.digest = wanted
    user.save(update_fields=["digest"])
    audit.record("staff.digest_chosen", about=user.actor, by=by, at=at, detail={"wanted": wanted})
    return user
