"""The designer in a real browser: readable by axe in both themes, not clipped when small, by keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.walking import CLIPPED
from tests.trials.test_ui_browser import FOCUSED, open_page
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.figures import exact, figures_of

__all__ = ["open_page"]

pytestmark = pytest.mark.browser

PAGE = "/randomisation/design/"
STICK = f"{PAGE}?method=big_stick&bound=3"
FAULTY = f"{PAGE}?method=minimisation&rule=best&p=1&people=0&factors=site&sent=1"


@pytest.fixture(autouse=True)
def few_runs(at, stand_at, monkeypatch):
    stand_at(at)
    figures_of.cache_clear()
    exact.cache_clear()
    monkeypatch.setattr(accrual, "MOST_RUNS", 30)
    yield
    figures_of.cache_clear()
    exact.cache_clear()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", [PAGE, STICK, FAULTY], ids=["protocol", "big stick", "faulty"])
def test_axe_finds_nothing(open_page, unblinded_statistician, path, width, theme):
    page = open_page(path, width=width, theme=theme, who=unblinded_statistician, refused=path == FAULTY, reduced_motion="reduce")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("text", ["100%", "200%"])
def test_nothing_is_clipped_at_320_pixels(open_page, unblinded_statistician, text):
    for path in (STICK, FAULTY):
        page = open_page(path, width=320, who=unblinded_statistician, refused=path == FAULTY)
        page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", text)
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate("document.querySelector('main').scrollWidth <= document.documentElement.clientWidth")


def test_a_choice_is_made_by_keyboard_alone(open_page, unblinded_statistician):
    page = open_page(PAGE, who=unblinded_statistician, refused=True)

    def reach(selector: str) -> None:
        for _ in range(80):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} can't be reached by Tab")

    reach('a[href^="?method=big_stick"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_bound")
    reach("#id_bound")
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#error-summary")
    page.wait_for_load_state("load")
    assert page.evaluate(FOCUSED).startswith("One thing to put right")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_bound:focus")
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Big stick, bound 4")
    assert "bound=4" in page.url
