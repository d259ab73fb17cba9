"""The few pieces of Markdown that generated pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WRITTEN_BY = "This page is generated: `python manage.py write_docs`.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar within a cell is escaped, a line break becomes a space."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def bullets(pairs: Iterable[tuple[str, str]]) -> str:
    """One line a code, with its meaning where one is known."""
    return "".join(f"- `{code}`{': ' + meaning if meaning else ''}\n" for code, meaning in pairs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
