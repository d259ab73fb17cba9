"""Double entry in a real browser: the list, the blind form and the differences fit a phone and a desk and are accessible."""

from __future__ import annotations

import os
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.outcomes.actions.test_double_entry import WHOLE, again, enter, protocol
from tests.participants import people
from trials.actions.protocol import load_protocol
from trials.actors import Machine

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


@pytest.fixture
def waiting(site, server, committing) -> tuple[str, str, dict[str, str]]:
    """(address of the site, a person's visits page, the cookie of a coordinator): one form to enter again, another that differs."""
    server.serve(committing)
    troupe.load_trial(at=AT)
    load_protocol(protocol("1"), by=Machine("shell"), at=AT, reason="every paper form is entered twice")
    cast = troupe.hire(at=AT)
    person = people.eligible(cast.first, by=cast.coordinator, at=AT)
    enter(person, cast.assessor, AT)
    differs = enter(person, cast.assessor, AT, {str(n): 1 for n in range(1, 8)}, instrument="gad7", client_uuid=UUID(int=2))
    again(differs, cast.coordinator, AT, {str(n): n % 2 for n in range(1, 8)})
    session = SessionStore()
    session[SESSION_KEY] = str(cast.coordinator.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = cast.coordinator.get_session_auth_hash()
    session.save()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}
    return site, f"{site}/participants/{person}/visits/baseline", cookie


def looked_at(page: Page, name: str, width: int) -> None:
    assert chromium.fits(page), name
    assert Axe().run(page).response["violations"] == [], name
    if LOOKED_AT:
        page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [375, 1280])
def test_a_form_is_entered_again_and_differences_are_settled_at_any_width(waiting, browser: Browser, width: int) -> None:
    site, home, cookie = waiting
    page = browser.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.context.add_cookies([cookie])
    try:
        page.goto(f"{site}/double-entry/")
        looked_at(page, "double-entry", width)
        chromium.follow(page, page.get_by_role("link", name="Enter form again"))
        assert page.url == f"{home}/phq9/enter-again/"
        looked_at(page, "enter-again", width)
        page.get_by_role("textbox", name="Date on the form").fill("2026-03-02")
        for number, value in WHOLE.items():
            page.locator(f'input[name="item_{number}"][value="{value}"]').check()
        chromium.follow(page, page.get_by_role("button", name="Save second entry"))
        assert page.url == f"{site}/double-entry/"
        chromium.follow(page, page.get_by_role("link", name="Settle differences"))
        assert page.url == f"{home}/gad7/adjudicate/"
        looked_at(page, "differences", width)
        for number in ("2", "4", "6"):
            page.locator(f'input[name="choice_{number}"][value="second"]').check()
        page.get_by_role("textbox", name="Why these are right").fill("As on the form")
        chromium.follow(page, page.get_by_role("button", name="Settle differences"))
        assert page.url == f"{home}/gad7/"
        looked_at(page, "settled", width)
        page.goto(f"{site}/double-entry/")
        assert page.get_by_text("Nothing waits for you.").count() == 1
        looked_at(page, "nothing-waits", width)
    finally:
        page.context.close()
