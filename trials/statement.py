"""The records that CONSORT's sentences about randomisation are fed by: schemes, allocations, the audit, memberships, the role table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from trials import permissions, queries, streams
from trials.actors import Actor
from trials.domain.openings import UNSEALED
from trials.domain.roles import Permission, Role, may
from trials.domain.statement import Facts, SchemeFacts
from trials.models import Allocation, Attempt, AttemptOutcome, Envelope, EnvelopeReport, EnvelopeUse, Event, Membership, RowVersion, Scheme
from trials.permissions import NotAllowed

ENROLLED = ("participant.screened", "consent.recorded")
ASSIGNED = ("unit.allocated",)


def check_may_read(by: Actor) -> None:
    """The statement is for who draws and who opens a scheme."""
    if not permissions.allowed(by, Permission.DRAW_SCHEME):
        try:
            permissions.check(by, Permission.OPEN_SCHEME)
        except NotAllowed:
            raise NotAllowed("How arms were drawn is described for the unblinded statistician and the trial manager.") from None


def all_closed() -> bool:
    """Whether nobody can be randomised any more, so that nothing is left to predict."""
    return not Scheme.objects.live().exists()


def facts() -> Facts:
    """Everything as it stands; days in the zone of the sites where they share one, else UTC."""
    zone = ZoneInfo(queries.zone_of_all() or "UTC")
    schemes = list(Scheme.objects.exclude(opened_at=None).order_by("version"))
    enrolling = [role for role in Role if may(role, Permission.ENROL) or may(role, Permission.RANDOMISE)]
    enrolled, assigned = _people(ENROLLED), _people(ASSIGNED)
    drew = {actor for scheme in schemes for actor in (scheme.drawn_by, scheme.approved_by)}
    return Facts(
        schemes=tuple(_scheme(scheme, zone) for scheme in schemes),
        imported=Allocation.objects.filter(source=Allocation.Source.IMPORTED).count(),
        enrolling_roles=tuple(role.words for role in enrolling),
        enrolled=len(enrolled),
        assigned=len(assigned),
        both=len((enrolled | assigned) & drew),
        may_draw=tuple(role.words for role in enrolling if may(role, Permission.DRAW_SCHEME)),
        attempts=Attempt.objects.count(),
        refused=Attempt.objects.filter(outcome__kind__in=[AttemptOutcome.Kind.REFUSED, AttemptOutcome.Kind.BUSY]).count(),
        answered=Attempt.objects.filter(outcome__kind=AttemptOutcome.Kind.ANSWERED).count(),
        broken_off=Attempt.objects.filter(outcome=None).count(),
        printed=Envelope.objects.count(),
        opened=EnvelopeUse.objects.count(),
        answered_for=EnvelopeReport.objects.filter(envelope__use=None).count(),
        rewritten=RowVersion.objects.filter(table_name="trials_allocation").exclude(operation="INSERT").count(),
        unsealed=tuple(_unsealed(zone)),
        events=Event.objects.count(),
    )


def _scheme(scheme: Scheme, zone: ZoneInfo) -> SchemeFacts:
    assert scheme.opened_at is not None  # the query asks for opened ones
    return SchemeFacts(
        version=scheme.version,
        table=streams.table_of(scheme),
        drawn_by=_role(scheme.drawn_by, scheme.drawn_at, Permission.DRAW_SCHEME),
        drawn_on=scheme.drawn_at.astimezone(zone).date(),
        approved_by=_role(scheme.approved_by, scheme.opened_at, Permission.OPEN_SCHEME),
        opened_on=scheme.opened_at.astimezone(zone).date(),
        closed_on=None if scheme.closed_at is None else scheme.closed_at.astimezone(zone).date(),
        allocations=scheme.allocations.count(),
        commitment=scheme.commitment,
        groups=scheme.allocations.filter(group__isnull=False, follows=None).count(),
        members=scheme.allocations.filter(group__isnull=False).count(),
        latecomers=scheme.allocations.filter(unit__memberships__left_at=None, unit__memberships__late_reason__gt="").count(),
    )


def _role(actor: str, at: datetime, permission: Permission) -> str:
    """In which role somebody did what takes this permission: never a name."""
    kind, _, key = actor.partition(":")
    if kind != "user":
        return "a command on the server"
    held = Membership.objects.in_force(at).filter(user=int(key)).order_by("role").values_list("role", flat=True).distinct()
    roles = [Role(role).words for role in held if may(Role(role), permission)]
    return f"the {' and '.join(roles)}" if roles else "a member of staff"


def _people(verbs: Iterable[str]) -> set[str]:
    return set(Event.objects.filter(verb__in=verbs, actor__startswith="user:").values_list("actor", flat=True))


def _unsealed(zone: ZoneInfo) -> Iterable[tuple[str, date]]:
    """Verb and day of every event by which a seed was opened, in order."""
    found = Event.objects.filter(verb__in=UNSEALED).order_by("at", "pk").values_list("verb", "at")
    return ((verb, moment.astimezone(zone).date()) for verb, moment in found)
