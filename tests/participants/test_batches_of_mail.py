"""Messages are claimed in batches and handed over by one connection; each is marked before the next one goes."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from participants.actions import links, messages, reach
from participants.actions.messages import Ahead, Notice, Text, sending
from participants.models import Message, MessageAttempt, PersonalLink, StopLink
from participants.post import email
from participants.post.email import Line, Mail, MaybeSent, NotSent, send
from tests.participants.people import NORA, consenting
from tests.participants.test_email import Mailbox, listening
from trials.actors import Machine
from trials.models import Event

BEAT, WORKER = Machine("beat"), Machine("worker")
WANTED = {"nudge": (lambda message, at: True, lambda message, at: Text(message.event, "Body"))}
EVENTS = ["e0", "e1", "e2", "e3"]
SENDER, DOMAIN = "office@uplift.example", "uplift.example"


class Counted(Mailbox):
    """Counts the connections, and closes each after so many messages, as some servers do."""

    def __init__(self) -> None:
        super().__init__()
        self.opened, self.most, self.on_this = 0, 100, 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.opened, self.on_this = self.opened + 1, 0
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.on_this == self.most:
            return "421 enough for one connection"
        self.on_this += 1
        envelope.mail_from = address
        return "250 OK"


@pytest.fixture
def mailbox():
    with listening(Counted()) as box:
        yield box


@pytest.fixture
def person(trial, coordinator, at):
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at, person=NORA)


@pytest.fixture
def four(person, at, settings):
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:2525"
    messages.queue_all([Notice(to=person.actor, kind="nudge", event=e, due_at=at) for e in EVENTS], by=BEAT, at=at)
    return person


@pytest.fixture
def handing_over(monkeypatch):
    """Calls `seen(subject)` in place of the mail server."""

    def hand_to(seen) -> None:
        monkeypatch.setattr(email, "send", lambda mail, line, **_: seen(mail.subject))

    return hand_to


def standing() -> list[tuple[str, str, int, bool]]:
    return [(m.event, m.status, m.attempts, m.lease_token is not None) for m in Message.objects.order_by("event")]


def test_a_batch_goes_by_one_connection(four, mailbox, settings, at) -> None:
    settings.UPLIFT_SMTP_URL = f"smtp://127.0.0.1:{mailbox.server.port}"
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 4}
    assert ([m["Subject"] for m in mailbox.kept], mailbox.opened) == (EVENTS, 1)


def test_each_message_is_marked_before_the_next_one_goes(four, handing_over, at) -> None:
    """So a kill at any moment leaves one of them in doubt and no more: the one that is being handed over."""
    seen = []
    handing_over(lambda subject: seen.append((subject, standing())))
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 4}
    for place, (subject, kept) in enumerate(seen):
        assert subject == EVENTS[place]
        assert kept == [(e, "sent" if n < place else "pending", 1, n >= place) for n, e in enumerate(EVENTS)]


def test_what_a_dead_sender_left_behind_goes_alone(four, handing_over, at) -> None:
    """Whatever killed it kills no second one of the batch: the seven others that it may kill are tries at itself."""

    def die(subject: str) -> None:
        if subject == "e1":
            raise KeyboardInterrupt

    handing_over(die)
    with pytest.raises(KeyboardInterrupt):
        messages.send_due(kinds=WANTED, at=at)
    assert standing() == [("e0", "sent", 1, False), *[(e, "pending", 1, True) for e in EVENTS[1:]]]
    later = at + messages.LEASE
    assert [c.message.event for c in messages.claim(kinds=WANTED, by=WORKER, at=later, limit=50)] == ["e1"]
    handing_over(lambda subject: None)
    assert messages.send_due(kinds=WANTED, at=later) == {"sent": 2}
    assert standing()[1:] == [("e1", "pending", 2, True), ("e2", "sent", 2, False), ("e3", "sent", 2, False)]


def test_a_server_that_is_not_well_gets_no_more_of_the_batch_and_none_of_it_is_spent(four, handing_over, at) -> None:
    def busy(subject: str) -> None:
        if subject == "e1":
            raise NotSent("the mail server answered 451")

    handing_over(busy)
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 1, "deferred": 1}
    assert standing() == [("e0", "sent", 1, False), ("e1", "pending", 1, False), ("e2", "pending", 0, False), ("e3", "pending", 0, False)]
    assert Event.objects.filter(verb="message.given_back").count() == 2
    handing_over(lambda subject: None)
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 2}


def test_a_sender_whose_time_is_over_gives_the_rest_back(four, handing_over, monkeypatch, at) -> None:
    moment = [0.0]
    monkeypatch.setattr(sending, "monotonic", lambda: moment[0])
    handing_over(lambda subject: moment.__setitem__(0, moment[0] + 0.6 * sending.HANDED_OVER_WITHIN))
    assert messages.send_due(kinds=WANTED, at=at) == {"sent": 2}
    assert standing()[2:] == [("e2", "pending", 0, False), ("e3", "pending", 0, False)]


def test_a_late_give_back_changes_nothing(four, at) -> None:
    first = messages.claim(kinds=WANTED, by=WORKER, at=at, limit=2)
    second = messages.claim(kinds=WANTED, by=WORKER, at=at + messages.LEASE)
    assert messages.give_back(first, by=WORKER, at=at + messages.LEASE) == 1
    assert standing()[:2] == [("e0", "pending", 2, True), ("e1", "pending", 0, False)]
    assert messages.give_back(second, by=WORKER, at=at + messages.LEASE) == 1


def test_an_address_that_is_refused_gets_nothing_else_of_the_batch(four, handing_over, at) -> None:
    tried = []

    def nobody_there(subject: str) -> None:
        tried.append(subject)
        raise NotSent("the mail server answered 550", permanent=True, bounced=True)

    handing_over(nobody_there)
    assert messages.send_due(kinds=WANTED, at=at) == {"refused": 1}
    assert tried == ["e0"]
    assert set(Message.objects.exclude(event="e0").values_list("status", "last_error")) == {
        ("dropped", "the address was refused by its server")
    }


def test_a_fault_in_what_one_message_needs_meets_that_one_alone(four, handing_over, at) -> None:
    written = []

    def write(batch, by, at) -> None:
        written.append([m.event for m in batch])
        if "e2" in written[-1]:
            raise ValueError("nora@canary.example")

    def text(message, at) -> Text:
        if message.event == "e2":
            raise ValueError("nora@canary.example")
        return Text(message.event, "Body")

    handing_over(lambda subject: None)
    ahead = Ahead(lambda batch, at: None, write)
    assert messages.send_due(kinds={"nudge": (WANTED["nudge"][0], text)}, ahead=ahead, at=at) == {"sent": 3, "faulty": 1}
    assert written == [EVENTS, *([e] for e in EVENTS)]
    assert list(MessageAttempt.objects.filter(outcome="faulty").values_list("message__event", "detail")) == [("e2", "ValueError")]


def test_each_person_has_one_stop_address_however_many_messages(four, handing_over, coordinator, at) -> None:
    other = consenting(four.site, by=coordinator, at=at, person=NORA | {"email": "o@canary.example"})
    messages.queue(to=other.actor, kind="nudge", event="e9", due_at=at, by=BEAT, at=at)
    handing_over(lambda subject: None)
    messages.send_due(kinds=WANTED, at=at)
    assert sorted(StopLink.objects.values_list("participant", flat=True)) == sorted([four.pk, other.pk])
    assert Event.objects.filter(verb="stop_link.made").count() == 2
    assert PersonalLink.objects.count() == 0


def test_links_of_a_batch_are_made_in_the_order_in_which_people_are_locked(person, coordinator, at) -> None:
    """Each row of a link holds its person's: a step that locks many people waits for the batch, or the batch for it."""
    people = [consenting(person.site, by=coordinator, at=at) for _ in range(2)]
    asked = [people[1], person, people[0]]
    wanted = [links.Wanted(each, "baseline", None) for each in asked]
    made = links.mint_each(wanted, by=WORKER, at=at)
    assert [minted.link.participant for minted in made] == asked
    reach.have_stop_links(asked, by=WORKER, at=at)
    for model in (PersonalLink, StopLink):
        assert list(model.objects.order_by("pk").values_list("participant", flat=True)) == sorted(each.pk for each in asked)


def test_a_connection_that_the_server_closed_in_between_is_opened_again(mailbox) -> None:
    mailbox.most = 2
    mail = Mail("nora@canary.example", "Hello", "Body", "abc123")
    with Line(mailbox.server) as line:
        for _ in range(5):
            send(mail, line, sender=SENDER, domain=DOMAIN)
    assert (len(mailbox.kept), mailbox.opened) == (5, 3)


def test_a_connection_that_was_cut_in_between_is_opened_again(mailbox) -> None:
    mail = Mail("nora@canary.example", "Hello", "Body", "abc123")
    with Line(mailbox.server) as line:
        send(mail, line, sender=SENDER, domain=DOMAIN)
        line._smtp.sock.shutdown(2)
        send(mail, line, sender=SENDER, domain=DOMAIN)
    assert (len(mailbox.kept), mailbox.opened) == (2, 2)


def test_a_server_that_wants_nothing_is_asked_once(mailbox) -> None:
    mailbox.most = 0
    with Line(mailbox.server) as line, pytest.raises(NotSent, match="answered 421"):
        send(Mail("nora@canary.example", "Hello", "Body", "abc123"), line, sender=SENDER, domain=DOMAIN)
    assert mailbox.opened == 1


def test_a_refused_message_leaves_nothing_of_itself_to_the_next(mailbox) -> None:
    mail = Mail("nora@canary.example", "Hello", "Body", "abc123")
    with Line(mailbox.server) as line:
        mailbox.answers = {"RCPT": "550 no such user"}
        with pytest.raises(NotSent):
            send(mail, line, sender=SENDER, domain=DOMAIN)
        mailbox.answers = {}
        send(mail, line, sender=SENDER, domain=DOMAIN)
    assert mailbox.to == [["nora@canary.example"]]


def test_an_address_that_no_server_can_be_told_takes_no_other_message_along(mailbox) -> None:
    mail = Mail("nora@canary.example", "Hello", "Body", "abc123")
    with Line(mailbox.server) as line:
        for to in ("nora@canary.example", "nora@canäry.example"):
            with suppress(UnicodeEncodeError):
                send(replace(mail, to=to), line, sender=SENDER, domain=DOMAIN)
        send(mail, line, sender=SENDER, domain=DOMAIN)
    assert (mailbox.to, mailbox.opened) == ([["nora@canary.example"]] * 2, 2)


def test_whatever_breaks_off_the_text_leaves_doubt_and_a_fresh_connection(mailbox, monkeypatch) -> None:
    class OutOfTime(Exception):
        pass

    def out_of_time(*_: object) -> None:
        raise OutOfTime

    mail = Mail("nora@canary.example", "Hello", "Body", "abc123")
    with Line(mailbox.server) as line:
        with monkeypatch.context() as patched, pytest.raises(MaybeSent):
            patched.setattr(smtplib.SMTP, "data", out_of_time)
            send(mail, line, sender=SENDER, domain=DOMAIN)
        send(mail, line, sender=SENDER, domain=DOMAIN)
    assert (len(mailbox.kept), mailbox.opened) == (1, 2)


def test_leases_outlast_a_batch() -> None:
    """A batch's last message is begun within its time, and its provider may be silent at each of four steps."""
    assert timedelta(seconds=sending.HANDED_OVER_WITHIN + 4 * email.TIMEOUT_SECONDS) < messages.LEASE
