"""A participant's pages in a real browser: the script helps, and a scanner that runs it still changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from participants.actions import links
from tests import cast as troupe
from tests import chromium, plugin
from tests.conftest import AT
from tests.participants import people

pytestmark = pytest.mark.browser


@pytest.fixture
def minted(site):
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    person = people.eligible(cast.first, by=cast.coordinator, at=AT - timedelta(minutes=30))
    return links.mint(person, visit="baseline", expires_at=None, by=cast.coordinator, at=AT)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """The smallest phone; anything on its console fails the test."""
    said: list[str] = []
    page = browser.new_page(viewport={"width": 320, "height": 640}, bypass_csp=True)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.context.close()
    assert [line for line in said if "ERR_INTERNET_DISCONNECTED" not in line] == []


def sound(page: Page) -> None:
    """No accessibility fault, and nothing wider than the screen."""
    assert chromium.fits(page)
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []


def start(page: Page, site: str, minted: links.Minted) -> None:
    """From the link to the first question, until the page's script listens."""
    page.goto(f"{site}/me/#t={minted.token}")
    page.click("text=Start the questions")
    page.wait_for_url(f"{site}/me/question/1/")


def rows(database: str, sql: str) -> list[tuple[object, ...]]:
    """Read past Django, whose connection belongs to whatever the browser's loop makes of this thread."""
    with psycopg.connect(plugin.with_name(plugin.APP_URL, database)) as connection:
        return connection.execute(sql).fetchall()


def written(database: str) -> list[tuple[object, ...]]:
    return rows(database, "SELECT (SELECT count(*) FROM row_version), (SELECT count(*) FROM trials_event)")


def test_a_scanner_that_runs_the_script_changes_nothing_until_start_is_pressed(site, committing, minted, phone):
    before = written(committing)
    phone.goto(f"{site}/me/#t={minted.token}")
    phone.wait_for_timeout(300)
    assert phone.input_value("input[name=t]") == minted.token
    assert minted.token not in phone.url
    assert (written(committing), phone.context.cookies(site + "/me/")[0]["name"]) == (before, "uplift-csrf")
    sound(phone)
    chromium.follow(phone, "text=Start the questions")
    assert phone.url == f"{site}/me/question/1/"
    assert written(committing) == before
    sound(phone)


def test_a_choice_is_kept_at_once_and_never_advances(site, committing, minted, phone):
    start(phone, site, minted)
    phone.focus("input[name=answer][value='0']")
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    phone.wait_for_selector("#saved:has-text('Saved 09:00')")
    kept = "SELECT answers FROM outcomes_assessment"
    until = time.monotonic() + 10  # the second choice is sent once the first is answered
    while rows(committing, kept) != [({"1": 1},)] and time.monotonic() < until:
        phone.wait_for_timeout(50)
    assert rows(committing, kept) == [({"1": 1},)]
    assert phone.url == f"{site}/me/question/1/"


def test_a_choice_delivered_after_continue_does_not_take_the_place_of_the_last_one(site, committing, minted, phone):
    held: list[tuple[str, str]] = []

    def hold(route):
        held.append((route.request.url, route.request.post_data))
        route.fulfill(json={"saved": "09:00"})  # the phone believes it; the line delivers it later

    phone.route("**/me/save/**", hold)
    start(phone, site, minted)
    phone.focus("input[name=answer][value='0']")
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    phone.keyboard.press("ArrowDown")
    until = time.monotonic() + 10  # the second choice is sent once the first is answered
    while len(held) < 2 and time.monotonic() < until:
        phone.wait_for_timeout(50)
    phone.click("text=Continue")
    phone.wait_for_url(f"{site}/me/question/2/")
    assert len(held) > 1
    for address, body in held:
        answer = phone.request.post(address, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 200
    assert rows(committing, "SELECT answers FROM outcomes_assessment") == [({"1": 2},)]


def test_item_9_shows_help_on_the_page_itself_even_without_a_connection(site, committing, minted, phone):
    start(phone, site, minted)
    phone.goto(f"{site}/me/question/9/")
    assert not phone.is_visible("#support")
    phone.context.set_offline(True)
    phone.check("input[name=answer][value='2']")
    phone.wait_for_selector("#support:visible")
    phone.wait_for_selector("text=Not saved yet. Keep this page open.")
    assert rows(committing, "SELECT trigger FROM outcomes_alert") == []
    phone.context.set_offline(False)
    phone.wait_for_selector("#saved:has-text('Saved 09:00')")
    assert rows(committing, "SELECT trigger FROM outcomes_alert") == [("phq9.9>=2",)]
    sound(phone)
    chromium.follow(phone, "text=Continue")
    assert phone.url == f"{site}/me/support/9/"
    sound(phone)
