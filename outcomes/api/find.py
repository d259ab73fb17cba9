"""Whom and what an address means to this user; what the user can't see is not found."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from outcomes.actions import checklists as filled
from outcomes.actions.randomisation_tests import KIND
from outcomes.domain.instrument import Instrument
from outcomes.domain.written.editions import BLINDED, CLOSED
from outcomes.instruments import instruments as every_instrument
from outcomes.models import Alert, Assessment, Duty, Export, Provider, Report
from outcomes.permissions import check_sees_by_arm, sees_answers
from outcomes.queries import alerts as alert_queries
from outcomes.queries import duty as duty_queries
from outcomes.queries import providers as provider_queries
from outcomes.queries import wording
from outcomes.queries.flow import LiveFlow, live_flow
from participants.models import Participant
from trials import clock
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import allowed, check, sites_where
from trials.queries import protocol_in_force


def participant(user: User, trial_id: str) -> Participant:
    return get_object_or_404(Participant.objects.visible_to(user).select_related("unit__site"), unit__trial_id=trial_id)


def _scored(user: User) -> QuerySet[Participant]:
    reach = sites_where(user, Permission.SEE_SCORES)
    people = Participant.objects.visible_to(user)
    return people if reach is None else people.filter(unit__site__in=reach)


def scored(user: User, trial_id: str) -> Participant:
    """The person, for who may see their answers and scores."""
    return get_object_or_404(_scored(user).select_related("unit__site"), unit__trial_id=trial_id)


def assessments(user: User, trial_id: str) -> list[Assessment]:
    """A person's questionnaires as they stand, for who may see answers and scores; one that the reader could enter again is left out."""
    person = scored(user, trial_id)
    forms = person.assessments.select_related("second_entry").order_by("visit", "instrument")
    return [form for form in forms if sees_answers(user, form)]


def assessment(user: User, trial_id: str, visit: str, instrument: str) -> Assessment:
    found = Assessment.objects.filter(participant__in=_scored(user), participant__unit__trial_id=trial_id)
    return get_object_or_404(found.select_related("participant__unit__site"), visit=visit, instrument=instrument)


def alerts(user: User) -> QuerySet[Alert]:
    """Open safety alerts, by least time left."""
    check(user, Permission.SEE_ALERTS)
    return alert_queries.open_first(alert_queries.visible_to(user))


def alert(user: User, trial_id: str, alert_no: int) -> Alert:
    return get_object_or_404(alert_queries.visible_to(user), participant__unit__trial_id=trial_id, alert_no=alert_no)


def person_for_duty(user: User, pk: int) -> User:
    if not allowed(user, Permission.MANAGE_STAFF):
        check(user, Permission.HANDLE_ALERT)
    return get_object_or_404(User, pk=pk, is_active=True)


def duty(user: User, pk: int) -> Duty:
    """A turn of the roster, for who may keep it."""
    if not allowed(user, Permission.MANAGE_STAFF):
        check(user, Permission.HANDLE_ALERT)
    return get_object_or_404(duty_queries.turns(clock.now()), pk=pk)


def providers(user: User) -> QuerySet[Provider]:
    """Who holds sessions, as the dataset knows them; those without a code yet are not there."""
    check(user, Permission.MANAGE_STAFF)
    return Provider.objects.filter(user__in=provider_queries.trainers().values("pk")).order_by("code")


def provider(user: User, pk: int) -> User:
    """Somebody who holds sessions, for who manages staff."""
    check(user, Permission.MANAGE_STAFF)
    return get_object_or_404(provider_queries.trainers(), pk=pk)


def exports(user: User) -> QuerySet[Export]:
    """What this user has asked for."""
    check(user, Permission.EXPORT_BLINDED)
    return Export.objects.filter(requested_by=user).order_by("-pk")


def randomisation_tests(user: User) -> QuerySet[Report]:
    """The randomisation tests so far, newest first, for who may see figures by arm."""
    check_sees_by_arm(user)
    return Report.objects.filter(kind=KIND).order_by("-pk")


def checklists(user: User) -> Report:
    """The reporting checklists as last filled, pooled: nothing in them tells an arm."""
    return _filled(BLINDED, user)


def checklists_by_arm(user: User) -> Report:
    """The reporting checklists as last filled, by arm, for who may have the closed dataset."""
    return _filled(CLOSED, user)


def _filled(edition: str, user: User) -> Report:
    newest = filled.newest(edition, viewer=user)
    if newest is None:
        raise Http404
    return newest


def instruments(_user: User) -> list[Instrument]:
    """Every instrument of this program, in the language of the protocol where it has words."""
    language = protocol_in_force().language
    return [wording.shown(code, language) for code in every_instrument]


def nobody(_user: User) -> None:
    return None


def flow(user: User) -> LiveFlow:
    """The CONSORT flow as of now."""
    return live_flow(user, as_of=clock.now())
