"""The dashboards in a real browser: the trial's, a site's and the closed report fit a phone and a desk, accessible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from outcomes.actions import closed_reports
from tests import chromium
from tests.cast import hire
from tests.conftest import AT
from tests.outcomes import crowd
from tests.outcomes.pages.test_dashboard import NOW, take_in
from tests.outcomes.pages.test_fidelity_browser import cookie
from tests.outcomes.working import worked_out

pytestmark = pytest.mark.browser
LOOKED_AT = os.environ.get("LOOKED_AT")  # a folder for what was seen


def test_the_dashboards_fit_and_are_accessible(site, browser: Browser, settings, tmp_path: Path) -> None:
    settings.UPLIFT_DATA = tmp_path / "data"
    take_in(tmp_path / "bundle", crowd.everybody())
    staff = hire(at=AT)
    worked_out(closed_reports.compute, closed_reports.request_closed_report(by=staff.unblinded_statistician, at=NOW), at=NOW)
    seen = (
        ("dashboard", staff.pi, "/dashboard/", (375, 1280), 6),
        ("site", staff.coordinator, "/dashboard/LIM/", (375,), 4),
        ("closed-report", staff.unblinded_statistician, "/reports/closed/", (375, 1280), 15),
    )
    for name, user, place, widths, figures in seen:
        for width in widths:
            context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
            context.add_cookies([cookie(user, site)])
            page = context.new_page()
            assert page.goto(site + place).status == 200, name
            assert page.locator("figure.plot").count() == figures, name
            assert chromium.fits(page), (name, width)
            if width == 375:
                assert Axe().run(page).response["violations"] == [], (name, width)
            if LOOKED_AT:
                page.screenshot(path=f"{LOOKED_AT}/{name}-{width}.png", full_page=True)
            context.close()
