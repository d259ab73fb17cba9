"""Reads of the trial office."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import F, Min, Prefetch, Q, QuerySet

from trials.domain.locking import Move, Standing, standing
from trials.domain.protocol import Protocol, load
from trials.domain.roles import Permission, Role
from trials.models import Cap, Event, Group, GroupMember, LockStep, Membership, ProtocolVersion, Site, Trial, Unblinding, Unit, User
from trials.permissions import Refused, check, sites_where


def trial() -> Trial:
    found = Trial.objects.first()
    if found is None:
        raise Refused("No protocol is loaded yet.", code="no_protocol", way_out=("Load a protocol", "/protocol/"))
    return found


_read: dict[tuple[str, bool], Protocol] = {}  # by digest: a text is fetched and parsed once a process


def protocol_version_in_force() -> ProtocolVersion:
    found = ProtocolVersion.objects.defer("text").first()
    if found is None:
        raise Refused("No protocol is loaded yet.", code="no_protocol", way_out=("Load a protocol", "/protocol/"))
    return found


# The first of `ProtocolVersion.objects`, written out since most steps ask for it more than once.
NEWEST = "SELECT digest, made_by_import FROM trials_protocolversion ORDER BY in_force_from DESC, id DESC LIMIT 1"


def protocol_in_force() -> Protocol:
    """The newest protocol as loaded; one query, parsed once a process."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        known = _read.get(cursor.fetchone())
    return known or read(protocol_version_in_force())


def read(version: ProtocolVersion) -> Protocol:
    """The protocol of a version; its text is asked for only where this process has not parsed it yet."""
    key = (version.digest, version.made_by_import)
    if key not in _read:
        _read[key] = load(version.text, made_by_import=version.made_by_import)
    return _read[key]


# The same of one version; both together are the key of a text read before.
OF_DIGEST = "SELECT digest, made_by_import FROM trials_protocolversion WHERE digest = %s"


def protocol_of(digest: str) -> Protocol:
    """The protocol of a version; one query, parsed once a process."""
    with connection.cursor() as cursor:
        cursor.execute(OF_DIGEST, [digest])
        known = _read.get(cursor.fetchone())
    return known or read(ProtocolVersion.objects.get(digest=digest))


def lock_steps() -> QuerySet[LockStep]:
    """What was done to the lock of the data, in order."""
    return LockStep.objects.select_related("user").prefetch_related("signatures__user")


def lock_standing() -> Standing:
    """Whether the data may be written, and whether the trial was unblinded."""
    return standing(LockStep.objects.values_list("move", flat=True))


def locked_cut() -> LockStep | None:
    """The hard lock in force, which names the cut that is the trial's data; None while the data are not hard-locked."""
    last = LockStep.objects.exclude(move=Move.UNBLIND).order_by("-number").first()
    return last if last is not None and last.move == Move.HARD_LOCK else None


def zone_of_all() -> str:
    """The time zone of the sites where they share one; empty where they differ, and pages then name UTC."""
    zones = set(Site.objects.values_list("timezone", flat=True))
    return zones.pop() if len(zones) == 1 else ""


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Actors as people read them: staff by name, participants by trial id, machinery by what it is."""
    wanted = set(actors)
    keys = [a.removeprefix("user:") for a in wanted if a.startswith("user:") and a.removeprefix("user:").isdecimal()]
    staff_names = {user.actor: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
    return {a: staff_names.get(a) or a.partition(":")[2] or a for a in wanted}


def staff(*, at: datetime) -> QuerySet[User]:
    """Everybody who ever had access, with the roles in force."""
    held = Membership.objects.in_force(at).select_related("site").order_by("role", "site__code")
    return User.objects.prefetch_related(Prefetch("memberships", held, to_attr="held")).order_by("-is_active", "name")


def caps_seen_by(user: User) -> list[Cap]:
    """How many are randomised and may be: the whole trial first, then the reader's sites."""
    reach = sites_where(user, Permission.SEE_SCHEME)
    found = Cap.objects.select_related("site").order_by(F("site__code").asc(nulls_first=True))
    return list(found if reach is None else found.filter(Q(site=None) | Q(site__in=reach)))


def groups_seen_by(user: User) -> QuerySet[Group]:
    """Couples and clusters at the sites where the user randomises, newest first, with who is in them."""
    check(user, Permission.RANDOMISE)
    reach = sites_where(user, Permission.RANDOMISE)
    present = GroupMember.objects.filter(left_at=None).select_related("unit").order_by("number")
    found = Group.objects.select_related("site").prefetch_related(Prefetch("members", present, to_attr="present"))
    found = found.annotate(randomised_at=Min("allocations__at")).order_by("-gathered_at", "-pk")
    return found if reach is None else found.filter(site__in=reach)


def holders(roles: Iterable[Role], site: Site, at: datetime) -> QuerySet[User]:
    """Whoever holds one of these roles at a site, or at all sites, at an instant."""
    return (
        User.objects.filter(
            Q(memberships__ended_at=None) | Q(memberships__ended_at__gt=at),
            Q(memberships__site=site) | Q(memberships__site=None),
            memberships__starts_at__lte=at,
            memberships__role__in=[role.value for role in roles],
            is_active=True,
        )
        .distinct()
        .order_by("pk")
    )


def unblindings() -> QuerySet[Unblinding]:
    """Broken codes, newest first, with all that a page or a message says of them; the arm is not among it."""
    found = Unblinding.objects.select_related("allocation__unit__site", "requester", "recipient").prefetch_related("steps")
    return found.order_by("-at", "-pk")


def unblindings_visible_to(user: User) -> QuerySet[Unblinding]:
    """Those of the sites where the user sees that codes were broken, and those sent to the user."""
    reach = sites_where(user, Permission.SEE_UNBLINDINGS)
    found = unblindings()
    return found if reach is None else found.filter(Q(allocation__unit__site__in=reach) | Q(recipient=user))


def events(user: User, *, about: str = "", actor: str = "", verb: str = "") -> QuerySet[Event]:
    """What was meant, newest first. A reader whose sites are limited meets only their own sites' people and no staff matters."""
    found = Event.objects.order_by("-at", "-pk")
    reach = sites_where(user, Permission.SEE_AUDIT)
    if reach is not None:
        found = found.filter(about__in=Unit.objects.filter(site__in=reach).values("trial_id"))
    if about:
        found = found.filter(about__iexact=about)
    if actor:
        found = found.filter(actor=actor)
    if verb:
        found = found.filter(verb__startswith=verb)
    return found
