"""The one browser of a test run. Playwright's sync interface allows a single one in a process, so every browser test shares it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, expect, sync_playwright

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

PATIENCE = 30_000  # milliseconds that something may take to appear: two processors may be shared by many
expect.set_options(timeout=PATIENCE)


def follow(page: Page, control: str | Locator) -> None:
    """Presses what leads to another page, and waits until that one is there whole: what is read next is read of it."""
    with page.expect_navigation():
        page.click(control) if isinstance(control, str) else control.click()


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window, once the page is there; from now on nothing on it moves."""
    page.wait_for_load_state()
    page.emulate_media(reduced_motion="reduce")
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def _launch() -> dict[str, object]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "No Chromium: install Debian's chromium, or name one in CHROMIUM."
    return {"executable_path": path, "args": [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(**_launch())  # type: ignore[arg-type]
    yield running
    running.close()


class Phone:
    """A browser with a memory of its own on the disk, which can be killed and taken up again."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self.playwright, self.folder = playwright, folder
        self.take_up()

    def take_up(self) -> None:
        screen = {"width": 375, "height": 667}
        self.context = self.playwright.chromium.launch_persistent_context(self.folder, viewport=screen, **_launch())  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()

    def kill(self) -> None:
        """Every process of this browser, at once, with nothing written back."""
        named = f"--user-data-dir={self.folder}".encode()
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if named in place.read_bytes().split(b"\0"):
                    os.kill(int(place.parent.name), signal.SIGKILL)
        with suppress(Error):
            self.context.close()


@pytest.fixture
def phone(playwright: Playwright, tmp_path: Path) -> Iterator[Phone]:
    taken = Phone(playwright, tmp_path / "phone")
    yield taken
    taken.kill()
