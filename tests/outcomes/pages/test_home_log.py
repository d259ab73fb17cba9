"""A participant's own log of a session at home, walked as a phone without script walks it, and what staff see of it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client

from participants.actions import links, sessions
from participants.actions.sessions.common import plan_of
from participants.models import HomeLog, TrainingSession
from tests.cast import load_trial
from tests.house.test_bad_input import NASTY_TEXTS, NUL
from tests.house.twins.asking import TOKEN
from tests.participants.at_home import AT_HOME, evening
from tests.participants.training import in_both_arms, session_of
from trials import clock
from trials.models import Event, RowVersion

pytestmark = pytest.mark.django_db

NO = 8  # Thu 26 Mar, 07:30, Dublin: no summer time yet
PAGE = f"/me/appointments/{NO}/log/"
CLIENT = re.compile(r'name="client" value="([^"]+)"')


@pytest.fixture
def trial(db, at):
    return load_trial(at=at, text=AT_HOME)


@pytest.fixture
def people(cast, at):
    found = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(found.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    return found


@pytest.fixture
def session(people) -> TrainingSession:
    return session_of(people.trains, NO)


@pytest.fixture
def phone(people, session, cast, at, monkeypatch):
    """On the evening of the day."""
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: evening(session))
    minted = sessions.link_to_appointments(people.trains, by=cast.coordinator, at=at)
    visitor = Client()
    assert visitor.post("/me/", {"t": minted.token})["Location"] == "/me/appointments/"
    return visitor


def text(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def filled(phone, **changes: str) -> dict[str, str]:
    """What the page asks for, with two sets of squats and one with a band."""
    sets = {"reps_1_1": "10", "load_1_1": "40", "rir_1_1": "2", "reps_1_2": "10", "load_1_2": "42,5", "reps_7_1": "12", "band_7": "red"}
    rest = {"on": "2026-03-26", "clock": "18:15", "minutes": "40", "session_rpe": "14", "went": "fair", "place": "home", "cost": "1,50"}
    return {"client": CLIENT.search(text(phone.get(PAGE))).group(1), **sets, **rest} | changes


def rows() -> int:
    return RowVersion.objects.count() + Event.objects.count()


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_whole_way_from_the_list_to_a_correction(phone, people, session):
    listed = text(phone.get("/me/appointments/"))
    assert (listed.count("Log this session"), f'href="{PAGE}"' in listed) == (4, True)
    page = text(phone.get(PAGE))
    for words in ("Barbell squat", "2 × 8–12, 2 in reserve", "Which band", "How many more were possible", "6 (no effort) to 20"):
        assert words in page
    assert "the study team reads it by Sat 28 Mar" in page
    assert phone.post(PAGE, filled(phone, note="My knee"))["Location"] == "/me/appointments/"
    kept = session_of(people.trains, NO)
    assert (kept.status, kept.logged_by, kept.started_at.hour, kept.participant_cost) == ("attended", "participant", 18, Decimal("1.50"))
    done = kept.sets.filter(done_reps__gt=0).values_list("exercise_no", "set_no", "done_reps", "done_load_kg", "rir", "band")
    assert list(done) == [
        (1, 1, 10, Decimal(40), Decimal(2), ""), (1, 2, 10, Decimal("42.5"), None, ""), (7, 1, 12, None, None, "red"),
    ]  # fmt: skip
    listed = text(phone.get("/me/appointments/"))
    assert (listed.count("Log this session"), listed.count("You logged it")) == (3, 1)
    page = text(phone.get(PAGE))
    assert ("Correct what you logged" in page, 'value="42.5"' in page, 'value="red"' in page) == (True, True, True)
    assert phone.post(PAGE, filled(phone, load_1_2="45")).status_code == 422
    assert phone.post(PAGE, filled(phone, load_1_2="45", reason="typed wrong")).status_code == 302
    assert kept.sets.get(exercise_no=1, set_no=2).done_load_kg == 45


def test_600_kg_are_asked_about_and_kept_when_said_again(phone):
    before = rows()
    asked = phone.post(PAGE, filled(phone, load_1_1="600"))
    assert (asked.status_code, rows()) == (409, before)
    assert ("600 kg? That is more than 400 kg." in text(asked), "Yes, save it" in text(asked), 'value="600"' in text(asked)) == (True,) * 3
    assert phone.post(PAGE, filled(phone, load_1_1="600", confirmed="1")).status_code == 302


def test_as_planned_saves_every_open_set_of_what_takes_no_load(phone, people):
    assert phone.post(PAGE, filled(phone, planned_8="on", reps_8_2="9")).status_code == 302
    assert list(session_of(people.trains, NO).sets.filter(exercise_no=8).values_list("done_reps", flat=True)) == [12, 9]


def test_all_of_it_as_planned_is_one_tap_once_every_load_is_known(phone, people, session, cast, monkeypatch):
    """Folded, the exercises need not be opened; what is entered of one of them counts before the plan."""
    assert "I did all of it as planned" not in text(phone.get(PAGE))
    for exercise in plan_of(session).exercises:
        if exercise.load_model == "external":
            given = {"tested_on": session.planned_on, "reps": 10, "load_kg": Decimal(20), "purpose": "starting_load"}
            sessions.record_strength_test(people.trains, exercise=exercise.code, **given, by=cast.coordinator, at=evening(session))
    after = session_of(people.trains, NO + 1)
    monkeypatch.setattr(clock, "now", lambda: evening(after))
    page = PAGE.replace(f"/{NO}/", f"/{NO + 1}/")
    shown = text(phone.get(page))
    assert ("I did all of it as planned" in shown, "<details open" in shown, 'class="fold" open' in shown) == (True, False, False)
    assert "When and where: Mon 30 Mar, 18:00, 60 min, At home" in shown
    one = {"client": CLIENT.search(shown).group(1), "went": "well", "session_rpe": "13", "on": "2026-03-30", "clock": "18:00",
           "minutes": "60", "place": "home", "all_planned": "on"}  # fmt: skip
    refused = phone.post(page, one | {"early": "on", "stopped": "time"})
    assert (refused.status_code, "You can't have done all of it and stopped before." in text(refused)) == (422, True)
    assert phone.post(page, one | {"reps_2_2": "7", "load_2_2": "20"}).status_code == 302
    done = session_of(people.trains, NO + 1).sets.all()
    assert [(s.exercise_no, s.set_no) for s in done if s.done_reps != s.planned_reps_max] == [(2, 2)]
    assert all(s.done_load_kg == s.planned_load_kg for s in done if s.load_model == "external" and s.exercise_no != 2)


BAD = [
    ({"load_1_1": ""}, "Enter the load in kg, like 7.5."),
    ({"band_7": ""}, "Enter the load in kg, like 7.5, or which band."),
    ({"reps_1_1": ""}, "Enter how many repetitions, like 12."),
    ({"on": "2026-03-27"}, "Choose one of the days listed."),
    ({"minutes": "0"}, "Enter whole minutes, like 45."),
    ({"early": "on"}, "Choose why you stopped."),
    ({"went": ""}, "Choose how it went."),
    ({"clock": "20:30"}, "in the future"),
    ({"session_rpe": "3"}, "6 to 20"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD, ids=[next(iter(changes)) for changes, _ in BAD])
def test_a_slip_is_one_sentence_and_nothing_is_kept(phone, changes, sentence):
    before = rows()
    answer = phone.post(PAGE, filled(phone, **changes))
    assert (answer.status_code, rows()) == (422, before)
    assert sentence in text(answer)


@pytest.mark.parametrize("nasty", [value for value in NASTY_TEXTS.values() if value != NUL])
def test_any_text_anywhere_is_kept_or_refused_with_a_sentence(phone, nasty):
    for names in (("reps_1_1", "load_1_1", "rir_1_1", "minutes", "cost", "clock", "on", "client"), ("note", "equipment", "band_7")):
        assert phone.post(PAGE, filled(phone) | dict.fromkeys(names, nasty)).status_code in (302, 422)


def test_nothing_done_needs_its_reason(phone, people):
    nothing = {name: "" for name in filled(phone) if name.startswith(("reps", "load", "rir", "band"))}
    answer = phone.post(PAGE, filled(phone, **nothing))
    assert (answer.status_code, "did none of it and why" in text(answer)) == (422, True)
    assert phone.post(PAGE, filled(phone, **nothing, early="on", stopped="illness")).status_code == 302
    assert session_of(people.trains, NO).status == "missed"
    assert "trainer_ill" not in text(phone.get(PAGE))


def test_help_stands_on_the_page_whatever_was_sent(phone):
    for page in (phone.get(PAGE), phone.post(PAGE, {})):
        main = text(page).split("<main")[1].split("</main>")[0]
        assert all(words in main for words in ("Unwell or upset?", 'href="tel:112"', 'href="tel:116123"', "Not read at once"))


def test_looking_changes_nothing_and_what_can_not_be_logged_leads_back(phone, people, session):
    before = rows()
    for method in (phone.get, phone.head):
        assert method(PAGE).status_code == 200
    for number in (4, 12):
        assert phone.get(f"/me/appointments/{number}/log/")["Location"] == "/me/appointments/"
    TrainingSession.objects.filter(pk=session.pk).update(supervision="one_to_one")
    assert phone.get(PAGE)["Location"] == "/me/appointments/"
    assert phone.post(PAGE, {"went": "well"})["Location"] == "/me/appointments/"
    assert (HomeLog.objects.exists(), Event.objects.filter(verb="session.started").exists()) == (False, False)
    assert rows() == before + 1


def test_a_link_to_questions_logs_nothing_whether_there_are_sessions_or_not(phone, people, cast, at):
    answers = [[Client().get(PAGE), Client().post(PAGE, {})]]
    for person in (people.trains, people.waits):
        minted = links.mint(person, visit="baseline", expires_at=None, by=cast.coordinator, at=at)
        visitor = Client()
        visitor.post("/me/", {"t": minted.token})
        answers.append([visitor.get(PAGE), visitor.post(PAGE, {})])
    answers.append([phone.get("/me/appointments/99/log/"), phone.post("/me/appointments/99/log/", {})])
    assert {(a.status_code, a.content) for pair in answers for a in pair} == {(404, answers[0][0].content)}


@pytest.mark.parametrize("role", ["coordinator", "trainer"])
def test_staff_read_the_note_where_they_work_and_it_leaves_the_list(phone, people, session, cast, role, monkeypatch):
    assert phone.post(PAGE, filled(phone, note="My <b>knee</b>", equipment="two dumbbells", together="2")).status_code == 302
    monkeypatch.setattr(clock, "now", lambda: evening(session) + timedelta(days=2))
    client, place = as_(getattr(cast, role)), session.get_absolute_url()
    assert f"Note on session {NO}" in text(client.get("/"))
    shown = text(client.get(place))
    for words in (
        "Logged by the participant",
        "Went: so-so",
        "two dumbbells",
        "together: 2",
        "1.5",
        "My &lt;b&gt;knee",
        "read by Sat 28 Mar",
    ):
        assert words in shown
    assert client.post(f"{place}note-read/")["Location"] == place
    assert "Mark note as read" not in text(client.get(place))
    assert f"Note on session {NO}" not in text(client.get("/"))


@pytest.mark.parametrize("role", ["assessor", "safety_clinician", "blinded_statistician"])
def test_blind_eyes_get_the_same_bytes_before_and_after(phone, people, session, cast, role):
    home = f"/participants/{people.trains}/"
    paths = ["/", home, home + "visits/", home + "messages/", home + "sessions/", "/participants/", "/safety/", "/flow/", PAGE]
    paths += [session.get_absolute_url(), f"/audit/?about={people.trains}", f"/api/v1{home}", "/training-calls/"]
    client = as_(getattr(cast, role))

    def seen():
        return [(a.status_code, b"" if a.status_code == 302 else TOKEN.sub(b"", a.content)) for a in map(client.get, paths)]

    before = seen()
    assert phone.post(PAGE, filled(phone, note="My knee")).status_code == 302
    assert seen() == before
    assert client.post(f"{session.get_absolute_url()}note-read/").status_code in (403, 404)
