"""A report set as PDF: tagged (PDF/UA-1), the same bytes for the same report. Typst comes with the extra `report`.

Words, numbers and drawings go to the template as data, never as markup; fonts are those that typst carries, whatever the machine has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from outcomes.domain.text import instant
from outcomes.exports.figures import NOT_KNOWN, Figure
from outcomes.models import Report
from trials.permissions import Refused

TEMPLATE = Path(__file__).with_suffix(".typ")
STANDARD, LANGUAGE = "ua-1", "en"  # the reports are written in English, whatever the participants speak
WIDTH, TALLEST = 174, 215  # mm that a drawing may take
SIZE = re.compile(r'<svg[^>]*? viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
LABEL = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
OPENED = re.compile(r"<svg[^>]*>")
# The classes of ui.css in its light colours: a paper is printed.
STYLE = (
    "text{font-family:'Libertinus Serif';font-size:13px;fill:#162326}.muted{fill:#52636A}.axis{fill:none;stroke:#76868B}"
    ".now{fill:none;stroke:#0B6468;stroke-width:2;stroke-dasharray:4 3}.now-word{fill:#0B6468}"
    ".grid{fill:none;stroke:#D3DCDD}.bar{fill:#DFF0EF;stroke:#76868B}.solid{fill:#0B6468}.trace{fill:none;stroke:#0B6468;stroke-width:2}"
    ".arm-1{stroke:#0072B2;color:#0072B2}.arm-2{stroke:#C75300;color:#C75300;stroke-dasharray:7 3}"
    ".arm-3{stroke:#8A2F78;color:#8A2F78;stroke-dasharray:2 3}"
    ".arm-4{stroke:#162326;color:#162326;stroke-dasharray:9 3 2 3}"
)


def available() -> bool:
    """Whether typst is installed."""
    return find_spec("typst") is not None


def paper(
    *,
    title: str,
    about: Iterable[str],
    sections: Sequence[Mapping[str, Any]],
    as_of: datetime,
    base: str,
    rules: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the template is given. `base`: the installation's address, before every address of rows."""
    return {
        "title": printable(title),
        "about": [printable(line) for line in about],
        "as_of": instant(as_of),
        "language": LANGUAGE,
        "sections": [_section(each, base) for each in sections],
        "rules": sorted(([printable(name), printable(rule)] for name, rule in (rules or {}).items())),
    }


def section(title: str, *, code: str = "", text: Iterable[str] = (), figures: Iterable[Figure] = ()) -> dict[str, Any]:
    """A part of a report as JSON can keep it; figures without rows are left out."""
    return {"code": code, "title": title, "text": list(text), "figures": [figure.plain for figure in figures if figure.rows]}


def made_with(report: Report) -> tuple[str, ...]:
    """Under which protocol and by which version of the program, in one line."""
    return (f"Protocol {report.protocol_digest[:16]}, Uplift {report.code_version}.",)


def pdf(told: Mapping[str, Any], *, at: datetime) -> bytes:
    """The paper as PDF/UA-1, its only clock `at`, the second that the report speaks of. Refused where typst can't set it."""
    import typst

    try:
        made = typst.compile(
            _template(), format="pdf", sys_inputs={"paper": json.dumps(told, sort_keys=True)}, ignore_system_fonts=True,
            pdf_standards=[STANDARD], timestamp=at.replace(microsecond=0),
        )  # fmt: skip
    except (typst.TypstError, ValueError):
        raise Refused("The PDF could not be made. The figures stand on the page.", code="not_set") from None
    return bytes(made)


def printable(text: str) -> str:
    """With a space for each sign that nobody could see."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _section(each: Mapping[str, Any], base: str) -> dict[str, Any]:
    return {
        "title": printable(each["title"]),
        "text": [printable(text) for text in each["text"]],
        "figures": [_figure(figure, base) for figure in each["figures"]],
    }


def _figure(figure: Mapping[str, Any], base: str) -> dict[str, Any]:
    return {
        "title": printable(figure["title"]),
        "rule": printable(figure["rule"]),
        "head": [_worded(name) for name in figure["head"]],
        "rows": [[printable(cell) or NOT_KNOWN for cell in row] for row in figure["rows"]],
        "rows_at": f"{base}{figure['rows_at']}" if figure["rows_at"] else "",
        **_drawing(figure["svg"]),
    }


def _drawing(svg: str) -> dict[str, Any]:
    """The drawing with its colours inside, how wide it stands (mm), and what it shows in words."""
    size = SIZE.search(svg)
    if size is None:
        return {"svg": "", "width": 0, "alt": ""}
    wide, high = (float(n) for n in size.groups())
    label = LABEL.search(svg)
    opened = OPENED.match(svg)
    assert opened is not None
    styled = f"{svg[: opened.end()]}<style>{STYLE}</style>{svg[opened.end() :]}"
    return {"svg": styled, "width": round(min(WIDTH, TALLEST * wide / high), 1), "alt": _unescaped(label[1]) if label else ""}


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _worded(name: str) -> str:
    """A column's name as it is read: `planned_kg` becomes "Planned kg"."""
    text = printable(name).replace("_", " ")
    return text[:1].upper() + text[1:]
