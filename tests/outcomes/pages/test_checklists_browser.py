"""The filled checklists in a real browser: both editions fit a phone and a desk, accessible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from outcomes.actions import checklists
from tests import chromium
from tests.cast import hire
from tests.conftest import AT
from tests.outcomes import world
from tests.outcomes.pages.test_fidelity_browser import cookie
from tests.outcomes.pages.test_flow_reports_exports import NOW, take_in
from tests.outcomes.working import worked_out

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


def test_both_editions_fit_and_are_accessible(site, browser: Browser, settings, tmp_path: Path) -> None:
    settings.UPLIFT_DATA = tmp_path / "data"
    take_in(tmp_path / "bundle", world.everybody())
    staff = hire(at=AT)
    editions = (
        (375, "report", staff.blinded_statistician, "/report/", checklists.request_checklists),
        (1280, "report-by-arm", staff.unblinded_statistician, "/report/by-arm/", checklists.request_checklists_by_arm),
    )
    for width, name, user, place, request in editions:
        worked_out(checklists.compute, request(by=user, at=NOW), at=NOW)
        context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
        context.add_cookies([cookie(user, site)])
        page = context.new_page()
        assert page.goto(site + place).status == 200, name
        assert page.locator("#consort_2025 details").count() == 42, name
        assert chromium.fits(page), (name, width)
        assert Axe().run(page).response["violations"] == [], (name, width)
        if LOOKED_AT:
            page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
        context.close()
