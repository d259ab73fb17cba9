"""A figure of a report: a drawing, its rule, the table behind it. The same one stands on the page, in the CSV and in the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from outcomes.domain.text import rounded

PLACES = 4
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Figure:
    """`name` is the CSV's; `svg` may be empty where the table says it all; `rows_at`: the address where the rows behind it are had."""

    name: str
    title: str
    rule: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    svg: str = ""
    rows_at: str = ""

    @property
    def drawing(self) -> SafeString:
        return mark_safe(self.svg)  # noqa: S308 - drawn by trials.ui.plots and flow_svg, which escape every word

    @property
    def csv(self) -> str:
        return f"?csv={self.name}"

    @property
    def texts(self) -> list[list[str]]:
        """The rows as they are read: at most four decimals, and a word for what is not known."""
        return [[NOT_KNOWN if cell is None or cell == "" else told(cell) for cell in row] for row in self.rows]

    @property
    def plain(self) -> dict[str, Any]:
        """What JSON can keep; `kept` makes the figure again, its cells as the texts they were."""
        rows = [[told(cell) for cell in row] for row in self.rows]
        return vars(self) | {"head": list(self.head), "rows": rows}


def kept(plain: Mapping[str, Any]) -> Figure:
    return Figure(**dict(plain) | {"head": tuple(plain["head"]), "rows": [tuple(row) for row in plain["rows"]]})


def told(cell: object) -> str:
    """A cell as text: numbers with at most four decimals, half up; nothing for what is not known."""
    if cell is None:
        return ""
    number = Decimal(repr(cell)) if isinstance(cell, float) else cell
    return f"{rounded(number, PLACES).normalize():f}" if isinstance(number, Decimal) else str(number)
