"""The calendar in a real browser: fits phone and desk, accessible; a session is moved by keyboard alone, and by touch alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from participants.actions import hours, sessions
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants.training import in_both_arms, session_of

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen
THURSDAY, FRIDAY = datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC)


@pytest.fixture
def clinic(site):
    """(address, a trainee, the cookie of a coordinator, the number of an absence); two slots stand on the Friday of week 1."""
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    own = {"by": cast.coordinator, "at": AT}
    person = in_both_arms(cast.first, **own).trains
    room = hours.add_room(cast.first, name="Gym 1", **own)
    for hour in (9, 18):
        starts_at = FRIDAY.replace(hour=hour)
        sessions.open_slot(cast.first, trainer=cast.trainer, room=room, starts_at=starts_at, minutes=60, capacity=4, **own)
    sessions.assign_trainer(person.enrolment, trainer=cast.trainer, **own)
    hours.keep_hours(cast.first, trainer=cast.trainer, weekday=4, opens=datetime.min.time(), closes=datetime.min.time(), **own)
    absence = hours.record_absence(cast.first, starts_at=THURSDAY, ends_at=FRIDAY, reason="Flood", **own)
    session = SessionStore()
    session[SESSION_KEY] = str(cast.coordinator.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = cast.coordinator.get_session_auth_hash()
    session.save()
    return site, person, {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}, absence.pk


def seen(page: Page, name: str) -> None:
    if LOOKED_AT:
        page.screenshot(path=f"{LOOKED_AT}/{name}.png", full_page=True)


def test_the_calendars_pages_fit_a_phone_and_a_desk_and_are_accessible(clinic, browser: Browser) -> None:
    address, person, cookie, absence = clinic
    pages = {
        "week": "/week/?on=2026-03-27", "day": "/day/?on=2026-03-27", "timetable": "/timetable/", "slot": "/slots/1/",
        "absence": f"/timetable/absences/{absence}/", "move": f"/participants/{person}/sessions/8/move/",
    }  # fmt: skip
    for width in (375, 1280):
        context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
        context.add_cookies([cookie])
        page = context.new_page()
        for name, place in pages.items():
            assert page.goto(address + place).status == 200, name
            assert chromium.fits(page), (name, width)
            assert Axe().run(page).response["violations"] == [], (name, width)
            seen(page, f"{name}-{width}")
        context.close()


def test_a_session_is_moved_by_keyboard_alone(clinic, browser: Browser) -> None:
    address, person, cookie, _ = clinic
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{address}/participants/{person}/sessions/8/move/")
    for _turn in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name === 'join'"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/week/**")
    page.get_by_text(f"Moved session 8 of {person} to Fri 27 Mar").first.wait_for()
    moved = session_of(person, 8)
    assert (moved.at, moved.slot.room.name) == (FRIDAY.replace(hour=9), "Gym 1")
    context.close()


def test_a_session_is_dragged_to_another_half_hour_and_a_refused_one_says_why(clinic, browser: Browser) -> None:
    address, person, cookie, _ = clinic
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{address}/week/?on=2026-03-27")
    block = f"table.week a.block[href='/participants/{person}/sessions/8/']"
    page.drag_and_drop(block, "td[data-at='2026-03-27T14:00']")
    page.get_by_text(f"Moved session 8 of {person} to Fri 27 Mar").first.wait_for()
    assert session_of(person, 8).at == FRIDAY.replace(hour=14)
    page.drag_and_drop(block, "td[data-at='2026-03-24T14:00']")
    page.get_by_text("isn't there on Tuesdays").first.wait_for()
    assert session_of(person, 8).at == FRIDAY.replace(hour=14)
    context.close()


def test_a_session_is_moved_by_touch_alone(clinic, browser: Browser) -> None:
    address, person, cookie, _ = clinic
    context = browser.new_context(viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True)
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{address}/participants/{person}/sessions/8/move/")
    page.get_by_role("button", name="20:00 on Fri 27 Mar").tap()
    page.wait_for_url("**/week/**")
    assert session_of(person, 8).at == FRIDAY.replace(hour=20)
    context.close()
