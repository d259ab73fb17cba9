"""The data lock in a real browser: its page in each state, and a form of a signature, fit a phone and a desk and are accessible."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as configured
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from outcomes.actions import exports, locks
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants.breaking import with_password

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


def looked_at(page: Page, name: str) -> None:
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert chromium.fits(page), (name, width)
        if LOOKED_AT:
            page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
    assert Axe().run(page).response["violations"] == [], name


def test_the_lock_is_seen_in_each_state_at_any_width(site, server, committing, browser: Browser, settings, tmp_path) -> None:
    settings.UPLIFT_DATA = tmp_path / "data"
    server.serve(committing)
    at = AT - timedelta(hours=3)
    troupe.load_trial(at=at)
    cast = troupe.hire(at=at)
    manager, statistician = (with_password(user, at) for user in (cast.manager, cast.blinded_statistician))
    session = SessionStore()
    session[SESSION_KEY] = str(manager.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = manager.get_session_auth_hash()
    session.save()
    page = browser.new_page(bypass_csp=True)
    page.context.add_cookies([{"name": configured.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}])
    try:
        page.goto(f"{site}/lock/")
        page.get_by_role("link", name="Soft-lock data").click()
        page.get_by_role("textbox", name="Why").fill("The last visit is over")
        page.get_by_role("button", name="Soft-lock data").click()
        page.wait_for_url(f"{site}/lock/")
        cut = exports.take_cut(AT, by=troupe.SHELL, at=AT)
        locks.sign_hard_lock(cut_at=cut.at, password=troupe.PASSWORD, by=statistician, at=AT)
        page.reload()
        looked_at(page, "lock-soft")
        page.get_by_role("link", name="Sign hard lock").click()
        looked_at(page, "lock-sign")
        locks.sign_hard_lock(cut_at=cut.at, password=troupe.PASSWORD, by=manager, at=AT + timedelta(minutes=10))
        locks.unblind_trial(reason="The analysis begins", password=troupe.PASSWORD, by=manager, at=AT + timedelta(minutes=20))
        page.goto(f"{site}/lock/")
        looked_at(page, "lock-unblinded")
    finally:
        page.context.close()
