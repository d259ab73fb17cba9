"""Slots and the timetable of a site by REST: what is found, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from participants.actions.sessions.bulk import Proposal, proposal_for
from participants.actions.sessions.filling import Lies, lying_at
from participants.domain.bulk import Move, Stuck
from participants.domain.slots import Left, Lying
from participants.models import Absence, Room, RosterHours, Slot, TrainingSession
from participants.queries import sessions as reads
from trials import clock
from trials.domain.roles import Permission
from trials.models import Site, User
from trials.permissions import sites_where


class SlotAnswer(s.ModelSerializer[Slot]):
    site = s.CharField(source="site.code")
    people = s.SerializerMethodField(help_text="Trial ids of those who have joined.")

    class Meta:
        model = Slot
        fields = ["id", "site", "trainer", "room", "starts_at", "ends_at", "capacity", "cancelled_at", "people"]

    def get_people(self, slot: Slot) -> list[str]:
        return sorted(session.trial_id for session in slot.sessions.select_related("enrolment__participant__unit"))


class RoomAnswer(s.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ["id", "name"]


class HoursAnswer(s.ModelSerializer[RosterHours]):
    class Meta:
        model = RosterHours
        fields = ["id", "trainer", "weekday", "opens", "closes", "removed_at"]


class AbsenceAnswer(s.ModelSerializer[Absence]):
    class Meta:
        model = Absence
        fields = ["id", "trainer", "starts_at", "ends_at", "reason", "lifted_at"]


class PlaceFound(s.Serializer[Move]):
    trial_id = s.CharField(source="who")
    session_no = s.IntegerField()
    to = s.DateTimeField(source="slot.starts_at")
    warning = s.CharField(source="slot.warning", help_text="A sentence to read first, else empty.")


class NoPlace(s.Serializer[Stuck]):
    trial_id = s.CharField(source="who")
    session_no = s.IntegerField()
    why = s.ListField(child=s.CharField())


class PlacesAnswer(s.Serializer[Proposal]):
    seen = s.CharField(help_text="Send it back with move-out: what was not looked at is not moved.")
    moves = PlaceFound(many=True, source="found.moves")
    stuck = NoPlace(many=True, source="found.stuck", help_text="Sessions without a place; as long as there are any, none moves.")


class MovedSession(s.Serializer[TrainingSession]):
    trial_id = s.CharField()
    session_no = s.IntegerField()
    at = s.DateTimeField()


class MovedOutAnswer(s.Serializer[Sequence[TrainingSession]]):
    moved = s.SerializerMethodField()

    @extend_schema_field(MovedSession(many=True))
    def get_moved(self, rows: Sequence[TrainingSession]) -> object:
        return MovedSession(rows, many=True).data


class LyingSession(s.Serializer[Lying | Left]):
    trial_id = s.CharField(source="who")
    session_no = s.IntegerField()


class LeftSession(LyingSession):
    why = s.CharField()


class FillingAnswer(s.Serializer[Lies]):
    seen = s.CharField(help_text="Send it back with fill-slot: what was not looked at does not join.")
    joins = LyingSession(many=True, source="found.joins")
    left = LeftSession(many=True, source="found.left", help_text="Sessions at the slot's time that stay outside it, with the sentence why.")


def _kept_by(user: User) -> QuerySet[Site]:
    reach = sites_where(user, Permission.KEEP_TIMETABLE)
    return Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)


def planned(user: User, site: str) -> Site:
    """A site where the user sees sessions."""
    return get_object_or_404(Site, code=site, pk__in=[found.pk for found in reads.sites_with_sessions(user)])


def kept(user: User, site: str) -> Site:
    """A site whose timetable the user keeps."""
    return get_object_or_404(_kept_by(user), code=site)


def slot(user: User, pk: int) -> Slot:
    """A slot of a site where the user sees sessions."""
    return get_object_or_404(
        Slot.objects.select_related("site", "trainer", "room"), pk=pk, site__in=[found.pk for found in reads.sites_with_sessions(user)]
    )


def filling(user: User, pk: int) -> Lies:
    """The sessions outside any slot that stand at a slot's time: which would join it, and which not."""
    return lying_at(slot(user, pk), viewer=user, at=clock.now())


def hours(user: User, pk: int) -> RosterHours:
    return get_object_or_404(RosterHours.objects.select_related("site"), pk=pk, site__in=_kept_by(user))


def absence(user: User, pk: int) -> Absence:
    return get_object_or_404(Absence.objects.select_related("site"), pk=pk, site__in=_kept_by(user))


def seen_absence(user: User, pk: int) -> Absence:
    """An absence at a site where the user sees sessions."""
    sites = [found.pk for found in reads.sites_with_sessions(user)]
    return get_object_or_404(Absence.objects.select_related("site", "trainer"), pk=pk, site__in=sites)


def proposal(user: User, pk: int) -> Proposal:
    """Where each session that an absence hits would go, or why it can't."""
    return proposal_for(seen_absence(user, pk), at=clock.now())
