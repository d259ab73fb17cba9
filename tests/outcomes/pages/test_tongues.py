"""Participants' pages and messages in their own language, without script; questions in official words or not at all."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from outcomes.actions import duty, reminders
from outcomes.models import Assessment
from participants.actions import baseline, feeds, identity, links, messages, reach, sessions
from participants.models import CapturedMail, Message, Participant
from participants.queries.feeds import calendar_of
from tests.outcomes.conftest import canary_came_through
from tests.participants.people import NORA
from tests.participants.training import in_both_arms, session_of
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.pages import errors
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-busy", "data-saved", "content")
NAMES = {"Uplift", "English", "Deutsch", "Español", "Samaritans", "·", "112", "116 123"}  # names are names in every language
LETTERS = re.compile(r"[A-Za-zÀ-ÿ]{2,}")


class Reader(HTMLParser):
    """What a page says in its own language: texts and spoken attributes outside elements in another one."""

    VOID = frozenset(("meta", "link", "input", "br", "img", "use", "path"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.langs: list[tuple[str, str]] = []
        self.page = ""
        self.said: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.page = self.page or (found.get("lang") or "" if tag == "html" else "")
        if tag not in self.VOID:
            self.langs.append((tag, found.get("lang") or (self.langs[-1][1] if self.langs else "")))
        for name in SPOKEN:
            if tag != "meta" and found.get(name):
                self.hear(found[name] or "")

    def handle_endtag(self, tag: str) -> None:
        while tag not in self.VOID and self.langs and self.langs.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.langs and self.langs[-1][0] not in ("script", "time"):
            self.hear(data)

    def hear(self, text: str) -> None:
        words = " ".join(text.split())
        if LETTERS.search(words) and (not self.langs or self.langs[-1][1] == self.page):
            self.said.add(words)


def test_the_reader_hears_a_page_and_not_what_is_in_another_language() -> None:
    page = '<html lang="de"><body data-busy="Moment"><svg><use href="#x"/></svg><p>Guten Tag<i lang="en">Hello</i></p><p lang="de">Ja</p></html>'
    assert Reader(page).said == {"Moment", "Guten Tag", "Ja"}


def text(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()


def speaks(person: Participant, code: str) -> None:
    Participant.objects.filter(pk=person.pk).update(language=code)


@pytest.fixture
def minted(person, coordinator, at):
    return links.mint(person, visit="baseline", expires_at=None, by=coordinator, at=at)


def questions(minted, code: str) -> dict[str, str]:
    """Every page on the way through the questions, as somebody who speaks this language meets it."""
    speaks(minted.link.participant, code)
    phone, pages = Client(headers={"accept-language": code}), {}
    for name, path in {"start": "/me/", "start of appointments": "/me/?for=appointments", "no page": "/me/nothing/"}.items():
        pages[name] = phone.get(path)
    pages["closed"] = phone.post("/me/", {"t": "x"})
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": code})
    pages["from elsewhere"] = strict.post("/me/", {"t": "x"})
    assert phone.post("/me/", {"t": minted.token}).status_code == 302
    pages["not in my language"] = phone.get("/me/question/1/")
    phone.get("/me/question/1/?questions=en")
    for value in ("", "99"):
        pages[f"bad answer {value}"] = phone.post("/me/question/1/", {"answer": value})
    pages["question"] = phone.get("/me/question/2/")
    phone.post("/me/question/2/", {"skip": "1"})
    pages["skipped"] = phone.get("/me/question/2/")
    phone.post("/me/question/9/", {"answer": "1"})
    pages["alerting question"], pages["support"] = phone.get("/me/question/9/"), phone.get("/me/support/9/")
    pages["review"], pages["stopped"], pages["resume"] = phone.get("/me/review/"), phone.get("/me/stopped/"), phone.get("/me/")
    for _ in range(11):
        pages["too many"] = phone.post("/me/", {"code": "WRONG"})
    cache.clear()
    stop = reach.stop_token(minted.link.participant.trial_id, by=Machine("worker"), at=clock.now())
    pages["stop"] = phone.get(f"/me/stop/{stop}/")
    return {name: text(page) for name, page in pages.items()}


@pytest.mark.parametrize("code", ["de", "es"])
def test_no_english_is_left_on_the_way_through_the_questions(minted, code: str) -> None:
    english, other = questions(minted, "en"), questions(minted, code)
    for name, page in other.items():
        assert Reader(page).page == code, name
        assert Reader(page).said & Reader(english[name]).said - NAMES == set(), name


@pytest.mark.parametrize("code", ["de", "es"])
def test_no_english_is_left_on_the_receipt_and_when_messages_stop(minted, coordinator, at, code: str) -> None:
    def pages(spoken: str) -> list[str]:
        speaks(minted.link.participant, spoken)
        seen = [phone.get("/me/receipt/")]
        stop = reach.stop_token(minted.link.participant.trial_id, by=Machine("worker"), at=at)
        seen.append(Client().post(f"/me/stop/{stop}/", {"List-Unsubscribe": "One-Click"}))
        return [text(page) for page in seen]

    phone = Client()
    phone.post("/me/", {"t": minted.token})
    phone.post("/me/send/", {"uuid": "00000000-0000-0000-0000-000000000001"})
    for english, other in zip(pages("en"), pages(code), strict=True):
        assert Reader(other).page == code
        assert Reader(other).said & Reader(english).said - NAMES == set()


@pytest.mark.parametrize("code", ["de", "es"])
def test_no_english_is_left_on_the_appointments(cast, at, code: str) -> None:
    people = in_both_arms(cast.first, by=cast.coordinator, at=at)
    minted = sessions.link_to_appointments(people.trains, by=cast.coordinator, at=at)
    one = "/me/appointments/8/"

    def pages(spoken: str) -> list[str]:
        speaks(people.trains, spoken)
        phone = Client()
        phone.post("/me/", {"t": minted.token})
        seen = [phone.get("/me/appointments/"), phone.get(one), phone.post(one, {"what": ""})]
        seen += [phone.post(one, {"what": "cannot", "wish": "2020"}), phone.post(one, {"what": "can"})]
        phone.post(one, {"what": "cannot", "wish": ""})
        seen += [phone.get(one), phone.get("/me/appointments/")]
        phone.post(one, {"what": "can"})
        return [text(page) for page in seen]

    names = NAMES | {cast.first.name, f"{cast.first.name}."}
    for english, other in zip(pages("en"), pages(code), strict=True):
        assert Reader(other).page == code
        assert Reader(other).said & Reader(english).said - names == set()


def test_the_switch_is_on_every_page_and_works_without_script(minted) -> None:
    phone = Client()
    begun = phone.post("/me/", {"t": minted.token})
    assert 'href="?language=de"' in text(phone.get(begun["Location"]))
    german = phone.get("/me/question/2/?language=de&review=1")
    assert '<html lang="de"' in text(german)
    assert 'href="?language=es&amp;review=1"' in text(german)
    cookie = phone.cookies["me-language"]
    assert (cookie.value, cookie["max-age"], cookie["expires"], cookie["path"], cookie["httponly"]) == ("de", "", "", "/me/", True)
    assert '<html lang="de"' in text(phone.get("/me/review/"))
    assert "Wenig Interesse oder Freude" in text(phone.get("/me/question/1/"))
    for wrong in ("xx", "<b>", "de-"):
        assert '<html lang="de"' in text(phone.get(f"/me/review/?language={wrong}"))
    assert '<html lang="es"' in text(phone.get("/me/review/?language=es"))
    assert "me-language" not in Client().get("/me/").cookies


def test_who_begins_next_on_the_same_tablet_gets_their_own_language(minted, person) -> None:
    tablet = Client()
    tablet.get("/me/?language=es")
    tablet.post("/me/", {"t": minted.token})
    assert '<html lang="en"' in text(tablet.get("/me/review/"))
    tablet.post("/me/?language=es", {"t": minted.token})
    assert '<html lang="es"' in text(tablet.get("/me/review/"))


def test_links_that_do_not_open_look_alike_in_every_language(minted, person, at) -> None:
    speaks(person, "de")
    late = links.mint(person, visit="baseline", expires_at=at, by=Machine("shell"), at=at)
    pages = [Client().post("/me/", {"t": late.token}), Client().post("/me/", {"t": "x"}), Client().get("/me/question/3/")]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert '<html lang="en"' in text(pages[0])
    assert 'href="/me/resume/?language=de"' in text(pages[0])
    assert "Diese Fragen sind nicht geöffnet" in text(Client().get("/me/resume/?language=de"))


def test_a_questionnaire_without_official_words_says_so_and_offers_where_it_has_them(minted, person) -> None:
    speaks(person, "es")
    phone = Client()
    phone.post("/me/", {"t": minted.token})
    page = text(phone.get("/me/question/1/"))
    assert "No existe un texto oficial en español" in page
    assert re.findall(r'lang="(\w+)" hreflang="\w+" href="\?questions=(\w+)">([^<]+)<', page) == [
        ("en", "en", "English"),
        ("de", "de", "Deutsch"),
    ]
    assert "Little interest" not in page
    asked = text(phone.get("/me/question/1/?questions=de"))
    assert ('<html lang="es"' in asked, '<div lang="de">' in asked, "Wenig Interesse oder Freude" in asked) == (True, True, True)
    assert phone.post("/me/question/1/", {"answer": "2"})["Location"] == "/me/question/2/"
    assert Assessment.objects.values_list("instrument", "answers", "language").get() == ("phq9", {"1": 2}, "de")


def test_what_is_sent_keeps_the_language_it_was_read_in(minted, person) -> None:
    speaks(person, "de")
    phone = Client()
    phone.post("/me/", {"t": minted.token})
    phone.post("/me/question/1/", {"answer": "0"})
    phone.post("/me/send/", {"uuid": "00000000-0000-0000-0000-000000000001"})
    assert dict(Assessment.objects.exclude(sent_at=None).values_list("instrument", "language")) == {"phq9": "de", "gad7": "en"}


@pytest.mark.parametrize("code", ["de", "es"])
def test_faults_are_told_in_the_language_of_the_browser(code: str) -> None:
    asked = RequestFactory().get("/me/review/", headers={"accept-language": f"fr, {code}-XX;q=0.8, en;q=0.5"})
    for page in (errors.stopped(asked), errors.unread(asked)):
        assert Reader(text(page)).page == code
    elsewhere = RequestFactory().get("/today/", headers={"accept-language": code})
    assert Reader(text(errors.stopped(elsewhere))).page == "en"


REMINDED = {
    "de": ("Ihr nächster Termin", "Ihr nächster Termin: Donnerstag, 26. März, 07:30 Uhr (", "/me/?for=appointments&language=de#t="),
    "es": ("Su próxima cita", "Su próxima cita: jueves 26 de marzo, 07:30 h (", "/me/?for=appointments&language=es#t="),
}


@pytest.mark.parametrize("code", ["de", "es"])
def test_messages_are_in_the_persons_language(cast, at, settings, code: str) -> None:
    settings.UPLIFT_SMTP_URL = ""
    people = in_both_arms(cast.first, by=cast.coordinator, at=at)
    person = people.trains
    baseline.set_availability(person, preferred=[], channel="email", language=code, by=cast.coordinator, at=at)
    identity.record_contact(person, NORA, by=cast.coordinator, at=at)
    session = session_of(person, 8)
    words = reminders.kinds()
    event = f"session:8:{session.at:%Y%m%dT%H%MZ}"
    for kind in ("session", "missed_session"):
        messages.queue(to=person.actor, kind=kind, event=event, due_at=at, by=Machine("beat"), at=at)
    messages.send_due(kinds={k: (lambda *_: True, words[k][1]) for k in ("session", "missed_session")}, at=at)
    mails = {mail.subject: mail.body for mail in CapturedMail.objects.all()}
    subject, *parts = REMINDED[code]
    assert [part in mails[subject] for part in parts] == [True, True]
    assert [body for body in mails.values() if re.search(r"\b(the|your|please|appointment)\b", body, re.IGNORECASE)] == []
    assert len(mails) == 2


@pytest.mark.parametrize("code", ["de", "es"])
def test_an_invitation_and_its_nudges_are_in_the_persons_language(person, coordinator, at, settings, code: str) -> None:
    settings.UPLIFT_SMTP_URL = ""
    speaks(person, code)
    person.refresh_from_db()
    words = reminders.kinds()
    for kind in ("invitation", "nudge", "last_call"):
        said = words[kind][1](about_baseline(person, kind), at)
        assert re.search(r"\b(the|your|please|questions)\b", said.subject + said.body, re.IGNORECASE) is None
        assert f"/me/?language={code}#t=" in said.body
    assert said.body.endswith(".\n")


def about_baseline(person: Participant, kind: str) -> Message:
    return Message(to=person.actor, kind=kind, event=f"sitting:baseline:{kind}")


def test_a_calendar_is_in_the_persons_language(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    speaks(person, "de")
    feed = feeds.find(feeds.issue_feed(person, by=cast.coordinator, at=at).token)
    read = calendar_of(feed, at=at)
    assert ("SUMMARY:Termin\r\n" in read, "NAME:Termine\r\n" in read, "Appointment" in read) == (True, True, False)


def test_staff_record_the_language_and_a_code_that_is_none_is_refused(person, coordinator, at) -> None:
    client = Client()
    client.force_login(coordinator)
    path = f"/participants/{person}/availability/"
    assert re.search(r'name="language"[^>]* value="en" checked>', text(client.get(path)))
    assert client.post(path, {"channel": "email", "language": "de"}).status_code == 302
    person.refresh_from_db()
    assert person.language == "de"
    assert client.post(path, {"channel": "email", "language": "deutsch"}).status_code == 422
    assert client.post(path, {"channel": "email"}).status_code == 302
    person.refresh_from_db()
    assert person.language == "de"
    with pytest.raises(Refused, match="by its code"):
        baseline.set_availability(person, preferred=[], channel="email", language="deutsch", by=coordinator, at=at)
    assert Event.objects.filter(verb="availability.set").last().detail["language"] == "de"


@pytest.mark.parametrize(("code", "promise"), [("de", "ruft Sie an, spätestens "), ("es", "le llamará, a más tardar: ")])
def test_a_promised_call_names_person_and_time_in_the_language(minted, clinician, at, code: str, promise: str) -> None:
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + timedelta(hours=24), by=clinician, at=at)
    canary_came_through(at)
    speaks(minted.link.participant, code)
    phone = Client()
    phone.post("/me/", {"t": minted.token})
    phone.post("/me/question/9/?questions=en", {"answer": "1"})
    page = phone.get("/me/support/9/")
    assert re.search(rf"<strong>[^<]+ {promise}<time datetime=", text(page))
    assert "will call" not in text(page)
