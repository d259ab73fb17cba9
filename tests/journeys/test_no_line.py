"""The gym floor with the line cut and the browser killed: nothing lost, nothing doubled."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Error

from participants.actions import sessions
from participants.models import ExerciseSet, KeptEntry, TrainingSession
from tests import chromium
from tests.cast import PASSWORD, hire, load_trial
from tests.conftest import AT
from tests.journeys.conftest import Post, free_port, installation
from tests.participants.training import done, in_both_arms, session_of
from trials import blinding
from trials.models import User

pytestmark = [pytest.mark.browser]


class Line:
    """What lies between the phone and the server, and can be cut; the address of the server stays the same."""

    def __init__(self, to: int) -> None:
        self.to, self.port = to, free_port()
        self.joined: list[socket.socket] = []

    def restore(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for end in (self.listening, *self.joined):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.joined.clear()

    def _accept(self) -> None:
        listening = self.listening
        with suppress(OSError):
            while True:
                phone, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self.to))
                self.joined += [phone, server]
                if listening.fileno() < 0:  # cut while the two were being joined
                    phone.close()
                    server.close()
                    return
                for one, other in ((phone, server), (server, phone)):
                    threading.Thread(target=_pour, args=(one, other), daemon=True).start()


def _pour(source: socket.socket, drain: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            drain.sendall(piece)
        drain.shutdown(socket.SHUT_WR)


@dataclass
class Gym:
    line: Line
    session: TrainingSession
    trainer: User
    coordinator: User

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"

    @property
    def figures(self) -> list[tuple]:
        rows = ExerciseSet.objects.filter(session=self.session.pk).exclude(done_reps=None).order_by("exercise_no", "set_no")
        return list(rows.values_list("exercise_no", "set_no", "done_reps", "done_load_kg"))


@pytest.fixture
def gym(committing) -> Iterator[Gym]:
    """A trainer with one session today, loads prescribed, a running server and a line to it."""
    load_trial(at=AT)
    cast = hire(at=AT)
    person = in_both_arms(cast.first, by=cast.coordinator, at=AT).trains
    session = session_of(person, 1)
    sessions.assign_trainer(session.enrolment, trainer=cast.trainer, by=cast.coordinator, at=AT + timedelta(hours=1))
    for exercise in blinding.plan_for(person.enrolment.allocation).exercises:
        if exercise.load_model == "external":
            sessions.record_strength_test(
                person,
                exercise=exercise.code,
                tested_on=AT.date(),
                reps=10,
                load_kg=Decimal(60),
                by=cast.coordinator,
                at=AT + timedelta(hours=1),
            )
    cast.trainer.set_password(PASSWORD)
    cast.trainer.save(update_fields=["password"])
    with installation(committing, Post()) as stack:
        stack.travel(session.at + timedelta(minutes=5))
        line = Line(int(stack.address.rsplit(":", 1)[1]))
        stack.environment["UPLIFT_BASE_URL"] = f"http://127.0.0.1:{line.port}"
        stack.start_web()
        line.restore()
        connection.close()
        yield Gym(line, session, cast.trainer, cast.coordinator)
        line.cut()


def signs_in(page, gym: Gym) -> None:
    page.goto(f"{gym.address}/login/")
    page.fill("[name=username]", gym.trainer.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{gym.address}/")


def keeps_today(page, gym: Gym) -> None:
    """The gym opened once with a line, until the worker stands and the day is kept."""
    page.goto(f"{gym.address}/gym/")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    waits_until(lambda: page.evaluate("async () => (await kept.sessions()).length === 1"))


def waits_until(holds: Callable[[], bool], within: float = 60) -> None:
    """A page that is just being left answers nothing, and is asked again."""
    until = time.monotonic() + within
    while True:
        with suppress(Error):
            if holds():
                return
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.2)


def keeps_the_start(page) -> None:
    """Until the page that the start leads to is there, and the kept day tells of it."""
    waits_until(lambda: page.evaluate("async () => !!window.kept && (await kept.sessions()).every(s => s.started)"))


def held(page) -> int:
    return page.evaluate("async () => (await kept.entries()).length")


def accessible(page) -> None:
    assert chromium.fits(page)
    found = Axe().run(page).response["violations"]
    assert [(f["id"], [n["target"] for n in f["nodes"]]) for f in found] == []


def test_a_whole_session_without_a_line_and_through_a_killed_browser(phone, gym):
    page, place = phone.page, f"{gym.address}{gym.session.get_absolute_url()}"
    signs_in(page, gym)
    keeps_today(page, gym)
    gym.line.cut()

    page.goto(place)
    accessible(page)
    page.get_by_role("button", name="Start session").click()
    page.get_by_role("button", name=re.compile("sets as planned|Done as planned")).click()
    page.get_by_text("2 kept on this phone").wait_for()
    accessible(page)
    page.fill("[name=load]", "600")
    page.fill("[name=reps]", "9")
    page.get_by_role("button", name="Save 600 kg").click()
    page.get_by_text(re.compile("600 kg\\?")).wait_for()
    page.fill("[name=load]", "62,5")
    page.get_by_role("button", name="Save 62,5 kg").click()
    page.get_by_text("3 kept on this phone").wait_for()
    assert gym.figures == []

    phone.kill()
    phone.take_up()
    page = phone.page
    page.goto(place)
    page.get_by_text("3 kept on this phone").wait_for()
    page.get_by_role("link", name="Unwell or upset").click()
    page.get_by_role("link", name=re.compile("^Call ")).first.wait_for()
    accessible(page)
    page.get_by_role("link", name="Go on with the session").click()
    page.get_by_role("link", name="Finish session").click()
    page.fill("[name=session_rpe]", "7")
    accessible(page)
    page.get_by_role("button", name="Save session").click()
    page.get_by_text("Finished on this phone").wait_for()
    waits_until(lambda: held(page) == 4)
    assert gym.figures == []

    gym.line.restore()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    sign_in, finished = page.get_by_role("link", name="Sign in"), page.get_by_role("heading", name=re.compile("session 1 of"))
    waits_until(lambda: sign_in.is_visible() or KeptEntry.objects.count() == 4)
    if sign_in.is_visible():  # the browser was killed before it had written its cookies
        assert held(page) == 4
        signs_in(page, gym)
        page.goto(place)
    waits_until(lambda: KeptEntry.objects.count() == 4)
    finished.wait_for()
    session = TrainingSession.objects.get(pk=gym.session.pk)
    assert (session.status, session.trainer, session.session_rpe) == ("attended", gym.trainer, Decimal(7))
    done_first = [f[:2] for f in gym.figures if f[2]]
    assert done_first == [(1, 1), (1, 2), (2, 1)]
    assert gym.figures[2][2:] == (9, Decimal("62.50"))
    waits_until(lambda: held(page) == 0)


def test_a_form_of_the_page_that_meets_a_cut_line_is_kept_and_counts_once(phone, gym):
    page, place = phone.page, f"{gym.address}{gym.session.get_absolute_url()}"
    signs_in(page, gym)
    keeps_today(page, gym)
    page.goto(place)
    chromium.follow(page, page.get_by_role("button", name="Start session"))
    keeps_the_start(page)
    gym.line.cut()
    page.get_by_role("button", name=re.compile("sets as planned|Done as planned")).click()
    page.get_by_text("1 kept on this phone").wait_for()
    gym.line.restore()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    waits_until(lambda: KeptEntry.objects.count() == 1)
    assert [f[:2] for f in gym.figures] == [(1, 1), (1, 2)]


def test_another_figure_on_the_server_is_shown_and_a_person_chooses(phone, gym):
    page, place = phone.page, f"{gym.address}{gym.session.get_absolute_url()}"
    signs_in(page, gym)
    keeps_today(page, gym)
    page.goto(place)
    chromium.follow(page, page.get_by_role("button", name="Start session"))
    keeps_the_start(page)
    gym.line.cut()
    page.get_by_role("button", name=re.compile("sets as planned|Done as planned")).click()
    page.get_by_text("1 kept on this phone").wait_for()
    begun = TrainingSession.objects.get(pk=gym.session.pk)
    sessions.log(begun, sets=done(5, "40", (1, 1)), client_uuid=uuid4(), by=gym.coordinator, at=begun.started_at + timedelta(minutes=1))
    gym.line.restore()
    page.goto(f"{gym.address}/gym/floor/#held")
    page.get_by_role("button", name="Send entries").click()
    page.get_by_text("recorded by somebody else meanwhile: 40 kg × 5").wait_for()
    accessible(page)
    assert gym.figures[0][2:] == (5, Decimal("40.00"))
    page.get_by_role("button", name="Take the phone's figure").click()
    waits_until(lambda: gym.figures[0][3] == Decimal("60.00") or gym.figures[0][2] != 5)
    page.get_by_text("Everything is on the server").wait_for()


def test_signing_out_warns_of_entries_and_wipes_the_kept_day_and_another_person_cannot_send_them(phone, gym):
    page, place = phone.page, f"{gym.address}{gym.session.get_absolute_url()}"
    signs_in(page, gym)
    keeps_today(page, gym)
    gym.line.cut()
    page.goto(place)
    page.get_by_role("button", name="Start session").click()
    page.get_by_text("1 kept on this phone").wait_for()
    page.evaluate("async () => { const e = (await kept.entries())[0]; e.user = 'user:999'; await kept.hold(e); }")
    gym.line.restore()
    page.goto(f"{gym.address}/gym/")
    page.get_by_text("1 kept on this phone").wait_for()
    page.locator("details.menu summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("1 entry is not on the server yet").wait_for()
    page.get_by_text("Kept by somebody else, who has to sign in here to send it.").wait_for()
    page.get_by_role("button", name="Sign out all the same").click()
    page.wait_for_url(re.compile("/login/"))
    assert page.evaluate("async () => { const db = await new Promise(r => { const o = indexedDB.open('uplift-gym'); o.onsuccess = () => r(o.result); }); const t = db.transaction(['sessions', 'entries']); const n = s => new Promise(r => { const q = t.objectStore(s).count(); q.onsuccess = () => r(q.result); }); return [await n('sessions'), await n('entries')]; }") == [0, 1]  # fmt: skip
    assert (KeptEntry.objects.count(), TrainingSession.objects.get(pk=gym.session.pk).started_at) == (0, None)


def test_what_is_older_than_a_day_is_wiped_before_anybody_sees_it(phone, gym):
    page = phone.page
    signs_in(page, gym)
    keeps_today(page, gym)
    gym.line.cut()
    page.clock.install()
    page.clock.fast_forward("24:00:01")
    page.goto(f"{gym.address}{gym.session.get_absolute_url()}")
    page.get_by_text("No sessions are kept on this phone").wait_for()
