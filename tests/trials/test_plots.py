"""Plots of the dashboards: a bar is never cut, a row of nobody has none, and the target stands as a line of its own."""

from __future__ import annotations

import re

from trials.ui import plots


def bars(svg: str, name: str) -> list[float]:
    return [float(width) for width in re.findall(rf'<rect class="{name}"[^>]* width="([0-9.]+)"', svg)]


def test_a_bar_is_as_long_as_its_share_and_goes_beyond_the_whole_where_more_came_than_wanted() -> None:
    half = plots.shares([("A", 1, 2), ("B", 0, 2), ("C", 0, 0)], title="T", described="D")
    assert (bars(half, "bar")[0] / bars(half, "solid")[0], len(bars(half, "bar")), len(bars(half, "solid"))) == (2, 3, 1)
    more = plots.shares([("A", 3, 2), ("B", 1, 2)], title="T", described="D")
    assert [round(solid / bars(more, "bar")[0], 2) for solid in bars(more, "solid")] == [1.5, 0.5]
    assert max(260 + width for width in bars(more, "solid")) <= plots.WIDTH
    assert "A: 3 of 2" in more


def test_words_are_escaped() -> None:
    svg = plots.shares([("<b>", 1, 2)], title='"T"', described="D")
    assert ("<b>" in svg, "&lt;b&gt;: 1 of 2" in svg) == (False, True)


def test_recruitment_steps_up_to_its_target_or_past_it() -> None:
    svg = plots.steps_to_target([("Mar 26", 3), ("Apr 26", 8)], 6, title="T", unit="people", described="D")
    heights = [float(y) for y in re.findall(r"V([0-9.]+)H", svg)]
    line = float(re.findall(r'<line class="now"[^>]* y1="([0-9.]+)"', svg)[0])
    assert heights[0] > line > heights[1]
    assert 'class="now"' not in plots.steps_to_target([("Mar 26", 3)], None, title="T", unit="people", described="D")
    assert "<path" not in plots.steps_to_target([], 6, title="T", unit="people", described="D")
