"""Words of messages and a message to several people in a real browser: the pages fit a phone and a desk and are accessible."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from outcomes.actions import letters
from participants.actions import withdrawal
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants.people import NORA, consenting
from trials.models import User

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen
NAME = settings.SESSION_COOKIE_NAME


@pytest.fixture
def desk(site, server, committing) -> tuple[str, dict[str, User]]:
    """(address of the site, manager and coordinator): two people who are reached, one who has died, a version that was written."""
    server.serve(committing)
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    people = [consenting(cast.first, by=cast.coordinator, at=AT, person=NORA if n == 0 else None) for n in range(3)]
    withdrawal.record_death(people[2], died_on=AT.date(), by=cast.coordinator, at=AT)
    words = {"subject": "Bitte antworten", "body": "Guten Tag,\n\n{link}\n\nBis {until}.", "short": "{address} {code}"}
    letters.write_letter(kind="invitation", language="de", **words, by=cast.manager, at=AT)
    return site, {"manager": cast.manager, "coordinator": cast.coordinator}


def open_as(user: User, browser: Browser, site: str) -> Page:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page = browser.new_context(bypass_csp=True).new_page()
    page.context.add_cookies([{"name": NAME, "value": session.session_key, "url": site}])
    return page


def fits(page: Page, name: str) -> None:
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert chromium.fits(page), name
        assert Axe().run(page).response["violations"] == [], name
        if LOOKED_AT:
            page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)


def test_words_are_written_and_several_people_are_told_at_any_width(desk, browser: Browser) -> None:
    site, users = desk
    page = open_as(users["manager"], browser, site)
    for name, address in {"letters": "/letters/", "letter-write": "/letters/invitation/de/", "letter": "/letters/invitation/de/1/"}.items():
        page.goto(site + address)
        fits(page, name)
    page.get_by_role("button", name="Send a test to yourself").click()
    page.get_by_text("A test is on its way to your own address").wait_for()
    page.goto(site + "/letters/invitation/en/")
    page.get_by_label("Subject of the mail").fill("Your PHQ-9")
    chromium.follow(page, page.get_by_role("button", name="Preview version"))
    fits(page, "letter-fault")
    page.context.close()
    page = open_as(users["coordinator"], browser, site)
    page.goto(site + "/circulars/write/")
    page.get_by_label("Subject of the mail").fill("Closed on Friday")
    page.get_by_label("The mail", exact=True).fill("Hello,\n\nthe door at {place} is shut on Friday.")
    page.get_by_label("The text message", exact=True).fill("The door is shut on Friday.")
    page.get_by_label("University of Limerick").check()
    chromium.follow(page, page.get_by_role("button", name="Look who gets it"))
    fits(page, "circular-looked")
    chromium.follow(page, page.get_by_role("button", name="Send to "))
    fits(page, "circular")
    chromium.follow(page, page.get_by_role("button", name="Call off the rest"))
    page.goto(site + "/circulars/")
    fits(page, "circulars")
    page.goto(site + "/messages/")
    fits(page, "messages")
    page.context.close()
