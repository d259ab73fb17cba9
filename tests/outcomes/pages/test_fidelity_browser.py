"""Sessions to observe, their checklist and who delivers the training in a real browser: they fit a phone and a desk, accessible."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser

from outcomes.actions import providers
from participants.actions import observations
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants.observing import GOOD, assigned, held, watched
from tests.participants.training import in_both_arms
from trials.models import User

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


@pytest.fixture
def clinic(site):
    """(address, cast, a trainee) with one checklist filled in, one to fill in and others to come."""
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    person = in_both_arms(cast.first, by=cast.coordinator, at=AT).trains
    assigned(person, cast.trainer, by=cast.coordinator, at=AT)
    watched("1", at=AT + timedelta(minutes=2))
    observations.open_draw(by=cast.coordinator, at=AT + timedelta(minutes=3))
    first, _ = (held(person, number, by=cast.trainer) for number in (1, 2))
    observations.observe(first, verdicts={**GOOD, "loads": "not_done"}, by=cast.coordinator, at=AT)
    facts = {"profession": "Physiotherapist", "qualification": "MSc Sports Science", "trained_on": AT.date()}
    providers.describe_provider(cast.trainer, **facts, by=cast.manager, at=AT)
    return site, cast, person


def cookie(user: User, address: str) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": address}


@pytest.mark.parametrize("width", [375, 1280])
def test_the_pages_fit_and_are_accessible(clinic, browser: Browser, width: int) -> None:
    address, cast, person = clinic
    for user, pages in (
        (cast.coordinator, {"observations": "/observations/", "observe": f"/participants/{person}/sessions/1/observe/"}),
        (cast.manager, {"providers": "/providers/", "provider": f"/providers/{cast.trainer.pk}/"}),
    ):
        context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
        context.add_cookies([cookie(user, address)])
        page = context.new_page()
        for name, place in pages.items():
            assert page.goto(address + place).status == 200, name
            assert chromium.fits(page), (name, width)
            assert Axe().run(page).response["violations"] == [], (name, width)
            if LOOKED_AT:
                page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
        context.close()
