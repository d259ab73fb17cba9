"""Slots and the timetable of a site by REST: what is found, and what is answered."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers as s

from participants.models import Absence, Room, RosterHours, Slot
from participants.queries import sessions as reads
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
    return get_object_or_404(Slot.objects.select_related("site"), pk=pk, site__in=[found.pk for found in reads.sites_with_sessions(user)])


def hours(user: User, pk: int) -> RosterHours:
    return get_object_or_404(RosterHours.objects.select_related("site"), pk=pk, site__in=_kept_by(user))


def absence(user: User, pk: int) -> Absence:
    return get_object_or_404(Absence.objects.select_related("site"), pk=pk, site__in=_kept_by(user))
