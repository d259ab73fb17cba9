"""May this actor do this, here? A refusal is a sentence, raised by the rule and shown by the door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from trials.actors import Actor, Machine
from trials.domain.roles import NAMED_PERSON, Permission, Role, blindable, leaves_blind, may
from trials.models import Scheme, Site, User

WORDS: dict[Permission, str] = {
    Permission.LOAD_PROTOCOL: "load a protocol",
    Permission.MANAGE_STAFF: "manage staff",
    Permission.DRAW_SCHEME: "draw a randomisation scheme",
    Permission.OPEN_SCHEME: "open and close randomisation",
    Permission.SEE_SCHEME: "see how randomisation stands",
    Permission.PRINT_ENVELOPES: "print backup envelopes",
    Permission.SEE_PEOPLE: "see participants",
    Permission.SEE_IDENTITY: "see names and contacts",
    Permission.SCREEN: "screen people",
    Permission.ENROL: "record consent and baseline",
    Permission.RANDOMISE: "randomise",
    Permission.SEE_ARM: "see arms",
    Permission.BREAK_CODE: "break a code",
    Permission.SEE_UNBLINDINGS: "see unblindings",
    Permission.REPORT_UNBLINDING: "report that you learned an arm",
    Permission.SEE_SESSIONS: "see training sessions",
    Permission.PLAN_SESSIONS: "plan sessions",
    Permission.KEEP_TIMETABLE: "keep the timetable of a site",
    Permission.RECORD_SESSION: "record sessions",
    Permission.OBSERVE_SESSIONS: "observe sessions with the checklist",
    Permission.SEE_SCORES: "see answers and scores",
    Permission.ENTER_ASSESSMENT: "enter questionnaires",
    Permission.RAISE_CONCERN: "raise a concern",
    Permission.SEE_ALERTS: "see safety alerts",
    Permission.HANDLE_ALERT: "handle safety alerts",
    Permission.SEE_CLINICAL: "see clinical records",
    Permission.RECORD_CLINICAL: "record medication and other care",
    Permission.RECORD_EVENT: "report adverse events",
    Permission.ASSESS_EVENT: "judge adverse events",
    Permission.RECORD_DEVIATION: "record deviations",
    Permission.END_PARTICIPATION: "end somebody's participation",
    Permission.CORRECT: "correct records",
    Permission.SEE_MESSAGES: "see messages",
    Permission.SEND_MESSAGES: "send messages",
    Permission.WRITE_LETTERS: "write the words of messages",
    Permission.SEE_FLOW: "see the flow",
    Permission.SEE_BY_ARM: "see figures by arm",
    Permission.SEE_REPORTS: "see adherence and dose",
    Permission.EXPORT_BLINDED: "export the blinded dataset",
    Permission.EXPORT_CLOSED: "export the closed dataset",
    Permission.SEE_AUDIT: "read the audit",
    Permission.LOCK_DATA: "lock the data, correct them under the soft lock and unblind the trial",
    Permission.SIGN_LOCK: "sign the lock",
    Permission.RECORD_GUESS: "record guesses of the arm",
}


class Refused(Exception):
    """A step that the trial's rules do not allow, told as one sentence.

    `code` is stable for programs; `way_out` is (words, address) of the step that would help; `status` is the HTTP status.
    """

    def __init__(self, sentence: str, *, code: str = "refused", way_out: tuple[str, str] | None = None, status: int = 409) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.way_out, self.status = sentence, code, way_out, status


class NotAllowed(Refused):
    """The actor's role does not reach this."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="not_allowed", status=403)


class Locked(Refused):
    """The data are locked; raised by `trials/audit.py` where the database refuses a write."""

    def __init__(self, sentence: str = "") -> None:
        told = sentence or "The trial's data are locked: nothing is recorded or changed unless the lock is lifted."
        super().__init__(told, code="data_locked", way_out=("See the data lock", "/lock/"), status=423)


# Roles in force, and where the lock stands: `Membership.in_force` and `LockStep.soft_lock_in_force` in one statement,
# written out since every request begins with it.
HELD = """SELECT held.role, held.site_id, EXISTS (SELECT FROM trials_lockstep WHERE move = 'unblinded'),
        EXISTS (SELECT FROM trials_lockstep soft WHERE soft.move = 'soft_locked'
            AND NOT EXISTS (SELECT FROM trials_lockstep lifted WHERE lifted.move = 'lifted' AND lifted.number > soft.number))
    FROM trials_membership held
    WHERE held.user_id = %(user)s AND held.starts_at <= %(at)s AND (held.ended_at IS NULL OR held.ended_at > %(at)s)"""


def roles_of(user: User) -> dict[Role, set[int] | None]:
    """The user's roles in force, each with the ids of its sites; None = every site. Read once a request."""
    cached = getattr(user, "_roles", None)
    if cached is None:
        from trials import clock

        cached = {}
        with connection.cursor() as cursor:
            cursor.execute(HELD, {"user": user.pk, "at": clock.now()})
            rows = cursor.fetchall()
        for role, site, *_ in rows:
            sites = cached.setdefault(Role(role), set())
            if site is None:
                cached[Role(role)] = None
            elif sites is not None:
                sites.add(site)
        user._roles, user._lock = cached, rows[0][2:] if rows else (False, False)  # type: ignore[attr-defined]
    return cached


def sees_unblinded(user: User) -> bool:
    """Whether the trial was unblinded when the user's roles were read: nobody is blind from then on."""
    roles_of(user)
    return bool(user._lock[0])  # type: ignore[attr-defined]


def meets_locked_data(user: User) -> bool:
    """Whether the trial's data were locked when the user's roles were read, so that pages can say so before somebody types."""
    roles_of(user)
    return bool(user._lock[1])  # type: ignore[attr-defined]


def sites_where(user: User, permission: Permission) -> set[int] | None:
    """Ids of the sites where the user may do this; None = everywhere; empty = nowhere.

    Where one of their roles is blind, no other role of theirs opens what could betray an arm.
    """
    roles = roles_of(user)
    reach = joined(sites for role, sites in roles.items() if may(role, permission, unblinded=sees_unblinded(user)))
    if reach == set() or leaves_blind(permission) or len(roles) < 2:
        return reach
    blind, seen = _blind_and_seen(user)
    if blind is None:
        return set()
    return reach if not blind else seen if reach is None else reach - blind


def blind_sites(user: User) -> set[int] | None:
    """Ids of the sites where a role of theirs is blind by the protocol; None = everywhere; empty = nowhere. Read once a request."""
    return _blind_and_seen(user)[0]


def _blind_and_seen(user: User) -> tuple[set[int] | None, set[int]]:
    """Where a role of theirs is blind; where it is only at some sites, also all the others."""
    roles = roles_of(user)
    kept = getattr(user, "_blind_and_seen", None)
    if kept is None or kept[0] is not roles:
        blinds = any(blindable(role) for role in roles) and not sees_unblinded(user)
        blind = _blind_roles() if blinds else frozenset()
        blind_at = joined(sites for role, sites in roles.items() if role in blind)
        seen = set(Site.objects.exclude(pk__in=blind_at).values_list("pk", flat=True)) if blind_at else set()
        kept = (roles, blind_at, seen)
        user._blind_and_seen = kept  # type: ignore[attr-defined]
    return kept[1], kept[2]


def _blind_roles() -> frozenset[Role]:
    """The roles that the protocol blinds; before one is loaded, every role that could be."""
    from trials import queries

    try:
        return frozenset(Role(role) for role in queries.protocol_in_force().blind_roles)
    except Refused:
        return frozenset(role for role in Role if blindable(role))


def joined(reaches: Iterable[set[int] | None]) -> set[int] | None:
    """Sites of several reaches together; None = every site."""
    whole: set[int] = set()
    for sites in reaches:
        if sites is None:
            return None
        whole |= sites
    return whole


def allowed(actor: Actor, permission: Permission, *, at_site: Site | None = None) -> bool:
    if isinstance(actor, Machine):
        return permission not in NAMED_PERSON
    if not isinstance(actor, User):
        return False
    reach = sites_where(actor, permission)
    return reach is None or (bool(reach) if at_site is None else at_site.pk in reach)


def check(actor: Actor, permission: Permission, *, at_site: Site | None = None) -> None:
    if not allowed(actor, permission, at_site=at_site):
        where = f" at {at_site.code}" if at_site is not None and allowed(actor, permission) else ""
        raise NotAllowed(f"Your role may not {WORDS[permission]}{where}.")


def stands_apart(user: User, at: datetime) -> bool:
    """Whether somebody works here and neither enrols nor randomises nor is blind, at any site: who may hold what foretells arms."""
    roles = [Role(role) for role in user.memberships.in_force(at).values_list("role", flat=True)]
    blind = _blind_roles()
    tempted = any(may(role, Permission.ENROL) or may(role, Permission.RANDOMISE) or role in blind for role in roles)
    return user.is_active and bool(roles) and not tempted


def check_may_design(actor: Actor) -> None:
    """A design is tried out before randomisation is open, or after it has closed: an open scheme stands."""
    check(actor, Permission.DRAW_SCHEME)
    if Scheme.objects.open().exists():
        way_out = ("See randomisation", "/randomisation/")
        raise Refused("Randomisation is open, and its scheme stands: there is nothing to design.", code="already_open", way_out=way_out)
