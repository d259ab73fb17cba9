"""The day of a site and of a trainer, and the page of a slot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.actions import hours, sessions
from participants.models import Slot
from tests.cast import engage
from tests.participants.pages.test_timetable_pages import NOON, door, person  # noqa: F401
from tests.participants.training import randomised, session_of
from trials import blinding
from trials.domain.roles import Role

pytestmark = pytest.mark.django_db
FRIDAY = "/day/?site=LIM&on=2026-03-27"


def opened(cast, hour: int = 9, **more: object) -> Slot:
    told = {"trainer": cast.trainer, "starts_at": datetime(2026, 3, 27, hour, tzinfo=UTC), "minutes": 60, "capacity": 2} | more
    return sessions.open_slot(cast.first, by=cast.coordinator, at=NOON, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician", "unblinded_statistician"])
def test_who_must_not_see_sessions_finds_no_day_and_no_slot(cast, person, door, role: str) -> None:  # noqa: F811
    slot, client = opened(cast), door(getattr(cast, role))
    assert {client.get(address).status_code for address in ("/day/", FRIDAY, f"/slots/{slot.pk}/")} == {404}
    assert client.post(f"/slots/{slot.pk}/").status_code == 404


def test_a_day_shows_trainers_side_by_side_with_slots_and_sessions(cast, person, door) -> None:  # noqa: F811
    own = {"by": cast.coordinator, "at": NOON}
    anna = engage("anna", Role.TRAINER, cast.first, at=NOON)
    sessions.join_slot(session_of(person, 8), slot=opened(cast), **own)
    opened(cast, 10, trainer=anna, room=hours.add_room(cast.first, name="Gym 1", **own))
    ends_at = datetime(2026, 3, 28, tzinfo=UTC)
    hours.record_absence(cast.first, trainer=anna, starts_at=datetime(2026, 3, 27, 14, tzinfo=UTC), ends_at=ends_at, reason="ill", **own)
    answer = door(cast.coordinator).get(FRIDAY)
    page = answer.content.decode()
    assert [c.name for c in answer.context["columns"]] == ["Anna", "Trainer"]
    assert "Anna is away Fri 27 Mar, 14:00 to Sat 28 Mar, 00:00: ill." in page
    assert ("1 of 2 places taken" in page, "Slot, Gym 1" in page, f"{person}, Trainer" in page) == (True, True, True)
    mine = door(cast.coordinator).get(f"{FRIDAY}&trainer={cast.trainer.pk}")
    assert [c.name for c in mine.context["columns"]] == ["Trainer"]
    assert "Slot, Gym 1" not in mine.content.decode()
    assert door(cast.coordinator).get(f"{FRIDAY}&trainer=²").context["columns"] == []
    assert "Closed: Easter Monday" in door(cast.coordinator).get("/day/?site=LIM&on=2026-04-06").content.decode()


def test_a_slot_is_opened_changed_and_given_up_by_page(cast, person, door) -> None:  # noqa: F811
    client = door(cast.coordinator)
    told = {"trainer": str(cast.trainer.pk), "room": "", "at": "09:00", "minutes": "60", "capacity": "1"}
    assert client.post(FRIDAY, told).status_code == 302
    again = client.post(FRIDAY, told | {"at": "09:30"})
    assert (again.status_code, "Trainer is taken then by another slot." in again.content.decode()) == (409, True)
    assert client.post(FRIDAY, told | {"capacity": "many"}).status_code == 422
    slot = Slot.objects.get()
    address = f"/slots/{slot.pk}/"
    sessions.join_slot(session_of(person, 8), slot=slot, by=cast.coordinator, at=NOON)
    page = client.get(address).content.decode()
    assert (str(person) in page, "Give up slot" in page) == (True, False)
    assert (client.post(address).status_code, client.post(address, {"capacity": "0"}).status_code) == (409, 422)
    assert client.post(address, {"capacity": "5"}).status_code == 302
    sessions.leave_slot(session_of(person, 8), by=cast.coordinator, at=NOON)
    assert client.post(address).headers["Location"] == "/day/?site=LIM&on=2026-03-27"
    slot.refresh_from_db()
    assert (slot.capacity, slot.cancelled_at) == (5, NOON)
    watching = door(cast.monitor)
    assert "Open slot" not in watching.get(FRIDAY).content.decode()
    assert watching.post(FRIDAY, told).status_code == 403


def test_a_day_costs_the_same_for_one_session_and_slot_and_for_three(cast, person, door) -> None:  # noqa: F811
    client, spent = door(cast.coordinator), []
    people = [person]
    while len(people) < 3:
        more = randomised(cast.first, by=cast.coordinator, at=NOON)
        if blinding.plan_for(more.enrolment.allocation) is not None:
            people.append(more)
    anna = engage("anna", Role.TRAINER, cast.first, at=NOON)
    for hour, trainer, one in zip((9, 10, 11), (cast.trainer, cast.trainer, anna), people, strict=True):
        on = session_of(one, 8)
        on.enrolment.sessions.filter(pk=on.pk).update(rescheduled_at=datetime(2026, 3, 27, hour, tzinfo=UTC), trainer_planned=trainer)
        slot = opened(cast, hour, trainer=trainer)
        on.enrolment.sessions.filter(pk=on.pk).update(slot=slot)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(FRIDAY)
        spent.append((len(queries), answer.context["count"], sum(len(c.slots) for c in answer.context["columns"])))
    assert spent == [(spent[0][0], n, n) for n in (1, 2, 3)]
