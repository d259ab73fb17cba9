"""Whether messages reach a person: paused, ended by their reader with one press, refused by the server of the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from participants.actions import baseline, identity, messages, reach, withdrawal
from participants.actions.messages import Text
from participants.models import Availability, Message, StopLink
from participants.post import email
from tests.participants.people import NORA, consenting
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

BEAT = Machine("beat")
DAY = timedelta(days=1)
WANTED = {"nudge": (lambda message, at: True, lambda message, at: Text("Hello", "Body"))}
GONE = email.NotSent("the mail server answered 550", permanent=True, bounced=True)


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture
def person(trial, coordinator, at):
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)


@pytest.fixture
def posted(monkeypatch, settings):
    """The mails that reached the server; it answers with the next of `posted.answers`, else it takes them."""
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"

    class Posted(list):
        answers: list[Exception] = []

    box = Posted()
    box.answers = []

    def send(mail, server, *, sender, domain, timeout=10.0):
        box.append(mail)
        if box.answers:
            raise box.answers.pop(0)

    monkeypatch.setattr(email, "send", send)
    return box


def queue(person, at, event="sitting:week8:nudge-2") -> None:
    messages.queue(to=person.actor, kind="nudge", event=event, due_at=at, by=BEAT, at=at)


def state(event="sitting:week8:nudge-2") -> tuple[str, str]:
    return Message.objects.values_list("status", "last_error").get(event=event)


def kept(person) -> Availability:
    return Availability.objects.get(participant=person)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_pause_holds_messages_until_its_end_and_no_longer(person, coordinator, posted, at) -> None:
    reach.pause_messages(person, until=at.date() + 3 * DAY, by=coordinator, at=at)
    queue(person, at)
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert Message.objects.values_list("status", "next_try_at").get() == ("pending", at + timedelta(minutes=15))
    ends = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert messages.send_due(kinds=WANTED, at=ends - timedelta(minutes=5)) == {}
    assert Message.objects.values_list("status", "next_try_at").get() == ("pending", ends)
    assert messages.send_due(kinds=WANTED, at=at + 3 * DAY) == {"sent": 1}
    assert Event.objects.get(verb="messages.paused").detail == {"until": "2026-03-05"}


def test_a_pause_is_over_when_somebody_says_so(person, coordinator, posted, at) -> None:
    reach.pause_messages(person, until=at.date() + 3 * DAY, by=coordinator, at=at)
    queue(person, at)
    assert messages.send_due(kinds=WANTED, at=at) == {}
    reach.go_on_with_messages(person, by=coordinator, at=at)
    assert messages.send_due(kinds=WANTED, at=at + timedelta(minutes=15)) == {"sent": 1}
    with pytest.raises(Refused, match="are not paused"):
        reach.go_on_with_messages(person, by=coordinator, at=at)


def test_a_pause_that_has_run_out_is_none(person, coordinator, at) -> None:
    reach.pause_messages(person, until=at.date() + DAY, by=coordinator, at=at)
    with pytest.raises(Refused, match="are not paused"):
        reach.go_on_with_messages(person, by=coordinator, at=at + DAY)


@pytest.mark.parametrize(("days", "fits"), [(0, False), (1, True), (90, True), (91, False)])
def test_a_pause_ends_within_ninety_days(person, coordinator, at, days, fits) -> None:
    if fits:
        assert reach.pause_messages(person, until=at.date() + days * DAY, by=coordinator, at=at).paused_until is not None
        return
    with pytest.raises(Refused, match="within the next 90 days"):
        reach.pause_messages(person, until=at.date() + days * DAY, by=coordinator, at=at)
    assert kept(person).paused_until is None


def test_who_gets_no_messages_has_none_to_pause(trial, coordinator, at) -> None:
    called = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, channel="none")
    with pytest.raises(Refused, match="the call list was agreed to"):
        reach.pause_messages(called, until=at.date() + DAY, by=coordinator, at=at)
    withdrawal.withdraw(called, scope="contact", reason="time", by=coordinator, at=at)
    with pytest.raises(Refused, match="participation has ended"):
        reach.pause_messages(called, until=at.date() + DAY, by=coordinator, at=at)


def test_only_who_may_send_messages_pauses_them_or_trusts_an_address(person, other_coordinator, assessor, at) -> None:
    for user in (other_coordinator, assessor):
        for step in (
            lambda by: reach.pause_messages(person, until=at.date() + DAY, by=by, at=at),
            lambda by: reach.go_on_with_messages(person, by=by, at=at),
            lambda by: reach.trust_address(person, by=by, at=at),
        ):
            with pytest.raises(NotAllowed):
                step(user)


def test_one_press_ends_messages_and_puts_the_person_on_the_call_list(person, coordinator, posted, at) -> None:
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    address = posted[0].stop_url
    assert re.fullmatch(r"http://testserver/me/stop/[\w-]{43}/", address)
    answer = Client(enforce_csrf_checks=True).post(address.removeprefix("http://testserver"), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert kept(person).channel == "none"
    event = Event.objects.get(verb="messages.stopped")
    assert (event.about, event.actor, event.at) == (person.trial_id, person.actor, at)
    queue(person, at, "later")
    assert messages.send_due(kinds=WANTED, at=at) == {}
    assert state("later") == ("dropped", "this channel was not agreed to")


def test_opening_the_address_or_posting_something_else_changes_nothing(person, posted, at) -> None:
    """Scanners follow links and send off forms they do not know."""
    token = reach.stop_token(person.trial_id, by=BEAT, at=at)
    anybody = Client(enforce_csrf_checks=True)
    answers = [
        anybody.get(f"/me/stop/{token}/"),
        anybody.head(f"/me/stop/{token}/"),
        anybody.post(f"/me/stop/{token}/"),
        anybody.post(f"/me/stop/{token}/", {"List-Unsubscribe": "Yes"}),
    ]
    assert [a.status_code for a in answers] == [200, 200, 422, 422]
    assert (kept(person).channel, StopLink.objects.get().used_at) == ("email", None)


def test_a_token_that_is_none_finds_nothing(person, at) -> None:
    token, anybody = reach.stop_token(person.trial_id, by=BEAT, at=at), Client()
    for word in (token[:-1], token.swapcase(), "A" * 43, "A" * 200, "%F0%9F%98%80"):
        assert anybody.get(f"/me/stop/{word}/").status_code == 404
        assert anybody.post(f"/me/stop/{word}/", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert kept(person).channel == "email"


def test_a_second_press_is_none_and_agreeing_anew_is_followed(person, coordinator, at) -> None:
    link = reach.find(reach.stop_token(person.trial_id, by=BEAT, at=at))
    assert [reach.stop_messages(link, by=person, at=at + n * DAY) for n in (1, 2)] == [True, False]
    assert StopLink.objects.get().used_at == at + DAY
    baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=coordinator, at=at + 3 * DAY)
    assert kept(person).channel == "email"
    assert reach.stop_messages(link, by=person, at=at + 4 * DAY)
    assert StopLink.objects.get().used_at == at + 4 * DAY


def test_nobody_else_presses_for_the_person(person, coordinator, at) -> None:
    link = reach.find(reach.stop_token(person.trial_id, by=BEAT, at=at))
    with pytest.raises(Refused, match="Only the person"):
        reach.stop_messages(link, by=coordinator, at=at)


def test_the_stop_address_is_one_a_person_and_only_its_digest_is_kept(person, trial, coordinator, at) -> None:
    other = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    tokens = [reach.stop_token(p.trial_id, by=BEAT, at=at) for p in (person, person, other)]
    assert tokens[0] == tokens[1] != tokens[2]
    assert StopLink.objects.count() == 2
    assert not any(t in str(list(StopLink.objects.values()) + list(Event.objects.values())) for t in tokens)


def test_messages_to_staff_carry_no_stop_address(coordinator, posted, at) -> None:
    messages.queue(to=coordinator.actor, kind="nudge", event="x", due_at=at, by=BEAT, at=at)
    messages.send_due(kinds=WANTED, at=at)
    assert [m.stop_url for m in posted] == [""]


def test_an_address_that_its_server_refuses_is_marked_and_written_to_no_more(person, posted, at) -> None:
    posted.answers = [GONE]
    queue(person, at)
    assert messages.send_due(kinds=WANTED, at=at) == {"refused": 1}
    assert (state(), kept(person).bounced_at) == (("dead", "the mail server answered 550"), at)
    queue(person, at, "later")
    assert messages.send_due(kinds=WANTED, at=at + DAY) == {}
    assert state("later") == ("dropped", email.CHANNEL.refused)
    assert reach.mark_bounced(person, channel="email", by=BEAT, at=at + DAY) == 0
    assert kept(person).bounced_at == at


@pytest.mark.parametrize(
    "answer", [email.NotSent("the mail server answered 451"), email.NotSent("the mail server answered 554", permanent=True)]
)
def test_an_answer_that_is_not_about_the_address_marks_nothing(person, posted, at, answer) -> None:
    posted.answers = [answer]
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    assert kept(person).bounced_at is None


def test_a_refused_address_of_staff_marks_nobody(person, coordinator, posted, at) -> None:
    posted.answers = [GONE]
    messages.queue(to=coordinator.actor, kind="nudge", event="x", due_at=at, by=BEAT, at=at)
    assert messages.send_due(kinds=WANTED, at=at) == {"refused": 1}
    assert kept(person).bounced_at is None


@pytest.mark.parametrize("how", ["another", "same", "trusted", "agreed anew"])
def test_an_address_set_right_is_written_to_again(person, coordinator, at, how) -> None:
    reach.mark_bounced(person, channel="email", by=BEAT, at=at)
    if how == "trusted":
        reach.trust_address(person, by=coordinator, at=at)
    elif how == "agreed anew":
        baseline.set_availability(person, preferred=[(1, "18:00")], channel="email", by=coordinator, at=at)
    else:
        changed = NORA | ({"email": "nora@new.example"} if how == "another" else {"phone": "+353 61 555 021"})
        identity.record_contact(person, changed, by=coordinator, at=at)
    assert kept(person).bounced_at == (at if how == "same" else None)
    if how == "trusted":
        with pytest.raises(Refused, match="was not refused"):
            reach.trust_address(person, by=coordinator, at=at)


@pytest.mark.parametrize("state_of", ["paused", "bounced"])
def test_no_message_is_asked_for_that_would_not_go(person, coordinator, posted, at, state_of) -> None:
    posted.answers = [email.MaybeSent("the connection broke")]
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    if state_of == "paused":
        reach.pause_messages(person, until=at.date() + DAY, by=coordinator, at=at)
    else:
        reach.mark_bounced(person, channel="email", by=BEAT, at=at)
    with pytest.raises(Refused) as refused:
        messages.send_again(Message.objects.get(), by=coordinator, at=at)
    assert (refused.value.code, Message.objects.count()) == (state_of, 1)


@pytest.mark.parametrize("field", ["paused_until", "bounced_at"])
def test_the_database_pauses_and_marks_messages_alone(person, at, field) -> None:
    with pytest.raises(IntegrityError, match="availability_only_messages_pause_or_bounce"), transaction.atomic():
        Availability.objects.filter(participant=person).update(channel="none", **{field: at})


def test_the_database_knows_no_press_before_the_address(person, at) -> None:
    reach.stop_token(person.trial_id, by=BEAT, at=at)
    with pytest.raises(IntegrityError, match="stop_link_used_after_made"), transaction.atomic():
        StopLink.objects.update(used_at=at - DAY)


def test_choosing_the_call_list_ends_a_pause(person, coordinator, at) -> None:
    reach.pause_messages(person, until=at.date() + DAY, by=coordinator, at=at)
    baseline.set_availability(person, preferred=[], channel="email", by=coordinator, at=at)
    assert kept(person).paused_until is not None
    baseline.set_availability(person, preferred=[], channel="none", by=coordinator, at=at)
    assert kept(person).paused_until is None


def test_the_page_tells_how_messages_reach_the_person_and_every_attempt(person, coordinator, monitor, posted, at) -> None:
    page = f"/participants/{person}/messages/"
    assert "Pause messages" in as_(coordinator).get(page).text
    assert "Pause messages" not in as_(monitor).get(page).text
    posted.answers = [email.NotSent("the mail server answered 451"), GONE]
    queue(person, at)
    messages.send_due(kinds=WANTED, at=at)
    messages.send_due(kinds=WANTED, at=at + timedelta(minutes=5))
    shown = as_(coordinator).get(page).text
    for words in ("takes nothing for it", "Not taken now, tried again", "the mail server answered 451", "Refused for good", "answered 550"):
        assert words in shown
    assert "nora@canary.example" not in shown
    assert "Send to this address again" not in as_(monitor).get(page).text
    assert as_(coordinator).post(f"{page}trust/").status_code == 302
    assert "takes nothing for it" not in as_(coordinator).get(page).text


def test_the_page_pauses_and_goes_on(person, coordinator, monitor, at) -> None:
    page, client = f"/participants/{person}/messages/", as_(coordinator)
    assert client.get(f"{page}pause/").status_code == 200
    assert client.post(f"{page}pause/", {"until": "2026-03-02"}).status_code == 422
    assert client.post(f"{page}pause/", {"until": "soon"}).status_code == 422
    assert client.post(f"{page}pause/", {"until": "2026-03-05"}).headers["Location"] == page
    assert "Messages are paused until" in client.get(page).text
    assert as_(monitor).post(f"{page}go-on/").status_code == 403
    assert client.post(f"{page}go-on/").status_code == 302
    assert "Messages are paused until" not in client.get(page).text


def test_the_page_says_that_the_person_ended_messages_while_that_holds(person, coordinator, at) -> None:
    page = f"/participants/{person}/messages/"
    reach.stop_messages(reach.find(reach.stop_token(person.trial_id, by=BEAT, at=at)), by=person, at=at)
    assert "ended messages themselves" in as_(coordinator).get(page).text
    baseline.set_availability(person, preferred=[], channel="email", by=coordinator, at=at)
    assert "ended messages themselves" not in as_(coordinator).get(page).text
