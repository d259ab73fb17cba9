"""The page for the list of an independent statistician in a real browser: readable by axe, not clipped, with its faults too."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cast import hire
from tests.journeys.walking import CLIPPED
from tests.trials.allocating import load
from tests.trials.test_ui_browser import open_page
from tests.trials.test_uploads import TEXT, listed
from trials import clock
from trials.models import Scheme

__all__ = ["open_page"]

pytestmark = pytest.mark.browser


@pytest.fixture
def manager(db, at):
    load(at, TEXT)
    return hire(at=at).manager


@pytest.mark.parametrize("width", [375, 1280])
def test_a_list_is_refused_in_sight_and_a_good_one_is_taken(open_page, manager, at, monkeypatch, width):
    monkeypatch.setattr(clock, "now", lambda: at)
    statistician = type(manager).objects.get(username="unblinded_statistician")
    page = open_page("/randomisation/upload-list/", width=width, who=statistician, refused=True, reduced_motion="reduce")
    for text in (listed().replace("site=LIM|sex=F,2,", "site=LIM|sex=F,1,"), listed(), ""):
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]] == []
        assert page.evaluate(CLIPPED) == []
        if text:
            page.get_by_label("The list").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()})
            page.get_by_role("button", name="Upload list").click()
            page.wait_for_selector("[role=alert]" if not Scheme.objects.exists() else "text=Waits for approval")
    assert Scheme.objects.count() == 1
