"""In which order a person's choices were made, however the lines and servers in between delivered them.

A page says when it was made, and counts the choices on it. A choice that arrives after a later one of the same question never takes
its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

LARGEST = 2**53 - 1  # what a browser counts exactly; both numbers fit into microseconds until the year 2255


class Place(Enum):
    """Where a choice stands among those kept before it."""

    LATEST = "latest"
    OVERTAKEN = "overtaken"  # the same page chose again after it
    ELSEWHERE = "elsewhere"  # a page made later has answered the question


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One choice: `page` is when its page was made (microseconds), `choice` its number on that page, None for the page's last word."""

    page: int
    choice: int | None = None

    def place(self, kept: Mapping[str, list[int]], numbers: Iterable[str]) -> Place:
        """Among the turns `kept` of the items `numbers`; `kept` maps an item to [page, choice]."""
        before = [kept[number] for number in numbers if number in kept]
        if any(page > self.page for page, _ in before):
            return Place.ELSEWHERE
        if self.choice is not None and any((page, choice) > (self.page, self.choice) for page, choice in before):
            return Place.OVERTAKEN
        return Place.LATEST

    def apart(self, kept: Mapping[str, list[int]], numbers: Iterable[str]) -> tuple[list[str], list[str]]:
        """The questions of one page whose choice is the latest, and those that were answered later elsewhere."""
        given = list(numbers)
        latest = [number for number in given if self.place(kept, [number]) is Place.LATEST]
        return latest, [number for number in given if number not in latest]

    def kept(self, earlier: list[int] | None) -> list[int]:
        """As it is stored; a page's last word keeps the count of the choices before it."""
        counted = earlier[1] if earlier and earlier[0] == self.page else 0
        return [self.page, counted if self.choice is None else self.choice]
