"""Words of messages are written, tested and started; what goes out carries those in force, and its log says which."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from outcomes.actions import letters, reminders
from outcomes.domain.letters import KINDS, faults
from outcomes.models import Letter
from outcomes.queries import letters as reads
from participants.actions import baseline, identity, messages
from participants.models import CapturedMail, Message, MessageAttempt
from tests.outcomes.actions.test_reminders import BEAT, first_follow_up, noon, people
from tests.participants.people import NORA, consenting
from trials.languages import languages
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

__all__ = ["people"]
DAY = timedelta(days=1)
OWN = {"subject": "A form waits for you", "body": "Hi!\n\nPlease go to {link}", "short": "Go to {address} and type {code}"}


def written(by, at, **more: str) -> Letter:
    return letters.write_letter(**({"kind": "invitation", "language": "en"} | OWN | more), by=by, at=at)


def sweep(at) -> None:
    reminders.queue_due(by=BEAT, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)


def test_the_programs_own_words_keep_every_rule_in_every_language(trial) -> None:
    for language in languages.values():
        unsaid, longest = list(reads.unsaid(language, protocol_in_force())), reads.invented(language, short=True)
        for kind in KINDS.values():
            own, english = reads.own_words(kind.code, language), reads.own_words(kind.code, languages["en"])
            assert faults(kind, own, longest=longest, unsaid=unsaid) == (), (language.code, kind.code)
            if language.code != "en":
                assert set(own.body.split("\n\n")) & set(english.body.split("\n\n")) <= {"{link}"}
                assert own.subject != english.subject


def test_versions_follow_each_other_and_nothing_is_sent_before_its_day(people, manager, at) -> None:
    first, second = written(manager, at), written(manager, at, subject="A form is open")
    assert [str(letter) for letter in (first, second)] == ["invitation/en/1", "invitation/en/2"]
    opens = noon(people.trains, first_follow_up().opens_day)
    letters.start_letter(second, holds_from=(opens + DAY).date(), by=manager, at=at)
    sweep(opens)
    mails = CapturedMail.objects.order_by("pk")
    assert mails.last().subject == "Your questions are open"
    letters.start_letter(first, holds_from=opens.date(), by=manager, at=opens)
    reminders.resend_link(people.trains, visit=first_follow_up().code, by=BEAT, at=opens)
    sweep(opens + timedelta(minutes=1))
    body = mails.last().body
    assert body.startswith("Hi!\n\nPlease go to http")
    assert "#t=" in body
    assert body.endswith("\n\nYou get this message because you agreed to it. Tell the study team if you no longer want it.\n")
    reminders.resend_link(people.trains, visit=first_follow_up().code, by=BEAT, at=opens + DAY)
    sweep(opens + DAY)
    assert mails.last().subject == "A form is open"
    tried = MessageAttempt.objects.filter(message__to=people.trains.actor, message__kind="invitation").order_by("pk")
    assert list(tried.values_list("letter", flat=True)) == ["invitation/en/0", "invitation/en/1", "invitation/en/2"]


def test_a_visit_without_a_last_day_has_words_of_its_own(trial, cast, at) -> None:
    person = consenting(cast.first, by=cast.coordinator, at=at, person=NORA)
    letters.start_letter(written(cast.manager, at), holds_from=at.date(), by=cast.manager, at=at)
    assert "{until}" not in reads.own_words("invitation_open", languages["en"]).body
    sweep(at)
    tried = MessageAttempt.objects.get(message__to=person.actor)
    assert (tried.outcome, tried.letter) == ("sent", "invitation_open/en/0")


def test_every_fault_is_told_at_once_and_nothing_is_kept(trial, manager, at) -> None:
    with pytest.raises(Refused) as refused:
        written(manager, at, subject="Your PHQ-9", body="As to your depression: {lnk}", short="Training. {address} {code}")
    told = refused.value.faults
    assert set(told) == {"subject", "body", "short"}
    assert told["subject"].count("Leave out") == 1
    assert "PHQ-9" in told["subject"]
    assert [told["body"].count(words) for words in ("{lnk} stands for nothing", "Put {link} in", "\u201cdepression\u201d")] == [1, 1, 1]
    assert "it would tell an arm" in told["short"]
    with pytest.raises(Refused, match="Resistance exercise training|it would tell an arm"):
        written(manager, at, body="{link} for Resistance exercise training")
    with pytest.raises(Refused, match="Choose a kind"):
        written(manager, at, kind="alert")
    with pytest.raises(Refused, match="Choose a language"):
        written(manager, at, language="xx")
    assert not Letter.objects.exists()


def test_the_same_words_again_are_no_version(trial, manager, at) -> None:
    own = vars(reads.own_words("invitation", languages["en"]))
    with pytest.raises(Refused, match="stand there already"):
        written(manager, at, **own)
    written(manager, at)
    with pytest.raises(Refused, match="stand there already"):
        written(manager, at, body=OWN["body"].replace("\n", "\r\n") + "  ")
    assert str(written(manager, at, **own)) == "invitation/en/2"


def test_a_day_in_the_past_or_far_ahead_starts_nothing(trial, manager, at) -> None:
    letter = written(manager, at)
    for day in (at.date() - DAY, at.date() + 367 * DAY):
        with pytest.raises(Refused, match="within a year"):
            letters.start_letter(letter, holds_from=day, by=manager, at=at)


def test_a_test_goes_to_the_askers_own_address_by_the_outbox_and_to_nobody_else(people, manager, at) -> None:
    letter = written(manager, at)
    assert letters.send_test(letter, by=manager, at=at) == 1
    with pytest.raises(Refused, match="on its way"):
        letters.send_test(letter, by=manager, at=at)
    messages.send_due(kinds=reminders.kinds(), at=at)
    mail = CapturedMail.objects.get()
    assert (mail.to, mail.subject) == (manager.email, "Test: A form waits for you")
    assert "is invented, and the link opens nothing" in mail.body
    assert reads.INVENTED_LINK in mail.body
    assert set(Message.objects.filter(kind="letter_test").values_list("to", "status")) == {(manager.actor, "sent")}
    assert MessageAttempt.objects.get().letter == "invitation/en/1"
    letters.send_test(letter, by=manager, at=at)
    manager.memberships.update(ended_at=at)
    later = at + timedelta(minutes=1)
    del manager._roles
    messages.send_due(kinds=reminders.kinds(), at=later)
    assert sorted(Message.objects.filter(kind="letter_test").values_list("status", flat=True)) == ["dropped", "sent"]


@pytest.mark.parametrize("role", ["coordinator", "trainer", "assessor", "pi", "monitor", "safety_clinician"])
def test_only_the_trial_manager_writes_words(trial, cast, at, role) -> None:
    letter, by = written(cast.manager, at), getattr(cast, role)
    for step in (
        lambda: written(by, at, subject="Another"),
        lambda: letters.start_letter(letter, holds_from=at.date(), by=by, at=at),
        lambda: letters.send_test(letter, by=by, at=at),
    ):
        with pytest.raises(NotAllowed):
            step()


def test_the_pages_show_preview_save_test_and_start(people, cast, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    writer, home = Client(), "/letters/invitation/de/"
    writer.force_login(cast.manager)
    assert "The program&#x27;s words" in (shown := writer.get("/letters/").content.decode()) or "The program's words" in shown
    assert '<html lang="en"' in (page := writer.get(home).content.decode())
    assert "Ihre Fragen sind offen" in page
    assert reads.INVENTED_CODE in page
    german = {"subject": "Bitte antworten", "body": "Guten Tag,\n\n{link}", "short": "{address} {code}"}
    looked = writer.post(home, german | {"step": "look"})
    assert (looked.status_code, Letter.objects.count()) == (200, 0)
    assert "As it would reach somebody" in looked.content.decode()
    assert "Bitte antworten" in looked.content.decode()
    bad = writer.post(home, german | {"subject": "Ihre Angst"})
    assert (bad.status_code, Letter.objects.count()) == (422, 0)
    assert "Leave out \u201cAngst\u201d" in bad.content.decode()
    assert "Guten Tag" in bad.content.decode()
    assert writer.post(home, german).headers["Location"] == home + "1/"
    assert writer.post(home + "1/test/").status_code == 302
    assert writer.post(home + "1/", {"holds_from": "2001-01-01"}).status_code == 422
    assert writer.post(home + "1/", {"holds_from": at.date().isoformat()}).status_code == 302
    assert "Version 1" in writer.get("/letters/").content.decode()
    reader = Client()
    reader.force_login(cast.coordinator)
    assert "Write the next version" not in reader.get(home).content.decode()
    assert reader.post(home, german).status_code == 403
    assert [writer.get(f"/letters/{path}/").status_code for path in ("x/de", "invitation/xx", "invitation/de/9")] == [404, 404, 404]


def test_rest_writes_starts_and_tells(trial, cast, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    writer, home = Client(), "/api/v1/letters/"
    writer.force_login(cast.manager)
    sent = {"content_type": "application/json"}
    assert writer.post(home + "write-letter/", OWN | {"kind": "invitation", "language": "en"}, **sent).json()["version"] == 1
    assert writer.post(home + "write-letter/", OWN | {"kind": "invitation", "language": "en", "short": "x"}, **sent).status_code == 422
    started = writer.post(home + "invitation/en/1/start-letter/", {"holds_from": at.date().isoformat()}, **sent)
    assert started.json()["letter"] == "invitation/en/1"
    assert writer.post(home + "invitation/en/1/send-test/", {}, **sent).json() == {"ways": 1}
    assert [row["sent_from"] for row in writer.get(home).json()] == [[at.date().isoformat()]]


def test_the_log_of_a_person_names_the_words_that_were_used(people, cast, at, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: at)
    person = people.trains
    baseline.set_availability(person, preferred=[], channel="email", by=cast.coordinator, at=at)
    identity.record_contact(person, NORA, by=cast.coordinator, at=at)
    message = Message.objects.create(
        to=person.actor, kind="nudge", event="sitting:week1:nudge-2", due_at=at, next_try_at=at, created_at=at, status="sent"
    )
    MessageAttempt.objects.create(message=message, at=at, outcome="sent", letter="nudge/de/3")
    reader = Client()
    reader.force_login(cast.coordinator)
    assert "version 3, Deutsch" in reader.get(f"/participants/{person}/messages/").content.decode()
