"""All questions on one screen in a real browser: each choice is kept at once, by keyboard too, and help opens beside its question."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from participants.actions import links
from tests import cast as troupe
from tests.conftest import AT
from tests.outcomes.answering import answered
from tests.outcomes.pages.test_me_browser import phone, rows, sound
from tests.participants import people

pytestmark = pytest.mark.browser

__all__ = ["phone"]


def test_choices_of_one_screen_are_kept_at_once_and_help_opens_beside_its_question(site, committing, phone):
    troupe.load_trial(at=AT)
    answered(AT, asked='"outside_training", "phq9", "gad7"', screens='"together"')
    cast = troupe.hire(at=AT)
    person = people.eligible(cast.first, by=cast.coordinator, at=AT - timedelta(minutes=30))
    minted = links.mint(person, visit="baseline", expires_at=None, by=cast.coordinator, at=AT)
    phone.goto(f"{site}/me/#t={minted.token}")
    phone.click("text=Start the questions")
    phone.wait_for_selector("#question-19")
    sound(phone)
    phone.check("input[name=outside_training-1][value='2']")  # asks how long: what follows has other numbers from here on
    phone.wait_for_selector("#saved:has-text('Saved 09:00')")
    phone.focus("input[name=phq9-1][value='0']")
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    phone.check("input[name=gad7-7][value=skip]")
    phone.wait_for_selector("#saved:has-text('Saved 09:00')")
    phone.context.set_offline(True)
    phone.check("input[name=phq9-9][value='2']")
    phone.wait_for_selector("#question-12 [data-support]:visible")
    phone.wait_for_selector("text=Not saved yet. Keep this page open.")
    phone.context.set_offline(False)
    kept = "SELECT instrument, answers, missing FROM outcomes_assessment ORDER BY instrument"
    told = [("gad7", {}, {"7": "skipped"}), ("outside_training", {"1": 2}, {}), ("phq9", {"1": 1, "9": 2}, {})]
    until = time.monotonic() + 10  # what was chosen offline goes once the line is back
    while rows(committing, kept) != told and time.monotonic() < until:
        phone.wait_for_timeout(50)
    assert rows(committing, kept) == told
    assert rows(committing, "SELECT trigger FROM outcomes_alert") == [("phq9.9>=2",)]
    phone.click("text=Stop here")
    phone.wait_for_url(f"{site}/me/support/13/")
    sound(phone)
