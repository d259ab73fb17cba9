"""A figure of a report: a drawing, its rule, the table behind it, and the same table as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe

from outcomes.domain.text import rounded
from outcomes.exports.bundle import csv_line

PLACES = 4


@dataclass(frozen=True)
class Figure:
    """`name` is the CSV's; `svg` may be empty where the table says it all."""

    name: str
    title: str
    rule: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    svg: str = ""

    @property
    def drawing(self) -> SafeString:
        return mark_safe(self.svg)  # noqa: S308 - drawn by trials.ui.plots, which escapes every word

    @property
    def csv(self) -> str:
        return f"?csv={self.name}"

    @property
    def texts(self) -> list[list[str]]:
        """The rows as they are read: at most four decimals, and a word for what is not known."""
        return [["not known" if cell is None or cell == "" else told(cell) for cell in row] for row in self.rows]


def told(cell: object) -> str:
    """A cell as text: numbers with at most four decimals, half up; nothing for what is not known."""
    if cell is None:
        return ""
    number = Decimal(repr(cell)) if isinstance(cell, float) else cell
    return f"{rounded(number, PLACES).normalize():f}" if isinstance(number, Decimal) else str(number)


def csv_asked(request: HttpRequest, figures: Iterable[Figure], *, file: str) -> HttpResponse | None:
    """The table that `?csv=` names; None where none is asked for."""
    name = request.GET.get("csv")
    if name is None:
        return None
    figure = next((f for f in figures if f.name == name), None)
    if figure is None:
        raise Http404
    text = "".join(csv_line(told(cell) for cell in row) for row in (figure.head, *figure.rows))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file}-{name}.csv"'
    return answer
