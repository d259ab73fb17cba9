"""The switch of languages on the smallest phone: it keeps the link's token, and the script speaks the page's language."""

from __future__ import annotations

import pytest

from tests.outcomes.pages.test_me_browser import minted, phone, sound  # noqa: F401

pytestmark = pytest.mark.browser


def test_choosing_a_language_keeps_the_link_and_the_script_speaks_it(site, committing, minted, phone):  # noqa: F811
    phone.goto(f"{site}/me/#t={minted.token}")
    phone.click("text=Deutsch")
    phone.wait_for_selector("html[lang=de]")
    assert phone.input_value("input[name=t]") == minted.token
    assert phone.url == f"{site}/me/?language=de"
    sound(phone)
    phone.click("button:has-text('Fragen beginnen')")
    phone.wait_for_url(f"{site}/me/question/1/")
    phone.check("input[name=answer][value='1']")
    phone.wait_for_selector("#saved:has-text('Gespeichert um 09:00 Uhr')")
    phone.click("text=Sofort Hilfe")
    phone.locator("#help-now").get_by_text("Rund um die Uhr").first.wait_for()
    sound(phone)
    phone.goto(f"{site}/me/question/1/?language=es")
    sound(phone)
    assert phone.locator("h1").inner_text() == "Estas preguntas no están disponibles en su idioma"
    phone.click("main >> text=English")
    phone.wait_for_selector("text=Little interest")
    sound(phone)
