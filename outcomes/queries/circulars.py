"""Messages to several people: whom one would reach and whom not, and how far one has got. A constant number of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from outcomes.domain import circulars as rules
from outcomes.domain.circulars import Standing
from outcomes.models import HOLDING, Alert, Circular
from participants.domain.journey import Status
from participants.models import Ending, Message, Participant, StopLink
from participants.permissions import endings_of
from participants.post import channels
from trials.domain.protocol import Protocol
from trials.languages import language_of
from trials.models import Site, User
from trials.permissions import Permission, sites_where
from trials.queries import protocol_in_force

ENDED = Ending.objects.filter(participant=OuterRef("pk"), voided_at=None)


@dataclass(frozen=True)
class Picked:
    """Whom a circular would reach, by trial id, and who is left out and why."""

    to: tuple[Participant, ...]
    left_out: tuple[tuple[Participant, str], ...]


def picked(user: User, *, site: Site | None, phase: str, language: str, at: datetime) -> Picked:
    """The people of a stretch at one site, or at every site where the user may send messages; who was never in the trial is not there."""
    protocol = protocol_in_force()
    people = [p for p in _people(user, site) if phase in (rules.ANYBODY, _phase(p, protocol, at))]
    standings = _standings(people, at)
    reasons = [(p, rules.left_out(standings[p.pk], language)) for p in people]
    return Picked(tuple(p for p, why in reasons if not why), tuple((p, why) for p, why in reasons if why))


def sites_of(user: User) -> QuerySet[Site]:
    """Where the user may send messages."""
    reach = sites_where(user, Permission.SEND_MESSAGES)
    return Site.objects.order_by("pk") if reach is None else Site.objects.filter(pk__in=reach).order_by("pk")


def visible_to(user: User) -> QuerySet[Circular]:
    """Their own circulars, and those to a site where they may send messages; newest first."""
    reach = sites_where(user, Permission.SEND_MESSAGES)
    found = Circular.objects.select_related("site", "author", "stop__user").order_by("-pk")
    return found if reach is None else found.filter(Q(author=user) | Q(site__in=reach))


def event_of(circular: Circular) -> str:
    """The natural key that its messages carry."""
    return f"circular:{circular.code}"


def progress(circulars: list[Circular]) -> Mapping[str, Mapping[str, int]]:
    """How many messages of each stand where, by code and status, in one statement."""
    rows = Message.objects.filter(kind="circular", event__in=[event_of(c) for c in circulars]).values("event", "status")
    found: dict[str, dict[str, int]] = {circular.code: {} for circular in circulars}
    for row in rows.annotate(count=Count("pk")).order_by("event", "status"):
        found[row["event"].partition(":")[2]][row["status"]] = row["count"]
    return found


def _people(user: User, site: Site | None) -> list[Participant]:
    sites = sites_of(user) if site is None else sites_of(user).filter(pk=site.pk)
    found = Participant.objects.visible_to(user).filter(
        unit__site__in=sites, status__in=[Status.CONSENTED, Status.RANDOMISED, Status.EXCLUDED]
    )
    found = found.exclude(
        Q(status=Status.EXCLUDED) & ~Exists(ENDED)
    )  # who withdrew before randomisation is told apart from who never came in
    return list(found.select_related("unit__site", "enrolment", "availability").prefetch_related("endings").order_by("unit__trial_id"))


def _phase(person: Participant, protocol: Protocol, at: datetime) -> str:
    enrolment = getattr(person, "enrolment", None)
    today = at.astimezone(person.site.zone).date()
    return rules.phase(None if enrolment is None else enrolment.day0, today, protocol.visits)


def _standings(people: list[Participant], at: datetime) -> dict[int, Standing]:
    ids = [person.pk for person in people]
    held = set(Alert.objects.filter(HOLDING, participant__in=ids).values_list("participant_id", flat=True))
    stopped = set(StopLink.objects.filter(participant__in=ids).exclude(used_at=None).values_list("participant_id", flat=True))
    return {person.pk: _standing(person, at, held=person.pk in held, stopped=person.pk in stopped) for person in people}


def _standing(person: Participant, at: datetime, *, held: bool, stopped: bool) -> Standing:
    kept, ends = getattr(person, "availability", None), endings_of(person)
    ended = "died" if ends.died else "withdrew" if ends.withdrawn is not None else "was lost to follow-up" if ends.lost else ""
    return Standing(
        ended=ended,
        channel=kept.channel if kept is not None and kept.channel in channels else "none",
        stopped=stopped,
        bounced=kept is not None and kept.bounced_at is not None,
        paused=kept is not None and kept.paused_until is not None and kept.paused_until > at,
        language=language_of(person.language).code,
        held=held,
    )
