"""Cells of people who look alike, merged until none is small: site, then age, then sex give way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

SMALL = 5  # fewer people than this are never told apart by site, age band, sex and arm
ALL = "all"
LEVELS = 4  # 0: site, band of ten years, sex; 1: no site; 2: under 60 or not; 3: no age; 4: nothing
Row = dict[str, str]


def merged_people(people: list[Row]) -> list[Row]:
    """People with age in bands, and with site, age and sex merged where a cell is small; a stratum follows what is left of them.

    A cell is (site, age, sex, arm). Who ends in the last, empty cell of an arm is joined by that arm's smallest cells until the cell is
    not small; an arm of fewer than `SMALL` people is told apart by the arm alone.
    """
    level = [0] * len(people)
    for step in range(LEVELS):
        for members in _cells(people, level).values():
            if len(members) < SMALL:
                for i in members:
                    level[i] = max(level[i], step + 1)
    _fill(people, level)
    return [_at(row, level[i]) for i, row in enumerate(people)]


def _fill(people: list[Row], level: list[int]) -> None:
    while True:
        cells = _cells(people, level)
        short = next((c for c, m in sorted(cells.items()) if len(m) < SMALL and any(c != o and c[-1] == o[-1] for o in cells)), None)
        if short is None:
            return
        others = [(len(members), cell) for cell, members in cells.items() if cell[-1] == short[-1] and cell != short]
        for i in [*cells[short], *cells[min(others)[1]]]:
            level[i] = LEVELS


def _cells(people: list[Row], level: list[int]) -> Mapping[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(people):
        seen = _at(row, level[i])
        found[seen["site"], seen["age"], seen["sex"], row.get("arm", row.get("arm_dummy", ""))].append(i)
    return found


def _at(row: Row, level: int) -> Row:
    """A person as told at a level of merging."""
    age, wide = _band(row["age"])
    site = row["site"] if level < 1 else ALL
    age = (age, age, wide, "", "")[level]
    sex = row["sex"] if level < LEVELS else ""
    return row | {"site": site, "age": age, "sex": sex, "stratum": _stratum(row["stratum"], site, sex)}


def _band(age: str) -> tuple[str, str]:
    """A band of ten years, and the wide one: under 60 or not."""
    if not age or age.endswith("+"):
        return age, "60+" if age else ""
    decade = int(age) // 10 * 10
    return f"{decade}-{decade + 9}", "under 60" if decade < 60 else "60+"


def _stratum(text: str, site: str, sex: str) -> str:
    """The factors that still say something, with what is left of site and sex."""
    left = {"site": site, "sex": sex}
    parts = [part.partition("=") for part in text.split("|") if part]
    return "|".join(f"{name}={left.get(name, level)}" for name, _, level in parts if left.get(name, level) not in ("", ALL))
