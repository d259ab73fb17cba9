"""Several people in one go: all or none, everybody at fault named, one key one answer, and nothing half-given whoever writes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from psycopg import errors

from outcomes.actions import randomisation
from outcomes.actions.batches import MOST, randomise_batch
from participants.actions import enrolment, screening, sessions
from participants.models import Enrolment
from tests import plugin
from tests.cast import SHELL, hire, load_trial, open_randomisation
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import consenting
from tests.trials.allocating import expected
from trials import clock, replay
from trials.actions import allocation, attempts, schemes, staff, strata
from trials.actions.attempts import Claim
from trials.models import Allocation, Attempt, AttemptOutcome, Cap, Event, Scheme, Stratum
from trials.permissions import NotAllowed, Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = UUID(int=7)


def ready(cast, at: datetime, count: int):
    people = [consenting(cast.first, by=cast.coordinator, at=at) for _ in range(count)]
    for person in people:
        complete(person, by=cast.coordinator, at=at)
    return people


@pytest.fixture
def people(cast, at):
    open_randomisation(at=at)
    return ready(cast, at, 3)


def ids(people) -> list[str]:
    return [str(person) for person in people]


def outcomes() -> list[tuple[str, str, str]]:
    found = Attempt.objects.order_by("pk").select_related("outcome", "unit")
    return [(str(a.unit), a.outcome.kind, a.outcome.code) if hasattr(a, "outcome") else (str(a.unit), "", "") for a in found]


def test_places_are_taken_in_the_order_named(people, coordinator, at):
    order = ["P-002", "P-003", "P-001"]
    done = randomise_batch(order, by=coordinator, at=at)
    given = list(Allocation.objects.order_by("seq").values_list("unit__trial_id", "arm", "seq"))
    arms = expected(Scheme.objects.get(), "site=LIM|sex=F", 3)
    assert given == [(trial_id, arm, seq) for seq, (trial_id, arm) in enumerate(zip(order, arms, strict=True), start=1)]
    assert [enrolled.participant.trial_id for enrolled in done] == order
    assert outcomes() == [(trial_id, "given", "") for trial_id in order]
    first, *others = Attempt.objects.order_by("pk")
    assert (first.batch, [a.batch for a in others]) == (None, [first, first])
    event = Event.objects.get(verb="batch.randomised")
    assert (event.detail, event.actor) == ({"order": order}, coordinator.actor)
    assert Event.objects.filter(verb="participant.randomised").count() == 3
    assert replay.faults() == []


def test_one_at_fault_and_nobody_is_randomised_everybody_at_fault_is_named(people, cast, at):
    people[0].consents.update(voided_at=at, void_reason="x")
    elsewhere = consenting(cast.second, by=cast.other_coordinator, at=at)
    with pytest.raises(Refused) as refused:
        randomise_batch(["P-001", "P-002", str(elsewhere), "P-777", "P-003", "P-003"], by=cast.coordinator, at=at)
    assert (refused.value.code, refused.value.status) == ("batch_refused", 409)
    assert refused.value.sentence == (
        f"Nobody was randomised. {elsewhere}: nobody you can see has this id. P-777: nobody you can see has this id. "
        "P-003 stands in the list more than once. P-001 can't be randomised: no signed consent."
    )
    assert (Allocation.objects.count(), Enrolment.objects.count(), Cap.objects.get(site=None).given) == (0, 0, 0)
    assert not Stratum.objects.exists()
    assert outcomes() == [("P-001", "refused", "no_consent"), ("P-002", "refused", "batch_refused"), ("P-003", "refused", "named_twice")]


def test_who_is_beyond_the_places_left_is_named_together(db, at):
    load_trial(at=at)
    cast = hire(at=at)
    open_randomisation(at=at)
    Cap.objects.filter(site=None).update(most=4)
    people = ready(cast, at, 6)
    with pytest.raises(Refused) as refused:
        randomise_batch(ids(people), by=cast.coordinator, at=at)
    assert refused.value.sentence.startswith("Nobody was randomised. P-005, P-006: The trial has its 4 people")
    assert Allocation.objects.count() == 0
    assert len(randomise_batch(ids(people[2:]), by=cast.coordinator, at=at)) == 4
    assert Cap.objects.get(site=None).given == 4


def test_a_refused_batch_gives_nothing_to_learn_the_next_gets_the_same_arms(people, coordinator, at):
    with pytest.raises(Refused):
        randomise_batch([*ids(people), "P-999"], by=coordinator, at=at)
    randomise_batch(ids(people), by=coordinator, at=at)
    assert [a.arm for a in Allocation.objects.order_by("seq")] == expected(Scheme.objects.get(), "site=LIM|sex=F", 3)


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_a_batch_has_a_size(people, coordinator, at, count):
    with pytest.raises(Refused) as refused:
        randomise_batch(["P-001"] * count, by=coordinator, at=at)
    assert (refused.value.code, refused.value.status, Attempt.objects.count()) == ("batch_size", 422, 0)


def test_a_list_of_nobody_leaves_no_attempt(people, coordinator, at):
    with pytest.raises(Refused, match="P-888: nobody you can see has this id"):
        randomise_batch(["P-888"], by=coordinator, at=at)
    assert Attempt.objects.count() == 0


def test_who_does_not_randomise_learns_nothing_of_the_list(people, cast, at):
    told = set()
    for trial_ids in (["P-001"], ["P-999"], []):
        with pytest.raises(NotAllowed) as refused:
            randomise_batch(trial_ids, by=cast.assessor, at=at)
        told.add(refused.value.sentence)
    assert told == {"Your role may not randomise."}
    assert Attempt.objects.count() == 0


def test_the_shell_sees_everybody(people, at):
    assert len(randomise_batch(ids(people), by=SHELL, at=at)) == 3


def test_a_key_that_comes_again_gets_the_same_people_in_the_same_order(people, coordinator, at):
    order = ["P-003", "P-001", "P-002"]
    first = randomise_batch(order, claim=Claim(KEY, "a" * 64), by=coordinator, at=at)
    again = randomise_batch(order, claim=Claim(KEY, "a" * 64), by=coordinator, at=at)
    assert again == first
    with pytest.raises(Refused) as refused:
        randomise_batch(["P-001"], claim=Claim(KEY, "b" * 64), by=coordinator, at=at)
    assert refused.value.code == "key_reused"
    with pytest.raises(Refused):
        randomisation.randomise(people[0], claim=Claim(KEY, "b" * 64), by=coordinator, at=at)
    assert Enrolment.objects.count() == 3
    assert [row[1:] for row in outcomes()] == [("given", "")] * 3 + [("answered", "")] * 3 + [("refused", "key_reused")] * 2


def test_a_key_whose_first_request_is_still_under_way_gets_its_answer(people, coordinator, at, monkeypatch):
    """The second request begins before the first has ended, and reaches the people after it."""
    claim, begin = Claim(KEY, "a" * 64), attempts.was_given
    monkeypatch.setattr(attempts, "was_given", lambda attempt: False)
    first = randomise_batch(ids(people), claim=claim, by=coordinator, at=at)
    answers = iter([False])
    monkeypatch.setattr(attempts, "was_given", lambda attempt: next(answers, None) is None and begin(attempt))
    assert randomise_batch(ids(people), claim=claim, by=coordinator, at=at) == first
    assert [row[1:] for row in outcomes()] == [("given", "")] * 3 + [("answered", "")] * 3


def test_a_busy_stratum_is_told_at_once_and_kept_for_each(people, coordinator, at, monkeypatch):
    def busy(*args, **told):
        raise OperationalError("canceling statement due to lock timeout") from errors.LockNotAvailable()

    monkeypatch.setattr(allocation, "allocate", busy)
    with pytest.raises(Refused) as refused:
        randomise_batch(ids(people), by=coordinator, at=at)
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert [row[1:] for row in outcomes()] == [("busy", "busy")] * 3


def test_a_closed_stratum_names_whoever_falls_into_it(people, cast, at):
    man = ready(cast, at, 1)[0]
    screening.correct_person(man, sex="M", reason="Misheard", by=cast.coordinator, at=at)
    strata.close_stratum("site=LIM|sex=M", reason="Full", by=cast.manager, at=at)
    with pytest.raises(Refused, match=f"^Nobody was randomised. {man}: Stratum site=LIM.sex=M is closed: Full.$"):
        randomise_batch([*ids(people), str(man)], by=cast.coordinator, at=at)
    assert Allocation.objects.count() == 0


@pytest.mark.parametrize(("steps", "name", "calls"), [(enrolment, "enrol", 3), (sessions, "lay_out_all", 1)], ids=["third", "sessions"])
def test_a_crash_in_the_middle_leaves_nobody_randomised(committing, monkeypatch, steps, name, calls):
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    people = ready(cast, AT, 3)
    step, count = getattr(steps, name), []

    def crash(*args, **told):
        count.append(1)
        if len(count) == calls:
            raise SystemError("the power fails")
        return step(*args, **told)

    monkeypatch.setattr(steps, name, crash)
    with pytest.raises(SystemError):
        randomise_batch(ids(people), by=cast.coordinator, at=AT)
    assert (Allocation.objects.count(), Enrolment.objects.count()) == (0, 0)
    assert outcomes() == [(trial_id, "", "") for trial_id in ids(people)]


def test_two_batches_race_for_the_last_places_and_one_gets_them_whole(committing):
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    Cap.objects.filter(site=None).update(most=4)
    people = ready(cast, AT, 6)
    lists = [ids(people[:3]), ids(people[:2:-1])]
    together, told = threading.Barrier(2), []

    def go(mine: list[str]) -> None:
        try:
            together.wait(30)
            told.append(("given", [str(e.participant) for e in randomise_batch(mine, by=cast.coordinator, at=AT)]))
        except Refused as refused:
            told.append((refused.code, mine))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(mine,)) for mine in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (won,) = [mine for code, mine in told if code == "given"]
    (lost,) = [mine for code, mine in told if code == "batch_refused"]
    assert sorted([won, lost]) == sorted(lists)
    assert list(Allocation.objects.order_by("seq").values_list("unit__trial_id", "seq")) == [(t, n) for n, t in enumerate(won, start=1)]
    assert Cap.objects.get(site=None).given == 3
    assert replay.faults() == []


def test_two_batches_that_share_people_in_other_orders_do_not_wait_in_a_ring(committing):
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    forwards = ids(ready(cast, AT, 4))
    together, told = threading.Barrier(2), []

    def go(mine: list[str]) -> None:
        try:
            together.wait(30)
            randomise_batch(mine, by=cast.coordinator, at=AT)
            told.append("given")
        except Refused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(mine,)) for mine in (forwards, forwards[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["batch_refused", "given"]


def test_the_database_itself_gives_a_batch_whole_or_not_at_all(people, coordinator, at):
    made = attempts.begin_together([p.unit for p in people], claim=None, by=coordinator, at=at)
    with pytest.raises(IntegrityError, match="a part of a batch was given"), transaction.atomic():
        AttemptOutcome.objects.create(attempt=made[1], kind="given", code="", at=at)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for attempt in made:
        AttemptOutcome.objects.create(attempt=attempt, kind="given", code="", at=at)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("over", [True, False], ids=["a batch that is over", "a batch within a batch"])
def test_the_database_lets_nobody_join_later(people, coordinator, at, over):
    first, second, _ = attempts.begin_together([p.unit for p in people], claim=None, by=coordinator, at=at)
    if over:
        attempts.refuse_each([(first, Refused("x"))], at=at)
    with pytest.raises(IntegrityError, match="the batch is over"), transaction.atomic():
        Attempt.objects.create(unit=people[0].unit, actor=coordinator.actor, at=at, batch=first if over else second)


def test_a_batch_given_in_part_is_found_by_the_replay(committing):
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    people = ready(cast, AT, 2)
    randomise_batch(ids(people), by=cast.coordinator, at=AT)
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM trials_attemptoutcome WHERE attempt_id = (SELECT max(id) FROM trials_attempt)")
    assert [(f.about, f.what) for f in replay.faults()] == [("P-001", "led a batch of which a part was given an arm")]


def test_the_door_answers_in_order_and_needs_a_key(people, coordinator, at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    token = staff.make_token(coordinator, name="t", by=coordinator, at=at)[1]

    def post(body: object, **headers: str):
        told = {"Authorization": f"Bearer {token}", **headers}
        return Client().post("/api/v1/batches/randomise-batch/", body, content_type="application/json", headers=told)

    order = {"trial_ids": ["P-002", "P-001", "P-003"]}
    assert post(order).json()["code"] == "no_key"
    key = {"Idempotency-Key": str(KEY)}
    first, again = post(order, **key), post(order, **key)
    assert (first.status_code, first.content) == (200, again.content)
    assert [row["trial_id"] for row in first.json()["people"]] == order["trial_ids"]
    assert not {"arm", "seq"} & set(first.json()["people"][0])
    other = post({"trial_ids": ["P-001"]}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert post({"trial_ids": "P-001"}, **key).status_code == 400


def test_the_page_lists_who_waits_and_counts_with_whoever_presses(people, cast, at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    consenting(cast.second, by=cast.other_coordinator, at=at)
    client = Client()
    client.force_login(cast.coordinator)
    page = client.get("/randomise/").content.decode()
    assert [n for n in ("P-001", "P-002", "P-003", "P-004") if f'value="{n}"' in page] == ["P-001", "P-002", "P-003"]
    wrong = client.post("/randomise/", {"people": ["P-001", "P-002"], "typed": "3"})
    assert (wrong.status_code, "You ticked 2 and typed 3." in wrong.content.decode()) == (422, True)
    assert Attempt.objects.count() == 0
    people[1].consents.update(voided_at=at, void_reason="x")
    stopped = client.post("/randomise/", {"people": ["P-001", "P-002"], "typed": "2"})
    assert (stopped.status_code, "P-002 can&#x27;t be randomised: no signed consent." in stopped.content.decode()) == (409, True)
    done = client.post("/randomise/", {"people": ["P-001", "P-003"], "typed": "2"}, follow=True)
    text = done.content.decode()
    assert (done.status_code, Allocation.objects.count()) == (200, 2)
    assert all(a.code in text for a in Allocation.objects.all())
    lost = client.get("/randomise/result/?of=P-002&of=P-004").content.decode()
    assert (">P-002<" in lost, ">P-004<" in lost, "no place was given" in lost) == (True, False, True)


def test_nobody_waits(cast, at):
    client = Client()
    client.force_login(cast.coordinator)
    assert "Nobody waits" in client.get("/randomise/").content.decode()
    client.force_login(cast.assessor)
    assert [client.get(a).status_code for a in ("/randomise/", "/randomise/result/?of=P-001")] == [403, 403]


def test_nothing_is_given_once_randomisation_is_closed(people, cast, at):
    schemes.close_scheme(reason="Over", by=cast.manager, at=at)
    with pytest.raises(Refused, match="^Nobody was randomised. P-001, P-002, P-003: Randomisation is closed.$"):
        randomise_batch(ids(people), by=cast.coordinator, at=at)
