"""Calendar addresses by REST: a participant's, for who plans their sessions, and one's own. The secret is told once, to who made it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers as s

from participants.actions import feeds
from participants.models import CalendarFeed, Participant
from participants.queries.sessions import sites_with_sessions
from trials.models import User
from trials.permissions import Permission, check


class FeedAnswer(s.ModelSerializer[CalendarFeed]):
    """When an address was made and ended; never the address, which nobody keeps."""

    class Meta:
        model = CalendarFeed
        fields = ["created_at", "revoked_at"]


class IssuedFeedAnswer(s.Serializer[Any]):
    created_at = s.DateTimeField(source="feed.created_at")
    address = s.SerializerMethodField(help_text="To be subscribed to by a calendar program; told this once.")

    def get_address(self, issued: feeds.Issued) -> str:
        return f"{settings.UPLIFT_BASE_URL}{reverse('calendar_feed', args=[issued.token])}"


class EndedFeedsAnswer(s.Serializer[Any]):
    ended = s.SerializerMethodField(help_text="How many addresses stopped working: 0 or 1.")

    def get_ended(self, ended: int) -> int:
        return ended


def of(user: User, trial_id: str) -> Participant:
    """A randomised person at a site whose sessions the user sees."""
    people = Participant.objects.visible_to(user).filter(unit__site__in=[site.pk for site in sites_with_sessions(user)])
    return get_object_or_404(people.filter(enrolment__isnull=False).select_related("unit__site"), unit__trial_id=trial_id)


def own(user: User) -> User:
    """Oneself, where one sees sessions."""
    if not sites_with_sessions(user):
        raise Http404
    return user


def kept(user: User, trial_id: str) -> QuerySet[CalendarFeed]:
    """The calendar addresses of a participant, the newest first, and when each was ended."""
    person = of(user, trial_id)
    check(user, Permission.PLAN_SESSIONS, at_site=person.site)
    return feeds.feeds_of(person)


def kept_own(user: User) -> QuerySet[CalendarFeed]:
    """One's own calendar addresses, the newest first, and when each was ended."""
    check(own(user), Permission.RECORD_SESSION)
    return feeds.feeds_of(user)
