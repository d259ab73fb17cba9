"""What the dashboard counts, in a fixed number of statements whatever the trial's size; each part only for who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateField, F, Min, Q, Value, When

from outcomes.domain.dashboard import Completeness, Recruitment, Retention, completeness, recruitment, retention
from outcomes.models import Assessment, Report
from outcomes.permissions import sees_by_arm
from outcomes.queries import alerts
from participants.models import Ending, Enrolment, Participant, TrainingSession
from participants.queries import outbox
from trials import blinding, queries
from trials.domain.protocol import Protocol
from trials.models import Site, User
from trials.permissions import Permission, allowed, check, sites_where

LATELY = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Alerts that are no drill and came by no import. `without_contact`: open ones nobody has reached; `overdue`: their time is up."""

    raised: int
    open: int
    without_contact: int
    overdue: int
    oldest_open_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """Messages to participants that were due in the last 28 days, by what became of them; `waiting` are due and not sent yet."""

    sent: int
    waiting: int
    failed: int
    dropped: int


@dataclass(frozen=True, kw_only=True)
class Training:
    """Sessions planned in the last 28 days by what became of them; `unrecorded`: nobody has said."""

    attended: int
    missed: int
    cancelled_by_site: int
    not_delivered: int
    unrecorded: int


@dataclass(frozen=True, kw_only=True)
class Dose:
    """Of everybody who trains, from the last finished report, which has an as-of of its own: the mean of personal RDIs, as text 0-1."""

    as_of: datetime
    n: int
    mean_of_rdis: str | None


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """`sites` are the codes counted, all of the trial where `whole`. A part that the viewer may not see is None."""

    as_of: datetime
    sites: tuple[str, ...]
    whole: bool
    recruitment: Recruitment
    by_site: bool
    retention: Retention
    completeness: tuple[Completeness, ...]
    alerts: Alerts | None
    reminders: Reminders | None
    training: Training | None
    dose: Dose | None


def sites_seen_by(viewer: User) -> list[Site]:
    """The sites that the viewer's flow counts."""
    check(viewer, Permission.SEE_FLOW)
    reach = sites_where(viewer, Permission.SEE_FLOW)
    found = Site.objects.order_by("code")
    return list(found if reach is None else found.filter(pk__in=reach))


def site_seen_by(viewer: User, code: str) -> Site | None:
    """One of them; None where there is no such site or the viewer's flow does not count it."""
    return next((site for site in sites_seen_by(viewer) if site.code == code), None)


def dashboard(viewer: User, sites: list[Site], *, as_of: datetime) -> Dashboard:
    """Counts of these sites together, which the viewer must see all of."""
    protocol = queries.protocol_in_force()
    today = {site.code: as_of.astimezone(site.zone).date() for site in sites}
    people = Enrolment.objects.filter(participant__unit__site__in=sites)
    days = people.values_list("participant__unit__site__code", "randomised_on", "day0").annotate(n=Count("pk"))
    rows = list(days.order_by("participant__unit__site__code", "randomised_on", "day0"))
    recruited = recruitment(
        _added(((site, on), n) for site, on, _, n in rows), _screened(sites), protocol=protocol, sites=today,
        today=max(today.values(), default=as_of.date()),
    )  # fmt: skip
    ends = Ending.objects.filter(voided_at=None, participant__enrolment__in=people).values_list("participant", "kind")
    return Dashboard(
        as_of=as_of,
        sites=tuple(today),
        whole=set(today) >= {site.code for site in protocol.sites},
        recruitment=recruited,
        by_site=_may_see_by_site(viewer, sites),
        retention=retention(recruited.randomised, ends.exclude(kind=Ending.Kind.TRAINING_STOP)),
        completeness=tuple(
            completeness(protocol, _added(((site, day0), n) for site, _, day0, n in rows), _sent(protocol, sites, today), today=today)
        ),
        alerts=_alerts(viewer, sites, as_of) if _may(viewer, Permission.SEE_ALERTS, sites) else None,
        reminders=_reminders(viewer, sites, as_of) if _may(viewer, Permission.SEE_MESSAGES, sites) else None,
        training=_training(sites, as_of) if _may_see_training(viewer, sites) else None,
        dose=_dose() if sees_by_arm(viewer) and set(today) >= {site.code for site in protocol.sites} else None,
    )


def _may(viewer: User, permission: Permission, sites: list[Site]) -> bool:
    return bool(sites) and all(allowed(viewer, permission, at_site=site) for site in sites)


def _may_see_training(viewer: User, sites: list[Site]) -> bool:
    """Sessions exist in one arm only: for who plans or reads them at every site counted, or sees figures by arm."""
    return sees_by_arm(viewer) or (_may(viewer, Permission.SEE_SESSIONS, sites) and all(blinding.sees_arms(viewer, site) for site in sites))


def _may_see_by_site(viewer: User, sites: list[Site]) -> bool:
    """Few people at a site help to guess arms: blind eyes that count several sites get the sum."""
    return len(sites) == 1 or all(blinding.sees_arms(viewer, site) for site in sites)


def _added(counted: Any) -> dict[tuple[str, date], int]:
    found: dict[tuple[str, date], int] = {}
    for key, n in counted:
        found[key] = found.get(key, 0) + n
    return found


def _screened(sites: list[Site]) -> dict[tuple[str, str], int]:
    rows = Participant.objects.filter(unit__site__in=sites).values_list("unit__site__code", "screening__outcome")
    return {(site, outcome or "pending"): n for site, outcome, n in rows.annotate(n=Count("pk")).order_by("unit__site__code")}


def _sent(protocol: Protocol, sites: list[Site], today: dict[str, date]) -> dict[tuple[str, str], tuple[int, int]]:
    """(visit, instrument) -> forms sent by people whose window has opened, and those of them whose window has closed."""
    day0 = "participant__enrolment__day0"
    forms = Assessment.objects.filter(participant__unit__site__in=sites, participant__enrolment__isnull=False, sent_at__isnull=False)
    here = forms.annotate(
        here=Case(*(When(participant__unit__site=site, then=Value(today[site.code])) for site in sites), output_field=DateField())
    )
    opened, closed = Q(), Q(pk=None)
    for visit in protocol.visits:
        if visit.opens_day is not None:
            opened &= ~Q(visit=visit.code) | Q(**{f"{day0}__lte": F("here") - timedelta(days=visit.opens_day)})
        over = Q() if visit.closes_day is None else Q(**{f"{day0}__lt": F("here") - timedelta(days=visit.closes_day)})
        closed |= Q(visit=visit.code) & over
    rows = here.filter(opened).values_list("visit", "instrument").annotate(n=Count("pk"), over=Count("pk", filter=closed))
    return {(visit, code): (n, over) for visit, code, n, over in rows.order_by("visit", "instrument")}


def _alerts(viewer: User, sites: list[Site], as_of: datetime) -> Alerts:
    found = alerts.visible_to(viewer).filter(participant__unit__site__in=sites, historical=False)
    waiting = Q(closed_at=None, first_contact_at=None)
    return Alerts(
        **found.aggregate(
            raised=Count("pk"),
            open=Count("pk", filter=Q(closed_at=None)),
            without_contact=Count("pk", filter=waiting),
            overdue=Count("pk", filter=waiting & Q(contact_due_at__lt=as_of)),
            oldest_open_at=Min("raised_at", filter=Q(closed_at=None)),
        )
    )


def _reminders(viewer: User, sites: list[Site], as_of: datetime) -> Reminders:
    due = outbox.visible_to(viewer, sites).filter(due_at__gt=as_of - LATELY, due_at__lte=as_of)
    failed = Q(status__in=["dead", "unknown"]) | Q(delivery="failed")
    return Reminders(
        **due.aggregate(
            sent=Count("pk", filter=Q(status="sent") & ~Q(delivery="failed")),
            waiting=Count("pk", filter=Q(status="pending")),
            failed=Count("pk", filter=failed),
            dropped=Count("pk", filter=Q(status="dropped")),
        )
    )


def _training(sites: list[Site], as_of: datetime) -> Training:
    planned = TrainingSession.objects.filter(
        enrolment__participant__unit__site__in=sites, planned_at__gt=as_of - LATELY, planned_at__lte=as_of
    )
    held = Q(status__in=["attended", "made_up"])
    named = {name: Count("pk", filter=Q(status=name)) for name in ("missed", "cancelled_by_site", "not_delivered")}
    return Training(**planned.aggregate(attended=Count("pk", filter=held), unrecorded=Count("pk", filter=Q(status="scheduled")), **named))


def _dose() -> Dose | None:
    """Two figures of a long snapshot, without fetching the rest."""
    done = Report.objects.filter(kind="adherence", status=Report.Status.DONE).order_by("-as_of", "-pk")
    found = done.values_list("as_of", "body__totals__n", "body__totals__mean_of_rdis").first()
    return None if found is None else Dose(as_of=found[0], n=found[1] or 0, mean_of_rdis=found[2])
