"""The CONSORT 2025 flow as one portrait page of SVG: attributes and classes only, so that a strict content policy shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

WIDTH, MARGIN, GAP, LINE, PAD = 840, 20, 24, 17, 10
FONT = 'font-family="Source Sans 3, Arial, sans-serif" font-size="13"'
Words = Mapping[str, str]
# The counts of a column, as a table tells them.
LINES = (
    ("allocated", "Allocated"), ("received", "Received it"), ("received_unknown", "Not yet known"),
    ("not_received", "Did not receive it"), ("lost", "Lost to follow-up for the primary outcome"),
    ("discontinued", "Discontinued the intervention"), ("attended_one", "Beside: attended at least one intervention session"),
    ("met_dose", "Beside: met the threshold of attendance"), ("analysed", "Analysed for the primary outcome"),
    ("analysis_pending", "Analysis not yet known"), ("not_analysed", "Not analysed"), ("sites", "Sites"), ("providers", "Trainers"),
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    lines: tuple[str, ...]
    name: str

    @property
    def height(self) -> int:
        return LINE * len(self.lines) + 2 * PAD

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def centre(self) -> int:
        return self.x + self.width // 2


def flow_svg(flow: Mapping[str, Any], *, title: str, as_of: str, labels: Words | None = None) -> bytes:
    """A closed flow has a column an arm, a pooled one a single column. `labels` are words for arms and reason codes."""
    words = labels or {}
    boxes, links = _enrolment(flow, words)
    top = max(box.bottom for box in boxes) + 2 * GAP
    columns = list(flow["arms"].items()) if "arms" in flow else [("all", flow["all"])]
    width = (WIDTH - 2 * MARGIN - GAP * (len(columns) - 1)) // len(columns)
    starts = [MARGIN + i * (width + GAP) for i in range(len(columns))]
    stages = [[_wrapped(lines, width) for lines in _stages(name, column, words)] for name, column in columns]
    above = [boxes[-1]] * len(columns)
    for stage in range(len(stages[0])):
        row = [Box(x, top, width, tuple(stages[i][stage]), f"{columns[i][0]}-{stage}") for i, x in enumerate(starts)]
        links += [_elbow(upper, box) for upper, box in zip(above, row, strict=True)]
        boxes += row
        above, top = row, max(box.bottom for box in row) + GAP
    return _drawn(boxes, links, height=top + LINE + MARGIN, title=title, described=f"{balance(flow)} As of {as_of}.")


def count(value: Any) -> Any:
    """A cell of the table of `LINES`: a number, or why there is none."""
    return value["total"] if isinstance(value, dict) else "none planned" if value is None else value


def balance(flow: Mapping[str, Any]) -> str:
    """The first sum as a sentence: 62 assessed = 20 excluded + 2 pending + 40 randomised."""
    parts = f"{flow['excluded']['total']} excluded + {flow['pending']} pending + {flow['randomised']} randomised"
    return f"{flow['assessed']} assessed = {parts}."


def _enrolment(flow: Mapping[str, Any], words: Words) -> tuple[list[Box], list[str]]:
    half = (WIDTH - 2 * MARGIN - GAP) // 2
    excluded = flow["excluded"]
    lines = [f"Excluded (n = {excluded['total']})", f"  Not meeting criteria (n = {excluded['not_meeting_criteria']})"]
    lines += [f"  Declined (n = {excluded['declined']})", f"  Other reasons (n = {excluded['other']})"]
    lines += [f"Not yet decided (n = {flow['pending']})"]
    assessed = Box(WIDTH // 2 - half // 2, MARGIN + 2 * LINE, half, (f"Assessed for eligibility (n = {flow['assessed']})",), "assessed")
    aside = Box(WIDTH - MARGIN - half, assessed.bottom + GAP, half, tuple(lines), "excluded")
    randomised = Box(assessed.x, aside.bottom + GAP, half, (f"Randomised (n = {flow['randomised']})",), "randomised")
    middle = aside.y + aside.height // 2
    down = f"M{assessed.centre} {assessed.bottom}V{randomised.y}"
    return [assessed, aside, randomised], [down, f"M{assessed.centre} {middle}H{aside.x}"]


def _stages(name: str, column: Mapping[str, Any], words: Words) -> list[list[str]]:
    """The lines of allocation, follow-up and analysis; the pooled column has no allocation."""
    follow_up = [f"Lost to follow-up for the primary outcome (n = {column['lost']['total']})", *_reasons(column["lost"], words)]
    analysis = [
        f"Analysed for the primary outcome (n = {column['analysed']})",
        f"Not yet known (n = {column['analysis_pending']})",
        f"Not analysed (n = {column['not_analysed']['total']})",
        *_reasons(column["not_analysed"], words),
    ]
    if "allocated" not in column:
        return [follow_up, analysis]
    allocation = [
        f"Allocated to {words.get(name, name)} (n = {column['allocated']})",
        f"Received it (n = {column['received']})",
        f"Not yet known (n = {column['received_unknown']})",
        f"Did not receive it (n = {column['not_received']['total']})",
        *_reasons(column["not_received"], words),
        f"Sites {column['sites']}, trainers {column['providers']}",
    ]
    stopped = [f"Discontinued the intervention (n = {column['discontinued']['total']})", *_reasons(column["discontinued"], words)]
    if column.get("attended_one") is not None:  # no part of any sum
        stopped += [f"Beside: attended an intervention session (n = {column['attended_one']})"]
        stopped += [f"Beside: met the threshold of attendance (n = {column['met_dose']})"]
    return [allocation, [*follow_up, *stopped], analysis]


def _reasons(part: Mapping[str, Any], words: Words) -> list[str]:
    return [f"  {words.get(reason, reason.replace('_', ' ').capitalize())} (n = {n})" for reason, n in part["reasons"].items()]


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Lines broken at spaces so that they stay within the box; about 6.6 units a letter at this size."""
    limit = max(12, int((width - 2 * PAD) / 6.6))
    found: list[str] = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        current = ""
        for word in line.split():
            if current and len(indent + current) + 1 + len(word) > limit:
                found.append(indent + current)
                indent, current = indent + "  " if not found or len(indent) < 4 else indent, word
            else:
                current = f"{current} {word}".strip()
        found.append(indent + current)
    return found


def _elbow(upper: Box, lower: Box) -> str:
    middle = lower.y - GAP // 2
    return f"M{upper.centre} {upper.bottom}V{middle}H{lower.centre}V{lower.y}"


def _drawn(boxes: list[Box], links: list[str], *, height: int, title: str, described: str) -> bytes:
    height = max(height, int(WIDTH * 1.2))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        f' aria-labelledby="flow-title flow-desc" class="flow" {FONT} fill="#162326">',
        f'<title id="flow-title">{escape(title)}</title>',
        f'<desc id="flow-desc">{escape(described)}</desc>',
        f'<rect class="flow-page" width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        f'<text class="flow-words" x="{MARGIN}" y="{MARGIN + LINE}" font-weight="600">{escape(title)}</text>',
    ]
    parts += [f'<path class="flow-link" d={quoteattr(link)} fill="none" stroke="#76868B"/>' for link in links]
    for box in boxes:
        parts.append(
            f'<g class="flow-box" id={quoteattr("flow-" + box.name)}>'
            f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="4" fill="#FFFFFF" stroke="#76868B"/>'
        )
        for number, line in enumerate(box.lines):
            x, y = box.x + PAD + 8 * (len(line) - len(line.lstrip())) // 2, box.y + PAD + LINE * number + 13
            parts.append(f'<text class="flow-words" x="{x}" y="{y}">{escape(line.strip())}</text>')
        parts.append("</g>")
    parts.append(f'<text class="flow-words" x="{MARGIN}" y="{height - MARGIN}">{escape(described)}</text></svg>')
    return ("\n".join(parts) + "\n").encode()
