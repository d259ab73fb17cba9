"""The own appointments on the smallest phone, without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from participants.actions import sessions
from tests import cast as troupe
from tests.chromium import fits, follow
from tests.conftest import AT
from tests.outcomes.pages.test_me_browser import rows
from tests.participants.training import in_both_arms

pytestmark = pytest.mark.browser


@pytest.fixture
def minted(site):
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    person = in_both_arms(cast.first, by=cast.coordinator, at=AT).trains
    sessions.assign_trainer(person.enrolment, trainer=cast.trainer, by=cast.coordinator, at=AT)
    return sessions.link_to_appointments(person, by=cast.coordinator, at=AT)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield page
    page.context.close()


def test_somebody_can_not_come_and_takes_it_back_at_320_pixels_without_script(site, committing, minted, phone):
    said = "SELECT taken_back_at IS NULL, wish_at IS NULL FROM participants_cannotcome"
    phone.goto(f"{site}/me/?for=appointments")
    assert fits(phone)
    phone.fill("input[name=code]", minted.code)
    follow(phone, "text=Show my appointments")
    assert phone.url == f"{site}/me/appointments/"
    assert fits(phone)
    follow(phone, "a[href='/me/appointments/8/']")
    assert (fits(phone), rows(committing, said)) == (True, [])
    follow(phone, "text=Keep the appointment")
    assert (phone.url, rows(committing, said)) == (f"{site}/me/appointments/", [])
    follow(phone, "a[href='/me/appointments/8/']")
    phone.locator("input[name=wish]").nth(1).check()
    follow(phone, "text=Tell them that I can't come")
    assert (fits(phone), rows(committing, said)) == (True, [(True, False)])
    assert phone.is_visible("h1:has-text('You told us that you can')")
    follow(phone, "text=Say that I can come")
    assert (phone.url, rows(committing, said)) == (f"{site}/me/appointments/", [(False, False)])
