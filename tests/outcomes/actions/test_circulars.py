"""A message to several people reaches each of them once, nobody who must not be written to, and nobody once it is called off."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import alerts, circulars, reminders
from outcomes.models import Circular
from outcomes.queries import circulars as reads
from participants.actions import baseline, identity, messages, reach, withdrawal
from participants.actions.messages import sending
from participants.models import CapturedMail, Message, MessageAttempt, Participant
from tests.participants.people import NORA, consenting
from trials.permissions import NotAllowed, Refused

MINUTE = timedelta(minutes=1)
WORDS = {"subject": "Closed on Friday", "body": "Hello,\n\nthe door at {place} is shut on Friday.", "short": "The door is shut on Friday."}


def some(cast, at, count: int) -> list[Participant]:
    """At the first site, reached by e-mail; only consented, so that no arm plays a part."""
    found = [consenting(cast.first, by=cast.coordinator, at=at) for _ in range(count)]
    for person in found:
        baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=cast.coordinator, at=at)
        identity.record_contact(person, NORA, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def three(trial, cast, at) -> list[Participant]:
    return some(cast, at, 3)


def send(by, at, *, people: int = 3, **more):
    given = {"phase": "any", "language": "en", "people": people, "client_uuid": uuid4()} | WORDS | more
    return circulars.send_circular(**given, by=by, at=at)


def go(at) -> None:
    messages.send_due(kinds=reminders.kinds(), at=at)


def states(circular: Circular) -> dict[str, int]:
    return dict(reads.progress([circular])[circular.code])


def test_each_gets_it_once_with_its_words_however_often_it_is_sent(three, cast, at) -> None:
    key = uuid4()
    circular = send(cast.coordinator, at, client_uuid=key)
    assert send(cast.coordinator, at, client_uuid=key) == circular
    with pytest.raises(Refused, match="under this id"):
        send(cast.coordinator, at, client_uuid=key, subject="Open on Friday")
    go(at)
    go(at + MINUTE)
    mails = CapturedMail.objects.all()
    assert len(mails) == 3
    assert {mail.body for mail in mails} == {
        "Hello,\n\nthe door at University of Limerick is shut on Friday.\n\n"
        "You get this message because you agreed to it. Tell the study team if you no longer want it.\n"
    }
    assert set(MessageAttempt.objects.values_list("letter", flat=True)) == {f"circular/{circular.code}"}
    assert states(circular) == {"sent": 3}


def test_who_is_left_out_is_told_with_the_reason(trial, cast, at) -> None:
    by, (died, left, off, refused, later, held) = cast.coordinator, some(cast, at, 6)
    consenting(cast.second, by=cast.other_coordinator, at=at)
    withdrawal.record_death(died, died_on=at.date(), by=by, at=at)
    withdrawal.withdraw(left, scope="contact", reason="time", by=by, at=at)
    baseline.set_availability(off, preferred=[], channel="none", by=by, at=at)
    reach.mark_bounced(refused, channel="email", by=by, at=at)
    reach.pause_messages(later, until=at.date() + timedelta(days=3), by=by, at=at)
    alerts.raise_concern(held, text="Low today", by=by, at=at)
    spanish = consenting(cast.first, by=by, at=at)
    baseline.set_availability(spanish, preferred=[], channel="email", by=by, at=at)
    Participant.objects.filter(pk=spanish.pk).update(language="es")
    found = reads.picked(by, site=None, phase="any", language="en", at=at)
    assert found.to == ()
    assert {str(person): why.partition(":")[0] for person, why in found.left_out} == {
        str(died): "died", str(left): "withdrew", str(off): "agreed to no messages", str(refused): "has an address that is refused",
        str(later): "gets no messages for a while", str(held): "gets no messages for now", str(spanish): "reads another language",
    }  # fmt: skip
    with pytest.raises(Refused, match="reach nobody"):
        send(by, at)


def test_it_is_looked_at_again_at_the_moment_it_goes(trial, cast, at) -> None:
    six = some(cast, at, 6)
    circular = send(cast.coordinator, at, people=6)
    withdrawal.record_death(six[0], died_on=at.date(), by=cast.coordinator, at=at)
    baseline.set_availability(six[1], preferred=[], channel="none", by=cast.coordinator, at=at)
    alerts.raise_concern(six[2], text="Low today", by=cast.coordinator, at=at)
    Participant.objects.filter(pk=six[3].pk).update(language="es")
    go(at)
    assert states(circular) == {"dropped": 3, "pending": 1, "sent": 2}
    alert = six[2].alerts.get()
    alerts.release_messages(alert, by=cast.safety_clinician, at=at + MINUTE)
    go(at + timedelta(minutes=15))
    assert states(circular) == {"dropped": 3, "sent": 3}


def test_what_has_not_gone_is_called_off_and_goes_no_more(three, cast, at, monkeypatch) -> None:
    circular = send(cast.coordinator, at)
    messages.send_due(kinds=reminders.kinds(), at=at, limit=1)
    assert circulars.cancel_circular(Circular.objects.get(), by=cast.coordinator, at=at + MINUTE) == 2
    assert states(circular) == {"dropped": 2, "sent": 1}
    assert MessageAttempt.objects.filter(outcome="dropped", detail="called off").count() == 2
    go(at + 2 * MINUTE)
    assert CapturedMail.objects.count() == 1
    with pytest.raises(Refused, match="called off already"):
        circulars.cancel_circular(Circular.objects.get(), by=cast.coordinator, at=at + MINUTE)


def test_one_that_a_sender_holds_is_left_to_it_and_dropped_where_the_sender_died(three, cast, at) -> None:
    circular = send(cast.coordinator, at)
    assert messages.claim(kinds=reminders.kinds(), by=cast.coordinator, at=at) != []
    assert circulars.cancel_circular(circular, by=cast.coordinator, at=at + MINUTE) == 2
    go(at + messages.LEASE + MINUTE)
    assert states(circular) == {"dropped": 3}
    assert not CapturedMail.objects.exists()


def test_one_that_is_called_off_while_its_batch_goes_out_goes_no_further(three, cast, at, monkeypatch) -> None:
    circular = send(cast.coordinator, at)
    whole = [messages.claim(kinds=reminders.kinds(), ahead=reminders.AHEAD, by=cast.coordinator, at=at, limit=3)]
    assert circulars.cancel_circular(circular, by=cast.coordinator, at=at) == 0
    monkeypatch.setattr(sending, "claim", lambda **_: whole.pop() if whole else [])
    assert messages.send_due(kinds=reminders.kinds(), ahead=reminders.AHEAD, at=at) == {"dropped": 3}
    assert states(circular) == {"dropped": 3}


def test_another_number_of_people_than_was_looked_at_sends_nothing(three, cast, at) -> None:
    with pytest.raises(Refused, match="It would reach 3 now, not 7"):
        send(cast.coordinator, at, people=7)
    with pytest.raises(Refused, match="stretch of the trial"):
        send(cast.coordinator, at, phase="week99")
    with pytest.raises(Refused, match="Leave out \u201ctraining\u201d"):
        send(cast.coordinator, at, body="The training is off.")
    assert not Message.objects.exists()


def test_only_who_may_send_messages_there_sends_one(three, cast, at) -> None:
    for role in ("trainer", "assessor", "safety_clinician", "blinded_statistician", "pi", "manager", "other_coordinator"):
        with pytest.raises(NotAllowed):
            send(getattr(cast, role), at, site=cast.first)
    circular = send(cast.coordinator, at)
    assert circular in reads.visible_to(cast.coordinator)
    assert circular not in reads.visible_to(cast.other_coordinator)


def test_looking_costs_the_same_for_one_and_for_many(three, cast, at) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            reads.picked(cast.coordinator, site=None, phase="any", language="en", at=at)
        return len(captured)

    cost()
    many = cost()
    Participant.objects.filter(pk__in=[p.pk for p in three[1:]]).update(status="excluded")
    assert cost() == many


def test_the_page_shows_whom_it_reaches_before_it_sends_and_then_how_far_it_is(three, cast, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    withdrawal.record_death(three[0], died_on=at.date(), by=cast.coordinator, at=at)
    writer, address = Client(), "/circulars/write/"
    writer.force_login(cast.coordinator)
    key = re.search(r'name="client_uuid" value="([^"]+)"', writer.get(address).content.decode())[1]
    given = {"site": "LIM", "phase": "any", "language": "en", "client_uuid": key} | WORDS
    assert writer.post(address, given | {"step": "send"}).status_code == 200
    assert not Circular.objects.exists()
    page = writer.post(address, given | {"step": "look"}).content.decode()
    assert "It reaches 2 people" in page
    assert re.search(rf"{three[0]}</a></th><td>Died", page)
    looked = re.search(r'name="looked" value="(\w+)"', page)[1]
    changed = writer.post(address, given | {"step": "send", "looked": looked, "subject": "Open on Friday"})
    assert "look again before you send" in changed.content.decode()
    assert not Circular.objects.exists()
    bad = writer.post(address, given | {"step": "look", "body": "Your depression"})
    assert (bad.status_code, "what the trial is about" in bad.content.decode()) == (422, True)
    sent = writer.post(address, given | {"step": "send", "looked": looked})
    code = Circular.objects.get().code
    assert sent.headers["Location"] == f"/circulars/{code}/"
    assert "0 of 2" in writer.get(f"/circulars/{code}/").content.decode()
    assert writer.post(f"/circulars/{code}/cancel/").status_code == 302
    assert "Called off" in writer.get("/circulars/").content.decode()
    other = Client()
    other.force_login(cast.other_coordinator)
    assert other.get(f"/circulars/{code}/").status_code == 404
    blind = Client()
    blind.force_login(cast.assessor)
    assert [blind.get(path).status_code for path in (address, "/circulars/", f"/circulars/{code}/")] == [403, 403, 403]


def test_rest_tells_whom_sends_and_calls_off(three, cast, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    writer, home, sent = Client(), "/api/v1/circulars/", {"content_type": "application/json"}
    writer.force_login(cast.coordinator)
    assert [row["left_out"] for row in writer.get(home + "before/en/people/").json()] == [""] * 3
    assert writer.get(home + "week99/en/people/").status_code == 404
    given = {"phase": "before", "language": "en", "people": 3, "client_uuid": str(uuid4()), "site": "LIM"} | WORDS
    code = writer.post(home + "send-circular/", given, **sent).json()["code"]
    assert writer.get(home).json()[0]["messages"] == {"pending": 3}
    assert writer.post(home + f"{code}/cancel-circular/", {}, **sent).json() == {"not_sent": 3}
    assert writer.post(home + "send-circular/", given | {"site": "DUB"}, **sent).status_code == 403
