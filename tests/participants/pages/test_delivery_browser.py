"""What became of text messages, and the daily mail, in a real browser: the pages fit a phone and a desk and are accessible."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser

from participants.actions import messages
from participants.models import Message
from participants.post import sms
from tests import cast as troupe
from tests import chromium
from tests.conftest import AT
from tests.participants.people import NORA, consenting
from tests.participants.test_sms import BEAT, WANTED, agree, queue
from tests.participants.test_sms_callbacks import SECRET

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(site, server, committing, settings) -> tuple[str, str, dict[str, str]]:
    """(address of the site, a person's messages, the cookie of a coordinator): one delivered, one not, one whose fate is open."""
    server.serve(committing)
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT - 9 * MINUTE, person=NORA)
    agree(person, "sms", cast.coordinator, AT - 9 * MINUTE)
    settings.UPLIFT_SMS_SECRET = SECRET
    for number in range(3):
        queue(person, AT - 8 * MINUTE, event=f"sitting:week8:nudge-{number}")
    messages.send_due(kinds=WANTED, at=AT - 7 * MINUTE)
    gone, lost, _ = Message.objects.order_by("pk")
    for message, status, code in ((gone, "accepted", ""), (gone, "delivered", ""), (lost, "failed", "absent")):
        body, stamp = f'{{"id": "{message.reference}", "status": "{status}", "code": "{code}"}}'.encode(), str(int(AT.timestamp()))
        messages.take_report(body, timestamp=stamp, signature=sms.signature(body, stamp, SECRET), by=BEAT, at=AT)
    session = SessionStore()
    session[SESSION_KEY] = str(cast.coordinator.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = cast.coordinator.get_session_auth_hash()
    session.save()
    return site, f"/participants/{person}", {"name": NAME, "value": session.session_key, "url": site}


NAME = settings.SESSION_COOKIE_NAME


def test_what_became_of_each_message_is_read_at_any_width(told, browser: Browser) -> None:
    site, home, cookie = told
    page = browser.new_page(bypass_csp=True)
    page.context.add_cookies([cookie])
    seen = {
        "messages": f"{home}/messages/", "all-messages": "/messages/", "channel": f"{home}/availability/", "account": "/account/",
    }  # fmt: skip
    try:
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for name, address in seen.items():
                page.goto(site + address)
                assert chromium.fits(page), name
                assert Axe().run(page).response["violations"] == [], name
                if LOOKED_AT:
                    page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
        chromium.follow(page, page.get_by_role("button", name="Send daily mail"))
        assert page.get_by_role("button", name="Stop daily mail").count() == 1
    finally:
        page.close()
