"""A slot opened where sessions stand already: they join it together up to its places, whoever stays outside is told why, nobody moves."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.actions import sessions, withdrawal
from participants.actions.sessions.filling import lying_at
from participants.models import Slot
from tests.cast import engage
from tests.participants.pages.test_timetable_pages import NOON, door  # noqa: F401
from tests.participants.test_slots import joined, opened, people  # noqa: F401
from tests.participants.training import session_of
from trials.domain.roles import Role
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
EIGHTH = datetime(2026, 3, 26, 7, 30, tzinfo=UTC)  # where session 8 of all three was laid out


def ids(told) -> list[str]:  # type: ignore[no-untyped-def]
    return [one.who for one in told]


def test_all_that_stand_there_join_together_and_nobody_moves(people, opened, cast, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    slot, three = opened(EIGHTH, capacity=4), [p.trial_id for p in people]
    lies = lying_at(slot, viewer=cast.coordinator, at=at)
    assert (ids(lies.found.joins), lies.found.left) == (three, ())
    sessions.fill_slot(slot, seen=lies.seen, by=cast.coordinator, at=at)
    assert joined(slot) == three
    for person in people:
        taken = session_of(person, 8)
        assert (taken.at, taken.rescheduled_at, taken.trainer_planned) == (EIGHTH, None, cast.trainer)
        assert session_of(person, 7).slot is None
    told = Event.objects.filter(verb="session.joined_slot").order_by("about").values_list("about", "detail")
    assert list(told) == [(who, {"session_no": 8, "slot": slot.pk, "to": "2026-03-26T07:30:00+00:00"}) for who in three]
    assert Event.objects.get(verb="slot.filled").detail == {"sessions": 3, "left": 0}
    with pytest.raises(Refused, match="No session stands at this time that could join"):
        sessions.fill_slot(slot, seen=lies.seen, by=cast.coordinator, at=at)


def test_who_does_not_fit_is_told_and_stays_where_they_are(people, opened, cast, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    own, (first, second, third) = {"by": cast.coordinator, "at": at}, people
    slot = opened(EIGHTH, capacity=1)
    sessions.assign_trainer(third.enrolment, trainer=cast.trainer, **own)
    sessions.assign_trainer(first.enrolment, trainer=engage("second", Role.TRAINER, cast.first, at=at), **own)
    lies = lying_at(slot, viewer=cast.coordinator, at=at)
    assert ids(lies.found.joins) == [third.trial_id]  # whoever has the slot's trainer comes first
    assert [(one.who, one.why) for one in lies.found.left] == [
        (first.trial_id, "The session is planned with Second; this slot is Trainer's."),
        (second.trial_id, "The one place of this slot is taken."),
    ]
    sessions.fill_slot(slot, seen=lies.seen, **own)
    assert (joined(slot), session_of(first, 8).slot, session_of(second, 8).slot) == ([third.trial_id], None, None)
    assert str(session_of(first, 8).trainer_planned) == "Second"


def test_what_changed_since_it_was_shown_is_not_joined(people, opened, cast, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    own, slot = {"by": cast.coordinator, "at": at}, opened(EIGHTH, capacity=3)
    seen = lying_at(slot, viewer=cast.coordinator, at=at).seen
    sessions.move(session_of(people[0], 8), on=date(2026, 3, 27), clock=time(9), **own)
    with pytest.raises(Refused, match="changed since this was shown") as refused:
        sessions.fill_slot(slot, seen=seen, **own)
    assert (refused.value.code, joined(slot)) == ("changed", [])
    withdrawal.stop_training(people[1], reason="time", **own)
    sessions.hold_at_home(session_of(people[2], 8), reason="Snow", **own)
    assert lying_at(slot, viewer=cast.coordinator, at=at).sessions == ()  # moved, ended, at home
    sessions.hold_at_site(session_of(people[2], 8), reason="Thaw", **own)
    assert lying_at(slot, viewer=cast.coordinator, at=EIGHTH).sessions == ()  # it has begun
    given_up = sessions.cancel_slot(slot, **own)
    assert lying_at(given_up, viewer=cast.coordinator, at=at).sessions == ()
    with pytest.raises(Refused, match="was given up"):
        sessions.fill_slot(slot, seen=seen, **own)


def test_places_are_counted_once_people_and_slot_are_locked(people, opened, cast, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    slot = opened(EIGHTH, capacity=2)
    seen = lying_at(slot, viewer=cast.coordinator, at=at).seen
    with CaptureQueriesContext(connection) as queries:
        sessions.fill_slot(slot, seen=seen, by=cast.coordinator, at=at)
    told = [each["sql"] for each in queries]
    locks = [re.findall(r'FROM "participants_(\w+)"', sql)[0] for sql in told if "FOR UPDATE" in sql]
    last = max(place for place, sql in enumerate(told) if "FOR UPDATE" in sql)
    read = [place for place, sql in enumerate(told) if sql.startswith("SELECT") and 'FROM "participants_trainingsession"' in sql]
    assert (locks, len(read)) == (["participant", "slot"], 3)
    assert read[0] < last < read[1]  # whom to lock; then, held, who stands there and who has joined


def test_a_trainer_fills_it_with_their_own_people_and_who_may_not_plan_with_nobody(people, opened, cast, at) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    slot = opened(EIGHTH, capacity=3)
    sessions.assign_trainer(people[1].enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    lies = lying_at(slot, viewer=cast.trainer, at=at)
    assert [session.trial_id for session in lies.sessions] == [people[1].trial_id]
    for outsider in (cast.assessor, cast.pi, cast.other_coordinator):
        with pytest.raises(NotAllowed):
            sessions.fill_slot(slot, seen=lies.seen, by=outsider, at=at)
    sessions.fill_slot(slot, seen=lies.seen, by=cast.trainer, at=at)
    assert joined(slot) == [people[1].trial_id]


def test_the_page_offers_it_once_a_slot_is_opened(people, cast, door) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    client = door(cast.coordinator)
    told = {"trainer": str(cast.trainer.pk), "room": "", "at": "07:30", "minutes": "60", "capacity": "2"}
    answer = client.post("/day/?site=LIM&on=2026-03-26", told)
    slot = Slot.objects.get()
    place = f"/slots/{slot.pk}/"
    assert answer["Location"] == place
    page = client.get(place)
    first, second, third = (p.trial_id for p in people)
    read = page.content.decode()
    assert " ".join(re.sub("<[^>]+>", "", read).split()).count(f"outside any slot at this time: {first}, {second}. They join") == 1
    assert f"{third}, session 8: All 2 places of this slot are taken." in read
    assert "Join 2 sessions" in read
    assert client.post(place, {"seen": "0"}).status_code == 409
    assert "Join 2 sessions" not in door(cast.monitor).get(place).content.decode()
    assert client.post(place, {"seen": page.context["lies"].seen})["Location"] == place
    assert joined(slot) == [first, second]
    assert "Join" not in client.get(place).content.decode().split("Sessions at this time")[1].split("</section>")[0]


def test_rest_does_the_same_at_the_same_cost_for_one_and_for_three(people, opened, cast, door) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    client, slot, spent = door(cast.coordinator), opened(EIGHTH, capacity=1), []
    rest, three = f"/api/v1/slots/{slot.pk}/", [{"trial_id": p.trial_id, "session_no": 8} for p in people]
    for capacity in (1, 3):
        sessions.change_places(slot, capacity=capacity, by=cast.coordinator, at=NOON)
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(f"{rest}filling/").json()
        spent.append(len(queries))
        assert shown["joins"] == three[:capacity]
        assert shown["left"] == [one | {"why": "The one place of this slot is taken."} for one in three[capacity:]]
    assert spent[0] == spent[1]
    sent = client.post(f"{rest}fill-slot/", json.dumps({"seen": "0"}), content_type="application/json")
    assert (sent.status_code, sent.json()["code"], joined(slot)) == (409, "changed", [])
    done = client.post(f"{rest}fill-slot/", json.dumps({"seen": shown["seen"]}), content_type="application/json")
    assert (done.status_code, done.json()["joins"], joined(slot)) == (200, three, [p.trial_id for p in people])
