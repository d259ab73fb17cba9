"""The colours keep their contrast in both themes, and the sheet keeps its weight. Ratios by WCAG 2.2, relative luminance."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "trials" / "static" / "ui"
CSS = (UI / "ui.css").read_text()


def _tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\s*\{(.*?)\}", CSS, re.S)
    assert block, selector
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-F]{6})", block.group(1)))


LIGHT, DARK = _tokens(':root, [data-theme="light"]'), _tokens('[data-theme="dark"]')
SYSTEM_DARK = _tokens(":root:not([data-theme])")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_the_published_one():
    assert ratio("#000000", "#FFFFFF") == 21
    assert round(ratio("#767676", "#FFFFFF"), 2) == 4.54


PAIRS = [
    *((text, ground) for text in ("ink", "muted", "accent") for ground in ("page", "paper", "soft")),
    *(("ink", f"{state}-tint") for state in ("due", "warn", "stop", "done")),
    *(("accent", f"{state}-tint") for state in ("due", "warn", "stop", "done")),
    *((state, ground) for state in ("due", "warn", "stop", "done") for ground in ("page", "paper", f"{state}-tint")),
    ("on-accent", "accent"),
]


@pytest.mark.parametrize(("theme", "least"), [(LIGHT, 5.2), (DARK, 5.7)], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS, ids=[f"{t} on {g}" for t, g in PAIRS])
def test_text_is_readable_on_every_surface_it_stands_on(theme, least, text, ground):
    assert ratio(theme[text], theme[ground]) >= least


@pytest.mark.parametrize(("theme", "least"), [(LIGHT, 3.1), (DARK, 3.4)], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "paper", "soft"])
def test_the_edge_of_a_control_can_be_seen(theme, least, ground):
    assert ratio(theme["edge"], theme[ground]) >= least


@pytest.mark.parametrize(("theme", "arm"), [(t, a) for t in (LIGHT, DARK) for a in (1, 2, 3, 4)])
def test_every_arm_colour_can_be_seen_on_paper(theme, arm):
    assert ratio(theme[f"arm-{arm}"], theme["paper"]) >= 3


def test_the_system_theme_is_the_dark_theme():
    assert SYSTEM_DARK == DARK


def test_both_themes_name_the_same_tokens():
    assert LIGHT.keys() == DARK.keys()


def test_the_sheet_weighs_less_than_15_kilobytes():
    assert len(gzip.compress(CSS.encode(), 9)) < 15 * 1024


@pytest.mark.parametrize("word", ["light-dark(", "color-mix(", "@container", ":has(", "@import", "&:", "http"])
def test_the_sheet_uses_nothing_that_old_telephones_lack(word):
    assert word not in CSS


def test_vendored_files_are_the_ones_written_down():
    listed = re.findall(r"^\| `([\w.-]+)` .*`([0-9a-f]{64})` \|$", (UI / "VENDORED.md").read_text(), re.M)
    assert [name for name, _ in listed] == ["source-sans-3.woff2", "icons.svg", "idb.js"]
    assert listed == [(name, hashlib.sha256((UI / name).read_bytes()).hexdigest()) for name, _ in listed]
