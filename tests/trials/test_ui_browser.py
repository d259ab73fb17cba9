"""The styleguide in a real browser under the real policy: readable by axe, walked by keyboard, nothing clipped when small.

The browser's requests are answered by Django's test client in this thread, so the pages see the test's own rolled-back database.
"""

from __future__ import annotations

import contextvars
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

HOST = "http://localhost"
PAGES = ("/styleguide/", "/styleguide/participant/", "/styleguide/gym/", "/styleguide/plain/", "/styleguide/confirm/")
CLIPPED = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.region')).map(e => e.outerHTML.slice(0, 80))"""
FOCUSED = "(document.activeElement.innerText || document.activeElement.id || document.activeElement.tagName).trim().split('\\n')[0]"


@pytest.fixture
def open_page(browser, manager):
    """Open an address as the trial manager, or as `who`; at the end no console message may have been left, but of a 422 that was asked for."""
    client, heard, contexts = Client(), [], []
    here = contextvars.copy_context()  # Django keeps its connection in it; Playwright's callbacks run in another
    client.force_login(manager)

    def answer(route: Route) -> None:
        here.copy().run(reply_to, route)

    def reply_to(route: Route) -> None:
        asked, parts = route.request, urlsplit(route.request.url)
        reply = client.generic(asked.method, parts.path, asked.post_data_buffer or b"", QUERY_STRING=parts.query,
                               content_type=asked.headers.get("content-type", "application/octet-stream"))  # fmt: skip
        body = b"".join(reply) if reply.streaming else reply.content
        route.fulfill(status=reply.status_code, headers=dict(reply.items()), body=body)

    def opened(path: str, *, width: int = 1280, theme: str = "light", who=None, refused: bool = False, **options: object) -> Page:
        if who is not None:
            client.force_login(who)
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: None if refused and "422" in message.text else heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.route("**/*", answer)
        page.goto(HOST + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert heard == []


SIGHTS = [("/styleguide/", width, theme) for width in (375, 1280) for theme in ("light", "dark")]
SIGHTS += [(path, width, theme) for path in PAGES[1:] for width, theme in ((375, "light"), (1280, "dark"))]


@pytest.mark.parametrize(("path", "width", "theme"), SIGHTS)
def test_axe_finds_nothing(open_page, path, width, theme):
    found = Axe().run(open_page(path, width=width, theme=theme, reduced_motion="reduce")).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("text", ["100%", "200%"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_clipped_at_320_pixels(open_page, path, text):
    page = open_page(path, width=320)
    page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", text)
    assert page.evaluate(CLIPPED) == []


def test_no_two_controls_of_the_styleguide_share_an_id(open_page):
    page = open_page("/styleguide/")
    assert (
        page.evaluate(
            "() => { const all = [...document.querySelectorAll('[id]')].map(e => e.id); return all.filter((e, i) => all.indexOf(e) !== i) }"
        )
        == []
    )


def test_a_confirm_page_opens_as_a_dialog_and_gives_the_focus_back(open_page):
    page = open_page("/styleguide/")
    page.get_by_role("link", name="Withdraw P-014").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate(FOCUSED) == "Cancel"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.evaluate(FOCUSED) == "Withdraw P-014"


def test_shortcuts_move_between_rows_and_can_be_turned_off(open_page):
    page = open_page("/styleguide/")
    page.wait_for_selector("#error-summary:focus")
    page.evaluate("document.activeElement.blur()")
    seen = []
    for key in "jjk":
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
    assert seen == ["P-014", "P-009", "P-014"]
    page.keyboard.press("?")
    page.get_by_role("button", name="Turn shortcuts off").click()
    page.get_by_role("button", name="Close shortcuts").click()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == "P-014"


def test_a_stepper_counts_from_a_decimal_comma(open_page):
    page = open_page("/styleguide/")
    load = page.locator("#id_fresh-load")
    load.fill("62,5")
    page.get_by_role("button", name="Load: 2.5 kg more").first.click()
    assert load.input_value() == "65"


def test_a_toast_stays_until_it_is_closed_and_focus_stays_on_the_page(open_page):
    page = open_page("/styleguide/")
    page.evaluate("document.dispatchEvent(new CustomEvent('toast', {detail: {text: 'P-009 moved'}}))")
    page.get_by_role("button", name="Close message: P-009 moved").click()
    assert page.locator("[data-toast]").count() == 0
    assert page.evaluate("document.activeElement.id") == "main"


def test_without_script_every_part_is_there_and_what_needs_script_is_not(open_page):
    page = open_page("/styleguide/", width=375, java_script_enabled=False)
    assert page.locator("nav#nav").is_visible()
    assert page.locator(".needs-script:visible").count() == 0


def test_the_help_opens_by_keyboard_without_script(open_page):
    page = open_page("/styleguide/participant/", width=375, java_script_enabled=False)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#help-now a[href^='tel:']:visible").count() == 2
