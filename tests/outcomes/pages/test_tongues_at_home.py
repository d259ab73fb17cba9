"""Where a session at home is logged nothing is left in another language, slips and refusals included."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from outcomes.actions import locks
from participants.actions import reach, sessions
from participants.models import Participant
from tests.cast import load_trial
from tests.outcomes.pages.test_tongues import NAMES, Reader, speaks, text
from tests.participants.at_home import AT_HOME, evening
from tests.participants.training import in_both_arms, session_of
from trials import clock
from trials.actors import Machine
from trials.permissions import Locked

pytestmark = pytest.mark.django_db

LOG = "/me/appointments/8/log/"
DONE = {"reps_1_1": "10", "load_1_1": "40", "reps_7_1": "12", "band_7": "red", "clock": "18:15", "minutes": "40", "session_rpe": "14",
        "went": "fair", "place": "home", "cost": "1,50", "client": "00000000-0000-4000-8000-000000000001", "on": "2026-03-26"}  # fmt: skip
WRONG = [
    {}, {"load_1_1": "600"}, {"load_1_1": "-1"}, {"load_1_1": ""}, {"band_7": ""}, {"reps_1_1": ""}, {"on": "2026-03-27"}, {"minutes": "0"},
    {"early": "on"}, {"went": ""}, {"clock": "20:30"}, {"session_rpe": "3"}, {"cost": "-1"}, {"client": "x"}, {"note": "x" * 1001},
]  # fmt: skip


@pytest.fixture
def trial(db, at):
    return load_trial(at=at, text=AT_HOME)


@pytest.fixture
def alone(cast, at, monkeypatch):
    """Somebody who trains at home, on the evening of the day of a session, and a visitor by their link."""
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    now = evening(session_of(person, 8))
    monkeypatch.setattr(clock, "now", lambda: now)
    cache.clear()
    minted = sessions.link_to_appointments(person, by=cast.coordinator, at=at)
    phone = Client()
    assert phone.post("/me/", {"t": minted.token}).status_code == 302
    return person, phone


def logged(person: Participant, phone: Client, code: str) -> list[str]:
    """The log of a session: the page, every slip, the list before and after, and its correction; nothing stays."""
    speaks(person, code)
    with transaction.atomic():
        seen = [phone.get("/me/appointments/"), phone.get(LOG)]
        seen += [phone.post(LOG, slip and DONE | slip) for slip in WRONG]
        assert [page.status_code for page in seen[2:]] == [422, 409, *[422] * (len(WRONG) - 2)]
        assert phone.post(LOG, DONE).status_code == 302
        seen += [phone.get("/me/appointments/"), phone.get(LOG), phone.post(LOG, {**DONE, "reason": ""})]
        seen += [phone.post(LOG, {"on": "2026-03-26", "clock": "18:15", "minutes": "40", "place": "home", "reason": "x", "early": "on",
                                  "stopped": "illness", "client": DONE["client"]})]  # fmt: skip
        transaction.set_rollback(True)
    return [text(page) for page in seen]


@pytest.mark.parametrize("code", ["de", "es"])
def test_no_english_is_left_where_a_session_at_home_is_logged(alone, cast, code: str) -> None:
    names = NAMES | {cast.first.name, f"{cast.first.name}.", "min", "kg", "red", "x" * 1001, "40 kg × 10"}
    spoken = [logged(*alone, each) for each in ("en", code)]
    for english, other in zip(*spoken, strict=True):
        assert Reader(other).page == code
        assert Reader(other).said & Reader(english).said - names == set()
    asked = {"de": "600 kg? Das sind mehr als 400 kg.", "es": "¿600 kg? Son más de 400 kg."}
    assert asked[code] in spoken[1][3]
    assert 'value="1,5"' in spoken[1][-3]


@pytest.mark.parametrize(("code", "told"), [("en", "takes no more entries"), ("de", "nimmt im Moment keine"), ("es", "no admite más")])
def test_that_data_are_locked_is_told_plainly_and_leads_nowhere_of_staff(alone, cast, monkeypatch, code: str, told: str) -> None:
    person, phone = alone
    speaks(person, code)

    def locked(*_: object, **__: object) -> None:
        raise Locked

    locks.soft_lock(reason="Last follow-up done", by=cast.manager, at=clock.now())
    monkeypatch.setattr(reach, "stop_messages", locked)
    stop = reach.stop_token(person.trial_id, by=Machine("worker"), at=clock.now())
    for page in (phone.post(LOG, DONE), phone.post(f"/me/stop/{stop}/?language={code}", {"List-Unsubscribe": "One-Click"})):
        assert (page.status_code, told in text(page)) == (423, True)
        assert re.search(r"/lock/|data lock|data are locked", text(page)) is None
