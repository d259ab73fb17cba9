"""A session at home logged on the smallest phone, without script."""

from __future__ import annotations

import pytest

from participants.actions import sessions
from tests import cast as troupe
from tests.chromium import fits, follow
from tests.conftest import AT
from tests.outcomes.pages.test_appointments_browser import phone
from tests.outcomes.pages.test_me_browser import rows
from tests.participants.at_home import AT_HOME
from tests.participants.training import in_both_arms

__all__ = ["phone"]
pytestmark = pytest.mark.browser

DONE = """SELECT s.status, s.logged_by, x.done_reps, x.done_load_kg::float8, x.band FROM participants_exerciseset x
    JOIN participants_trainingsession s ON s.id = x.session_id WHERE x.done_reps > 0 ORDER BY exercise_no"""


@pytest.fixture
def minted(site):
    troupe.load_trial(at=AT, text=AT_HOME)
    cast = troupe.hire(at=AT)
    person = in_both_arms(cast.first, by=cast.coordinator, at=AT).trains
    return sessions.link_to_appointments(person, by=cast.coordinator, at=AT)


def test_somebody_logs_a_session_at_320_pixels_without_script(site, committing, minted, phone):
    phone.goto(f"{site}/me/?for=appointments")
    phone.fill("input[name=code]", minted.code)
    follow(phone, "text=Show my appointments")
    assert fits(phone)
    follow(phone, "a[href='/me/appointments/1/log/']")
    assert fits(phone)
    assert phone.evaluate("document.documentElement.scrollHeight") < 2000  # three screens, with eight exercises
    phone.click("text=Unwell or upset?")
    phone.wait_for_selector("main a[href='tel:112']")
    phone.locator("summary", has_text="1. Barbell squat").click()
    phone.fill("input[name=reps_1_1]", "10")
    phone.fill("input[name=load_1_1]", "600")
    phone.locator("summary", has_text="8. ").click()
    phone.locator("label[for=id_planned_8]").click()
    phone.locator("summary", has_text="When and where: ").click()
    phone.fill("input[name=clock]", "08:00")
    phone.locator("input[name=went]").first.check()
    follow(phone, "text=Save session")
    assert (phone.locator("main").get_by_text("600 kg?").is_visible(), fits(phone), rows(committing, DONE)) == (True, True, [])
    follow(phone, "text=Yes, save it")
    assert phone.url == f"{site}/me/appointments/"
    assert rows(committing, DONE) == [("attended", "participant", 10, 600.0, ""), *[("attended", "participant", 12, None, "")] * 2]
    assert phone.is_visible("text=You logged it")
