"""What the main steps and the lists cost, in statements: a figure that no noise moves. It does not grow with what is stored or sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import alerts, assessments, exports, reminders
from outcomes.actions.batches import randomise_batch
from outcomes.actions.groups import randomise_group
from outcomes.actions.randomisation import randomise
from outcomes.instruments import instruments
from participants.actions import baseline, clinical, identity, messages, reach, sessions
from participants.actions.messages import sending
from participants.models import CapturedMail, Message, Participant, TrainingSession
from tests.cast import engage, open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.outcomes.gathering import CLUSTERS, by_group
from tests.outcomes.gathering import ready as ready_to_gather
from tests.participants.people import NORA, consenting
from tests.participants.training import done, randomised, session_of
from trials import blinding
from trials.actions import allocation, unblinding
from trials.actions.groups import gather_group
from trials.actors import Machine
from trials.domain.roles import Role
from trials.permissions import roles_of
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

SHELL, BEAT = Machine("shell"), Machine("beat")
KEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def cost(step: Callable[[], object]) -> int:
    """Statements that a step sends, without the marks of transactions; nobody has acted in its transaction before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('uplift.actor', '', true)")
    with CaptureQueriesContext(connection) as captured:
        step()
    return sum(not query["sql"].startswith(KEEPING) for query in captured)


def ready(cast, at: datetime, count: int) -> list[Participant]:
    """People whose baseline is complete, in one stratum that somebody has opened; read afresh, as a door reads them."""
    open_randomisation(at=at)
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
    assert seen == {True: {21}, False: {17}}


def test_a_batch_costs_the_same_for_each_person_whatever_its_size(cast, at) -> None:
    """Beside what each person costs there is a fixed part, and another where any arm has sessions: they are laid out for all at once."""
    people, each = ready(cast, at, 15), 12
    randomise(people[0], by=cast.coordinator, at=at)
    fixed = set()
    for batch in (people[1:3], people[3:7], people[7:15]):
        spent = cost(lambda batch=batch: randomise_batch([str(p) for p in batch], by=cast.coordinator, at=at))
        fixed.add((TrainingSession.objects.filter(enrolment__participant__in=batch).exists(), spent - each * len(batch)))
    assert fixed == {(True, 12)}


def test_a_cluster_costs_the_same_whatever_stands_already(at) -> None:
    """A fixed part, and so much for each member as their arm has sessions or none, however many groups and people came before."""
    cast = by_group(CLUSTERS, at)
    people = ready_to_gather(cast, at, 18)
    parts = [people[a:b] for a, b in ((0, 2), (2, 4), (4, 7), (7, 11), (11, 13), (13, 16), (16, 18))]
    first, *others = [gather_group([str(p) for p in part], by=cast.coordinator, at=at) for part in parts]
    randomise_group(first, by=cast.coordinator, at=at)
    roles_of(cast.coordinator)
    each, fixed, arms = {True: 20, False: 16}, set(), set()
    for cluster, part in zip(others, parts[1:], strict=True):
        spent = cost(lambda cluster=cluster: randomise_group(cluster, by=cast.coordinator, at=at))
        trains = TrainingSession.objects.filter(enrolment__participant=part[0]).exists()
        arms.add(trains)
        fixed.add(spent - len(part) * each[trains])
    assert (fixed, arms) == ({9}, {True, False})


def test_taking_a_place_costs_the_same_at_every_place(cast, at) -> None:
    people = ready(cast, at, 4)
    strata = (("site", "LIM"), ("sex", "F"))
    allocation.allocate(people[0].unit, strata=strata, by=SHELL, at=at)
    spent = [cost(lambda p=p: allocation.allocate(p.unit, strata=strata, by=SHELL, at=at)) for p in people[1:]]
    assert spent == [4, 4, 4]


def test_laying_out_costs_the_same_for_one_week_and_for_sixteen(cast, at) -> None:
    person = randomised(cast.first, by=cast.coordinator, at=at)
    while blinding.plan_for(person.enrolment.allocation) is not None:
        person = randomised(cast.first, by=cast.coordinator, at=at)
    plan = blinding.deferred_plan_for(person.enrolment.allocation)
    spent = []
    for weeks in (1, 16):
        with transaction.atomic():
            shorter, laid = dataclasses.replace(plan, weeks=weeks), person.enrolment.sessions
            spent.append((cost(lambda: sessions.lay_out(person.enrolment, plan=shorter, by=SHELL, at=at)), laid.count()))
            transaction.set_rollback(True)
    assert spent == [(5, 2), (5, 32)]


def test_logging_costs_the_same_for_one_set_and_for_sixteen(cast, at) -> None:
    person = trainees(cast, at, 1)[0]
    everything = [(exercise, number) for exercise in range(1, 9) for number in (1, 2)]
    spent = []
    for number, places in ((3, [(1, 1)]), (4, everything)):
        held = session_of(person, number)
        sessions.start(held, by=cast.coordinator, at=held.planned_at)
        written = done(10, None, *(place for place in places if held.sets.filter(exercise_no=place[0], set_no=place[1]).exists()))
        told = {"sets": written, "client_uuid": uuid4(), "by": cast.coordinator, "at": held.planned_at}
        spent.append((cost(lambda held=held, told=told: sessions.log(held, **told)), len(written)))
    assert spent == [(13, 1), (13, 16)]


def test_a_draft_costs_the_same_for_one_answer_and_for_nine(trial, cast, at) -> None:
    spent = []
    for count in (1, 9):
        person = consenting(cast.first, by=cast.coordinator, at=at)
        answers = {str(n): 1 if n < 9 else 0 for n in range(1, count + 1)}
        read = Participant.objects.with_record().get(pk=person.pk)
        spent.append(cost(lambda: assessments.save_draft(read, visit="baseline", instrument="phq9", answers=answers, by=read, at=at)))
    assert spent == [7, 7]


def test_submitting_costs_the_same_for_two_answers_and_for_all(trial, cast, at) -> None:
    spent = []
    for count in (2, 9):
        person = consenting(cast.first, by=cast.coordinator, at=at)
        given = {str(n): 1 if n < 9 else 0 for n in (9, *range(1, count))}
        read = Participant.objects.with_record().get(pk=person.pk)
        step = lambda: assessments.submit(  # noqa: E731
            read, visit="baseline", instrument="phq9", answers=given, client_uuid=uuid4(), by=read, at=at
        )
        spent.append(cost(step))
    assert spent == [9, 9]


def test_a_sitting_costs_the_same_whoever_sent_before(trial, cast, at) -> None:
    visit = next(v for v in protocol_in_force().visits if v.code == "baseline")
    spent = []
    for _ in range(3):
        person = consenting(cast.first, by=cast.coordinator, at=at)
        for code in visit.instruments:
            answers = {item.number: 0 for item in instruments[code].items}
            assessments.save_draft(person, visit=visit.code, instrument=code, answers=answers, by=person, at=at)
        read = Participant.objects.with_record().get(pk=person.pk)
        spent.append(cost(lambda: assessments.send_sitting(read, visit="baseline", client_uuid=uuid4(), by=read, at=at)))
    assert spent == [13, 13, 13]


def swept(people: list[Participant]) -> tuple[int, int]:
    """The cost of the sweep that finds the first session of each due, and how many messages it queued."""
    first = TrainingSession.objects.filter(enrolment__participant__in=people).order_by("planned_at").first()
    at = first.planned_at - timedelta(hours=2)
    before = Message.objects.count()
    spent = cost(lambda: reminders.queue_due(by=BEAT, at=at))
    return spent, Message.objects.count() - before


def test_a_sweep_costs_the_same_for_one_due_and_for_three(cast, at) -> None:
    with transaction.atomic():
        one = swept(trainees(cast, at, 1))
        transaction.set_rollback(True)
    three = swept(trainees(cast, at, 3))
    assert (one, three) == ((18, 1), (18, 3))  # one of which asks by which channel each is reached


def test_a_sweep_that_finds_nothing_new_costs_the_same_again(cast, at) -> None:
    people = trainees(cast, at, 3)
    assert swept(people)[1] == 3
    assert swept(people) == (15, 0)


@pytest.mark.parametrize(("written_to_before", "first_one", "each_further"), [(False, 29, 5), (True, 26, 5)])
def test_sending_costs_so_much_a_message_and_no_more(cast, at, settings, monkeypatch, written_to_before, first_one, each_further) -> None:
    """A batch is claimed, read and written for at once; then one statement closes each message, after four that capture it."""
    settings.UPLIFT_SMTP_URL = ""
    monkeypatch.setattr(sending, "monotonic", lambda: 0.0)  # a slow machine looks at a batch again
    spent = []
    for count in (1, 3):
        with transaction.atomic():
            people = trainees(cast, at, count)
            swept(people)
            first = TrainingSession.objects.filter(enrolment__participant__in=people).order_by("planned_at").first()
            due = first.planned_at - timedelta(hours=2)
            for person in people if written_to_before else ():
                reach.stop_token(person.trial_id, by=BEAT, at=due)
            spent.append(
                (
                    cost(lambda due=due: messages.send_due(kinds=reminders.kinds(), ahead=reminders.AHEAD, at=due)),
                    CapturedMail.objects.count(),
                )
            )
            transaction.set_rollback(True)
    (one, sent_one), (three, sent_three) = spent
    assert (sent_one, sent_three) == (1, 3)
    assert (one, (three - one) / 2) == (first_one, each_further)


TRAINEES, OFF_MAIL = 0, 1
LISTS = [
    ("/", "coordinator", TRAINEES),
    ("/participants/", "coordinator", TRAINEES),
    ("/week/", "coordinator", TRAINEES),
    ("/gym/", "coordinator", TRAINEES),
    ("/safety/", "safety_clinician", TRAINEES),
    ("/messages/", "coordinator", TRAINEES),
    ("/events/", "coordinator", TRAINEES),
    ("/unblindings/", "pi", TRAINEES),
    ("/audit/", "manager", TRAINEES),
    ("/call-list/", "coordinator", OFF_MAIL),
    ("/staff/", "manager", None),
    ("/exports/", "unblinded_statistician", None),
]


@pytest.mark.parametrize(("address", "role", "named"), LISTS, ids=[address for address, _, _ in LISTS])
def test_a_list_costs_the_same_for_one_and_for_three(cast, at, monkeypatch, address, role, named) -> None:
    now = [at]
    monkeypatch.setattr("trials.clock.now", lambda: now[0])
    reader = Client()
    reader.force_login(getattr(cast, role))
    people: list[tuple[Participant, Participant]] = []
    spent = []
    for number in (1, 2, 3):
        now[0] = at
        people.append(_one_more(cast, at, number))
        now[0] = TrainingSession.objects.order_by("planned_at").first().planned_at - timedelta(hours=2)
        reminders.queue_due(by=BEAT, at=now[0])
        cache.clear()
        reader.get(address)
        with CaptureQueriesContext(connection) as captured:
            page = reader.get(address)
        assert page.status_code == 200
        spent.append(len(captured))
        shown = page.content.decode()
        expected = [f"another{n}".capitalize() for n in range(1, number + 1)] if address == "/staff/" else []
        expected += [pair[named].trial_id for pair in people] if named is not None else []
        assert [name for name in expected if name not in shown] == []
    assert spent == [spent[0]] * 3


def _one_more(cast, at: datetime, number: int) -> tuple[Participant, Participant]:
    """In every list one row more: who trains, with an open alert and a serious event; who is off e-mail; one of staff; an export."""
    person = Participant.objects.with_record().get(pk=trainees(cast, at, 1)[0].pk)
    alerts.raise_concern(person, text="Low", by=cast.coordinator, at=at)
    clinical.report_event(
        person, category="injury", term="Fall", started_on=at.date(), severity="moderate", elicited="spontaneous", aware_at=at,
        criteria=["hospital"], ongoing=True, by=cast.coordinator, at=at,
    )  # fmt: skip
    unblinding.record_break(person.unit, reason_code="other", reason="x", mode="screen", by=cast.safety_clinician, at=at)
    engage(f"another{number}", Role.ASSESSOR, cast.first, at=at)
    exports.request_export(cut_at=None, view="closed", by=cast.unblinded_statistician, at=at + timedelta(days=30, minutes=number))
    return person, consenting(cast.first, by=cast.coordinator, at=at, channel="none")
