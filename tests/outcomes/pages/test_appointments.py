"""A participant's own appointments, walked as a phone without script walks them, and what staff see of it."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from django.core.cache import cache
from django.test import Client

from participants.actions import links, sessions, withdrawal
from participants.actions.sessions import coming
from participants.models import CannotCome, PersonalLink, TrainingSession
from tests.house.test_bad_input import NASTY_TEXTS, NUL
from tests.house.twins.asking import TOKEN
from tests.outcomes.actions.test_reminders import FORBIDDEN
from tests.participants.training import in_both_arms, randomised, session_of
from trials import clock
from trials.models import Event, RowVersion

pytestmark = pytest.mark.django_db

NO = 8  # Thu 26 Mar, 07:30
ONE = f"/me/appointments/{NO}/"


@pytest.fixture(autouse=True)
def _now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()


@pytest.fixture
def people(cast, at):
    found = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(found.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def session(people):
    return session_of(people.trains, NO)


@pytest.fixture
def minted(people, cast, at):
    return sessions.link_to_appointments(people.trains, by=cast.coordinator, at=at)


@pytest.fixture
def phone(minted):
    visitor = Client()
    assert visitor.post("/me/", {"t": minted.token})["Location"] == "/me/appointments/"
    return visitor


def text(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def rows() -> int:
    return RowVersion.objects.count() + Event.objects.count()


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_whole_way_from_the_link_to_taking_it_back(phone, session, at):
    listed = text(phone.get("/me/appointments/"))
    assert (listed.count("I can't come"), "Thu 26 Mar, 07:30" in listed, f'href="{ONE}"' in listed) == (22, True, True)
    asked = phone.get(ONE)
    assert asked.status_code == 200
    assert "What happens" in text(asked)
    wish = coming.other_times(session, at=at)[0]
    assert f'value="{wish.isoformat()}"' in text(asked)
    assert phone.post(ONE, {"what": "cannot", "wish": wish.isoformat()})["Location"] == ONE
    assert CannotCome.objects.get().wish_at == wish
    assert "You told us that you can't come" in text(phone.get(ONE))
    listed = text(phone.get("/me/appointments/"))
    assert (listed.count("I can't come"), listed.count("You told us that you can't come")) == (21, 1)
    assert phone.post(ONE, {"what": "can"})["Location"] == "/me/appointments/"
    assert CannotCome.objects.get().taken_back_at == at
    assert text(phone.get("/me/appointments/")).count("I can't come") == 22


def test_the_typed_code_opens_the_appointments_too(minted):
    visitor = Client()
    assert "Show my appointments" in text(visitor.get("/me/?for=appointments"))
    assert visitor.post("/me/?for=appointments", {"code": minted.code.lower()})["Location"] == "/me/appointments/"
    assert visitor.get("/me/resume/")["Location"] == "/me/appointments/"


def test_no_wish_is_needed(phone):
    assert phone.post(ONE, {"what": "cannot", "wish": ""}).status_code == 302
    assert CannotCome.objects.get().wish_at is None


def test_looking_changes_nothing(phone):
    phone.post(ONE, {"what": "cannot"})
    before = rows()
    for path in ("/me/", "/me/?for=appointments", "/me/resume/", "/me/appointments/", ONE, "/me/appointments/9/", "/me/appointments/99/"):
        for method in (phone.get, phone.head, Client().get, Client().head):
            assert method(path).status_code in (200, 302, 404)
    assert phone.post("/me/appointments/").status_code == 405
    assert rows() == before


def test_a_link_to_questions_opens_no_appointments_whether_there_are_any_or_not(people, cast, at):
    """A code for questions is typed on the site's tablet, beside people who must not know."""
    answers = []
    for person in (people.trains, people.waits):
        minted = links.mint(person, visit="baseline", expires_at=None, by=cast.coordinator, at=at)
        visitor = Client()
        shown = [visitor.post("/me/", {"t": minted.token})]
        shown += [visitor.get(path) for path in ("/me/appointments/", ONE)] + [visitor.post(ONE, {"what": "cannot"})]
        answers.append([(answer.status_code, answer.content) for answer in shown])
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0][1:]} == {404}
    assert not CannotCome.objects.exists()


def test_a_link_to_appointments_opens_no_question(phone):
    for path in ("/me/question/1/", "/me/review/"):
        assert phone.get(path)["Location"] == "/me/appointments/"
    assert phone.post("/me/save/1/", {"answer": "1"}).status_code == 404
    assert phone.get("/me/receipt/").status_code == 404


def test_links_that_are_unknown_late_revoked_or_of_somebody_who_stopped_meet_one_page(phone, people, minted, cast, at):
    unknown = Client().post("/me/", {"t": "x" * 43})
    pages = {"no cookie": Client().get("/me/appointments/"), "no such number": phone.get("/me/appointments/99/")}
    PersonalLink.objects.filter(pk=minted.link.pk).update(expires_at=at)
    pages["late"] = phone.get("/me/appointments/")
    PersonalLink.objects.filter(pk=minted.link.pk).update(expires_at=None)
    assert phone.get("/me/appointments/").status_code == 200
    withdrawal.stop_training(people.trains, reason="time", by=cast.coordinator, at=at)
    pages |= {"stopped": phone.get("/me/appointments/"), "told after": phone.post(ONE, {"what": "cannot"})}
    pages["begun after"] = Client().post("/me/", {"t": minted.token})
    assert {p.status_code for p in pages.values()} == {404}
    assert {p.content for p in pages.values()} == {unknown.content}
    assert not CannotCome.objects.exists()


def test_a_number_counts_within_the_person_of_the_link(phone, people, cast, at):
    others = [randomised(cast.first, by=cast.coordinator, at=at) for _ in range(4)]
    trained = TrainingSession.objects.filter(enrolment__participant__in=others, session_no=NO)
    assert trained.exists()
    phone.post(ONE, {"what": "cannot"})
    assert CannotCome.objects.get().session.enrolment.participant == people.trains


@pytest.mark.parametrize("wish", [*(text for text in NASTY_TEXTS.values() if text != NUL), "2026-03-24T07:30:00+00:00", "2026-03-27T07:30"])
def test_a_wish_of_any_other_kind_is_refused_with_a_sentence(phone, wish):
    before = rows()
    answer = phone.post(ONE, {"what": "cannot", "wish": wish})
    assert (answer.status_code, "Choose one of the answers listed" in text(answer)) == ((422, True) if wish.strip() else (302, False))
    assert (rows() == before) == bool(wish.strip())


@pytest.mark.parametrize("what", ["", "CANNOT", "x" * 5000])
def test_a_press_of_no_button_tells_nobody(phone, what):
    before = rows()
    assert phone.post(ONE, {"what": what}).status_code == 422
    assert rows() == before


def test_what_staff_changed_meanwhile_is_shown_as_it_now_is(phone, session, cast, at):
    phone.post(ONE, {"what": "cannot"})
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=cast.coordinator, at=at)
    before = rows()
    answer = phone.post(ONE, {"what": "can"})
    assert (answer.status_code, rows()) == (409, before)
    assert "nothing to take back" in text(answer)
    assert "Fri 27 Mar, 09:00" in text(answer)


def test_what_is_over_can_only_be_looked_at(phone, session, cast, at, monkeypatch):
    sessions.cancel_by_site(session, reason="trainer_ill", by=cast.coordinator, at=at)
    assert phone.get(ONE)["Location"] == "/me/appointments/"
    listed = text(phone.get("/me/appointments/"))
    assert ("Called off" in listed, f'href="{ONE}"' in listed) == (True, False)
    monkeypatch.setattr(clock, "now", lambda: session.at)
    listed = text(phone.get("/me/appointments/"))
    assert listed.index("<h2>Before</h2>") < listed.index("Called off")


def test_no_page_says_what_the_appointments_are_for(phone):
    for page in (phone.get("/me/appointments/"), phone.get(ONE), phone.post(ONE, {"what": "cannot"}, follow=True)):
        main = hide(page.content).decode().split("<main")[1].split("</main>")[0]
        words = re.sub(r"<[^>]*>", " ", main)
        assert (page.status_code, FORBIDDEN.search(words), "session" in words.casefold()) == (200, None, False)


SEEN_BY_STAFF = (
    "/",
    "/week/?on=2026-03-26",
    "/participants/{}/sessions/",
    "/participants/{}/sessions/8/",
    "/participants/{}/sessions/8/move/",
)


@pytest.mark.parametrize("role", ["coordinator", "trainer"])
def test_trainer_and_coordinator_see_it_and_the_wish_until_they_have_acted(phone, people, session, cast, at, role):
    user = getattr(cast, role)
    wish = coming.other_times(session, at=at)[0]
    phone.post(ONE, {"what": "cannot", "wish": wish.isoformat()})
    home, week, listed, one, move = (text(as_(user).get(path.format(people.trains))) for path in SEEN_BY_STAFF)
    assert f"Can't come to session {NO}" in home
    assert f'href="/participants/{people.trains}/sessions/{NO}/move/"' in home
    assert all("Can't come" in page for page in (week, listed, one, move))
    assert all(f'<time datetime="{wish.isoformat()}">' in page for page in (one, move))
    sessions.move(session, on=date(2026, 3, 27), clock=time(9, 0), by=user, at=at)
    pages = [text(as_(user).get(path.format(people.trains))) for path in SEEN_BY_STAFF]
    assert [page.count("Can't come") + page.count("can't come") for page in pages] == [0] * 5


@pytest.mark.parametrize("role", ["assessor", "safety_clinician", "blinded_statistician"])
def test_blind_eyes_get_the_same_bytes_before_and_after(phone, people, cast, role):
    user, home = getattr(cast, role), f"/participants/{people.trains}/"
    paths = [path.format(people.trains) for path in SEEN_BY_STAFF]
    paths += [home, home + "visits/", home + "messages/", "/participants/", "/messages/", "/safety/", "/flow/", "/call-list/", ONE]
    paths += [f"/audit/?about={people.trains}", f"/api/v1{home}", f"/api/v1{home}sessions/", "/training-calls/"]
    client = as_(user)

    def seen() -> list[tuple[int, bytes]]:
        answers = [client.get(path) for path in paths]
        return [(a.status_code, b"" if a.status_code == 302 else hide(a.content)) for a in answers]

    before = seen()
    assert phone.post(ONE, {"what": "cannot"}).status_code == 302
    assert seen() == before
    assert phone.post(ONE, {"what": "can"}).status_code == 302
    assert seen() == before


def hide(content: bytes) -> bytes:
    """The form tokens out of sight: they are new on every page."""
    return TOKEN.sub(b"", content)


def test_the_coordinator_hands_a_link_over_once_and_ends_it(people, cast):
    page = f"/participants/{people.trains}/sessions/"
    client = as_(cast.coordinator)
    assert "Make link to appointments" in text(client.get(page))
    shown = client.post(page + "link/")
    link = PersonalLink.objects.get()
    token = text(shown).split("/me/?for=appointments#t=")[1].split("<")[0]
    assert (len(token), shown.headers["Cache-Control"]) == (43, "private, no-store")
    visitor = Client()
    assert visitor.post("/me/", {"t": token})["Location"] == "/me/appointments/"
    assert client.post(page + "link/", {"what": "end"})["Location"] == page
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert visitor.get("/me/appointments/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [("trainer", 403), ("pi", 403), ("manager", 403), ("assessor", 404), ("safety_clinician", 404), ("other_coordinator", 404)],
)
def test_who_sends_no_messages_hands_no_link_over(people, cast, role, status):
    assert as_(getattr(cast, role)).post(f"/participants/{people.trains}/sessions/link/").status_code == status
    assert not PersonalLink.objects.exists()


def test_who_has_no_appointments_gets_a_sentence(people, cast):
    page = f"/participants/{people.waits}/sessions/"
    assert "Make link to appointments" not in text(as_(cast.coordinator).get(page))
    answer = as_(cast.coordinator).post(page + "link/")
    assert (answer.status_code, "no appointments ahead" in text(answer)) == (409, True)
