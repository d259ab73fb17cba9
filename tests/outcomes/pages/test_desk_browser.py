"""The safety desk, one alert, the roster and the figures in a real browser: they fit a phone and a desk, and are accessible."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser

from outcomes.actions import alerts, assessments, duty, escalation
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants import people
from trials.actors import Machine

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


def cookie_of(user, address: str) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": address}


@pytest.fixture
def desk(site):
    """(address, cookies by role, trial id): an alert that was told on and taken on, and a roster with a stand-in that soon ends."""
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    clinician = cast.safety_clinician
    for place, user in ((1, clinician), (2, cast.pi)):
        duty.put_on_duty(user, site=cast.first, starts_at=AT, ends_at=AT + timedelta(hours=20), place=place, by=clinician, at=AT)
    person = people.eligible(cast.first, by=cast.coordinator, at=AT - timedelta(minutes=30))
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 2}, by=person, at=AT)
    escalation.queue_due(by=Machine("beat"), at=AT + timedelta(minutes=15))
    alert = alerts.open_alert(person.alerts.get(), by=clinician, at=AT + timedelta(minutes=16)).alert
    alerts.record_contact(alert, reached=True, text="Rang; we talked for ten minutes.", by=clinician, at=AT + timedelta(minutes=20))
    alerts.assess_risk(alert, level="minimal", text="No plan.", by=clinician, at=AT + timedelta(minutes=30))
    cookies = {
        "clinician": cookie_of(clinician, site),
        "assessor": cookie_of(cast.assessor, site),
        "coordinator": cookie_of(cast.coordinator, site),
    }
    return site, cookies, person.trial_id


@pytest.mark.parametrize("width", [375, 1280])
def test_the_desk_fits_and_is_accessible(desk, browser: Browser, width: int) -> None:
    address, cookies, trial_id = desk
    pages = [
        ("clinician", "desk", "/safety/"), ("clinician", "alert", f"/safety/{trial_id}/1/"), ("clinician", "roster", "/safety/roster/"),
        ("clinician", "figures", "/safety/figures/"), ("coordinator", "today", "/"),
        ("assessor", "entry", f"/participants/{trial_id}/visits/baseline/phq9/enter/"),
    ]  # fmt: skip
    page = browser.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    try:
        for who, name, path in pages:
            page.context.clear_cookies()
            page.context.add_cookies([cookies[who]])
            page.goto(address + path)
            if name == "entry":
                assert page.get_by_label("Handed over to").is_hidden()
                page.locator("[name=item_9][value='2']").check(force=True)
                assert page.get_by_label("Handed over to").is_visible()
                assert page.get_by_text("Are you safe right now?").last.is_visible()
            if LOOKED_AT:
                page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
            assert chromium.fits(page), name
            found = Axe().run(page)
            assert [v["id"] for v in found.response["violations"]] == [], name
    finally:
        page.close()
