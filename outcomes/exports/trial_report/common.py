"""What the sections share: names of groups, and rows with a column a group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from outcomes.domain.facts import Row
from outcomes.domain.written.facts import EVERYBODY, Facts, Group
from outcomes.domain.written.shape import Found, Said

DATASET = "/exports/"  # where the closed dataset's files are had


def names(facts: Facts) -> tuple[str, ...]:
    return tuple(group.name for group in facts.groups)


def sizes(facts: Facts) -> str:
    """How many were randomised, by name."""
    return "n randomised, less who withdrew everything: " + ", ".join(f"{group.name} {group.n}" for group in facts.groups) + "."


def by_group(facts: Facts, rows: Iterable[tuple[str, Callable[[Group], Any]]]) -> list[tuple[Any, ...]]:
    """A row a measure, a cell a group."""
    return [(label, *(of(group) for group in facts.groups)) for label, of in rows]


def at(facts: Facts, address: str) -> str:
    """Where the rows are had, in the edition whose readers may have them."""
    return address if facts.by_arm else ""


def group_of(facts: Facts, row: Row) -> str:
    """The name of a summary row's group."""
    return {arm.code: arm.label or arm.code for arm in facts.protocol.arms}.get(str(row["arm"]), EVERYBODY)


def visits(facts: Facts) -> list[Row]:
    """Summary rows in the protocol's order of visits, instruments and arms; a visit that has not opened for anybody is left out."""
    order = [visit.code for visit in facts.protocol.visits]
    arms = [arm.code for arm in facts.protocol.arms]

    def place(row: Row) -> tuple[int, str, int]:
        arm = str(row["arm"])
        return order.index(str(row["visit"])), str(row["instrument"]), arms.index(arm) if arm in arms else 0

    return sorted((row for row in facts.visits if row["n_expected"]), key=place)


def title_of(facts: Facts, code: object) -> str:
    return facts.titles.get(str(code), str(code))


def paragraphs(found: Iterator[Found]) -> Iterator[str]:
    """The sentences of a checklist's feeder; what it lacks stands with the checklists."""
    yield from (one.text for one in found if isinstance(one, Said))
