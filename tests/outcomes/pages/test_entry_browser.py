"""The entry page of a rating and of measurements in a real browser: fits a phone and a desk, accessible, and says why a form is not offered."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.outcomes.test_mechanism_trial import TEXT, made_up_words
from tests.participants import people
from trials.actions.protocol import load_protocol
from trials.actors import Machine

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


@pytest.fixture
def visits(site, server, committing, tmp_path: Path, monkeypatch) -> tuple[str, dict[str, str]]:
    """(address of a person's visits page in a trial that measures, the cookie of an assessor)."""
    monkeypatch.setattr(settings, "UPLIFT_WORDS", tmp_path)
    (tmp_path / "hamd17.en.toml").write_text(made_up_words("hamd17"))
    server.serve(committing, words=tmp_path)
    troupe.load_trial(at=AT)
    load_protocol(TEXT, by=Machine("shell"), at=AT, reason="more to ask")
    cast = troupe.hire(at=AT)
    person = people.eligible(cast.first, by=cast.coordinator, at=AT - timedelta(minutes=30))
    session = SessionStore()
    session[SESSION_KEY] = str(cast.assessor.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = cast.assessor.get_session_auth_hash()
    session.save()
    return f"{site}/participants/{person}/visits/", {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}


def seen(page: Page, name: str) -> None:
    if LOOKED_AT:
        page.screenshot(path=f"{LOOKED_AT}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", [375, 1280])
def test_ratings_and_measurements_are_entered_at_any_width(visits, browser: Browser, width: int) -> None:
    address, cookie = visits
    page = browser.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.context.add_cookies([cookie])
    try:
        page.goto(address)
        assert page.get_by_text("The words of PSWQ in language en are not supplied").count() > 0
        for name, form in (("visits", ""), ("hamd17", "baseline/hamd17/enter/"), ("pressure", "baseline/blood_pressure/enter/")):
            page.goto(address + form)
            assert chromium.fits(page), name
            assert Axe().run(page).response["violations"] == []
            seen(page, f"{name}-{width}")
        page.get_by_role("textbox", name="Systolic").fill("1200")
        chromium.follow(page, page.get_by_role("button", name="Save answers"))
        assert page.locator("text=1200 is not between 60 and 280 mmHg").count() > 0
        assert Axe().run(page).response["violations"] == []
        seen(page, f"refused-{width}")
        page.get_by_role("textbox", name="Systolic").fill("120")
        page.get_by_role("textbox", name="Diastolic").fill("80")
        chromium.follow(page, page.get_by_role("button", name="Save answers"))
        page.wait_for_url(address)
        page.goto(f"{address}baseline/blood_pressure/")
        assert page.get_by_text("93.3 mmHg").count() == 1
        seen(page, f"kept-{width}")
    finally:
        page.context.close()
