"""Means and differences as SVG: read back as XML, with positions that follow from the numbers."""

from __future__ import annotations

from xml.etree import ElementTree

from trials.ui.intervals import BOTTOM, LEFT, NAMES, NUMBERS, PLANE, RIGHT, WIDTH, forest, means

S = "{http://www.w3.org/2000/svg}"


def test_means_stand_on_the_whole_scale_with_their_whiskers() -> None:
    series = [("A & B", [(0, 10.0, 8.0, 12.0), (1, 0.0, -3.0, 30.0)]), ("<C>", [])]
    drawn = ElementTree.fromstring(means(series, at=["Baseline", "Week 8"], ends=(0, 20), title="T", unit="score", described="D"))
    (first, second), top = drawn.findall(f"{S}circle"), 18 * 4
    step = (WIDTH - LEFT - RIGHT) / 2
    assert float(first.get("cx")) == LEFT + step / 2 - 4
    assert (float(first.get("cy")), float(second.get("cy"))) == (top + PLANE / 2, top + PLANE)
    whisker = [line for line in drawn.findall(f"{S}line") if line.get("x1") == second.get("cx")][0]
    assert (float(whisker.get("y1")), float(whisker.get("y2"))) == (top + PLANE, top)  # cut at the ends of the scale
    assert {line.get("class") for line in drawn.findall(f"{S}polyline")} == {"arm-1", "arm-2"}
    assert {text.text for text in drawn.findall(f"{S}text")} >= {"A & B", "<C>", "Baseline", "Week 8", "20"}
    assert (drawn.get("aria-label"), float(drawn.get("height"))) == ("T. D", top + PLANE + BOTTOM)
    assert "style" not in ElementTree.tostring(drawn).decode()


def test_a_difference_stands_beside_nought_with_its_figures() -> None:
    drawn = ElementTree.fromstring(forest([("A", -2.0, -4.0, 0.0), ("B", 1.0, 0.5, 1.5)], title="T", unit="points", described="D"))
    middle, half = (NAMES + WIDTH - NUMBERS) / 2, (WIDTH - NUMBERS - NAMES) / 2
    first, second = drawn.findall(f"{S}rect")
    assert (float(first.get("x")) + 4, float(second.get("x")) + 4) == (middle - half / 2, middle + half / 4)
    lines = [line for line in drawn.findall(f"{S}line") if line.get("class") == "trace"]
    assert (float(lines[0].get("x1")), float(lines[0].get("x2"))) == (middle - half, middle)
    assert "-2.00 (-4.00 to 0.00)" in {text.text for text in drawn.findall(f"{S}text")}
    alone = ElementTree.fromstring(forest([("None", 0.0, 0.0, 0.0)], title="T", unit="", described=""))
    assert float(alone.find(f"{S}rect").get("x")) + 4 == middle
