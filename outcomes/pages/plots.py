"""The table of a figure as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse

from outcomes.exports.bundle import csv_line
from outcomes.exports.figures import Figure, told

__all__ = ["Figure", "csv_asked", "told"]


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
