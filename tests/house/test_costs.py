"""What the main steps and the lists cost, in statements: a figure that no noise moves. It does not grow with what is stored or sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import alerts, assessments, reminders
from outcomes.actions.randomisation import randomise
from outcomes.instruments import instruments
from participants.actions import baseline, clinical, identity, links, messages, sessions
from participants.models import CapturedMail, Message, Participant, TrainingSession
from tests.cast import engage
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import NORA, consenting
from tests.participants.training import done, randomised, session_of
from trials import blinding
from trials.actions import allocation
from trials.actors import Machine
from trials.domain.roles import Role
from trials.permissions import roles_of
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

SHELL, BEAT = Machine("shell"), Machine("beat")
KEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def cost(step: Callable[[], object]) -> int:
    """Statements that a step sends, without the marks of transactions."""
    with CaptureQueriesContext(connection) as captured:
        step()
    return sum(not query["sql"].startswith(KEEPING) for query in captured)


def ready(cast, at: datetime, count: int) -> list[Participant]:
    """People whose baseline is complete, in one stratum that somebody has opened; read afresh, as a door reads them."""
    allocation.open_scheme(by=SHELL, at=at)
    people = [consenting(cast.first, by=cast.coordinator, at=at) for _ in range(count)]
    for person in people:
        complete(person, by=cast.coordinator, at=at)
    roles_of(cast.coordinator)
    return [Participant.objects.with_record().get(pk=person.pk) for person in people]


def trainees(cast, at: datetime, count: int) -> list[Participant]:
    """So many people who train, reached by e-mail."""
    found: list[Participant] = []
    while len(found) < count:
        person = randomised(cast.first, by=cast.coordinator, at=at)
        if blinding.plan_for(person.enrolment.allocation) is not None:
            baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=cast.coordinator, at=at)
            identity.record_contact(person, NORA, by=cast.coordinator, at=at)
            found.append(person)
    return found


def test_randomising_costs_the_same_whoever_came_before(cast, at) -> None:
    first, *others = ready(cast, at, 9)
    randomise(first, by=cast.coordinator, at=at)
    seen: dict[bool, set[int]] = {True: set(), False: set()}
    for person in others:
        spent = cost(lambda person=person: randomise(person, by=cast.coordinator, at=at))
        seen[TrainingSession.objects.filter(enrolment__participant=person).exists()].add(spent)
    assert seen == {True: {38}, False: {34}}


def test_taking_a_place_costs_the_same_at_every_place(cast, at) -> None:
    people = ready(cast, at, 4)
    strata = (("site", "LIM"), ("sex", "F"))
    allocation.allocate(people[0].unit, strata=strata, by=SHELL, at=at)
    spent = [cost(lambda p=p: allocation.allocate(p.unit, strata=strata, by=SHELL, at=at)) for p in people[1:]]
    assert spent == [10, 10, 10]
