"""Whom and what an address means to this user; what the user can't see is not found."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from participants.models import AdverseEvent, Participant, TrainingSession
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import sites_where


def participants(user: User) -> QuerySet[Participant]:
    """The people this user can see."""
    return Participant.objects.visible_to(user).select_related("unit__site").order_by("unit__trial_id")


def participant(user: User, trial_id: str) -> Participant:
    """One of them."""
    return get_object_or_404(participants(user), unit__trial_id=trial_id)


def _within(user: User, permission: Permission) -> QuerySet[Participant]:
    reach = sites_where(user, permission)
    people = Participant.objects.visible_to(user)
    return people if reach is None else people.filter(unit__site__in=reach)


def sessions(user: User, trial_id: str) -> QuerySet[TrainingSession]:
    """A person's training sessions in order."""
    person = get_object_or_404(_within(user, Permission.SEE_SESSIONS).select_related("unit__site"), unit__trial_id=trial_id)
    return TrainingSession.objects.filter(enrolment__participant=person).select_related("enrolment__participant__unit")  # visible_to(


def session(user: User, trial_id: str, session_no: int) -> TrainingSession:
    """One session, with its sets."""
    return get_object_or_404(sessions(user, trial_id).prefetch_related("sets"), session_no=session_no)


def event(user: User, pk: int) -> AdverseEvent:
    people = Participant.objects.visible_to(user)
    return get_object_or_404(AdverseEvent.objects.filter(participant__in=people), pk=pk)  # visible_to(
