"""Whom and what an address means to this user; what the user can't see is not found."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from participants.actions import records
from participants.models import (
    AdverseEvent,
    Deviation,
    Enrolment,
    LoadProposal,
    Medication,
    Message,
    Participant,
    SelfReport,
    TrainingSession,
)
from participants.queries import outbox
from participants.queries import self_reports as reports
from participants.queries import sessions as reads
from participants.queries.records import record_of
from trials import queries
from trials.domain.roles import Permission
from trials.models import Unblinding, User
from trials.permissions import check, sites_where


def participants(user: User) -> QuerySet[Participant]:
    """The people this user can see."""
    check(user, Permission.SEE_PEOPLE)
    return Participant.objects.visible_to(user).select_related("unit__site").order_by("unit__trial_id")


def participant(user: User, trial_id: str) -> Participant:
    """One of them."""
    return get_object_or_404(Participant.objects.visible_to(user).select_related("unit__site"), unit__trial_id=trial_id)


def _within(user: User, permission: Permission) -> QuerySet[Participant]:
    reach = sites_where(user, permission)
    people = Participant.objects.visible_to(user)
    return people if reach is None else people.filter(unit__site__in=reach)


def _one(user: User, trial_id: str, permission: Permission) -> Participant:
    """The person, for who may do this; for anybody else nothing of theirs is found, so that no answer tells what there is."""
    return get_object_or_404(_within(user, permission).select_related("unit__site"), unit__trial_id=trial_id)


def sessions(user: User, trial_id: str) -> QuerySet[TrainingSession]:
    """A person's training sessions in order."""
    person = get_object_or_404(_within(user, Permission.SEE_SESSIONS).select_related("unit__site"), unit__trial_id=trial_id)
    return TrainingSession.objects.filter(enrolment__participant=person).select_related("enrolment__participant__unit")


def session(user: User, trial_id: str, session_no: int) -> TrainingSession:
    """One session, with its sets."""
    return get_object_or_404(sessions(user, trial_id).prefetch_related("sets"), session_no=session_no)


def proposals(user: User, trial_id: str) -> QuerySet[LoadProposal]:
    """Every load that was proposed for a person, and who set another instead, newest session first."""
    return reads.proposals_of(sessions(user, trial_id))


def enrolment(user: User, trial_id: str) -> Enrolment:
    """A randomised person's enrolment, for who may plan sessions."""
    people = _within(user, Permission.PLAN_SESSIONS)
    found = Enrolment.objects.filter(participant__in=people).select_related("participant__unit__site", "allocation")
    return get_object_or_404(found, participant__unit__trial_id=trial_id)


def event(user: User, trial_id: str, ae_no: int) -> AdverseEvent:
    """One adverse event, for who may see clinical records: an event found at a session would tell the group."""
    return get_object_or_404(_one(user, trial_id, Permission.SEE_CLINICAL).adverse_events, ae_no=ae_no)


def reportable(user: User, trial_id: str) -> Participant:
    """A person of the sites where the user is blind and may say that they learned an arm."""
    return get_object_or_404(reports.reportable_by(user), unit__trial_id=trial_id)


def self_reports(user: User) -> QuerySet[SelfReport]:
    """Arms learned by blind staff of the user's sites, as they told it; never which arm."""
    return reports.visible_to(user)


def unblindings(user: User) -> QuerySet[Unblinding]:
    """Broken codes of the user's sites, and those sent to the user; never an arm."""
    return queries.unblindings_visible_to(user)


def unblinding(user: User, code: str) -> Unblinding:
    """One that was sent to the user."""
    return get_object_or_404(queries.unblindings().filter(recipient=user), code=code)


def medication(user: User, trial_id: str, med_no: int) -> Medication:
    return get_object_or_404(_one(user, trial_id, Permission.RECORD_CLINICAL).medications, med_no=med_no)


def deviation(user: User, trial_id: str, dev_no: int) -> Deviation:
    return get_object_or_404(_one(user, trial_id, Permission.RECORD_DEVIATION).deviations, dev_no=dev_no)


def record(user: User, trial_id: str, kind: str, key: str) -> records.Row:
    """A correctable record by its kind and number, as the pages name them."""
    found = record_of(_one(user, trial_id, Permission.CORRECT), kind, key)
    if found is None:
        raise Http404
    return found


def message(user: User, trial_id: str, kind: str, event: str, occurrence: int) -> Message:
    return get_object_or_404(outbox.of_person(user, trial_id), kind=kind, event=event, occurrence=occurrence)
