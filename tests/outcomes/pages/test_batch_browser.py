"""The page for several people in a real browser: readable by axe, not clipped when small, ticked and pressed to the end."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cast import open_randomisation
from tests.journeys.walking import CLIPPED
from tests.outcomes.actions.test_batches import ready
from tests.trials.test_ui_browser import open_page
from trials import clock
from trials.models import Allocation

__all__ = ["open_page"]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [375, 1280])
def test_three_people_are_ticked_counted_and_randomised(open_page, cast, at, monkeypatch, width):
    monkeypatch.setattr(clock, "now", lambda: at)
    open_randomisation(at=at)
    ready(cast, at, 3)
    page = open_page("/randomise/", width=width, who=cast.coordinator, reduced_motion="reduce")
    for _ in range(2):
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]] == []
        assert page.evaluate(CLIPPED) == []
        if not Allocation.objects.exists():
            for label in ("P-001", "P-002", "P-003"):
                page.get_by_label(label).check()
            page.get_by_label("Type how many").fill("3")
            page.get_by_role("button", name="Randomise together").click()
            page.wait_for_url("**/randomise/result/**")
    assert Allocation.objects.count() == 3
