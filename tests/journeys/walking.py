"""A person with a browser: clicks and types, or walks by keyboard alone; every page on the way is checked as it is met."""

from __future__ import annotations

import re
import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.chromium import PATIENCE

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
STEPS = 250  # Tab presses at most to reach a control


def _keys(text: str, kind: str | None) -> str:
    """What is typed into Chromium's pickers of days and times, whose parts stand in American order."""
    if kind == "date":
        year, month, day = text.split("-")
        return month + day + year
    if kind == "time":
        hour, minute = map(int, text.split(":"))
        return f"{hour % 12 or 12:02d}{minute:02d}{'AM' if hour < 12 else 'PM'}"
    return text


CLIPPED = """() => [...document.querySelectorAll('main button, main a.button, main input, main label, main h1')]
  .filter(e => e.checkVisibility() && !e.closest('.region, .visually-hidden, [hidden]') && !e.classList.contains('visually-hidden'))
  .filter(e => !['radio', 'checkbox', 'hidden', 'file'].includes(e.type))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width > 1 && (r.right > document.documentElement.clientWidth + 1 || r.left < -1); })
  .map(e => (e.innerText || e.name || e.tagName).trim().slice(0, 60))"""
UNSEEN = """() => [...document.querySelectorAll('main button, main a, main label, main h1')].filter(e => e.checkVisibility() && e.innerText.trim())
  .filter(e => { const s = getComputedStyle(e); return s.color === s.backgroundColor; })
  .map(e => e.innerText.trim().slice(0, 60))"""


class Walker:
    """`faults` gathers console errors, CSP reports, failed requests, axe violations, doubled names, lost focus and overflow."""

    def __init__(self, name: str, browser: Browser, address: str, *, keyboard: bool, width: int) -> None:
        self.name, self.address, self.keyboard = name, address, keyboard
        self.context = browser.new_context(
            viewport={"width": width, "height": 740 if width < 700 else 800}, base_url=address, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.expected_status = {200, 302}
        self.checked: set[str] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"{name}: script error {error}"))
        self.page.on("response", self._answered)
        self.leaves = self.arrives = False  # whether the last press asked for another page, and whether that one is there
        self.page.on("request", self._asked)
        for way in ("load", "download"):
            self.page.on(way, self._arrived)

    def close(self) -> None:
        self.context.close()

    def _heard(self, message) -> None:
        text = message.text
        if message.type in ("error", "warning") and "Failed to load resource" not in text:
            self.faults.append(f"{self.name}: console says {text[:200]}")

    def _answered(self, response) -> None:
        if response.status >= 400 and response.status not in self.expected_status:
            self.faults.append(f"{self.name}: {response.status} from {response.request.method} {response.url}")

    def expecting(self, *statuses: int) -> Walker:
        """The next pages may answer so, because the story wants a refusal."""
        self.expected_status |= set(statuses)
        return self

    # --- going about

    def goes_to(self, path: str) -> Walker:
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.look()
        return self

    def clicks(self, name: str | re.Pattern[str], *, within: str | None = None, role: str | None = None) -> Walker:
        scope = self.page.locator(within) if within else self.page
        control = self._control(scope, name, role)
        self.leaves = self.arrives = False
        self._press(control)
        self._settle()
        self.look()
        return self

    def _settle(self) -> None:
        """Waits for the page that a press leads to, however long the server takes; one that only changes this page is given most of a second."""
        until = time.monotonic() + 0.8
        while time.monotonic() < until and not self.arrives:
            if self.leaves:
                until = time.monotonic() + 30
            self.page.wait_for_timeout(30)
        self.page.wait_for_load_state("load")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.leaves = True

    def _arrived(self, *_: object) -> None:
        self.arrives = True

    def _control(self, scope, name, role) -> Locator:
        roles = [role] if role else ["button", "link"]
        exact = isinstance(name, str)
        for kind in roles:
            found = scope.get_by_role(kind, name=name, exact=exact)
            if found.count():
                return found.first
        found = scope.get_by_role(roles[0], name=name, exact=False)
        expect(found.first).to_be_visible()
        return found.first

    def fills(self, label: str, text: str) -> Walker:
        control = self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s*\(optional\))?\s*$")).first
        if self.keyboard:
            self._reach(control)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(_keys(text, control.get_attribute("type")))
            expect(control).to_have_value(text)
        else:
            control.fill(text)
        return self

    def chooses(self, label: str, *, group: str | None = None) -> Walker:
        named = group and re.compile(rf"^\s*{re.escape(group)}(\s*\(optional\))?\s*$")
        scope = self.page.get_by_role("group", name=named).or_(self.page.get_by_role("radiogroup", name=named)) if named else self.page
        control = scope.get_by_role("radio", name=label, exact=True).or_(scope.get_by_role("checkbox", name=label, exact=True)).first
        if not self.keyboard:
            control.check(force=True)
            return self
        if control.get_attribute("type") == "checkbox":
            self._reach(control)
            self.page.keyboard.press("Space")
            return self
        name = control.get_attribute("name")
        radios = self.page.locator(f'input[type=radio][name="{name}"]')
        values = radios.evaluate_all("all => all.map(e => [e.checked, e.disabled])")
        at = next((i for i, (checked, _) in enumerate(values) if checked), 0)
        wanted = radios.evaluate_all("(all, id) => all.findIndex(e => e.id === id)", control.get_attribute("id"))
        self._reach(radios.nth(at))
        self.page.keyboard.press("Space")
        for _ in range(abs(wanted - at)):
            self.page.keyboard.press("ArrowDown" if wanted > at else "ArrowUp")
        expect(control).to_be_checked()
        return self

    def selects(self, label: str, option: str) -> Walker:
        self.page.get_by_label(label, exact=True).first.select_option(label=option)
        return self

    def uploads(self, label: str, path: Path) -> Walker:
        self.page.get_by_label(label).first.set_input_files(path)
        return self

    def sees(self, text: str | re.Pattern[str]) -> Walker:
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()
        return self

    def does_not_see(self, text: str) -> Walker:
        assert text not in self.page.content(), f"{self.name} sees {text!r} at {self.page.url}"
        return self

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def logs_in(self, username: str, password: str) -> Walker:
        return self.goes_to("/login/").fills("User name", username).fills("Password", password).clicks("Log in")

    # --- by keyboard alone

    def _press(self, control: Locator) -> None:
        if not self.keyboard:
            control.click()
            return
        self._reach(control)
        self.page.keyboard.press("Enter")

    def _reach(self, control: Locator) -> None:
        """Tab until the control has the focus, opening the menus on the way as a person would."""
        expect(control).to_be_attached()
        handle = control.element_handle()
        for _ in range(STEPS):
            if self.page.evaluate("e => document.activeElement === e", handle):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.name} can't reach {control} by Tab at {self.page.url}")

    # --- every page is looked at

    def look(self) -> None:
        """Checks each kind of page once a walk: axe, names of controls, width; the focus after every step."""
        where = re.sub(r"\d+|P-\d+", "N", self.page.url.removeprefix(self.address).split("#")[0].split("?")[0])
        if where in self.checked:
            return
        self.checked.add(where)
        for violation in Axe().run(self.page).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            self.faults.append(f"{self.name}: axe {violation['id']} at {where}: {nodes}")
        self._fits(where, "as it is")
        usual = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 640})
        self._fits(where, "at 320 px")
        self.page.evaluate("document.documentElement.style.fontSize = '200%'")
        self._fits(where, "at 320 px with 200 % text")
        self.page.evaluate("document.documentElement.style.fontSize = ''")
        self.page.set_viewport_size(usual)
        self.page.emulate_media(forced_colors="active", reduced_motion="reduce")
        for control in self.page.evaluate(UNSEEN):
            self.faults.append(f"{self.name}: {control!r} can't be told from its ground in forced colours at {where}")
        self.page.emulate_media(forced_colors="none", reduced_motion="reduce")
        for doubled in self._doubled_names():
            self.faults.append(f"{self.name}: two controls are called {doubled!r} at {where}")

    def _fits(self, where: str, how: str) -> None:
        """Nothing is wider than the window, and no control is cut off by a box that does not scroll."""
        width, room = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if width > room:
            self.faults.append(f"{self.name}: {where} {how} is {width} px wide in {room} px")
        for control in self.page.evaluate(CLIPPED):
            self.faults.append(f"{self.name}: {control!r} is clipped at {where} {how}")

    def _doubled_names(self) -> list[str]:
        """Buttons of one name, and links of one name that lead to different places."""
        return self.page.evaluate(
            """() => {
              const shown = e => e.checkVisibility();
              const name = e => (e.getAttribute('aria-label') || e.innerText || '').trim().replace(/\\s+/g, ' ');
              const seen = new Map(), doubled = new Set();
              for (const e of [...document.querySelectorAll('main button, main a[href], main summary')].filter(shown)) {
                const key = name(e), to = e.tagName === 'A' ? e.href : 'button ' + (e.form ? e.form.action + e.value : e.id);
                if (!key) { doubled.add('(no name)'); continue; }
                if (seen.has(key) && seen.get(key) !== to) doubled.add(key);
                seen.set(key, to);
              }
              return [...doubled];
            }"""
        )

    def has_focus(self) -> Walker:
        """After a swap the focus stands on a control, never on the body."""
        assert self.page.evaluate("document.activeElement !== document.body"), f"{self.name} lost the focus at {self.page.url}"
        return self

    def shoots(self, name: str) -> Walker:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        return self
